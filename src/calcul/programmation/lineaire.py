"""Ce que la recherche demande à HiGHS : un programme posé par blocs de colonnes et de lignes, puis sa réponse.

Un seul fil et une graine fixée : la même demande donne la même réponse. Aucun arrêt au temps : des itérations et des
nœuds comptés.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from calcul.programmation.reseau import Booleens, Entiers, Reels

INFINI = highspy.kHighsInf


@dataclass(frozen=True, slots=True)
class Reponse:
    """Valeurs des colonnes, prix (duaux) des lignes quand il y en a, si la réponse est utilisable, et la borne de l'arbre
    (programmes en nombres entiers)."""

    valeurs: Reels
    duaux: Reels
    is_realisable: bool
    borne: float


class Programme:
    """Un programme linéaire, ou en nombres entiers, à maximiser."""

    def __init__(self) -> None:
        self._couts: list[Reels] = []
        self._bas: list[Reels] = []
        self._haut: list[Reels] = []
        self._entieres: list[Booleens] = []
        self._lignes_bas: list[Reels] = []
        self._lignes_haut: list[Reels] = []
        self._rangs: list[Entiers] = []
        self._colonnes: list[Entiers] = []
        self._valeurs: list[Reels] = []
        self.colonnes_count = 0
        self.lignes_count = 0
        self._solveur: highspy.Highs | None = None

    def add_colonnes(self, couts: Reels, bas: Reels, haut: Reels, *, entieres: bool = False) -> Entiers:
        """Ajoute des colonnes ; rend leurs rangs."""
        n = len(couts)
        self._couts.append(np.asarray(couts, float))
        self._bas.append(np.asarray(bas, float))
        self._haut.append(np.asarray(haut, float))
        self._entieres.append(np.full(n, entieres))
        depart = self.colonnes_count
        self.colonnes_count += n
        return np.arange(depart, depart + n)

    def add_lignes(self, bas: Reels, haut: Reels) -> Entiers:
        """Ajoute des lignes vides ; rend leurs rangs, à remplir par `add_termes`."""
        self._lignes_bas.append(np.asarray(bas, float))
        self._lignes_haut.append(np.asarray(haut, float))
        depart = self.lignes_count
        self.lignes_count += len(bas)
        return np.arange(depart, self.lignes_count)

    def add_termes(self, lignes: Entiers, colonnes: Entiers, valeurs: Reels) -> None:
        self._rangs.append(np.asarray(lignes))
        self._colonnes.append(np.asarray(colonnes))
        self._valeurs.append(np.broadcast_to(np.asarray(valeurs, float), np.shape(lignes)))

    def pose(self, *, ecart: float = 0.0, noeuds: int = 0, graine: int = 0) -> None:
        """Passe le programme à HiGHS. `noeuds` : plafond de l'arbre ; `ecart` : écart absolu où s'arrêter."""
        solveur = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, valeur in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", graine),
            ("mip_abs_gap", max(ecart, 1e-6)),
            ("mip_rel_gap", 0.0),
        ):
            solveur.setOptionValue(option, valeur)
        if noeuds:
            solveur.setOptionValue("mip_max_nodes", noeuds)
        solveur.passModel(self.build_lp())
        self._solveur = solveur

    @property
    def solveur(self) -> highspy.Highs:
        if self._solveur is None:
            self.pose()
            assert self._solveur is not None  # noqa: S101 (pour le typage)
        return self._solveur

    def set_depart(self, valeurs: Reels) -> None:
        """Donne une solution connue au départ de l'arbre."""
        solution = highspy.HighsSolution()
        solution.col_value = list(map(float, valeurs))
        self.solveur.setSolution(solution)

    def resout(self) -> Reponse:
        """Résout, ou reprend depuis la dernière base."""
        solveur = self.solveur
        solveur.run()
        etat = solveur.getModelStatus()
        solution = solveur.getSolution()
        optimale = etat == highspy.HighsModelStatus.kOptimal
        realisable = optimale or (
            solveur.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        )
        return Reponse(
            valeurs=np.array(solution.col_value, float),
            duaux=np.array(solution.row_dual, float),
            is_realisable=realisable and len(solution.col_value) == self.colonnes_count,
            borne=float(solveur.getInfo().mip_dual_bound),
        )

    def set_bornes(self, colonnes: Entiers, bas: Reels, haut: Reels) -> None:
        if len(colonnes):
            self.solveur.changeColsBounds(
                len(colonnes), colonnes.astype(np.int32), np.asarray(bas, float), np.asarray(haut, float)
            )

    def add_lignes_posees(
        self, bas: Reels, haut: Reels, debut: Entiers, colonnes: Entiers, valeurs: Reels
    ) -> None:
        """Ajoute des lignes à un programme déjà posé, sans perdre sa base."""
        if len(bas):
            self.solveur.addRows(
                len(bas),
                np.asarray(bas, float),
                np.asarray(haut, float),
                len(colonnes),
                debut.astype(np.int32),
                colonnes.astype(np.int32),
                np.asarray(valeurs, float),
            )

    def release_lignes(self, lignes: Entiers) -> None:
        """Vide de leur effet des lignes déjà posées."""
        for ligne in lignes.tolist():
            self.solveur.changeRowBounds(ligne, -INFINI, INFINI)

    def build_lp(self) -> highspy.HighsLp:
        """Le programme, colonne par colonne, tel que HiGHS le lit."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.colonnes_count, self.lignes_count
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = _joint(self._couts)
        lp.col_lower_ = _joint(self._bas)
        lp.col_upper_ = _joint(self._haut)
        lp.row_lower_ = _joint(self._lignes_bas)
        lp.row_upper_ = _joint(self._lignes_haut)
        entieres = np.concatenate(self._entieres) if self._entieres else np.zeros(0, bool)
        if entieres.any():
            types = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [types[int(e)] for e in entieres]
        rangs = np.concatenate(self._rangs) if self._rangs else np.zeros(0, np.int64)
        colonnes = np.concatenate(self._colonnes) if self._colonnes else np.zeros(0, np.int64)
        ordre = np.lexsort((rangs, colonnes))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.concatenate(
            [[0], np.cumsum(np.bincount(colonnes, minlength=self.colonnes_count))]
        ).astype(np.int32)
        lp.a_matrix_.index_ = rangs[ordre].astype(np.int32)
        lp.a_matrix_.value_ = _joint(self._valeurs)[ordre]
        return lp


def _joint(morceaux: list[Reels]) -> Reels:
    return np.concatenate(morceaux) if morceaux else np.zeros(0)
