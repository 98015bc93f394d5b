import pytest

from maillage.referentiels.selectors import load_sources
from maillage.www.erreurs import panne
from tests.fabriques import make_personne

pytestmark = pytest.mark.django_db


def test_every_source_shows_its_mention_and_its_licence(client):
    page = client.get("/sources/").content.decode()
    for source in load_sources():
        assert source.mention.replace("’", "’") in page
        assert source.licence_url in page


def test_the_accessibility_statement_has_the_parts_the_law_asks_for(client):
    page = client.get("/accessibilite/").content.decode()
    for partie in (
        "non conforme",
        "article 47 de la loi n°",
        "Contenus non accessibles",
        "Retour d’information et contact",
        "Voies de recours",
        "Défenseur des droits",
    ):
        assert partie in page


def test_the_legal_notice_says_what_personal_data_is_kept_and_how_long(client):
    page = client.get("/mentions-legales/").content.decode()
    assert "Données personnelles" in page
    assert "Jusqu’à quand" in page


@pytest.mark.parametrize("adresse", ["/", "/territoires/", "/mon-territoire/", "/sources/", "/composants/"])
def test_a_public_page_is_only_read(client, adresse):
    assert client.post(adresse).status_code == 405


def test_the_breakdown_page_asks_nothing_of_the_database(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        reponse = panne(rf.get("/"))
    assert reponse.status_code == 500
    assert "Rien de ce qui était enregistré n’est perdu" in reponse.content.decode()


def test_a_missing_page_says_where_to_go_next(client, connecter):
    page = client.get("/nulle-part/").content.decode()
    assert "connectez-vous" in page
    assert "/mon-territoire/" in page
    page = connecter(make_personne("national")).get("/nulle-part/").content.decode()
    assert "votre espace" in page
    assert "connectez-vous" not in page
