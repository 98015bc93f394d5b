"""Un essai de `bench programmation`, dans son propre processus : une demande en JSON, une mesure en JSON."""

import json
import resource
import sys
import time
from fractions import Fraction
from typing import Any

import numpy as np


def main() -> None:
    demande = json.loads(sys.argv[1])
    methode = demande["methode"]
    if methode in ("cp-sat", "cbc"):
        mesure = run_ortools(demande)
    else:
        mesure = {"nous": run_nous, "glouton": run_glouton, "exporte": run_exporte, "relit": run_relit}.get(
            methode, run_highs
        )(demande)
    mesure["memoire"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(mesure))


class Chrono:
    """Secondes écoulées et secondes de processeur depuis la création."""

    def __init__(self) -> None:
        self._debut, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        return {"secondes": time.perf_counter() - self._debut, "cpu": time.process_time() - self._cpu}


def build(demande: dict[str, Any]) -> Any:
    from calcul.programmation.generateur import build_probleme_tire

    return build_probleme_tire(
        graine=demande["graine"],
        territoires=demande["territoires"],
        part_enveloppes=Fraction(demande["part"]),
    )


def count_fautes(probleme: Any, octrois: Any) -> int:
    """La contre-épreuve, règles comprises ; les premières fautes vont à la sortie d'erreur."""
    from calcul.programmation.verification import check_programmation

    fautes = check_programmation(probleme, octrois)
    for faute in fautes[:10]:
        print(faute, file=sys.stderr)
    return len(fautes)


def run_nous(demande: dict[str, Any]) -> dict[str, Any]:
    from calcul.programmation.recherche import Reglages, programme
    from calcul.programmation.reseau import build_reseau

    probleme = build(demande)
    chrono = Chrono()
    premiere: dict[str, Any] = {}

    def suivi(progres: Any, lire: Any) -> bool:
        if progres.etape == "borne":
            premiere.update(chrono.read(), valeur=progres.valeur)
        return True

    reponse = programme(probleme, Reglages(echanges=demande["echanges"]), suivi)
    mesure = chrono.read()
    sommet = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    reseau = build_reseau(probleme)
    return {
        **mesure,
        "valeur": reponse.valeur,
        "borne": reponse.borne,
        "premiere": {**premiere, "memoire": sommet},
        "fiches": reseau.fiches_count,
        "ouvertes": int(reseau.ouverte.sum()),
        "dispositifs": len(probleme.dispositifs),
        "couples": reseau.couples_count,
        "fautes": count_fautes(probleme, reponse.octrois),
    }


def run_glouton(demande: dict[str, Any]) -> dict[str, Any]:
    from calcul.programmation.glouton import fill_glouton
    from calcul.programmation.reseau import build_reseau

    probleme = build(demande)
    chrono = Chrono()
    reseau = build_reseau(probleme)
    etat = fill_glouton(reseau, build_vide(reseau))
    mesure = chrono.read()
    return {**mesure, **read_etat(probleme, reseau, etat)}


def build_vide(reseau: Any) -> Any:
    from calcul.programmation.reseau import Etat

    return Etat(np.zeros(reseau.couples_count, np.int64), np.zeros(reseau.fiches_count, bool))


def read_etat(probleme: Any, reseau: Any, etat: Any) -> dict[str, Any]:
    from calcul.programmation.modele import Octroi

    octrois = {
        probleme.fiches[i].identifiant: tuple(
            Octroi(
                dispositif=probleme.dispositifs[int(reseau.dispositif[j])].identifiant,
                montant=int(etat.octrois[j]),
            )
            for j in range(int(reseau.debut[i]), int(reseau.debut[i + 1]))
            if etat.octrois[j]
        )
        for i in np.flatnonzero(etat.bouclees).tolist()
    }
    return {"valeur": int(reseau.poids[etat.bouclees].sum()), "fautes": count_fautes(probleme, octrois)}


def build_pose_entiere(reseau: Any, unite: float) -> Any:
    """Le modèle complet, tel que les solveurs généraux le reçoivent."""
    from calcul.programmation.assemblage import build_pose

    fiches = np.flatnonzero(reseau.ouverte)
    couples = reseau.couples_of(fiches)
    pose = build_pose(
        reseau,
        fiches,
        couples,
        reseau.disponible,
        valeurs=reseau.poids.astype(float),
        frugalite=0.0,
        unite=unite,
        exact=True,
    )
    return fiches, couples, pose


