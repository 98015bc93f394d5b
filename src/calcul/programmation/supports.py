"""Par quels dispositifs une fiche peut être bouclée, seule devant eux : Σ planchers ≤ besoin ≤ ce qu'ils peuvent servir.

Un support est un ensemble de couples d'une fiche. Il est tenable quand les planchers tiennent dans le besoin et dans
chaque groupe, et que les plafonds, groupes compris, couvrent le besoin. C'est une condition nécessaire et suffisante
tant que les enveloppes ne manquent pas.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from calcul.programmation.plafonds import GROUPES, HORS_GROUPE

SUPPORTS_EXAMINES = (
    200_000  # au-delà, la fiche est tenue pour finançable : la borne reste juste, la recherche tranchera
)
_SERVIS_MAX = 7


@dataclass(frozen=True, slots=True)
class Offre:
    """Ce qu'un couple peut servir : plancher et plafond en euros, rang dans les groupes, budget général de l'État."""

    bas: int
    haut: int
    rang: int
    etat: bool


@dataclass(frozen=True, slots=True)
class Besoin:
    """Le besoin d'une fiche et ses plafonds de groupe, en euros ; `avec_etat` : plafond public sous R07."""

    montant: int
    groupes: tuple[int, int, int]
    avec_etat: int

    def get_groupes(self, servi_par_l_etat: bool) -> list[int]:
        dotations, publiques, aides = self.groupes
        if servi_par_l_etat:
            publiques = min(publiques, self.avec_etat)
        return [min(dotations, publiques), publiques, aides]


def is_tenable(besoin: Besoin, offres: Sequence[Offre]) -> bool:
    """Ces dispositifs, tous servis, bouclent la fiche à l'euro."""
    planchers = sum(o.bas for o in offres)
    if planchers > besoin.montant or any(o.haut < o.bas for o in offres):
        return False
    groupes = besoin.get_groupes(any(o.etat for o in offres))
    cumul = cumul_bas = 0
    for groupe in range(GROUPES):
        dedans = [o for o in offres if o.rang == groupe]
        cumul_bas += sum(o.bas for o in dedans)
        if cumul_bas > groupes[groupe]:
            return False
        cumul = min(cumul + sum(o.haut for o in dedans), groupes[groupe])
    return cumul + sum(o.haut for o in offres if o.rang == HORS_GROUPE) >= besoin.montant


def has_support(besoin: Besoin, offres: Sequence[Offre]) -> bool:
    """Existe-t-il un support tenable ? Essais rapides, puis parcours complet (au plus SUPPORTS_EXAMINES)."""
    if any(is_tenable(besoin, [o]) for o in offres):
        return True
    for liste in (list(offres), [o for o in offres if not o.etat]):
        pris: list[Offre] = []
        for offre in sorted(liste, key=lambda o: -o.haut):
            pris.append(offre)
            if is_tenable(besoin, pris):
                return True
    return next(iter_supports(besoin, offres, si_trop=True), None) is not None


def iter_supports(
    besoin: Besoin, offres: Sequence[Offre], *, si_trop: bool = False
) -> Iterator[tuple[int, ...]]:
    """Les supports tenables, des plus petits aux plus grands, en rangs dans `offres`.

    Parcours par taille croissante, coupé dès que les planchers dépassent ou que les plafonds restants ne suffisent plus.
    Après SUPPORTS_EXAMINES essais, s'arrête ; `si_trop` : en rendant un support vide, « peut-être ».
    """
    ordre = sorted(range(len(offres)), key=lambda k: -offres[k].haut)
    suffixes = [0]
    for k in reversed(ordre):
        suffixes.append(suffixes[-1] + offres[k].haut)
    suffixes.reverse()
    examines = 0
    for taille in range(1, len(ordre) + 1):
        pile: list[tuple[int, tuple[int, ...], int, int]] = [(0, (), 0, 0)]
        possible = False
        while pile:
            depart, choisis, bas, haut = pile.pop()
            examines += 1
            if examines > SUPPORTS_EXAMINES:
                if si_trop:
                    yield ()
                return
            if len(choisis) == taille:
                possible = True
                if haut >= besoin.montant and is_tenable(besoin, [offres[k] for k in choisis]):
                    yield tuple(sorted(choisis))
                continue
            possible = possible or bool(choisis)
            for position in range(len(ordre) - 1, depart - 1, -1):
                k = ordre[position]
                if bas + offres[k].bas > besoin.montant or haut + suffixes[position] < besoin.montant:
                    continue
                pile.append((position + 1, (*choisis, k), bas + offres[k].bas, haut + offres[k].haut))
        if not possible:
            return


