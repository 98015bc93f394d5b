"""La relaxation d'un lot de fiches, puis la plongée : de la solution continue à une programmation tenable.

La relaxation oublie deux choses : qu'une fiche est bouclée ou non, et qu'un octroi est nul ou au moins égal à son
plancher. La plongée corrige la seconde fiche par fiche (le support tenable le plus proche), puis reprend depuis la
dernière base : l'argent déplacé circule entre les fiches dont les montants sont encore souples.
"""

import numpy as np

from calcul.programmation.assemblage import build_pose
from calcul.programmation.lineaire import Reponse
from calcul.programmation.reseau import Booleens, Entiers, Etat, Reels, Reseau
from calcul.programmation.supports import Besoin, Offre, choose_support

_EPSILON = 1e-6  # en unités du programme, et en y
_TOURS = 40


class Plongee:
    """Un lot de fiches, ce que les enveloppes lui laissent, et le programme posé qui garde sa base d'une reprise à l'autre."""

    def __init__(
        self,
        reseau: Reseau,
        fiches: Entiers,
        disponible: Entiers,
        *,
        valeurs: Reels,
        frugalite: float,
        unite: float,
        minima: Entiers,
        penalite: float,
        sous_public: Entiers,
        gardes: Booleens,
    ) -> None:
        self._r, self.fiches, self._unite = reseau, fiches, unite
        self._sous_public = sous_public
        couples = reseau.couples_of(fiches)
        self._couples = couples[gardes[couples]]
        self._pose = build_pose(
            reseau,
            fiches,
            self._couples,
            disponible,
            valeurs=valeurs,
            frugalite=frugalite,
            unite=unite,
            exact=False,
            minima=minima,
            penalite=penalite,
            sous_public=sous_public,
        )
        self._position = np.full(reseau.fiches_count, -1)
        self._position[fiches] = np.arange(len(fiches))
        self._de = self._position[reseau.fiche[self._couples]]
        self._debut = np.concatenate([[0], np.cumsum(np.bincount(self._de, minlength=len(fiches)))])
        self._bas = reseau.bas[self._couples] / unite
        self._haut = reseau.haut[self._couples] / unite
        # Ce qu'un couple peut recevoir au plus, compte tenu de la part d'enveloppe de ce lot.
        self._places = (
            np.minimum.reduceat(disponible[reseau.puise], reseau.puise_debut[:-1])[self._couples]
            if reseau.couples_count
            else np.zeros(0, np.int64)
        )
        # Rang de la fiche dans le lot -> lignes qui tiennent son support.
        self._lignes: dict[int, Entiers] = {}
        self._reponse: Reponse | None = None

    def relaxe(self) -> Reels:
        """Résout la relaxation ; rend les prix des enveloppes (valeur par unité)."""
        self._reponse = self._pose.programme.resout()
        return np.maximum(self._reponse.duaux[self._pose.enveloppes], 0.0)

    def plonge(self) -> None:
        """Fixe un support tenable à chaque fiche dont un octroi est trop petit, et reprend, jusqu'à ce qu'il n'y en ait plus."""
        for _ in range(_TOURS):
            if not self._fixe_supports():
                return
            self._reponse = self._pose.programme.resout()

    def reprend(self, fiches: Entiers, ouvertes: Booleens) -> None:
        """Impose que ces fiches restent possibles ou non, et reprend depuis la dernière base."""
        self._pose.programme.set_bornes(
            self._pose.y[self._position[fiches]], np.zeros(len(fiches)), ouvertes.astype(float)
        )
        self._reponse = self._pose.programme.resout()

    def relache(self, fiches: Entiers) -> None:
        """Rend à ces fiches tous leurs couples : leur support pourra être choisi autrement."""
        p = self._pose.programme
        for n in self._position[fiches].tolist():
            if (lignes := self._lignes.pop(n, None)) is None:
                continue
            p.release_lignes(lignes)
            lot = np.arange(int(self._debut[n]), int(self._debut[n + 1]))
            p.set_bornes(self._pose.g[lot], np.zeros(len(lot)), self._haut[lot])

    @property
    def y(self) -> Reels:
        """La part bouclée de chaque fiche du lot, dans la dernière réponse."""
        assert self._reponse is not None  # noqa: S101 (pour le typage)
        return self._reponse.valeurs[self._pose.y]

    def get_partielles(self) -> Entiers:
        """Les fiches bouclées en partie seulement dans la dernière réponse."""
        y = self.y
        return self.fiches[(y > _EPSILON) & (y < 1 - _EPSILON)]

    def _fixe_supports(self) -> bool:
        assert self._reponse is not None  # noqa: S101 (pour le typage)
        if not self._reponse.is_realisable:
            return False
        r, p = self._r, self._pose.programme
        g, y = self._reponse.valeurs[self._pose.g], self.y
        petits = (g > _EPSILON) & (g < self._bas * np.minimum(1.0, y[self._de]) - _EPSILON)
        touchees = [int(n) for n in np.unique(self._de[petits]) if int(n) not in self._lignes]
        ecartes: list[int] = []
        tenus: list[int] = []
        premiere = p.solveur.getNumRow()
        for n in touchees:
            i = int(self.fiches[n])
            lot = range(int(self._debut[n]), int(self._debut[n + 1]))
            couples = self._couples[lot.start : lot.stop]
            support = choose_support(
                get_besoin(r, i, int(self._sous_public[i])),
                get_offres(r, couples, self._places[lot.start : lot.stop]),
                (g[lot.start : lot.stop] * self._unite / max(y[n], _EPSILON)).tolist(),
            )
            gardes = set() if support is None else set(support)
            self._lignes[n] = np.arange(premiere + len(tenus), premiere + len(tenus) + len(gardes))
            tenus += [j for k, j in enumerate(lot) if k in gardes]
            ecartes += [j for k, j in enumerate(lot) if k not in gardes]
        zero, tenir = np.array(ecartes, np.int64), np.array(tenus, np.int64)
        p.set_bornes(self._pose.g[zero], np.zeros(len(zero)), np.zeros(len(zero)))
        p.add_lignes_posees(
            np.zeros(len(tenir)),
            np.full(len(tenir), np.inf),
            np.arange(len(tenir)) * 2,
            np.stack([self._pose.g[tenir], self._pose.y[self._de[tenir]]], axis=1).ravel(),
            np.stack([np.ones(len(tenir)), -self._bas[tenir]], axis=1).ravel(),
        )
        return bool(touchees)

    def read(self, disponible: Entiers) -> Etat:
        """La programmation tenable que contient la dernière réponse : fiches entières, montants à l'euro."""
        r = self._r
        octrois = np.zeros(r.couples_count, np.int64)
        bouclees = np.zeros(r.fiches_count, bool)
        if self._reponse is None or not self._reponse.is_realisable:
            return Etat(octrois, bouclees)
        octrois[self._couples] = np.floor(self._reponse.valeurs[self._pose.g] * self._unite + 1e-3).astype(
            np.int64
        )
        bouclees[self.fiches[self.y > 1 - _EPSILON]] = True
        bouclees[r.fiche[(octrois > 0) & ((octrois < r.bas) | (octrois > r.haut))]] = False
        octrois[~bouclees[r.fiche]] = 0
        return complete(r, Etat(octrois, bouclees), disponible, self._sous_public)