def build_depart(reseau: Any, fiches: Any, couples: Any, pose: Any, unite: float) -> Any:
    """Le glouton, comme solution de départ."""
    from calcul.programmation.glouton import fill_glouton

    etat = fill_glouton(reseau, build_vide(reseau))
    depart = np.zeros(pose.programme.colonnes_count)
    depart[pose.y] = etat.bouclees[fiches]
    depart[pose.g] = etat.octrois[couples] / unite
    depart[pose.z] = etat.octrois[couples] > 0
    return depart


def run_highs(demande: dict[str, Any]) -> dict[str, Any]:
    from calcul.programmation.reseau import build_reseau

    probleme = build(demande)
    chrono = Chrono()
    reseau = build_reseau(probleme)
    fiches, couples, pose = build_pose_entiere(reseau, 1_000.0)
    pose.programme.pose()
    pose.programme.solveur.setOptionValue("threads", 2)
    if demande["methode"] == "highs-chaud":
        pose.programme.set_depart(build_depart(reseau, fiches, couples, pose, 1_000.0))
    pose.programme.solveur.setOptionValue(
        "time_limit", max(demande["secondes"] - chrono.read()["secondes"], 1.0)
    )
    reponse = pose.programme.resout()
    mesure = chrono.read()
    valeurs = reponse.valeurs if reponse.is_realisable else np.zeros(pose.programme.colonnes_count)
    return {**mesure, **read_valeurs(probleme, reseau, fiches, couples, pose, valeurs, 1_000.0)}


def read_valeurs(
    probleme: Any, reseau: Any, fiches: Any, couples: Any, pose: Any, valeurs: Any, unite: float
) -> dict[str, Any]:
    from calcul.programmation.plafonds import SANS_PLAFOND
    from calcul.programmation.plongee import complete

    etat = build_vide(reseau)
    etat.octrois[couples] = np.floor(valeurs[pose.g] * unite + 1e-3).astype(np.int64)
    etat.bouclees[fiches[valeurs[pose.y] > 0.5]] = True
    etat.octrois[~etat.bouclees[reseau.fiche]] = 0
    libre = np.full(reseau.fiches_count, SANS_PLAFOND, np.int64)
    return read_etat(probleme, reseau, complete(reseau, etat, reseau.disponible, libre))


def run_exporte(demande: dict[str, Any]) -> dict[str, Any]:
    """Écrit le modèle en euros entiers, et le départ du glouton, pour les solveurs qui ne se chargent pas ici."""
    from calcul.programmation.reseau import build_reseau

    reseau = build_reseau(build(demande))
    fiches, couples, pose = build_pose_entiere(reseau, 1.0)
    lp = pose.programme.build_lp()
    np.savez(
        demande["fichier"],
        couts=lp.col_cost_,
        bas=lp.col_lower_,
        haut=lp.col_upper_,
        lignes_bas=lp.row_lower_,
        lignes_haut=lp.row_upper_,
        debut=lp.a_matrix_.start_,
        rangs=lp.a_matrix_.index_,
        valeurs=lp.a_matrix_.value_,
        entieres=np.concatenate([pose.y, pose.z]),
        depart=build_depart(reseau, fiches, couples, pose, 1.0),
    )
    return {}


def run_ortools(demande: dict[str, Any]) -> dict[str, Any]:
    """CP-SAT ou CBC sur le modèle écrit par `run_exporte`. La réponse est relue dans un autre processus."""
    try:
        import ortools  # noqa: F401 (chargé ici seulement : incompatible avec highspy dans un même processus)
    except ImportError:
        return {"absent": True}
    donnees = np.load(demande["fichier"])
    chrono = Chrono()
    solve = _solve_cp_sat if demande["methode"] == "cp-sat" else _solve_cbc
    valeurs = solve(donnees, demande["secondes"])
    mesure = chrono.read()
    np.savez(demande["fichier"] + ".reponse.npz", valeurs=valeurs)
    import subprocess

    relecture = {**demande, "methode": "relit"}
    fait = subprocess.run(
        [sys.executable, "-m", "bench._programmation_essai", json.dumps(relecture)],
        capture_output=True,
        text=True,
        check=True,
    )
    return {**json.loads(fait.stdout.splitlines()[-1]), **mesure}


