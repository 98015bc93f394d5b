"""Les entrées d’une simulation, figées puis relues à l’identique."""

import json
from dataclasses import replace
from datetime import date

import pytest

from calcul.programmation.generateur import build_probleme_tire
from maillage.programmation.echange import compute_empreinte, from_json, to_json

PROBLEME = build_probleme_tire(graine=7, territoires=4)


def _avec_publication(publication):
    fiche = PROBLEME.fiches[0]
    plan = replace(fiche.plan, publication=publication, debut_travaux=date(2026, 5, 4))
    return replace(PROBLEME, fiches=(replace(fiche, plan=plan), *PROBLEME.fiches[1:]))


@pytest.mark.parametrize("publication", [None, False, date(2026, 3, 1)])
def test_a_probleme_comes_back_the_same_from_json(publication):
    probleme = _avec_publication(publication)
    assert from_json(json.loads(json.dumps(to_json(probleme)))) == probleme


def test_the_same_entries_have_the_same_empreinte_and_others_another():
    assert compute_empreinte(to_json(PROBLEME)) == compute_empreinte(to_json(PROBLEME))
    assert compute_empreinte(to_json(PROBLEME)) != compute_empreinte(to_json(_avec_publication(False)))
