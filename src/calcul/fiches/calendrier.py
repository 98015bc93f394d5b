"""Le calendrier d’une action : étapes, ce qui doit venir avant, retards qui se propagent, chemin critique.

Une étape a un numéro, une échéance, une durée en jours (de son début à son échéance ; un jour sans début) et les étapes
qui la précèdent. Une étape faite garde sa date ; une étape en retard sur un jour donné finit au plus tôt ce jour-là, et
pousse celles qui l’attendent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


class CycleEtapes(ValueError):
    """Des étapes s’attendent l’une l’autre : aucune ne pourrait commencer. `numeros` : le cercle."""

    def __init__(self, numeros: list[int]) -> None:
        super().__init__(" → ".join(map(str, numeros)))
        self.numeros = numeros


@dataclass(frozen=True, kw_only=True)
class Etape:
    numero: int
    debut: date | None = None
    echeance: date | None = None
    realise_le: date | None = None
    apres: tuple[int, ...] = ()

    @property
    def duree(self) -> timedelta:
        """De son début à son échéance ; nulle si l’un des deux manque."""
        return self.echeance - self.debut if self.debut and self.echeance else timedelta()


@dataclass(frozen=True, kw_only=True)
class EtapeDatee:
    """Une étape et ce qu’on en attend. `fin` : faite ce jour-là, ou prévisible ; None si rien n’est daté.

    `retard` : jours entre l’échéance et cette fin, jamais négatif. `propage` : le retard vient des étapes d’avant.
    `is_critique` : la repousser d’un jour repousserait la fin de l’action.
    """

    etape: Etape
    debut: date | None
    fin: date | None
    retard: int
    propage: bool
    is_critique: bool


def sort_etapes(apres: Mapping[int, Sequence[int]]) -> list[int]:
    """Les numéros dans un ordre où chacun suit ceux qu’il attend. Une étape inconnue est ignorée. CycleEtapes sinon."""
    ordre: list[int] = []
    etat: dict[int, int] = {}  # 1 : en cours de visite, 2 : placée
    for depart in apres:
        pile: list[tuple[int, int]] = [(depart, 0)]
        while pile:
            numero, rang = pile.pop()
            if rang == 0:
                if etat.get(numero) == 2:
                    continue
                etat[numero] = 1
            avant = [n for n in apres[numero] if n in apres]
            if rang < len(avant):
                pile.append((numero, rang + 1))
                suivant = avant[rang]
                if etat.get(suivant) == 1:
                    cercle = [n for n, _ in pile]
                    raise CycleEtapes([*cercle[cercle.index(suivant) :], suivant])
                pile.append((suivant, 0))
            else:
                etat[numero] = 2
                ordre.append(numero)
    return ordre


def compute_calendrier(etapes: Sequence[Etape], *, au: date) -> list[EtapeDatee]:
    """Chaque étape avec la fin qu’on peut en attendre au jour `au`, dans l’ordre donné.

    Une étape finit au plus tôt : à son échéance ; si elle est passée et pas faite, le jour `au` ; après la fin de celles
    qu’elle attend, plus sa durée.
    """
    par_numero = {etape.numero: etape for etape in etapes}
    ordre = sort_etapes({etape.numero: etape.apres for etape in etapes})
    fins: dict[int, date | None] = {}
    propres: dict[int, date | None] = {}  # la fin sans ce que les autres imposent
    for numero in ordre:
        etape = par_numero[numero]
        if etape.realise_le:
            fins[numero] = propres[numero] = etape.realise_le
            continue
        propre = max(etape.echeance, au) if etape.echeance else None
        pousse = [
            fin + etape.duree for n in etape.apres if (fin := fins.get(n)) and not _is_faite(par_numero, n)
        ]
        propres[numero] = propre
        fins[numero] = max([*pousse, *([propre] if propre else [])], default=None)
    critiques = _find_critiques(par_numero, fins)
    resultat = []
    for etape in etapes:
        fin = fins[etape.numero]
        propre = propres[etape.numero]
        retard = max((fin - etape.echeance).days, 0) if fin and etape.echeance else 0
        debut = etape.debut or (fin if not etape.echeance else etape.echeance)
        resultat.append(
            EtapeDatee(
                etape=etape,
                debut=min(debut, fin) if debut and fin else debut,
                fin=fin,
                retard=retard,
                propage=bool(retard and fin and propre and fin > propre),
                is_critique=etape.numero in critiques,
            )
        )
    return resultat


def _is_faite(etapes: Mapping[int, Etape], numero: int) -> bool:
    return bool(etapes[numero].realise_le)


def _find_critiques(etapes: Mapping[int, Etape], fins: Mapping[int, date | None]) -> set[int]:
    """Le chemin qui mène à la dernière fin : cette étape, puis, de proche en proche, celles qui lui fixent sa date."""
    datees = {n: fin for n, fin in fins.items() if fin and not etapes[n].realise_le}
    if not datees:
        return set()
    derniere = max(datees.values())
    file = [n for n, fin in datees.items() if fin == derniere]
    critiques: set[int] = set()
    while file:
        numero = file.pop()
        if numero in critiques:
            continue
        critiques.add(numero)
        etape = etapes[numero]
        file += [n for n in etape.apres if n in datees and datees[n] + etape.duree >= datees[numero]]
    return critiques
