"""La page de qui pilote : son périmètre, l’espace fictif, deux dates, les territoires qui dorment."""

import html
import re
from datetime import date

import pytest
from django.urls import reverse

from maillage.fiches.enums import Visibilite
from maillage.territoires.enums import Fait
from tests.fabriques import (
    make_departement,
    make_fiche,
    make_personne,
    make_region,
    make_territoire,
    make_vague,
)
from tests.pilotage.faits import etape, labellise
from tests.www.pilotage.test_chiffres import lire, texte

pytestmark = pytest.mark.django_db

AU = "2019-11-19"
JOUR = date(2019, 11, 19)


@pytest.fixture
def territoire():
    make_vague(1)
    return labellise()


@pytest.mark.parametrize("role", ["national", "region", "prefecture", "administrateur"])
def test_officers_open_the_page(connecter, territoire, role):
    assert "Signes de sommeil" in lire(
        connecter(make_personne(role, territoire=territoire)), "pilotage", au=AU
    )


@pytest.mark.parametrize("role", ["chef_projet", "epci", "porteur", "financeur", "elu"])
def test_others_are_refused(connecter, territoire, role):
    client = connecter(make_personne(role, territoire=territoire))
    for nom in ("pilotage", "pilotage-signes"):
        assert client.get(reverse(nom)).status_code == 403


@pytest.mark.parametrize(("role", "choisie"), [("region", True), ("prefecture", True), ("national", False)])
def test_a_region_starts_with_its_own_figures(connecter, territoire, role, choisie):
    labellise(
        "v1/ti-2", departement=make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne"))
    )
    page = lire(connecter(make_personne(role, territoire=territoire)), "pilotage", au=AU)
    assert ('<option value="52" selected>' in page) is choisie
    assert ("au 19 novembre 2019, Pays de la Loire" in texte(page)) is choisie


def test_a_region_can_look_at_the_whole_country(connecter, territoire):
    client = connecter(make_personne("region", territoire=territoire))
    assert "Par région" in lire(client, "pilotage", au=AU, region="")


def test_the_fictional_space_is_marked_and_apart(connecter, territoire):
    etape(make_territoire("v1/fictif-1", is_fictif=True), Fait.PROTOCOLE, JOUR)
    page = texte(lire(connecter(make_personne("national")), "pilotage", au=AU, fictif="1"))
    assert "montants et signatures inventés" in page
    assert "0 territoires labellisés" in page


def test_two_dates_are_compared_in_the_order_of_time(connecter, territoire):
    etape(territoire, Fait.PROTOCOLE, JOUR)
    page = texte(lire(connecter(make_personne("national")), "pilotage", au="2019-11-01", compare=AU))
    assert "Chiffres certains du 1er novembre 2019 au 19 novembre 2019" in page
    assert "Protocole signé 0 1 +1" in page


def test_a_bad_second_date_is_said_and_kept(connecter, territoire):
    page = lire(connecter(make_personne("national")), "pilotage", au=AU, compare="demain")
    assert "Ce n’est pas une date" in page
    assert "demain" in page


def test_territories_asleep_open_their_rows(connecter, territoire):
    client = connecter(make_personne("national"))
    page = lire(client, "pilotage", au=AU)
    porte = f"{reverse('pilotage-signes')}?au={AU}&amp;signe=sans_binome"
    assert porte in page
    lignes = texte(lire(client, "pilotage-signes", au=AU, signe="sans_binome"))
    assert "1 ligne" in lignes
    assert "élu·e : personne n’y est nommé. Binôme : industriel·le : personne n’y est nommé." in lignes
    assert client.get(reverse("pilotage-signes"), {"signe": "inconnu"}).status_code == 404


def test_every_compared_figure_opens_its_rows_at_its_own_date(connecter, territoire):
    client = connecter(make_personne("national"))
    page = lire(client, "pilotage", au=AU, compare="2019-03-05")
    tableau = page[page.index("titre-ecarts") : page.index("titre-signes")]
    portes = re.findall(r'<a href="([^"]+)"', tableau)
    assert {"au=2019-03-05" in porte for porte in portes} == {True, False}
    assert len(portes) >= 2 * 9
    for porte in portes:
        assert client.get(html.unescape(porte)).status_code == 200


@pytest.mark.parametrize(("saisie", "type_attendu"), [("2019-02-30", "text"), ("19/11/2019", "date")])
def test_a_day_that_does_not_exist_comes_back_in_a_text_box(client, saisie, type_attendu):
    page = lire(client, "chiffres", au=saisie)
    (champ,) = re.findall(r'<input[^>]*name="au"[^>]*>', page)
    assert re.findall(r'type="(\w+)"', champ) == [type_attendu]
    attendu = "2019-11-19" if type_attendu == "date" else saisie
    assert f'value="{attendu}"' in champ
    assert ("Ce n’est pas une date" in page) is (type_attendu == "text")


def test_a_fictional_space_of_another_region_has_no_door_for_a_region(connecter, territoire):
    loin = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne"))
    make_fiche(
        territoire=make_territoire("v1/fictif-1", departement=loin, is_fictif=True), titre="Répétition"
    )
    etranger = connecter(make_personne("region", territoire=territoire))
    page = lire(etranger, "chiffres-fiches", fictif="1", region="")
    assert "/espace/territoires/v1/fictif-1/" not in page
    national = lire(connecter(make_personne("national")), "chiffres-fiches", fictif="1")
    assert "/espace/territoires/v1/fictif-1/fiches/" in national


def test_a_counted_fiche_opens_the_page_its_reader_may_see(client, connecter, territoire):
    publique = make_fiche(territoire=territoire, visibilite=Visibilite.PUBLIQUE, titre="Publiée")
    privee = make_fiche(territoire=territoire, titre="Gardée")
    page = lire(client, "chiffres-fiches")
    assert publique.get_public_url() in page
    assert "Gardée" not in page
    page = lire(connecter(make_personne("chef_projet", territoire=territoire)), "chiffres-fiches")
    assert publique.get_absolute_url() in page
    assert privee.get_absolute_url() in page
    page = lire(connecter(make_personne("administrateur")), "chiffres-fiches")
    assert publique.get_public_url() in page
    assert publique.get_absolute_url() not in page