def get_besoin(reseau: Reseau, i: int, sous_public: int) -> Besoin:
    """Le besoin de la fiche `i` et ses plafonds, le public ramené sous `sous_public`."""
    dotations, publiques, aides = (int(v) for v in reseau.plafonds[i])
    return Besoin(
        montant=int(reseau.besoin[i]),
        groupes=(min(dotations, sous_public), min(publiques, sous_public), aides),
        avec_etat=int(reseau.plafond_etat[i]),
    )


def get_offres(reseau: Reseau, couples: Entiers, places: Entiers) -> list[Offre]:
    """Les couples comme `supports` les lit, dans la limite de ce que leurs enveloppes laissent. Un couple dont le plancher
    n'y tient pas a un plafond nul : aucun support ne peut le prendre."""
    r = reseau
    return [
        Offre(bas=bas, haut=haut if haut >= bas else 0, rang=rang, etat=etat)
        for bas, haut, rang, etat in zip(
            r.bas[couples].tolist(),
            np.minimum(r.haut[couples], places).tolist(),
            r.rang[couples].tolist(),
            r.etat[couples].tolist(),
            strict=True,
        )
    ]


def complete(reseau: Reseau, etat: Etat, disponible: Entiers, sous_public: Entiers) -> Etat:
    """Rend exacte une programmation arrondie : les euros perdus sont rajoutés où ils tiennent, sinon la fiche attend."""
    r, octrois, bouclees = reseau, etat.octrois, etat.bouclees
    reste = disponible - r.compute_consomme(octrois)
    ecarts = r.besoin - np.bincount(r.fiche, weights=octrois, minlength=r.fiches_count).astype(np.int64)
    trop_pleines = np.flatnonzero(reste < 0)
    if len(trop_pleines):
        pleine = np.zeros(len(reste), bool)
        pleine[trop_pleines] = True
        touche = np.logical_or.reduceat(pleine[r.puise], r.puise_debut[:-1]) & (octrois > 0)
        for i in np.unique(r.fiche[touche])[np.argsort(r.besoin[np.unique(r.fiche[touche])])]:
            if (reste >= 0).all():
                break
            _ouvre(r, octrois, bouclees, reste, int(i))
    for i in np.flatnonzero(bouclees & (ecarts != 0)):
        if not _ajoute(r, octrois, reste, int(i), int(ecarts[i]), int(sous_public[i])):
            _ouvre(r, octrois, bouclees, reste, int(i))
    return Etat(octrois, bouclees)


def _ouvre(r: Reseau, octrois: Entiers, bouclees: Booleens, reste: Entiers, i: int) -> None:
    for j in range(int(r.debut[i]), int(r.debut[i + 1])):
        reste[r.puise[r.puise_debut[j] : r.puise_debut[j + 1]]] += octrois[j]
        octrois[j] = 0
    bouclees[i] = False


def _ajoute(r: Reseau, octrois: Entiers, reste: Entiers, i: int, manque: int, sous_public: int) -> bool:
    """Ajoute `manque` euros aux octrois servis de la fiche, dans leurs plafonds et leurs enveloppes."""
    if manque < 0:
        return False
    couples = range(int(r.debut[i]), int(r.debut[i + 1]))
    groupes = get_besoin(r, i, sous_public).get_groupes(
        any(bool(r.etat[j]) and octrois[j] > 0 for j in couples)
    )
    for j in couples:
        if not manque:
            break
        if not octrois[j]:
            continue
        puise = r.puise[r.puise_debut[j] : r.puise_debut[j + 1]]
        place = min(int(r.haut[j] - octrois[j]), int(reste[puise].min()), manque)
        for groupe in range(int(r.rang[j]), len(groupes)):
            place = min(place, groupes[groupe] - sum(int(octrois[k]) for k in couples if r.rang[k] <= groupe))
        if place > 0:
            octrois[j] += place
            reste[puise] -= place
            manque -= place
    return not manque
