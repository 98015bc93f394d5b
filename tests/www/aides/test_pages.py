import pytest
from django.urls import reverse

from maillage.aides.actions import import_aides
from maillage.aides.enums import SourceAides
from tests.aides.test_actions import LIGNES, communes, fichier  # noqa: F401 - des fixtures
from tests.fabriques import FABRIQUE

pytestmark = pytest.mark.django_db


def test_an_empty_comparison_says_how_to_fill_it(client):
    reponse = client.get(reverse("aides-observees"))
    assert "importer_aides fonds-vert" in reponse.content.decode()


def test_the_comparison_carries_its_caveats(client, communes, fichier):  # noqa: F811
    import_aides(source=SourceAides.FONDS_VERT, chemin=fichier(*LIGNES), by=FABRIQUE)
    page = client.get(reverse("aides-observees")).content.decode()
    assert "Rétrospectif, et non un effet du label" in page
    assert "9 novembre 2023" in page
    assert "1\u00a0500,50\u00a0€" in page
    assert "42,9\u00a0%" in page
    premiere_phase = client.get(reverse("aides-observees"), {"phase": "v1"}).content.decode()
    assert "Rétrospectif" not in premiere_phase


def test_the_lines_filter_by_place_and_export(client, communes, fichier, django_assert_max_num_queries):  # noqa: F811
    import_aides(source=SourceAides.FONDS_VERT, chemin=fichier(*LIGNES), by=FABRIQUE)
    with django_assert_max_num_queries(12):
        page = client.get(reverse("aides-lignes"), {"place": "hors"}).content.decode()
    assert "Projet 3" in page
    assert "Projet 1" not in page
    export = b"".join(client.get(reverse("aides-lignes"), {"export": "csv"}).streaming_content).decode()
    assert export.count("\n") == 5
