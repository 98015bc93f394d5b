"""Une borne prouvée : aucune programmation ne peut valoir plus.

Relaxation lagrangienne (Geoffrion, 1974). À chaque enveloppe un prix λ_e ≥ 0 (poids par euro), à chaque plancher
d'équité un prix μ_k ≥ 0. Pour tout choix de prix :

    borne(λ, μ) = Σ_e λ_e b_e − Σ_k μ_k f_k + Σ_i profit_i,      profit_i = max(0, w_i + Σ_{k ∋ i} μ_k − C_i(λ))

où C_i(λ) est le coût, à ces prix, du plan le moins cher de la fiche i (planchers d'octroi relâchés, groupes R03, R05,
R07 et aides d'État tenus : ils sont emboîtés, le glouton y est donc exact). Une fiche qui doit passer compte sans le
« max(0, ·) ». La preuve ne dépend d'aucun solveur : `compute_borne_exacte` la refait en nombres entiers, en Python.

Les prix disent aussi ce que vaut un euro de plus : λ_e × 1 000 000 est le poids gagné pour un million, au plus.
"""

from dataclasses import dataclass

import numpy as np

from calcul.programmation.lineaire import INFINI, Programme
from calcul.programmation.plafonds import GROUPES, HORS_GROUPE, SANS_PLAFOND
from calcul.programmation.reseau import Booleens, Reels, Reseau

FINESSE = 10**12  # les prix exacts sont des entiers : poids × 10⁻¹² par euro
_TOLERANCE = 0.5  # euro : un besoin entier est couvert à moins d'un demi-euro près


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Ce que donnent des prix : la borne, le profit de chaque fiche (−∞ : infinançable), la pente en chaque prix."""

    borne: float
    profits: Reels
    couts: Reels
    pente: Reels


class Evaluateur:
    """Calcule la borne pour des prix donnés (λ puis μ bout à bout), vite, sur des tableaux."""

    def __init__(self, reseau: Reseau) -> None:
        self._r = reseau
        r = reseau
        self._conditionnelles = np.zeros(r.fiches_count, bool)
        concernees = np.unique(r.fiche[r.etat])
        utile = r.plafond_etat[concernees] < np.minimum(r.plafonds[concernees, 1], r.besoin[concernees])
        self._conditionnelles[concernees[utile]] = True
        self._sous = np.minimum(r.plafonds, SANS_PLAFOND).astype(float)
        self._avec_etat = self._sous.copy()
        c = self._conditionnelles
        self._avec_etat[c, 1] = np.minimum(self._sous[c, 1], r.plafond_etat[c])
        self._avec_etat[c, 0] = np.minimum(self._sous[c, 0], self._avec_etat[c, 1])
        self._haut = r.haut.astype(float)
        self._haut_sans_etat = np.where(c[r.fiche] & r.etat, 0.0, self._haut)

    def evalue(self, prix: Reels) -> Evaluation:
        r = self._r
        lambdas, mus = prix[: len(r.disponible)], prix[len(r.disponible) :]
        par_couple = _somme_par_couple(r, lambdas)
        couts, couvert, octrois = self._cout_minimal(par_couple, self._haut, self._avec_etat)
        if self._conditionnelles.any():
            c = self._conditionnelles
            autres, couvert2, octrois2 = self._cout_minimal(
                par_couple, self._haut_sans_etat, self._sous, seulement=c
            )
            mieux = c & couvert2 & (~couvert | (autres < couts))
            couts = np.where(mieux, autres, couts)
            couvert = couvert | (c & couvert2)
            octrois = np.where(mieux[r.fiche], octrois2, octrois)
        poids = r.poids.astype(float)
        for membres, mu in zip(r.groupes, mus, strict=True):
            poids[membres] += mu
        profits = np.where(couvert & r.ouverte, poids - couts, -np.inf)
        gardees = (profits > 0) | (r.imposee & np.isfinite(profits))
        borne = float(lambdas @ r.disponible - mus @ r.minima + profits[gardees].sum())
        usage = np.bincount(
            r.puise,
            weights=np.repeat(np.where(gardees[r.fiche], octrois, 0.0), np.diff(r.puise_debut)),
            minlength=len(r.disponible),
        )
        atteints = np.array([float(gardees[membres].sum()) for membres in r.groupes])
        pente = np.concatenate([r.disponible - usage, atteints - r.minima])
        return Evaluation(borne=borne, profits=profits, couts=couts, pente=pente)

    def _cout_minimal(
        self, par_couple: Reels, haut: Reels, sous: Reels, seulement: Booleens | None = None
    ) -> tuple[Reels, Booleens, Reels]:
        """Le glouton, toutes les fiches de front : le moins cher d'abord, dans la limite des groupes emboîtés."""
        r = self._r
        ordre = np.lexsort((haut, par_couple, r.fiche))
        reste = r.besoin.astype(float)
        permis = sous.copy()
        octrois = np.zeros(r.couples_count)
        tailles = np.diff(r.debut)
        actives = np.flatnonzero((tailles > 0) & r.ouverte & (seulement if seulement is not None else True))
        position = 0
        while len(actives):
            couples = ordre[r.debut[actives] + position]
            pris = np.minimum(haut[couples], reste[actives])
            rangs = r.rang[couples]
            for groupe in range(GROUPES):
                dans = rangs <= groupe
                pris = np.where(dans, np.minimum(pris, permis[actives, groupe]), pris)
            pris = np.maximum(pris, 0.0)
            octrois[couples] = pris
            reste[actives] -= pris
            for groupe in range(GROUPES):
                permis[actives, groupe] -= np.where(rangs <= groupe, pris, 0.0)
            position += 1
            actives = actives[(tailles[actives] > position) & (reste[actives] > 0)]
        couts = np.zeros(r.fiches_count)
        couts += np.bincount(r.fiche, weights=octrois * par_couple, minlength=r.fiches_count)
        return couts, reste < _TOLERANCE, octrois


