"""Ce que les territoires gardent d’une personne : ses mandats."""

from typing import Any

from maillage.socle.donnees_personnelles import Lignes, Traitement
from maillage.territoires.models import Mandat


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
        for m in Mandat.objects.filter(personne=personne).select_related("territoire").order_by("id")
    ]


TRAITEMENTS = [
    Traitement(
        "mandats",
        "Mandats\u00a0: binôme, chef·fe de projet, référent, personnes nommées par une source publique",
        "Dire qui conduit un territoire, dans son rôle public, avec la source",
        "Durée du programme\u00a0; un rôle public reste, son contact s’efface sur demande",
        _export,
    )
]
