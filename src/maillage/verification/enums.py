"""Vocabulaire de la vérification des besoins auprès des entreprises."""

from django.db.models import TextChoices


class EtatCampagne(TextChoices):
    PREPAREE = "preparee", "En préparation"
    OUVERTE = "ouverte", "Ouverte"
    CLOSE = "close", "Close"


class Utilite(TextChoices):
    """« Cette action vous serait-elle utile ? »"""

    OUI = "oui", "Oui"
    PEUT_ETRE = "peut_etre", "Peut-être"
    NON = "non", "Non"
