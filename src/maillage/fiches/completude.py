"""Ce que la Région et chaque sorte de financeur ne trouveront pas dans une fiche. Les exigences sont des données."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from calcul.fiches.completude import Exigence, Manque, compute_part, find_manques
from maillage.fiches.models import FicheAction
from maillage.fiches.rubriques import TITRES, find_section

_FICHIER = Path(__file__).parent / "gabarits" / "exigences.toml"
# Ce qui n’est pas une rubrique : deux dates ensemble, et ce que dit le plan de financement.
AUTRES = {
    "calendrier": "Dates de début et de fin",
    "cout": "Coût de l’action",
    "financeurs": "Financeurs pressentis",
}


@cache
def _read() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(_FICHIER.read_text(encoding="utf-8"))["exigences"])


def list_exigences(*, vague: int, region: str) -> list[Exigence]:
    """Les exigences d’une phase et d’une Région (code INSEE), une par lecteur : la plus précise l’emporte."""
    retenues: dict[str, tuple[int, dict[str, Any]]] = {}
    for bloc in _read():
        vagues, regions = bloc.get("vagues", []), bloc.get("regions", [])
        if (vagues and vague not in vagues) or (regions and region not in regions):
            continue
        precision = 2 * bool(regions) + bool(vagues)
        if bloc["code"] not in retenues or precision > retenues[bloc["code"]][0]:
            retenues[bloc["code"]] = (precision, bloc)
    return [
        Exigence(bloc["code"], bloc["nom"], tuple(bloc["champs"]), bloc["source"])
        for _, bloc in retenues.values()
    ]


def find_remplis(contenu: dict[str, Any], faits: Collection[str] = ()) -> set[str]:
    """Les champs remplis d’un contenu de fiche. `faits` : ce que le plan de financement sait (« cout », « financeurs »)."""
    remplis = {nom for nom in TITRES if contenu.get(nom)}
    if contenu["porteur_nom"]:
        remplis.add("porteur")
    if contenu["debut_prevu"] and contenu["fin_prevue"]:
        remplis.add("calendrier")
    return remplis | set(faits)


@dataclass(frozen=True)
class Completude:
    """Où en est une fiche : champs remplis sur champs cherchés, et ce qui manque à chaque lecteur."""

    remplis: int
    total: int
    manques: list[Manque]

    @property
    def is_complete(self) -> bool:
        return self.remplis == self.total


def compute_completude(
    fiche: FicheAction, contenu: dict[str, Any], faits: Collection[str] = ()
) -> Completude:
    """La complétude d’une fiche, d’après son contenu et ce que sait son plan. Une fiche achevée se lit de même."""
    exigences = list_exigences(vague=fiche.territoire.vague.numero, region=fiche.territoire.region_id or "")
    remplis = find_remplis(contenu, faits)
    return Completude(*compute_part(exigences, remplis), find_manques(exigences, remplis))


def get_titre(nom: str) -> str:
    return AUTRES.get(nom) or TITRES[nom]


def get_partie(nom: str) -> str:
    """Le code de la partie où un champ s’écrit ; vide pour ce que dit le plan de financement."""
    if nom in ("cout", "financeurs"):
        return ""
    return "essentiel" if nom == "calendrier" else find_section(nom).code
