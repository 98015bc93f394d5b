from datetime import date

import pytest
from tests.fabriques import FABRIQUE, make_territoire

from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fait
from maillage.territoires.selectors import ORDRE_CHAINE, get_chaine, list_etapes

pytestmark = pytest.mark.django_db


def _record(territoire, fait, debut, fin=None):
    record_etape(territoire=territoire, fait=fait, debut=debut, fin=fin, source="s", by=FABRIQUE)


def _etats(territoire, au):
    return {e.code: e.etat for e in get_chaine(list_etapes(territoire), au)}


def test_every_fait_has_a_place_in_the_chain():
    assert sorted(ORDRE_CHAINE) == sorted(Fait)


def test_a_fait_is_done_after_its_late_bound_possible_between_and_absent_before():
    territoire = make_territoire()
    _record(territoire, Fait.GOUVERNANCE, date(2019, 2, 1), date(2019, 4, 1))
    assert _etats(territoire, date(2019, 1, 31))["gouvernance"] == "a_venir"
    assert _etats(territoire, date(2019, 2, 1))["gouvernance"] == "en_cours"
    assert _etats(territoire, date(2019, 4, 1))["gouvernance"] == "fait"


def test_an_acte_of_unknown_nature_takes_the_place_of_both():
    territoire = make_territoire()
    _record(territoire, Fait.ACTE_NATURE_INCONNUE, date(2019, 11, 19))
    etats = _etats(territoire, date(2020, 1, 1))
    assert etats["acte_nature_inconnue"] == "fait"
    assert "protocole" not in etats
    assert "contrat" not in etats


def test_a_known_contrat_stays_beside_an_acte_of_unknown_nature():
    territoire = make_territoire()
    _record(territoire, Fait.ACTE_NATURE_INCONNUE, date(2019, 11, 19))
    _record(territoire, Fait.CONTRAT, date(2020, 6, 1))
    etats = _etats(territoire, date(2021, 1, 1))
    assert (etats["acte_nature_inconnue"], etats["contrat"]) == ("fait", "fait")


def test_a_sortie_is_shown_only_when_it_happened():
    territoire = make_territoire()
    assert "sorti" not in _etats(territoire, date(2025, 1, 1))
    _record(territoire, Fait.SORTI, date(2024, 1, 1))
    assert _etats(territoire, date(2025, 1, 1))["sorti"] == "fait"
