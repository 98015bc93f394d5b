"""Vocabulaire de l’instruction d’un plan d’actions par la Région."""

from django.db.models import TextChoices


class StatutDossier(TextChoices):
    TRANSMIS = "transmis", "Transmis"
    RECU = "recu", "Reçu"
    A_COMPLETER = "a_completer", "À compléter par le territoire"
    EN_INSTRUCTION = "en_instruction", "Complet, en instruction"
    A_DECIDER = "a_decider", "Avis rendu, à décider"
    AJOURNE = "ajourne", "Ajourné par le comité"
    VALIDE = "valide", "Plan validé"
    REFUSE = "refuse", "Plan refusé"
    RETIRE = "retire", "Retiré par le territoire"


class SensAvisPlan(TextChoices):
    FAVORABLE = "favorable", "Favorable"
    CONDITIONS = "conditions", "Favorable sous conditions"
    DEFAVORABLE = "defavorable", "Défavorable"
    SANS_AVIS = "sans_avis", "Sans avis"
