"""Vocabulaire des courriels, et ce qui se dit sans attendre la fin de la semaine."""

from django.db.models import TextChoices


class EtatCourriel(TextChoices):
    EN_ATTENTE = "en_attente", "À envoyer"
    PARTI = "parti", "Parti"
    REJETE = "rejete", "Rejeté"
    ABANDONNE = "abandonne", "Abandonné"


# Les attentes qui préviennent tout de suite : quelqu’un d’autre est arrêté tant que la personne n’a pas répondu.
# Tout le reste attend le courriel de la semaine.
ATTENTES_IMMEDIATES: frozenset[str] = frozenset(
    {
        "contrats.signer",  # les signataires suivants attendent leur tour
        "fiches.correction",  # la Région attend qu’un champ soit corrigé
        "fiches.mention",  # quelqu’un vous parle
        "equipes.rattachement",  # quelqu’un est à la porte, sans accès
    }
)
