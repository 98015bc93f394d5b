"""Vocabulaire de l’atelier."""

from django.db.models import TextChoices


class EtatAtelier(TextChoices):
    PREPARE = "prepare", "En préparation"
    OUVERT = "ouvert", "Ouvert"
    CLOS = "clos", "Clos"


class NaturePhase(TextChoices):
    """Ce qu’on fait pendant une phase ; leur suite est libre."""

    PRESENTER = "presenter", "Présenter"
    CONTRIBUER = "contribuer", "Contribuer"
    REGROUPER = "regrouper", "Regrouper"
    VOTER = "voter", "Voter"
    RESTITUER = "restituer", "Restituer"


class EtatPhase(TextChoices):
    A_VENIR = "a_venir", "À venir"
    EN_COURS = "en_cours", "En cours"
    SUSPENDUE = "suspendue", "Suspendue"
    FINIE = "finie", "Finie"


class College(TextChoices):
    ELU = "elu", "Élu·e"
    INDUSTRIEL = "industriel", "Industriel·le"
    PARTENAIRE = "partenaire", "Partenaire"
    ETAT = "etat", "État ou opérateur"
    AUTRE = "autre", "Autre"
