"""Ce qu’un fichier reçu a de fautif, cellule par cellule, et le verdict qui s’en déduit. Python pur."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """`importable` : rien n’empêche. `a_corriger` : des cellules sont fautives. `refuse` : ce n’est pas la forme attendue."""

    IMPORTABLE = "importable"
    A_CORRIGER = "a_corriger"
    REFUSE = "refuse"

    @property
    def libelle(self) -> str:
        return {"importable": "Importable", "a_corriger": "À corriger", "refuse": "Refusé"}[self.value]


@dataclass(frozen=True)
class Signalement:
    """Une cellule, ce qu’elle contient, pourquoi cela ne va pas, que faire."""

    feuille: str
    cellule: str
    valeur: str
    raison: str
    que_faire: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, objet: dict[str, Any]) -> "Signalement":
        return cls(**objet)

    def __str__(self) -> str:
        ou = " ".join(mot for mot in (self.feuille and f"{self.feuille},", self.cellule) if mot)
        valeur = f" («\u00a0{self.valeur}\u00a0»)" if self.valeur else ""
        return f"{ou}{valeur}\u00a0: {self.raison} {self.que_faire}".strip()


VALEUR_MAX = 120


def abrege(valeur: object) -> str:
    """La valeur d’une cellule telle qu’un rapport la cite : une ligne, 120 signes au plus."""
    texte = " ".join(str("" if valeur is None else valeur).split())
    return texte if len(texte) <= VALEUR_MAX else f"{texte[: VALEUR_MAX - 1]}…"
