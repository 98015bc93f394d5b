"""La liste : ce qu’elle offre au téléphone, où les en-têtes ne se voient pas."""

import re

import pytest
from django.urls import reverse

from tests.fabriques import make_departement, make_region, make_territoire

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def territoires():
    make_territoire("v1/ti-1", nom="Alpha")
    loin = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne"))
    make_territoire("v2/ti-2", nom="Bêta", departement=loin)


def _page(client, **parametres):
    return client.get(reverse("territoires"), parametres).content.decode()


def test_filters_fold_and_say_how_many_are_on(client):
    assert re.search(r"<summary>Filtres et tri</summary>", _page(client))
    page = _page(client, vague="1", region="52", q="alpha")
    assert re.search(r"<summary>Filtres \(2\) et tri</summary>", page)


def test_the_search_stays_out_of_the_fold(client):
    repli = re.search(r"<details class=\"mg-filtres__repli.*?</details>", _page(client), re.DOTALL)[0]
    assert 'name="q"' not in repli
    assert 'name="region"' in repli


def test_every_sortable_column_is_offered_both_ways_and_the_present_sort_is_chosen(client):
    page = _page(client, tri="-nom")
    tri = re.search(r"<select[^>]*name=\"tri\".*?</select>", page, re.DOTALL)[0]
    assert '<option value="-nom" selected>' in tri
    assert '<option value="population">' in tri
    # Le choix est dans la liste, et nulle part ailleurs : deux « tri » se contrediraient.
    assert page.count('name="tri"') == 1


def test_the_chosen_sort_is_applied_and_an_empty_one_is_the_usual_order(client):
    page = _page(client, tri="-nom")
    assert page.index("Bêta</a>") < page.index("Alpha</a>")
    page = _page(client, tri="nom")
    assert page.index("Alpha</a>") < page.index("Bêta</a>")
    assert "Alpha</a>" in _page(client, tri="")


def test_a_null_character_in_a_search_is_dropped(client):
    assert "Alpha</a>" in _page(client, q="al\x00pha")
