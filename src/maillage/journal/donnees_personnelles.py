"""Ce que le journal garde d’une personne."""

from typing import Any

from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.socle.donnees_personnelles import Lignes, Traitement


def _export(personne: Any) -> Lignes:
    return [
        {
            "enregistre_le": entree.enregistre_at.isoformat(),
            "fait": phrase(entree),
            "par": entree.auteur_libelle,
            "motif": entree.motif,
        }
        for entree in Entree.objects.filter(auteur_id=personne.pk).order_by("id")
    ]


TRAITEMENTS = [
    Traitement(
        "journal",
        "Journal\u00a0: auteur, date, acte",
        "Savoir qui a décidé quoi\u00a0; rien n’est effacé en silence",
        "Durée du programme et de son contrôle",
        _export,
    )
]
