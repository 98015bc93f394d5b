"""Erreurs dont le message est écrit pour la personne à l'écran."""

from django.core.exceptions import PermissionDenied


class ActionImpossible(Exception):
    """L'état des choses ne permet pas l'acte. La phrase dit quoi, pourquoi et que faire.

    `champ` : le champ du formulaire en cause, s'il y en a un ; la page y montre la phrase.
    """

    def __init__(self, message: str = "", *, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


class ConflitEdition(ActionImpossible):
    """Quelqu'un d'autre a enregistré entre-temps ; rien n'est écrasé."""


class DonneesIllisibles(ActionImpossible):
    """Un fichier ou une valeur reçue n'est pas lisible. `details` : une phrase par ligne en cause."""

    def __init__(self, message: str, details: list[str] | None = None) -> None:
        super().__init__(message)
        self.details = details or []


class AccesRefuse(PermissionDenied):
    """La personne voit l'objet mais n'a pas le droit de l'acte (réponse 403)."""