def _iter_lignes(donnees: Any) -> Any:
    """(bas, haut, colonnes, coefficients) de chaque ligne."""
    debut, rangs, valeurs = donnees["debut"], donnees["rangs"], donnees["valeurs"]
    colonnes = np.repeat(np.arange(len(debut) - 1), np.diff(debut))
    ordre = np.argsort(rangs, kind="stable")
    bornes = np.searchsorted(rangs[ordre], np.arange(len(donnees["lignes_bas"]) + 1))
    for n, (bas, haut) in enumerate(zip(donnees["lignes_bas"], donnees["lignes_haut"], strict=True)):
        lot = ordre[bornes[n] : bornes[n + 1]]
        yield bas, haut, colonnes[lot].tolist(), valeurs[lot].tolist()


def _solve_cp_sat(donnees: Any, secondes: float) -> Any:
    from ortools.sat.python import cp_model

    modele = cp_model.CpModel()
    variables = [
        modele.new_int_var(int(bas), int(haut), "")
        for bas, haut in zip(donnees["bas"], donnees["haut"], strict=True)
    ]
    for bas, haut, colonnes, valeurs in _iter_lignes(donnees):
        somme = cp_model.LinearExpr.weighted_sum(
            [variables[c] for c in colonnes], [round(v) for v in valeurs]
        )
        modele.add_linear_constraint(
            somme, round(bas) if bas > -1e17 else -(10**15), round(haut) if haut < 1e17 else 10**15
        )
    for variable, valeur in zip(variables, donnees["depart"], strict=True):
        modele.add_hint(variable, round(valeur))
    modele.maximize(cp_model.LinearExpr.weighted_sum(variables, [round(c) for c in donnees["couts"]]))
    solveur = cp_model.CpSolver()
    solveur.parameters.max_time_in_seconds = secondes
    solveur.parameters.num_workers = 2
    statut = solveur.solve(modele)
    if statut not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return np.zeros(len(variables))
    return np.array([solveur.value(v) for v in variables], float)


def _solve_cbc(donnees: Any, secondes: float) -> Any:
    from ortools.linear_solver import pywraplp

    solveur = pywraplp.Solver.CreateSolver("CBC")
    entieres = set(donnees["entieres"].tolist())
    variables = [
        (solveur.IntVar if n in entieres else solveur.NumVar)(float(bas), float(haut), "")
        for n, (bas, haut) in enumerate(zip(donnees["bas"], donnees["haut"], strict=True))
    ]
    infini = solveur.infinity()
    for bas, haut, colonnes, valeurs in _iter_lignes(donnees):
        ligne = solveur.Constraint(bas if bas > -1e17 else -infini, haut if haut < 1e17 else infini)
        for colonne, valeur in zip(colonnes, valeurs, strict=True):
            ligne.SetCoefficient(variables[colonne], valeur)
    objectif = solveur.Objective()
    for variable, cout in zip(variables, donnees["couts"], strict=True):
        objectif.SetCoefficient(variable, float(cout))
    objectif.SetMaximization()
    solveur.SetTimeLimit(int(secondes * 1000))
    statut = solveur.Solve()
    if statut not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        return np.zeros(len(variables))
    return np.array([v.solution_value() for v in variables], float)


def run_relit(demande: dict[str, Any]) -> dict[str, Any]:
    """Relit la réponse d'un autre solveur avec nos propres contraintes."""
    from calcul.programmation.reseau import build_reseau

    probleme = build(demande)
    reseau = build_reseau(probleme)
    fiches, couples, pose = build_pose_entiere(reseau, 1.0)
    valeurs = np.load(demande["fichier"] + ".reponse.npz")["valeurs"]
    return read_valeurs(probleme, reseau, fiches, couples, pose, valeurs, 1.0)


if __name__ == "__main__":
    main()
