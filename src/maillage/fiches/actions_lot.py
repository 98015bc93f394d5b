"""Changer plusieurs fiches d’un coup, tout ou rien ; retenir les colonnes d’une liste."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from maillage.comptes.models import Personne
from maillage.fiches.actions import update_fiche
from maillage.fiches.models import FicheAction, PreferenceListe
from maillage.journal.actions import Auteur
from maillage.socle.erreurs import ActionImpossible

COLONNES_MAX = 40


@dataclass(frozen=True)
class Modification:
    """Ce qu’une fiche deviendrait. `version_lue` : celle que la personne avait sous les yeux."""

    fiche: FicheAction
    version_lue: int
    champs: dict[str, Any]


@transaction.atomic
def update_fiches(*, modifications: Sequence[Modification], by: Auteur) -> int:
    """Enregistre chaque modification en une version de sa fiche, dans une seule transaction ; rend leur nombre.

    La première refusée (code pris, fiche changée entre-temps) les refuse toutes : ActionImpossible, qui nomme la fiche.
    """
    nombre = 0
    for modification in modifications:
        try:
            apres = update_fiche(
                fiche=modification.fiche, by=by, version_lue=modification.version_lue, **modification.champs
            )
        except ActionImpossible as refus:
            raise ActionImpossible(
                f"«\u00a0{modification.fiche}\u00a0»\u00a0: {refus} Aucune fiche n’a été changée."
            ) from refus
        nombre += apres.version != modification.version_lue
    return nombre


@transaction.atomic
def save_colonnes(*, personne: Personne, colonnes: Sequence[str]) -> PreferenceListe:
    """Retient les colonnes d’une personne, dans l’ordre ; aucune : les colonnes habituelles."""
    preference, _ = PreferenceListe.objects.update_or_create(
        personne=personne, defaults={"colonnes": [nom[:40] for nom in colonnes[:COLONNES_MAX]]}
    )
    return preference
