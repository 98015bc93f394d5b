"""Une Région pose une question au calcul, lit sa proposition, change une hypothèse et compare."""

import re

from playwright.sync_api import expect

from tests.e2e.navigation import check_page_ouverte, connecter, deplier, suivre, visiter


def test_a_region_simulates_changes_a_hypothesis_and_compares(ouvrir, serveur):
    page = ouvrir()
    connecter(page, "Région Grand Est")
    visiter(page, "/espace/simulations/", capture="simulations")
    suivre(
        page, page.get_by_role("link", name="Commission d’automne (fictif)"), capture="simulation-calculee"
    )
    premiere = page.url
    expect(page.get_by_role("heading", name="La proposition")).to_be_visible()
    suivre(page, page.get_by_role("link", name="Voir fiche par fiche"), capture="simulation-fiches")
    visiter(page, premiere)
    suivre(page, page.get_by_role("link", name="Comparer aux décisions"), capture="simulation-decisions")
    visiter(page, premiere)
    copie = deplier(page, "Copier pour changer une hypothèse")
    copie.get_by_label("Nom de la copie").fill("Sans la Banque des Territoires")
    copie.get_by_role("button", name="Copier").click()
    check_page_ouverte(page, capture="simulation-preparee")
    ligne = page.get_by_role("row").filter(has_text="Ingénierie fictive")
    ligne.get_by_role("button", name=re.compile("Retirer")).click()
    ligne = page.get_by_role("row").filter(has_text="Ingénierie fictive")
    expect(ligne).to_contain_text("elle ne servira pas")
    seconde = page.url.split("#")[0]
    visiter(page, f"{seconde}fiches/", capture="simulation-reglages")
    visiter(page, seconde)
    page.get_by_role("button", name="Figer les entrées et lancer le calcul").click()
    check_page_ouverte(page, capture="simulation-en-file")
    serveur.run_longs()
    page.reload()
    check_page_ouverte(page, capture="simulation-seconde")
    expect(page.get_by_role("heading", name="La proposition")).to_be_visible()
    page.get_by_label("Ce qui change depuis une autre simulation").select_option(
        label="Commission d’automne (fictif)"
    )
    page.get_by_role("button", name="Comparer").click()
    check_page_ouverte(page, capture="simulation-comparee")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sans la Banque des Territoires")
