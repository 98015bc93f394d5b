import pytest

from maillage.referentiels.selectors import load_sources

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
