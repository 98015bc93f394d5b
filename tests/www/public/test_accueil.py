import pytest

from maillage.referentiels.models import Contour
from maillage.territoires.models import Vague
from tests.fabriques import make_territoire

pytestmark = pytest.mark.django_db


def _carre(couche: str, code: str) -> Contour:
    cote = [[600_000, 6_500_000], [650_000, 6_500_000], [650_000, 6_550_000], [600_000, 6_550_000]]
    return Contour.objects.create(
        couche=couche,
        code=code,
        repere="metropole",
        geometrie=[[cote]],
        ouest=600_000,
        sud=6_500_000,
        est=650_000,
        nord=6_550_000,
    )


def test_an_empty_database_shows_a_helpful_home_and_list(client):
    assert "Aucun territoire n’est encore importé" in client.get("/").content.decode()
    assert "Aucun territoire n’est encore importé" in client.get("/territoires/").content.decode()


def test_the_home_shows_the_phase_in_force_and_not_the_other(client):
    make_territoire("v1/ti-4403", nom="Langres")
    make_territoire("v2/ti-2701", nom="Doubs")
    page = client.get("/").content.decode()
    assert "Doubs" in page
    assert "Langres</a>" not in page


def test_the_other_phase_is_one_link_away(client):
    make_territoire("v1/ti-4403", nom="Bassin de Langres")
    make_territoire("v2/ti-2701", nom="Doubs")
    page = client.get("/", {"vague": "1"}).content.decode()
    assert "Bassin de Langres" in page
    assert "Doubs" not in page


@pytest.mark.parametrize("vague", ["", "9", "x", "²"])
def test_an_unknown_phase_falls_back_to_the_one_in_force(client, vague):
    make_territoire("v1/ti-4403", nom="Bassin de Langres")
    make_territoire("v2/ti-2701", nom="Doubs")
    assert "Doubs" in client.get("/", {"vague": vague}).content.decode()


def test_a_fictif_territoire_is_neither_on_the_home_nor_in_the_list(client):
    make_territoire("v2/ti-2701", nom="Doubs")
    make_territoire("v2/fictif-1", nom="Rejeu", is_fictif=True)
    assert "Rejeu" not in client.get("/").content.decode()
    assert "Rejeu" not in client.get("/territoires/").content.decode()


def test_the_map_and_the_list_say_the_same_territoires(client):
    territoire = make_territoire("v2/ti-2701", nom="Doubs")
    _carre("ti_v2", "ti-2701")
    page = client.get("/").content.decode()
    adresse = territoire.get_absolute_url()
    assert f'<a href="{adresse}" aria-label="Doubs">' in page
    assert f'<a href="{adresse}">Doubs</a>' in page


def test_the_map_changes_when_a_name_changes(client):
    territoire = make_territoire("v2/ti-2701", nom="Doubs")
    _carre("ti_v2", "ti-2701")
    client.get("/")
    territoire.nom = "Alliances"
    territoire.save()
    assert 'aria-label="Alliances"' in client.get("/").content.decode()


def test_the_key_figures_carry_their_date_and_a_door(client):
    make_territoire("v2/ti-2701")
    page = client.get("/").content.decode()
    assert "au 05/03/2025" in page
    assert 'href="/chiffres/"' in page


def test_before_the_programme_the_home_shows_the_latest_known_phase(client):
    make_territoire("v2/ti-2701", nom="Doubs")
    Vague.objects.update(debut="2030-01-01")
    assert "Doubs" in client.get("/").content.decode()


def test_the_queries_of_the_home_do_not_depend_on_the_number_of_territoires(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    make_territoire("v2/ti-0001")
    with django_assert_max_num_queries(60) as avec_un:
        client.get("/")
    for numero in range(2, 8):
        make_territoire(f"v2/ti-000{numero}")
    with django_assert_num_queries(len(avec_un)):
        client.get("/")
