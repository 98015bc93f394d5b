"""Ce que les territoires gardent d’une personne : ses mandats, ses charges de référent."""

from typing import Any

from maillage.socle.donnees_personnelles import Lignes, Traitement
from maillage.territoires.models import Mandat, Referent


def _export(personne: Any) -> Lignes:
    return [
        {
            "role": m.get_role_display(),
            "territoire": m.territoire.nom,
            "qualite": m.intitule,
            "debut": m.debut and m.debut.isoformat(),
            "fin": m.fin and m.fin.isoformat(),
            "source": m.source,
        }
        for m in Mandat.objects.connus().filter(personne=personne).select_related("territoire").order_by("id")
    ]


def _export_referents(personne: Any) -> Lignes:
    return [
        {
            "operateur": r.organisation.nom,
            "territoire": r.territoire.nom,
            "courriel": r.courriel,
            "telephone": r.telephone,
            "debut": r.debut and r.debut.isoformat(),
            "fin": r.fin and r.fin.isoformat(),
        }
        for r in Referent.objects.filter(personne=personne)
        .select_related("organisation", "territoire")
        .order_by("id")
    ]


def _effacer_referents(personne: Any) -> None:
    Referent.objects.filter(personne=personne).update(courriel="", telephone="")


TRAITEMENTS = [
    Traitement(
        "mandats",
        "Mandats\u00a0: binôme, chef·fe de projet, référent, personnes nommées par une source publique",
        "Dire qui conduit un territoire, dans son rôle public, avec la source",
        "Durée du programme\u00a0; un rôle public reste, son contact s’efface sur demande",
        _export,
    ),
    Traitement(
        "referents",
        "Référents des opérateurs\u00a0: nom, courriel et téléphone professionnels",
        "Savoir qui répond pour un opérateur dans un territoire",
        "Lus le temps de la charge\u00a0; le nom et les dates restent, les coordonnées s’effacent sur demande",
        _export_referents,
        effacer=_effacer_referents,
    ),
]
