"""Le programme d'un lot de fiches, posé pour HiGHS : la relaxation linéaire, ou le modèle complet en nombres entiers.

Les montants sont comptés en `unite` euros pour que tous les nombres aient le même ordre de grandeur.
"""

from dataclasses import dataclass

import numpy as np

from calcul.programmation.lineaire import INFINI, Programme
from calcul.programmation.plafonds import GROUPES, PUBLIQUE, SANS_PLAFOND
from calcul.programmation.reseau import Booleens, Entiers, Reels, Reseau


@dataclass(frozen=True, slots=True)
class Pose:
    """Un programme posé et les rangs de ses colonnes (`z` vide : relaxation) et de ses lignes d'enveloppe."""

    programme: Programme
    y: Entiers
    g: Entiers
    z: Entiers
    enveloppes: Entiers


def build_pose(
    reseau: Reseau,
    fiches: Entiers,
    couples: Entiers,
    disponible: Entiers,
    *,
    valeurs: Reels,
    frugalite: float,
    unite: float,
    exact: bool,
    minima: Entiers | None = None,
    penalite: float = 0.0,
    sous_public: Entiers | None = None,
) -> Pose:
    """Pose le programme de ces fiches et de ces couples, avec ce que les enveloppes leur laissent (euros).

    `valeurs` : ce que rapporte chaque fiche bouclée. `exact` : y et z entiers ; sinon relaxation, où la frugalité se paie
    au prorata de l'octroi. `minima` : fiches à boucler dans chaque groupe d'équité, un manque coûtant `penalite`.
    `sous_public` : plafond des aides publiques de chaque fiche en relaxation (R07 y est tranchée d'avance).
    """
    r, p = reseau, Programme()
    n = len(couples)
    haut, bas = r.haut[couples] / unite, r.bas[couples] / unite
    y = p.add_colonnes(valeurs[fiches], np.zeros(len(fiches)), np.ones(len(fiches)), entieres=exact)
    g = p.add_colonnes(np.zeros(n) if exact else -frugalite / haut, np.zeros(n), haut)
    z = np.zeros(0, np.int64)
    if exact:
        z = p.add_colonnes(np.full(n, -frugalite), np.zeros(n), np.ones(n), entieres=True)
    y_de = np.full(r.fiches_count, -1)
    y_de[fiches] = y
    ligne_de = np.full(r.fiches_count, -1)
    ligne_de[fiches] = p.add_lignes(np.zeros(len(fiches)), np.zeros(len(fiches)))
    p.add_termes(ligne_de[r.fiche[couples]], g, np.ones(n))
    p.add_termes(ligne_de[fiches], y, -r.besoin[fiches] / unite)
    tailles = r.puise_debut[couples + 1] - r.puise_debut[couples]
    departs = np.repeat(r.puise_debut[couples] - np.cumsum(tailles) + tailles, tailles)
    touchees = r.puise[departs + np.arange(int(tailles.sum()))]
    enveloppes = p.add_lignes(np.full(len(disponible), -INFINI), disponible / unite)
    p.add_termes(enveloppes[touchees], np.repeat(g, tailles), np.ones(len(touchees)))
    plafonds = r.plafonds
    if sous_public is not None:
        plafonds = plafonds.copy()
        plafonds[:, PUBLIQUE] = np.minimum(plafonds[:, PUBLIQUE], sous_public)
    _add_groupes(p, r, plafonds, couples, g, y_de, unite)
    if exact:
        _add_semi_continuite(p, g, z, haut, bas, y_de[r.fiche[couples]])
        _add_budget_general(p, r, couples, g, z, y_de, unite)
    _add_minima(p, r, y_de, minima, penalite)
    return Pose(programme=p, y=y, g=g, z=z, enveloppes=enveloppes)


def _add_semi_continuite(p: Programme, g: Entiers, z: Entiers, haut: Reels, bas: Reels, y: Entiers) -> None:
    """bas × z ≤ g ≤ haut × z, z ≤ y."""
    n = len(g)
    lignes = p.add_lignes(np.full(n, -INFINI), np.zeros(n))
    p.add_termes(lignes, g, np.ones(n))
    p.add_termes(lignes, z, -haut)
    lignes = p.add_lignes(np.zeros(n), np.full(n, INFINI))
    p.add_termes(lignes, g, np.ones(n))
    p.add_termes(lignes, z, -bas)
    lignes = p.add_lignes(np.full(n, -INFINI), np.zeros(n))
    p.add_termes(lignes, z, np.ones(n))
    p.add_termes(lignes, y, -np.ones(n))