def _somme_par_couple(reseau: Reseau, lambdas: Reels) -> Reels:
    """Le prix d'un euro de chaque couple : la somme des prix des enveloppes où il puise."""
    if not reseau.couples_count:
        return np.zeros(0)
    return np.add.reduceat(lambdas[reseau.puise], reseau.puise_debut[:-1])


def improve_prix(evaluateur: Evaluateur, prix: Reels, *, iterations: int) -> tuple[Reels, Evaluation]:
    """De meilleurs prix, par plans coupants dans une boîte autour des meilleurs connus (Kelley, 1960, et Marsten,
    Hogan et Blankenship, 1975). Rend les meilleurs rencontrés ; s'arrête après `iterations`."""
    meilleurs, meilleure = prix, evaluateur.evalue(prix)
    echelle = float(np.max(prix, initial=0.0)) or 1.0
    rayon = 0.1 * echelle
    coupes: list[tuple[float, Reels]] = []
    courant, evaluation = meilleurs, meilleure
    for _ in range(iterations):
        coupes.append((evaluation.borne - float(evaluation.pente @ courant), evaluation.pente))
        propose, promesse = _minimise_coupes(coupes[-120:], meilleurs, rayon)
        if meilleure.borne - promesse < 1e-7 * max(1.0, abs(meilleure.borne)):
            rayon *= 2
            if rayon > echelle:
                break
        courant, evaluation = propose, evaluateur.evalue(propose)
        if evaluation.borne < meilleure.borne - 0.1 * (meilleure.borne - promesse):
            meilleurs, meilleure = courant, evaluation
            rayon *= 1.5
        else:
            if evaluation.borne < meilleure.borne:
                meilleurs, meilleure = courant, evaluation
            rayon *= 0.6
    return meilleurs, meilleure


