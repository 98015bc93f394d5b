"""Les premières pages tiennent debout dans un navigateur : accueil, connexion, refus, page absente."""

from playwright.sync_api import expect

from tests.e2e.navigation import connecter, visiter


def test_home_and_sign_in_are_accessible_and_fit_a_phone(page):
    visiter(page, "/", capture="accueil")
    visiter(page, "/connexion/", capture="connexion")


def test_a_missing_page_says_so(page):
    visiter(page, "/nulle-part/", statut=404, capture="introuvable")


def test_choosing_a_demonstration_account_leads_to_what_awaits_it(page):
    connecter(page, "Chef·fe de projet, Langres")
    visiter(page, "/espace/", capture="espace")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
