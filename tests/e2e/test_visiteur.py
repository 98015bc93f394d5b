"""Un visiteur, sans compte : sa commune, un territoire, la carte au clavier, les sources, les lignes d’un chiffre.

Le même parcours, sans JavaScript, puis avec : rien de public n’en dépend.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Ouvrir
from tests.e2e.navigation import check_page_ouverte, suivre, tabuler, visiter

DOUBS = "/territoires/v2/ti-2701/"


@pytest.fixture(params=[True, False], ids=["avec script", "sans script"])
def visiteur(request: pytest.FixtureRequest, ouvrir: Ouvrir) -> Page:
    return ouvrir(java_script_enabled=request.param)


def _search(page: Page, texte: str, *, capture: str = "") -> None:
    page.get_by_role("searchbox", name="Votre commune").fill(texte)
    suivre(page, page.get_by_role("search").get_by_role("button"), capture=capture)


@pytest.mark.parametrize(
    ("saisie", "commune"),
    [
        ("chalons en champagne", "Châlons-en-Champagne"),
        ("52200", "Langres"),
        ("bellegarde sur valserine", "Valserhône"),
    ],
    ids=["nom sans accent", "code postal", "ancien nom"],
)
def test_a_visitor_finds_a_commune_and_reads_both_waves(visiteur, saisie, commune):
    visiter(visiteur, "/")
    _search(visiteur, saisie, capture="mon-territoire")
    reponse = visiteur.get_by_role("article").filter(
        has=visiteur.get_by_role("heading", name=commune, exact=True)
    )
    for phase in ("Phase 2 (2023-2027)", "Phase 1 (2018-2022), phase terminée"):
        expect(reponse.get_by_role("heading", name=phase)).to_be_visible()
    expect(reponse.get_by_text(re.compile("^(Oui|Non|Peut-être)$"))).to_have_count(2)


def test_an_old_name_is_said_to_be_one(visiteur):
    visiter(visiteur, "/mon-territoire/?q=bellegarde sur valserine")
    expect(visiteur.get_by_text("trouvée par une ancienne commune")).to_contain_text(
        "Bellegarde-sur-Valserine"
    )


def test_an_unknown_commune_gets_a_sentence_that_helps(visiteur):
    visiter(visiteur, "/mon-territoire/")
    _search(visiteur, "Syldavie")
    expect(visiteur.get_by_role("status")).to_contain_text("Aucune commune ne répond")
    expect(visiteur.get_by_role("searchbox", name="Votre commune")).to_have_value("Syldavie")


def test_from_a_commune_to_the_page_of_its_territory(visiteur):
    visiter(visiteur, "/mon-territoire/?q=besancon")
    reponse = visiteur.get_by_role("article").filter(
        has=visiteur.get_by_role("heading", name="Besançon", exact=True)
    )
    suivre(visiteur, reponse.get_by_role("link").first, capture="territoire-doubs")
    assert visiteur.url.endswith(DOUBS)
    expect(visiteur.get_by_role("heading", level=1)).to_contain_text("Doubs")
    membres = visiteur.get_by_role("table", name="Membres du territoire").get_by_role("rowheader")
    annonce = visiteur.get_by_role("heading", name=re.compile(r"^\d+ membres"))
    assert int(annonce.inner_text().split()[0]) == membres.count() > 1


def test_the_home_page_leads_to_a_territory_with_the_keyboard_alone(visiteur):
    visiter(visiteur, "/", capture="accueil")
    passer = visiteur.get_by_role("link", name="Passer la carte, aller à la liste")
    tabuler(visiteur, passer)
    visiteur.keyboard.press("Enter")
    region = visiteur.get_by_role("group").filter(has_text="Bourgogne-Franche-Comté")
    tabuler(visiteur, region.locator("summary"), fois=3)
    visiteur.keyboard.press("Enter")
    lien = region.get_by_role("link").first
    expect(lien).to_be_visible()
    tabuler(visiteur, lien, fois=1)
    with visiteur.expect_navigation(wait_until="load"):
        visiteur.keyboard.press("Enter")
    assert visiteur.url.endswith(DOUBS)
    check_page_ouverte(visiteur)


def test_a_territory_of_the_map_opens_with_the_keyboard(visiteur):
    visiter(visiteur, "/")
    carte = visiteur.get_by_role("figure").get_by_role("link")
    noms = visiteur.locator("main svg a").evaluate_all(
        "liens => liens.map(lien => lien.getAttribute('href'))"
    )
    assert len(set(noms)) == 183
    tabuler(visiteur, carte.first)
    with visiteur.expect_navigation(wait_until="load"):
        visiteur.keyboard.press("Enter")
    assert visiteur.url.endswith(noms[0])
    check_page_ouverte(visiteur)


def test_the_sources_are_one_click_away_from_every_page(visiteur):
    visiter(visiteur, DOUBS)
    suivre(
        visiteur,
        visiteur.get_by_role("contentinfo").get_by_role("link", name="Sources et licences"),
        capture="sources",
    )
    expect(visiteur.get_by_role("heading", level=1)).to_contain_text("Sources")
    expect(
        visiteur.get_by_role("main").get_by_role("link", name=re.compile("Licence Ouverte")).first
    ).to_be_visible()


@pytest.mark.parametrize(
    "libelle", ["Avec au moins un acte", "Acte de nature non précisée", "Protocole signé", "Fiches action"]
)
def test_a_figure_opens_as_many_rows_as_it_says(visiteur, libelle):
    visiter(visiteur, "/chiffres/?region=44&au=2019-11-19", capture="chiffres")
    porte = visiteur.get_by_title(re.compile(rf"voir les lignes\s: {libelle}$"))
    nombre = int(porte.inner_text().split()[0])
    assert nombre > 0
    suivre(visiteur, porte, capture="lignes")
    if libelle == "Fiches action":
        expect(visiteur.get_by_role("main")).to_contain_text(f"{nombre} fiches comptées")
    lignes = visiteur.get_by_role("region", name="Tableau").get_by_role("table").get_by_role("rowheader")
    expect(lignes).to_have_count(nombre)


def test_a_visitor_reads_a_public_fiche_from_its_territory(visiteur):
    visiter(visiteur, "/territoires/v1/ti-4403/")
    suivre(visiteur, visiteur.get_by_role("link", name="Accueil des actifs"), capture="fiche-publique")
    expect(visiteur.get_by_role("heading", level=1)).to_have_text("Accueil des actifs")
    expect(visiteur.get_by_role("table", name="Faits datés")).to_contain_text("9 septembre 2019")


def test_a_visitor_downloads_open_data_as_of_a_day(visiteur):
    visiter(visiteur, "/donnees/?au=2019-11-19", capture="donnees")
    with visiteur.expect_download() as fichier:
        visiteur.get_by_role("link", name="CSV : Fiches action publiques").click()
    assert fichier.value.suggested_filename == "maillage-fiches-2019-11-19.csv"