def _minimise_coupes(coupes: list[tuple[float, Reels]], centre: Reels, rayon: float) -> tuple[Reels, float]:
    """Le minimum du plus haut des plans coupants, dans la boîte de ce rayon et les prix positifs."""
    n = len(centre)
    pentes = np.array([pente for _, pente in coupes])
    # Les pentes sont en euros, les prix en poids par euro : on compte les prix en rayons autour du centre.
    programme = Programme()
    pas = programme.add_colonnes(np.zeros(n), np.maximum(-1.0, -centre / rayon), np.ones(n))
    niveau = programme.add_colonnes(np.array([-1.0]), np.array([-INFINI]), np.array([INFINI]))
    valeurs = np.array([constante for constante, _ in coupes]) + pentes @ centre
    reference = float(valeurs.max())
    lignes = programme.add_lignes(np.full(len(coupes), -INFINI), reference - valeurs)
    programme.add_termes(np.repeat(lignes, n), np.tile(pas, len(coupes)), (pentes * rayon).ravel())
    programme.add_termes(lignes, np.repeat(niveau, len(coupes)), np.full(len(coupes), -1.0))
    reponse = programme.resout()
    if not reponse.is_realisable:
        return centre, -np.inf
    return np.maximum(centre + rayon * reponse.valeurs[:n], 0.0), reference + float(reponse.valeurs[n])


def quantify_prix(prix: Reels) -> tuple[int, ...]:
    """Les prix en entiers (poids × 10⁻¹² par euro), que la preuve exacte relit."""
    return tuple(round(float(p) * FINESSE) for p in np.maximum(prix, 0.0))


def compute_borne_exacte(reseau: Reseau, prix: tuple[int, ...]) -> int:
    """La borne en poids × 10⁻¹², en nombres entiers, couple par couple, sans tableau ni flottant."""
    disponible = [int(v) for v in reseau.disponible]
    lambdas, mus = prix[: len(disponible)], prix[len(disponible) :]
    total = sum(p * b for p, b in zip(lambdas, disponible, strict=True))
    bonus: dict[int, int] = {}
    for membres, minimum, mu in zip(reseau.groupes, reseau.minima, mus, strict=True):
        total -= mu * int(minimum)
        for i in membres:
            bonus[int(i)] = bonus.get(int(i), 0) + mu
    puise, puise_debut = reseau.puise.tolist(), reseau.puise_debut.tolist()
    haut, rang, etat = reseau.haut.tolist(), reseau.rang.tolist(), reseau.etat.tolist()
    debut, besoins, poids = reseau.debut.tolist(), reseau.besoin.tolist(), reseau.poids.tolist()
    plafonds, plafond_etat = reseau.plafonds.tolist(), reseau.plafond_etat.tolist()
    for i in range(reseau.fiches_count):
        if not reseau.ouverte[i] or debut[i] == debut[i + 1]:
            continue
        offres = sorted(
            (
                sum(lambdas[puise[k]] for k in range(puise_debut[j], puise_debut[j + 1])),
                haut[j],
                rang[j],
                etat[j],
            )
            for j in range(debut[i], debut[i + 1])
        )
        publics = min(plafonds[i][1], plafond_etat[i])
        if any(offre[3] for offre in offres) and publics < min(plafonds[i][1], besoins[i]):
            cout = _meilleur(
                _cout_exact(offres, besoins[i], [min(plafonds[i][0], publics), publics, plafonds[i][2]]),
                _cout_exact([o for o in offres if not o[3]], besoins[i], plafonds[i]),
            )
        else:
            cout = _cout_exact(offres, besoins[i], plafonds[i])
        if cout is not None:
            profit = poids[i] * FINESSE + bonus.get(i, 0) - cout
            total += profit if reseau.imposee[i] else max(profit, 0)
    return total


def _meilleur(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)


def _cout_exact(offres: list[tuple[int, int, int, bool]], besoin: int, sous: list[int]) -> int | None:
    reste, permis, cout = besoin, list(sous), 0
    for prix, haut, rang, _ in offres:
        pris = min([haut, reste, *permis[rang:]]) if rang < HORS_GROUPE else min(haut, reste)
        if pris <= 0:
            continue
        cout += pris * prix
        reste -= pris
        for groupe in range(rang, GROUPES):
            permis[groupe] -= pris
        if not reste:
            return cout
    return None if reste else cout