def choose_support(
    besoin: Besoin, offres: Sequence[Offre], voulus: Sequence[float]
) -> tuple[int, ...] | None:
    """Le support tenable le plus proche des octrois `voulus` (euros), ou None s'il n'y en a pas.

    Distance : ce qu'on retire aux dispositifs écartés, plus ce qu'on déplace pour tenir planchers et plafonds."""
    servis = sorted((k for k in range(len(offres)) if voulus[k] > 0.5), key=lambda k: (-voulus[k], k))
    autres = [k for k in range(len(offres)) if voulus[k] <= 0.5]
    premiers = servis[:_SERVIS_MAX]
    meilleur = _nearest(besoin, offres, voulus, servis, _iter_sous_ensembles(premiers, len(premiers)))
    if meilleur is None:
        ajouts = (
            (*base, k)
            for base in _iter_sous_ensembles(premiers[:4], 4, vide=True)
            for k in autres + servis[4:]
        )
        meilleur = _nearest(besoin, offres, voulus, servis, ajouts)
    return next(iter_supports(besoin, offres), None) if meilleur is None else meilleur


def _iter_sous_ensembles(
    rangs: Sequence[int], plus_grand: int, *, vide: bool = False
) -> Iterator[tuple[int, ...]]:
    for taille in range(plus_grand, -1 if vide else 0, -1):
        yield from combinations(rangs, taille)


def _nearest(
    besoin: Besoin,
    offres: Sequence[Offre],
    voulus: Sequence[float],
    servis: Sequence[int],
    supports: Iterator[tuple[int, ...]],
) -> tuple[int, ...] | None:
    meilleur: tuple[float, tuple[int, ...]] | None = None
    for support in supports:
        if not is_tenable(besoin, [offres[k] for k in support]):
            continue
        tenus = {k: min(max(voulus[k], offres[k].bas), offres[k].haut) for k in support}
        distance = (
            sum(voulus[k] for k in servis if k not in tenus)
            + sum(abs(tenu - voulus[k]) for k, tenu in tenus.items())
            + abs(besoin.montant - sum(tenus.values()))
        )
        if meilleur is None or (distance, support) < meilleur:
            meilleur = (distance, support)
    return None if meilleur is None else meilleur[1]


def share_besoin(besoin: Besoin, offres: Sequence[Offre], ordre: Sequence[int]) -> list[int] | None:
    """Les montants (euros) d'un support tenable : chacun à son plancher, puis on remplit dans `ordre`.

    Les groupes sont emboîtés : le glouton atteint le besoin quand le support est tenable. None s'il ne l'atteint pas."""
    groupes = besoin.get_groupes(any(o.etat for o in offres))
    montants = [o.bas for o in offres]
    permis = [groupes[g] - sum(o.bas for o in offres if o.rang <= g) for g in range(GROUPES)]
    reste = besoin.montant - sum(montants)
    if reste < 0 or min(permis) < 0:
        return None
    for k in ordre:
        offre = offres[k]
        ajout = min([offre.haut - montants[k], reste, *permis[offre.rang :]])
        montants[k] += ajout
        reste -= ajout
        for groupe in range(offre.rang, GROUPES):
            permis[groupe] -= ajout
    return None if reste else montants
