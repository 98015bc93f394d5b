"""Ce que les fiches gardent d’une personne : ses brouillons et ses remarques."""

from datetime import datetime, timedelta
from typing import Any

from maillage.fiches.models import BrouillonFiche, Commentaire
from maillage.socle.donnees_personnelles import Lignes, Traitement

# Un brouillon oublié une saison ne se reprend plus : la fiche a changé sous lui.
DUREE_BROUILLON = timedelta(days=180)


def _purger_brouillons(instant: datetime) -> int:
    return BrouillonFiche.objects.filter(modifie_le__lt=instant - DUREE_BROUILLON).delete()[0]


def _export_brouillons(personne: Any) -> Lignes:
    return [
        {
            "fiche": str(b.fiche),
            "partie": b.partie,
            "modifie_le": b.modifie_le.isoformat(),
            "saisie": b.champs,
        }
        for b in BrouillonFiche.objects.filter(personne=personne).select_related("fiche").order_by("id")
    ]


def _export_remarques(personne: Any) -> Lignes:
    return [
        {"fiche": str(c.fiche), "champ": c.champ, "ecrit_le": c.ecrit_le.isoformat(), "texte": c.texte}
        for c in Commentaire.objects.filter(auteur=personne).select_related("fiche").order_by("id")
    ]


TRAITEMENTS = [
    Traitement(
        "brouillons_fiches",
        "Brouillons de fiches\u00a0: ce que vous avez tapé et pas encore enregistré",
        "Ne rien perdre d’une saisie",
        "Jusqu’à l’enregistrement, cent quatre-vingts jours au plus",
        _export_brouillons,
        purger=_purger_brouillons,
    ),
    Traitement(
        "remarques_fiches",
        "Remarques sur les fiches\u00a0: votre nom, leur texte",
        "Discuter une fiche, savoir qui a demandé une correction",
        "Durée du programme",
        _export_remarques,
    ),
]
