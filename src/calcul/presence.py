"""Rejouer des entrées et des sorties dont la date n’est parfois connue qu’entre deux bornes.

Un membre est présent « à coup sûr » après la borne tardive de son entrée et avant la borne précoce de sa sortie ;
il l’est « peut-être » dès la borne précoce de son entrée et jusqu’à la borne tardive de sa sortie (exclue).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any


class PasIncoherent(ValueError):
    """Une sortie sans entrée, ou une entrée de qui est déjà entré. `pas` : celui qui ne va pas."""

    def __init__(self, phrase: str, pas: "Pas") -> None:
        super().__init__(phrase)
        self.pas = pas


@dataclass(frozen=True)
class Pas:
    """Une entrée ou une sortie, entre `debut` et `fin` (la même date si elle est exacte). `objet` : à qui en parler."""

    is_entree: bool
    debut: date
    fin: date
    objet: Any = None


@dataclass(frozen=True)
class Presence:
    """Un séjour : son entrée, et sa sortie s’il y en a une."""

    entree: Pas
    sortie: Pas | None = None

    def is_certaine(self, jour: date) -> bool:
        return self.entree.fin <= jour and (self.sortie is None or jour < self.sortie.debut)

    def is_possible(self, jour: date) -> bool:
        return self.entree.debut <= jour and (self.sortie is None or jour < self.sortie.fin)

    def overlaps(self, autre: "Presence") -> bool:
        """Vrai si les deux séjours ont un jour commun à coup sûr."""
        debut = max(self.entree.fin, autre.entree.fin)
        fins = [presence.sortie.debut for presence in (self, autre) if presence.sortie]
        return not fins or debut < min(fins)


def replay(pas: Iterable[Pas]) -> list[Presence]:
    """Les séjours d’un membre dans un territoire, du premier au dernier.

    Les pas se suivent par borne précoce puis tardive, et alternent en commençant par une entrée.
    Erreur : PasIncoherent (deux entrées de suite, sortie sans entrée, sortie qui ne suit pas l’entrée).
    """
    presences: list[Presence] = []
    ouvert: Pas | None = None
    for suivant in sorted(pas, key=lambda p: (p.debut, p.fin, not p.is_entree)):
        if suivant.is_entree:
            if ouvert is not None:
                raise PasIncoherent("déjà membre", suivant)
            ouvert = suivant
        else:
            if ouvert is None:
                raise PasIncoherent("pas membre", suivant)
            if suivant.fin <= ouvert.debut:
                raise PasIncoherent("sortie qui ne suit pas l’entrée", suivant)
            presences.append(Presence(ouvert, suivant))
            ouvert = None
    if ouvert is not None:
        presences.append(Presence(ouvert))
    return presences
