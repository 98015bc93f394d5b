"""La vue du matin, la feuille d’une page, les accueils de la Région et du national."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from maillage.fiches.enums import StatutFiche
from maillage.financement.enums import StatutLigne
from maillage.socle.horloge import aujourdhui
from maillage.territoires.actions import tell_evenement
from maillage.territoires.enums import NatureEvenement
from tests.fabriques import (
    FABRIQUE,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_territoire,
)

pytestmark = pytest.mark.django_db


def texte(reponse):
    html = reponse.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


def adresse(nom, territoire):
    return reverse(nom, args=[territoire.vague.code, territoire.id_ti])


@pytest.fixture
def territoire():
    return make_territoire("v2/ti-2701", nom="Doubs d’essai")


def reunir(territoire, jour, titre="Comité de projet"):
    tell_evenement(
        territoires=[territoire],
        jour=jour,
        nature=NatureEvenement.REUNION,
        titre=titre,
        lieu="Mairie",
        source="s",
        by=FABRIQUE,
    )


@time_machine.travel("2026-03-10 08:00", tick=False)
def test_the_morning_page_says_who_waits_since_when_and_when_we_meet(territoire, connecter):
    banque = make_organisation(nom="Banque d’essai", is_financeur=True)
    with time_machine.travel("2026-03-01 08:00", tick=False):
        make_ligne(
            fiche=make_fiche(territoire=territoire, titre="Former"),
            financeur=banque,
            statut=StatutLigne.SOLLICITE,
        )
    reunir(territoire, date(2026, 3, 20))
    reunir(territoire, date(2026, 3, 1), "Réunion passée")
    page = texte(
        connecter(make_personne("chef_projet", territoire=territoire)).get(
            adresse("espace-territoire", territoire)
        )
    )
    assert "— Banque d’essai, depuis le 1er mars 2026 (9 jours)" in page
    assert "Prochaine réunion 20 mars 2026 : Comité de projet, Mairie" in page
    assert "Ateliers 1 rencontre, le 1er mars 2026" in page  # une réunion à venir n’a pas encore eu lieu


def test_what_i_can_do_is_a_link_and_the_rest_is_not(territoire, connecter):
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, titre="Transmise")
    chef = connecter(make_personne("chef_projet", territoire=territoire))
    page = texte(chef.get(adresse("espace-territoire", territoire)))
    assert "la Région, depuis le" in page
    region = connecter(make_personne("region", territoire=territoire))
    html = region.get(adresse("espace-territoire", territoire)).content.decode()
    assert "vous, depuis le" in html.replace("\xa0", " ")


def test_the_sheet_counts_what_it_does_not_show(territoire, connecter):
    for _ in range(20):
        make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE)
    page = texte(
        connecter(make_personne("elu", territoire=territoire)).get(adresse("territoire-feuille", territoire))
    )
    assert "Les 15 premières, sur 20." in page
    assert "Les 5 plus anciennes, sur 20." in page
    assert page.count("Transmise à la Région") >= 15


def test_the_sheet_hides_money_from_those_who_read_no_fiche(territoire, connecter):
    make_fiche(territoire=territoire, titre="Secrète")
    page = texte(connecter(make_personne("administrateur")).get(adresse("territoire-feuille", territoire)))
    assert "L’argent" not in page
    assert "Fiches action (1)" not in page


def test_the_region_sees_what_waits_its_alerts_and_its_next_meetings(territoire, connecter):
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, titre="À instruire")
    reunir(territoire, aujourdhui() + timedelta(days=3), "COPIL régional")
    region = make_personne("region", territoire=territoire)
    make_ligne(
        fiche=make_fiche(territoire=territoire),
        financeur=region.fonctions.get().organisation,
        statut=StatutLigne.SOLLICITE,
    )
    page = texte(connecter(region).get(reverse("espace-region")))
    assert "Fiches à instruire (1)" in page
    assert "Autres avis et réponses attendus de vous (1)" in page
    assert "COPIL régional, Mairie Doubs d’essai" in page


def test_the_national_home_sets_aside_rehearsals_and_opens_every_alert(territoire, connecter):
    from maillage.territoires.actions import record_etape
    from maillage.territoires.enums import Fait

    record_etape(territoire=territoire, fait=Fait.LABEL, debut=date(2023, 11, 9), source="s", by=FABRIQUE)
    make_personne("elu", territoire=territoire)
    make_organisation(nom="Banque d’essai")
    fictif = make_territoire("v1/fictif-1", nom="Répétition", is_fictif=True)
    make_fiche(territoire=fictif, statut=StatutFiche.TRANSMISE)
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, titre="Vraie")
    client = connecter(make_personne("national"))
    reponse = client.get(reverse("espace-national"))
    page = texte(reponse)
    assert "Vraie" in page
    assert "Répétition" not in page
    assert "Sans chef·fe de projet" in page
    assert "Référents d’opérateurs absents" in page
    assert "Pays de la Loire 1 1 1 1" in page
    portes = re.findall(
        r'<ul class="mg-liste-simple mg-alertes">(.*?)</ul>', reponse.content.decode(), re.DOTALL
    )
    for url in re.findall(r'href="([^"]+)"', portes[0]):
        assert client.get(url.replace("&amp;", "&")).status_code == 200


def test_a_territoire_that_left_is_counted_nowhere_among_those_in_progress(territoire, connecter):
    from maillage.territoires.actions import record_etape
    from maillage.territoires.enums import Fait

    make_organisation(nom="Banque d’essai")
    sorti = make_territoire("v2/ti-9902", nom="Parti d’essai")
    record_etape(territoire=sorti, fait=Fait.SORTI, debut=date(2024, 6, 1), source="s", by=FABRIQUE)
    national = connecter(make_personne("national"))
    page = texte(national.get(reverse("espace-national")))
    assert "Pays de la Loire 1 0 0 0" in page
    assert re.search(r"Référents d’opérateurs absents[^0-9]* 1\b", page) or "1 Référents d’opérateurs" in page
    assert "Parti d’essai" not in texte(national.get(reverse("referents-manquants")))
    region = connecter(make_personne("region", territoire=territoire))
    assert "Parti d’essai" not in texte(region.get(reverse("referents-manquants")))


@pytest.mark.parametrize("role", ["chef_projet", "region", "administrateur", "financeur"])
def test_the_national_home_is_for_the_national_level(territoire, connecter, role):
    assert (
        connecter(make_personne(role, territoire=territoire)).get(reverse("espace-national")).status_code
        == 403
    )