def _add_groupes(
    p: Programme, r: Reseau, plafonds: Entiers, couples: Entiers, g: Entiers, y_de: Entiers, unite: float
) -> None:
    """R03, R05, aides d'État : Σ ≤ c × y, seulement où le plafond peut mordre."""
    for groupe in range(GROUPES):
        dans = r.rang[couples] <= groupe
        c, k = couples[dans], g[dans]
        sommes = np.bincount(r.fiche[c], weights=r.haut[c], minlength=r.fiches_count)
        plafond = np.maximum(plafonds[:, groupe], 0)
        tendues = np.flatnonzero((sommes > plafond) & (plafond < r.besoin))
        if not len(tendues):
            continue
        ligne_de = np.full(r.fiches_count, -1)
        ligne_de[tendues] = p.add_lignes(np.full(len(tendues), -INFINI), np.zeros(len(tendues)))
        ici = ligne_de[r.fiche[c]] >= 0
        p.add_termes(ligne_de[r.fiche[c[ici]]], k[ici], np.ones(int(ici.sum())))
        p.add_termes(ligne_de[tendues], y_de[tendues], -plafond[tendues] / unite)


def _add_budget_general(
    p: Programme, r: Reseau, couples: Entiers, g: Entiers, z: Entiers, y_de: Entiers, unite: float
) -> None:
    """R07 : Σ publics ≤ P − (P − E) z, où P est ce qui tient sans le budget général et E ce qui tient avec."""
    tendu = np.minimum(r.plafonds[:, PUBLIQUE], r.besoin)
    mord = r.plafond_etat < tendu
    position_de = np.full(r.couples_count, -1)
    position_de[couples] = np.arange(len(couples))
    for n in np.flatnonzero(r.etat[couples] & mord[r.fiche[couples]]):
        i = int(r.fiche[couples[n]])
        siens = np.arange(int(r.debut[i]), int(r.debut[i + 1]))
        publics = position_de[siens[r.rang[siens] <= PUBLIQUE]]
        publics = publics[publics >= 0]
        avec = max(int(r.plafond_etat[i]), 0)
        ligne = p.add_lignes(np.array([-INFINI]), np.zeros(1))
        p.add_termes(np.repeat(ligne, len(publics)), g[publics], np.ones(len(publics)))
        p.add_termes(ligne, z[[n]], np.array([(int(tendu[i]) - avec) / unite]))
        p.add_termes(ligne, y_de[[i]], np.array([-int(tendu[i]) / unite]))


def _add_minima(p: Programme, r: Reseau, y_de: Entiers, minima: Entiers | None, penalite: float) -> None:
    """Σ y + manque ≥ f, pour chaque groupe d'équité encore à servir ; le manque se paie."""
    if minima is None or not (minima > 0).any():
        return
    servis = np.flatnonzero(minima > 0)
    seuils = minima[servis].astype(float)
    manques = p.add_colonnes(np.full(len(servis), -penalite), np.zeros(len(servis)), seuils)
    lignes = p.add_lignes(seuils, np.full(len(servis), INFINI))
    p.add_termes(lignes, manques, np.ones(len(servis)))
    for ligne, k in zip(lignes, servis, strict=True):
        membres = y_de[r.groupes[k]]
        membres = membres[membres >= 0]
        p.add_termes(np.full(len(membres), ligne), membres, np.ones(len(membres)))


def choose_sous_public(reseau: Reseau) -> tuple[Entiers, Booleens]:
    """Avant la relaxation, R07 tranchée fiche par fiche : (plafond public, couples gardés).

    Si la fiche peut se boucler sous le plafond de R07, elle garde ses couples du budget général ; sinon ils sont écartés."""
    r = reseau
    sous = np.full(r.fiches_count, SANS_PLAFOND, np.int64)
    gardes = np.ones(r.couples_count, bool)
    mord = r.plafond_etat < np.minimum(r.plafonds[:, PUBLIQUE], r.besoin)
    a_l_etat = np.zeros(r.fiches_count, bool)
    a_l_etat[r.fiche[r.etat]] = True
    for i in np.flatnonzero(mord & a_l_etat):
        tranche = slice(int(r.debut[i]), int(r.debut[i + 1]))
        publics = int(r.haut[tranche][r.rang[tranche] <= PUBLIQUE].sum())
        autres = int(r.haut[tranche][r.rang[tranche] > PUBLIQUE].sum())
        if min(publics, max(int(r.plafond_etat[i]), 0)) + autres >= r.besoin[i]:
            sous[i] = r.plafond_etat[i]
        else:
            gardes[tranche] &= ~r.etat[tranche]
    return sous, gardes
