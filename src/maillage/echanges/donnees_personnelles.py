"""Ce que les échanges gardent d’une personne : les classeurs qu’elle a déposés."""

from datetime import datetime, timedelta
from typing import Any

from maillage.echanges.enums import EtatImport
from maillage.echanges.models import ImportPlan
from maillage.socle.donnees_personnelles import Lignes, Traitement

DUREE = timedelta(days=365)
VIDE: dict[str, Any] = {"feuille": "", "actions": [], "fiches": [], "erreurs": [], "avertissements": []}


def _export(personne: Any) -> Lignes:
    return [
        {"fichier": recu.fichier, "territoire": recu.territoire.cle, "depose_at": recu.depose_at.isoformat()}
        for recu in ImportPlan.objects.filter(auteur=personne)
        .select_related("territoire__vague")
        .defer("lu", "bilan", "choix")
    ]


def _purger(instant: datetime) -> int:
    """Un classeur nomme des pilotes et des élus : un an après, ce qui en a été lu s’efface ; le bilan reste."""
    vieux = ImportPlan.objects.filter(fini_at__lt=instant - DUREE).exclude(lu=VIDE)
    return vieux.update(lu=VIDE)


def _effacer(personne: Any) -> None:
    """Un classeur déposé mais jamais importé ne sert plus à personne d’autre."""
    ImportPlan.objects.filter(auteur=personne, etat=EtatImport.ABANDONNE).update(lu=VIDE)


TRAITEMENTS = [
    Traitement(
        "imports_plans",
        "Classeurs de plans déposés\u00a0: nom du déposant, personnes et structures que le classeur nomme",
        "Relire un plan avant de l’importer, dire ce que l’import en a fait",
        "Un an après l’import",
        _export,
        purger=_purger,
        effacer=_effacer,
    )
]
