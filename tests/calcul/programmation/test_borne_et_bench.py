"""La borne exacte suit la borne rapide, et la mesure tourne."""

import numpy as np
import pytest
from bench import programmation as bench

from calcul.programmation.borne import FINESSE, Evaluateur, compute_borne_exacte, improve_prix, quantify_prix
from calcul.programmation.generateur import build_probleme_tire
from calcul.programmation.reseau import build_reseau


@pytest.fixture(scope="module")
def reseau():
    return build_reseau(build_probleme_tire(graine=6, territoires=5))


@pytest.mark.parametrize("graine", range(4))
def test_exact_bound_follows_the_fast_one_at_any_price(reseau, graine):
    prix = np.random.default_rng(graine).uniform(0, 2e-5, len(reseau.disponible))
    entiers = quantify_prix(prix)

    rapide = Evaluateur(reseau).evalue(np.array(entiers) / FINESSE).borne

    assert compute_borne_exacte(reseau, entiers) / FINESSE == pytest.approx(rapide, rel=1e-9)


def test_better_prices_never_raise_the_bound(reseau):
    evaluateur = Evaluateur(reseau)
    depart = np.full(len(reseau.disponible), 1e-6)

    _, evaluation = improve_prix(evaluateur, depart, iterations=15)

    assert evaluation.borne < evaluateur.evalue(depart).borne


def test_quick_bench_runs_and_finds_no_fault(capsys):
    assert bench.main(["--rapide"]) == 0

    sortie = capsys.readouterr().out
    assert "la nôtre, complète" in sortie
    assert "1 instances, 0 défauts" in sortie
