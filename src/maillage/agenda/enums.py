"""Vocabulaire des rendez-vous."""

from django.db.models import TextChoices


class StatutRendezVous(TextChoices):
    PREVU = "prevu", "Prévu"
    ANNULE = "annule", "Annulé"


class ValeurReponse(TextChoices):
    """Ce qu’une personne invitée dit de sa venue."""

    OUI = "oui", "Je viens"
    PEUT_ETRE = "peut_etre", "Je ne sais pas encore"
    NON = "non", "Je ne viens pas"


class MoyenReponse(TextChoices):
    """Par où une réponse est arrivée."""

    LIEN = "lien", "Par son lien personnel"
    COMPTE = "compte", "Avec son compte"
    CALENDRIER = "calendrier", "Par son calendrier (.ics)"
    EQUIPE = "equipe", "Saisie par qui organise"


class Presence(TextChoices):
    """Ce que la feuille de présence dit d’une personne."""

    NON_RELEVEE = "non_relevee", "Non relevée"
    PRESENT = "present", "Présent·e"
    A_DISTANCE = "a_distance", "Présent·e à distance"
    EXCUSE = "excuse", "Excusé·e"
    ABSENT = "absent", "Absent·e"


PRESENCES_COMPTEES = (Presence.PRESENT, Presence.A_DISTANCE)
