"""Ce que les actes gardent d’une personne : ses signatures."""

from typing import Any

from django.db.models import Q

from maillage.contrats.models import PresenceCeremonie, Signataire
from maillage.socle.donnees_personnelles import Lignes, Traitement


def _export(personne: Any) -> Lignes:
    condition = Q(signe_by=str(personne))
    if personne.email:
        condition |= Q(email__iexact=personne.email)
    return [
        {
            "acte": s.acte.titre,
            "pour": s.organisation.nom,
            "qualite": s.qualite,
            "signe_le": s.signe_at and s.signe_at.isoformat(),
        }
        for s in Signataire.objects.filter(condition).select_related("acte", "organisation").order_by("id")
    ]


def _export_presences(personne: Any) -> Lignes:
    miennes = Q(signataire__signe_by=str(personne))
    if personne.email:
        miennes |= Q(signataire__email__iexact=personne.email)
    return [
        {"ceremonie": p.ceremonie.titre, "present_le": p.present_at.isoformat()}
        for p in PresenceCeremonie.objects.filter(miennes).select_related("ceremonie").order_by("pk")
    ]


TRAITEMENTS = [
    Traitement(
        "presences_ceremonies",
        "Présence d’un signataire à une cérémonie",
        "Conduire la cérémonie, savoir qui manque",
        "Aussi longtemps que l’acte",
        _export_presences,
    ),
    Traitement(
        "signatures",
        "Signataires\u00a0: nom, qualité, courriel, date de signature",
        "Signer les protocoles et les contrats, et prouver la signature",
        "Aussi longtemps que l’acte",
        _export,
    ),
]
