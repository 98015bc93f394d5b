"""Une session finie ne fait rien perdre, et une adresse de formulaire rechargée ne montre pas un écran vide."""

import pytest
from django.urls import reverse

from maillage.fiches.models import FicheAction
from maillage.www.reprise import find_page_au_dessus
from tests.fabriques import make_personne, make_territoire

pytestmark = pytest.mark.django_db
SAISIE = {"titre": "Une idée écrite trop tard", "maturite": "emergence", "visibilite": "territoire"}


@pytest.fixture
def territoire():
    return make_territoire("v2/ti-2701")


@pytest.fixture
def adresse(territoire):
    return reverse("fiche-create", args=["v2", "ti-2701"])


def test_a_form_sent_after_the_session_ended_is_kept_and_sent_after_signing_in(client, territoire, adresse):
    reponse = client.post(adresse, SAISIE)
    assert reponse.status_code == 302
    assert reponse.url == f"{reverse('connexion')}?next={reverse('reprise')}"
    assert "Votre saisie est gardée" in client.get(reponse.url).content.decode()
    assert not FicheAction.objects.exists()

    client.force_login(make_personne("chef_projet", territoire=territoire))
    page = client.get(reverse("reprise")).content.decode()
    assert f'action="{adresse}"' in page
    assert 'name="titre" value="Une idée écrite trop tard"' in page
    client.post(adresse, SAISIE)
    assert FicheAction.objects.get().titre == "Une idée écrite trop tard"


def test_a_kept_form_can_be_given_up(client, territoire, adresse):
    client.post(adresse, {"titre": "À oublier"})
    client.force_login(make_personne("chef_projet", territoire=territoire))
    assert client.post(reverse("reprise")).status_code == 302
    assert client.get(reverse("reprise")).status_code == 302


def test_a_page_asked_without_session_still_asks_to_sign_in(client, adresse):
    assert client.get(adresse).url == f"{reverse('connexion')}?next={adresse}"


def test_an_address_that_only_receives_forms_says_where_to_go_back(client):
    reponse = client.get(reverse("deconnexion"))
    assert reponse.status_code == 405
    assert "Rien à lire ici" in reponse.content.decode()


def test_the_page_above_is_the_nearest_that_exists():
    plan = "/espace/territoires/v2/ti-2701/fiches/3/financement/"
    assert find_page_au_dessus(f"{plan}depenses/") == plan
    assert find_page_au_dessus("/espace/lignes/5/passer/accorde/") == "/espace/lignes/5/"
    assert find_page_au_dessus("/deconnexion/") == "/"
