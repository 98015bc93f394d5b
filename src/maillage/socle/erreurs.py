"""Erreurs dont le message est écrit pour la personne à l'écran."""

from django.core.exceptions import PermissionDenied


class ActionImpossible(Exception):
    """L'état des choses ne permet pas l'acte. La phrase dit quoi, pourquoi et que faire."""


class ConflitEdition(ActionImpossible):
    """Quelqu'un d'autre a enregistré entre-temps ; rien n'est écrasé."""


class DonneesIllisibles(ActionImpossible):
    """Un fichier ou une valeur reçue n'est pas lisible. `details` : une phrase par ligne en cause."""

    def __init__(self, message: str, details: list[str] | None = None) -> None:
        super().__init__(message)
        self.details = details or []


class AccesRefuse(PermissionDenied):
    """La personne voit l'objet mais n'a pas le droit de l'acte (réponse 403)."""
