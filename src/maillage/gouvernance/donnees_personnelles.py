"""Ce que les comités gardent d’une personne : ses sièges."""

from typing import Any

from django.db.models import Q

from maillage.gouvernance.models import MembreComite
from maillage.socle.donnees_personnelles import Lignes, Traitement


def _siennes(personne: Any) -> Q:
    return Q(personne=personne) | (Q(email__iexact=personne.email) if personne.email else Q(pk__in=[]))


def _effacer(personne: Any) -> None:
    MembreComite.objects.filter(_siennes(personne)).update(email="")


def _export(personne: Any) -> Lignes:
    return [
        {
            "comite": str(m.comite),
            "nom": m.nom,
            "debut": m.debut and m.debut.isoformat(),
            "fin": m.fin and m.fin.isoformat(),
        }
        for m in MembreComite.objects.filter(_siennes(personne)).select_related("comite").order_by("id")
    ]


TRAITEMENTS = [
    Traitement(
        "membres_comites",
        "Membres des comités\u00a0: nom, organisation, adresse, dates du siège",
        "Convoquer les comités, compter le quorum, signer les relevés",
        "Durée du programme\u00a0; l’adresse s’efface sur demande",
        _export,
        effacer=_effacer,
    )
]
