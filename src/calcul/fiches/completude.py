"""Ce qui manque à une fiche, lecteur par lecteur : la Région, chaque sorte de financeur."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Exigence:
    """Ce qu’un lecteur cherche dans une fiche, dans l’ordre où il le lit. `source` : d’où on le sait."""

    code: str
    nom: str
    champs: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True)
class Manque:
    """Ce qu’un lecteur ne trouvera pas. `total` : ce qu’il cherche ; rien ne manque si `champs` est vide."""

    exigence: Exigence
    champs: tuple[str, ...]

    @property
    def total(self) -> int:
        return len(self.exigence.champs)

    @property
    def remplis(self) -> int:
        return self.total - len(self.champs)


def find_manques(exigences: Iterable[Exigence], remplis: Collection[str]) -> list[Manque]:
    """Pour chaque lecteur, ses champs absents de `remplis`, dans son ordre."""
    presents = set(remplis)
    return [Manque(e, tuple(c for c in e.champs if c not in presents)) for e in exigences]


def compute_part(exigences: Iterable[Exigence], remplis: Collection[str]) -> tuple[int, int]:
    """(champs remplis, champs cherchés) par au moins un lecteur, chacun compté une fois."""
    cherches = {champ for exigence in exigences for champ in exigence.champs}
    return len(cherches & set(remplis)), len(cherches)
