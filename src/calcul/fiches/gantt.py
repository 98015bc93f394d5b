"""Dessiner un calendrier : où tombe chaque jour sur une largeur, et les mois à écrire dessous."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Echelle:
    """De `debut` à `fin` sur `largeur` unités."""

    debut: date
    fin: date
    largeur: int = 1000

    def place(self, jour: date) -> int:
        """L’abscisse d’un jour, ramenée aux bords."""
        total = max((self.fin - self.debut).days, 1)
        ecoules = min(max((jour - self.debut).days, 0), total)
        return ecoules * self.largeur // total

    def list_graduations(self, maximum: int = 12) -> list[tuple[int, date]]:
        """Les premiers de mois à écrire, au plus `maximum` : tous les mois, tous les trimestres,
        tous les ans… jusqu’à tous les vingt ans (deux siècles y tiennent)."""
        for pas in (1, 3, 6, 12, 24, 60, 120, 240):
            mois = [
                date(annee, numero, 1)
                for annee in range(self.debut.year, self.fin.year + 1)
                for numero in range(1, 13)
                if (12 * annee + numero - 1) % pas == 0
            ]
            dans = [jour for jour in mois if self.debut <= jour <= self.fin]
            if len(dans) <= maximum:
                return [(self.place(jour), jour) for jour in dans]
        return []


def build_echelle(jours: Iterable[date | None], *, au: date) -> Echelle | None:
    """L’échelle qui contient tous ces jours et le jour présent, en mois entiers ; None si aucun n’est connu."""
    connus = [jour for jour in jours if jour]
    if not connus:
        return None
    premier, dernier = min(*connus, au), max(*connus, au)
    suivant = (dernier.year + dernier.month // 12, dernier.month % 12 + 1)
    return Echelle(premier.replace(day=1), date(*suivant, 1))
