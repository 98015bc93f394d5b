"""Un code ne se distingue pas d’un autre par la casse, et rien n’arrive à une fiche avant sa naissance."""

from datetime import date

import pytest

from maillage.fiches.actions import create_fiche, update_fiche
from maillage.socle.erreurs import ActionImpossible
from tests.fabriques import FABRIQUE, make_fiche, make_territoire

pytestmark = pytest.mark.django_db


def test_a_code_that_differs_only_by_case_is_taken():
    territoire = make_territoire("v2/ti-2701")
    create_fiche(territoire=territoire, titre="Une", code="F2.0", by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="déjà celui d’une autre fiche"):
        create_fiche(territoire=territoire, titre="Deux", code="f2.0", by=FABRIQUE)


def test_a_change_cannot_be_dated_before_the_fiche_was_born():
    fiche = make_fiche(date_effet=date(2024, 3, 1))
    with pytest.raises(ActionImpossible, match="née le 01/03/2024"):
        update_fiche(
            fiche=fiche, version_lue=fiche.version, titre="Autre", date_effet=date(1990, 1, 1), by=FABRIQUE
        )
    fiche.refresh_from_db()
    assert fiche.titre != "Autre"
