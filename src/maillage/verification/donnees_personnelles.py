"""Ce que les vérifications gardent d’une personne : le contact d’une entreprise."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from maillage.socle.donnees_personnelles import Lignes, Traitement
from maillage.verification.models import Sollicitation


def _siennes(personne: Any) -> Any:
    return (
        Sollicitation.objects.filter(email__iexact=personne.email)
        if personne.email
        else Sollicitation.objects.none()
    )


def _export(personne: Any) -> Lignes:
    return [
        {"campagne": s.campagne.titre, "entreprise": s.entreprise, "contact": s.contact, "email": s.email}
        for s in _siennes(personne).select_related("campagne").order_by("id")
    ]


def _purger(instant: datetime) -> int:
    """La page de suivi fermée, le nom et l’adresse n’ont plus de raison."""
    finies = Sollicitation.objects.filter(expire_le__lt=instant.date()).exclude(Q(email="") & Q(contact=""))
    return finies.update(email="", contact="")


def _effacer(personne: Any) -> None:
    _siennes(personne).update(email="", contact="")


TRAITEMENTS = [
    Traitement(
        "entreprises_sollicitees",
        "Contact d’une entreprise sollicitée\u00a0: nom, adresse de courriel",
        "Demander à l’entreprise si les fiches répondent à ses besoins, et lui dire où elles en sont",
        "Un an après la fin de la vérification",
        _export,
        purger=_purger,
        effacer=_effacer,
    )
]
