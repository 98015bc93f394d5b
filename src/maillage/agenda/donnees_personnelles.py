"""Ce que les rendez-vous gardent d’une personne : ses invitations, ses réponses, sa présence."""

from typing import Any

from django.db.models import Q

from maillage.agenda.models import Invitation
from maillage.socle.donnees_personnelles import Lignes, Traitement


def _siennes(personne: Any) -> Q:
    return Q(personne=personne) | (Q(email__iexact=personne.email) if personne.email else Q(pk__in=[]))


def _effacer(personne: Any) -> None:
    Invitation.objects.filter(_siennes(personne)).update(email="")


def _export(personne: Any) -> Lignes:
    return [
        {
            "rendez_vous": i.rendez_vous.titre,
            "debut": i.rendez_vous.debut_at.isoformat(),
            "reponse": i.get_reponse_display(),
            "presence": i.get_presence_display(),
        }
        for i in Invitation.objects.filter(_siennes(personne)).select_related("rendez_vous").order_by("id")
    ]


TRAITEMENTS = [
    Traitement(
        "rendez_vous",
        "Invitations à une réunion\u00a0: nom, adresse, réponse, présence",
        "Convoquer, et dire dans le relevé qui était là",
        "Gardées avec la réunion, pour la durée du programme\u00a0; l’adresse s’efface sur demande",
        _export,
        effacer=_effacer,
    )
]
