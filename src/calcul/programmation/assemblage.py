"""Le programme d'une partie des fiches, posé pour HiGHS : la relaxation de tout le problème, ou un voisinage exact.

- fiches libres : on décide si elles sont bouclées (y), par qui (z), de combien (g) ;
- fiches souples : elles restent bouclées par les mêmes dispositifs, mais les montants peuvent bouger ;
- le reste est figé : ses octrois sont déjà retirés des enveloppes.

Les montants sont comptés en `unite` euros pour que tous les nombres aient le même ordre de grandeur.
"""

from dataclasses import dataclass

import numpy as np

from calcul.programmation.lineaire import INFINI, Programme
from calcul.programmation.plafonds import GROUPES, PUBLIQUE, SANS_PLAFOND
from calcul.programmation.reseau import Booleens, Entiers, Reels, Reseau


@dataclass(frozen=True, slots=True)
class Selection:
    """Ce qui bouge : fiches et couples libres, fiches et couples souples ; `reste` : euros encore dans les enveloppes."""

    libres: Entiers
    couples_libres: Entiers
    souples: Entiers
    couples_souples: Entiers
    reste: Entiers


@dataclass(frozen=True, slots=True)
class Pose:
    """Un programme posé et les rangs de ses colonnes (`z` vide : relaxation) et de ses lignes d'enveloppe."""

    programme: Programme
    y: Entiers
    g: Entiers
    z: Entiers
    souple: Entiers
    enveloppes: Entiers
    manques: Entiers


def build_pose(
    reseau: Reseau,
    selection: Selection,
    *,
    valeurs: Reels,
    frugalite: float,
    unite: float,
    exact: bool,
    minima: Entiers | None = None,
    penalite: float = 0.0,
    sous_public: Entiers | None = None,
) -> Pose:
    """Pose le programme. `exact` : y et z entiers ; sinon relaxation, où la frugalité se paie au prorata de l'octroi.

    `minima` : fiches libres encore à boucler dans chaque groupe d'équité, un manque coûtant `penalite`.
    `sous_public` : plafond des aides publiques de chaque fiche en relaxation (R07 y est tranchée d'avance).
    """
    r, s = reseau, selection
    p = Programme()
    haut, bas = r.haut[s.couples_libres] / unite, r.bas[s.couples_libres] / unite
    y = p.add_colonnes(
        valeurs[s.libres],
        np.where(r.imposee[s.libres], 0.0 if penalite else 1.0, 0.0),
        np.ones(len(s.libres)),
        entieres=exact,
    )
    g = p.add_colonnes(np.zeros(len(haut)) if exact else -frugalite / haut, np.zeros(len(haut)), haut)
    z = (
        p.add_colonnes(np.full(len(haut), -frugalite), np.zeros(len(haut)), np.ones(len(haut)), entieres=True)
        if exact
        else np.zeros(0, np.int64)
    )
    souple = p.add_colonnes(
        np.zeros(len(s.couples_souples)), r.bas[s.couples_souples] / unite, r.haut[s.couples_souples] / unite
    )
    y_de = np.full(r.fiches_count, -1)
    y_de[s.libres] = y
    couples = np.concatenate([s.couples_libres, s.couples_souples])
    colonnes = np.concatenate([g, souple])
    ligne_de = np.full(r.fiches_count, -1)
    seconds = np.concatenate([np.zeros(len(s.libres)), r.besoin[s.souples] / unite])
    ligne_de[np.concatenate([s.libres, s.souples])] = p.add_lignes(seconds, seconds)
    p.add_termes(ligne_de[r.fiche[couples]], colonnes, np.ones(len(couples)))
    p.add_termes(ligne_de[s.libres], y, -r.besoin[s.libres] / unite)
    tailles = r.puise_debut[couples + 1] - r.puise_debut[couples]
    departs = np.repeat(r.puise_debut[couples] - np.cumsum(tailles) + tailles, tailles)
    touchees = r.puise[departs + np.arange(int(tailles.sum()))]
    enveloppes = p.add_lignes(np.full(len(s.reste), -INFINI), s.reste / unite)
    p.add_termes(enveloppes[touchees], np.repeat(colonnes, tailles), np.ones(len(touchees)))
    plafonds = r.plafonds if sous_public is None else r.plafonds.copy()
    if sous_public is not None:
        plafonds[:, PUBLIQUE] = np.minimum(plafonds[:, PUBLIQUE], sous_public)
    _add_groupes(p, r, plafonds, couples, colonnes, y_de, unite)
    if exact:
        _add_semi_continuite(p, g, z, haut, bas, y_de[r.fiche[s.couples_libres]])
        _add_budget_general(p, r, s, g, z, souple, y_de, unite)
    manques = _add_minima(p, r, y_de, minima, penalite)
    return Pose(programme=p, y=y, g=g, z=z, souple=souple, enveloppes=enveloppes, manques=manques)


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
    p: Programme,
    r: Reseau,
    plafonds: Entiers,
    couples: Entiers,
    colonnes: Entiers,
    y_de: Entiers,
    unite: float,
) -> None:
    """R03, R05, aides d'État : Σ ≤ c × y, seulement où le plafond peut mordre."""
    for groupe in range(GROUPES):
        dans = r.rang[couples] <= groupe
        c, k = couples[dans], colonnes[dans]
        sommes = np.bincount(r.fiche[c], weights=r.haut[c], minlength=r.fiches_count)
        plafond = np.maximum(plafonds[:, groupe], 0)
        tendues = np.flatnonzero((sommes > plafond) & (plafond < r.besoin))
        if not len(tendues):
            continue
        libres = y_de[tendues] >= 0
        ligne_de = np.full(r.fiches_count, -1)
        ligne_de[tendues] = p.add_lignes(
            np.full(len(tendues), -INFINI), np.where(libres, 0.0, plafond[tendues] / unite)
        )
        ici = ligne_de[r.fiche[c]] >= 0
        p.add_termes(ligne_de[r.fiche[c[ici]]], k[ici], np.ones(int(ici.sum())))
        mobiles = tendues[libres]
        p.add_termes(ligne_de[mobiles], y_de[mobiles], -plafond[mobiles] / unite)


def _add_budget_general(
    p: Programme,
    r: Reseau,
    s: Selection,
    g: Entiers,
    z: Entiers,
    souple: Entiers,
    y_de: Entiers,
    unite: float,
) -> None:
    """R07 : Σ publics ≤ P − (P − E) z, où P est ce qui tient sans le budget général et E ce qui tient avec."""
    tendu = np.minimum(r.plafonds[:, PUBLIQUE], r.besoin)
    mord = r.plafond_etat < tendu
    for n in np.flatnonzero(r.etat[s.couples_libres] & mord[r.fiche[s.couples_libres]]):
        i = int(r.fiche[s.couples_libres[n]])
        publics = np.flatnonzero((r.fiche[s.couples_libres] == i) & (r.rang[s.couples_libres] <= PUBLIQUE))
        avec = max(int(r.plafond_etat[i]), 0)
        ligne = p.add_lignes(np.array([-INFINI]), np.zeros(1))
        p.add_termes(np.repeat(ligne, len(publics)), g[publics], np.ones(len(publics)))
        p.add_termes(ligne, z[[n]], np.array([(int(tendu[i]) - avec) / unite]))
        p.add_termes(ligne, y_de[[i]], np.array([-int(tendu[i]) / unite]))
    servies = np.unique(r.fiche[s.couples_souples[r.etat[s.couples_souples]]])
    for i in servies[mord[servies]]:
        publics = np.flatnonzero((r.fiche[s.couples_souples] == i) & (r.rang[s.couples_souples] <= PUBLIQUE))
        ligne = p.add_lignes(np.array([-INFINI]), np.array([max(int(r.plafond_etat[i]), 0) / unite]))
        p.add_termes(np.repeat(ligne, len(publics)), souple[publics], np.ones(len(publics)))


def _add_minima(p: Programme, r: Reseau, y_de: Entiers, minima: Entiers | None, penalite: float) -> Entiers:
    """Σ y + manque ≥ f, pour chaque groupe d'équité encore à servir ; le manque se paie."""
    if minima is None or not (minima > 0).any():
        return np.zeros(0, np.int64)
    servis = np.flatnonzero(minima > 0)
    manques = p.add_colonnes(
        np.full(len(servis), -penalite), np.zeros(len(servis)), minima[servis].astype(float)
    )
    lignes = p.add_lignes(minima[servis].astype(float), np.full(len(servis), INFINI))
    p.add_termes(lignes, manques, np.ones(len(servis)))
    for ligne, k in zip(lignes, servis, strict=True):
        membres = y_de[r.groupes[k]]
        membres = membres[membres >= 0]
        p.add_termes(np.full(len(membres), ligne), membres, np.ones(len(membres)))
    return manques


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
