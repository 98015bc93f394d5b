"""Une fiche action, écrite par la chef de projet : de l’idée au brouillon, ses refus, deux navigateurs à la fois."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.navigation import connecter, remplir, suivre, visiter

pytestmark = pytest.mark.chaine

FICHES = "/espace/territoires/v1/fictif-4403/fiches/"
CHEF = "Chef·fe de projet, Langres"


@pytest.fixture
def chef(page: Page) -> Page:
    connecter(page, CHEF)
    return page


def _create(page: Page, titre: str) -> str:
    """Crée une fiche avec son seul titre ; rend son adresse."""
    visiter(page, f"{FICHES}nouvelle/")
    remplir(page, {"Titre": titre})
    suivre(page, page.get_by_role("button", name="Créer la fiche"))
    return page.url


def _erreurs(page: Page) -> str:
    return page.get_by_role("alert").inner_text()


def test_a_title_is_enough_then_code_and_axe_make_a_brouillon(chef):
    visiter(chef, FICHES, capture="fiches")
    suivre(chef, chef.get_by_role("link", name="Nouvelle fiche"), capture="fiche-nouvelle")
    remplir(chef, {"Titre": "Ouvrir une école de production"})
    suivre(chef, chef.get_by_role("button", name="Créer la fiche"), capture="fiche-idee")
    expect(chef.get_by_role("status")).to_contain_text("créée, à l’état « Idée »")
    avancer = chef.get_by_role("region", name="Faire avancer la fiche")
    expect(avancer).to_contain_text("donnez à la fiche un code et un axe")
    expect(avancer.get_by_role("button", name="Mettre au brouillon")).to_have_count(0)

    suivre(chef, chef.get_by_role("link", name="Modifier la fiche"), capture="fiche-modifier")
    remplir(chef, {"Code": "F20", "Axe": "Recruter"})
    suivre(chef, chef.get_by_role("button", name="Enregistrer"))
    expect(chef.get_by_role("status")).to_contain_text("version 2")
    suivre(chef, chef.get_by_role("button", name="Mettre au brouillon"), capture="fiche-brouillon")
    expect(chef.get_by_role("status")).to_contain_text("passée de « Idée » à « Brouillon »")
    expect(chef.get_by_role("heading", level=1)).to_have_text("Ouvrir une école de production")


def test_a_move_can_be_dated_in_the_past_but_not_in_the_future(chef):
    adresse = _create(chef, "Un passage daté")
    visiter(chef, f"{adresse}modifier/")
    remplir(chef, {"Code": "F21", "Axe": "Innover"})
    suivre(chef, chef.get_by_role("button", name="Enregistrer"))
    suivre(chef, chef.get_by_role("link", name="à une autre date").first, capture="fiche-passer")
    remplir(chef, {"Date d’effet": "2099-01-01"})
    suivre(chef, chef.get_by_role("main").get_by_role("button", name="Mettre au brouillon"))
    assert "dans l’avenir" in _erreurs(chef)
    expect(chef.get_by_label("Date d’effet")).to_have_value("2099-01-01")


def test_a_code_already_taken_is_said_and_nothing_typed_is_lost(chef):
    visiter(chef, f"{FICHES}nouvelle/")
    remplir(chef, {"Titre": "Doublon"})
    for repli in ("Code et axe", "Description"):
        chef.get_by_text(repli).first.click()
    remplir(chef, {"Code": "F13", "Axe": "Attirer", "Description": "Un texte long,\nsur deux lignes."})
    suivre(chef, chef.get_by_role("button", name="Créer la fiche"), capture="fiche-refusee")
    assert "F13" in _erreurs(chef)
    expect(chef.get_by_role("textbox", name="Titre")).to_have_value("Doublon")
    expect(chef.get_by_role("textbox", name="Code")).to_have_value("F13")
    expect(chef.get_by_role("textbox", name="Description")).to_have_value("Un texte long,\nsur deux lignes.")
    expect(chef.get_by_label("Axe").locator("option:checked")).to_have_text("Attirer")


def test_a_wrong_date_is_said_and_nothing_typed_is_lost(chef):
    adresse = _create(chef, "Des dates à l’envers")
    visiter(chef, f"{adresse}modifier/")
    remplir(chef, {"Début prévu": "2027-12-31", "Fin prévue": "2027-01-01", "Titre": "Titre retouché"})
    suivre(chef, chef.get_by_role("button", name="Enregistrer"))
    assert "La fin prévue vient avant le début" in _erreurs(chef)
    expect(chef.get_by_label("Début prévu")).to_have_value("2027-12-31")
    expect(chef.get_by_label("Fin prévue")).to_have_value("2027-01-01")
    expect(chef.get_by_role("textbox", name="Titre")).to_have_value("Titre retouché")


def test_an_unknown_porteur_is_said_and_kept(chef):
    adresse = _create(chef, "Un porteur inconnu")
    visiter(chef, f"{adresse}modifier/")
    remplir(chef, {"Organisation porteuse": "Société inexistante"})
    suivre(chef, chef.get_by_role("button", name="Enregistrer"))
    assert "Aucune organisation connue" in _erreurs(chef)
    expect(chef.get_by_role("combobox", name=re.compile("^Organisation porteuse"))).to_have_value(
        "Société inexistante"
    )


@pytest.mark.parametrize("montant", ["quarante mille", "-3", "0", ""])
def test_a_wrong_amount_is_said_and_nothing_typed_is_lost(chef, montant):
    adresse = _create(chef, f"Un montant refusé ({montant})")
    visiter(chef, f"{adresse}financement/")
    remplir(chef, {"Libellé": "Achat d’une presse", "Montant": montant, "Année": "2027"})
    suivre(chef, chef.get_by_role("button", name="Ajouter la dépense"))
    assert "Montant" in _erreurs(chef) or "montant" in _erreurs(chef)
    expect(chef.get_by_label("Libellé").first).to_have_value("Achat d’une presse")
    expect(chef.get_by_label("Montant", exact=False).first).to_have_value(montant)
    expect(chef.get_by_label("Année").first).to_have_value("2027")


def test_going_back_to_a_sent_form_asks_before_creating_a_second_one(chef):
    _create(chef, "Envoyée une première fois")
    chef.evaluate("history.back()")
    chef.wait_for_url("**/nouvelle/", wait_until="commit")
    envoi = chef.get_by_role("button", name="Créer la fiche")
    expect(envoi).to_be_enabled()
    remplir(chef, {"Titre": "Envoyée une seconde fois"})
    suivre(chef, envoi)
    expect(chef.get_by_role("heading", level=1)).to_have_text("Vous aviez déjà envoyé ce formulaire")
    suivre(chef, chef.get_by_role("button", name=re.compile("^Créer|^Envoyer|^Ajouter")))
    expect(chef.get_by_role("heading", level=1)).to_have_text("Envoyée une seconde fois")


def test_two_browsers_on_one_fiche_lose_nothing(ouvrir, chef, serveur):
    adresse = _create(chef, "Une fiche à deux")
    autre = ouvrir()
    connecter(autre, CHEF)
    for page in (chef, autre):
        visiter(page, f"{adresse}modifier/")
    remplir(chef, {"Description": "Le texte du premier.", "Présentateur": "Le maire"})
    suivre(chef, chef.get_by_role("button", name="Enregistrer"))

    remplir(autre, {"Description": "Le texte du second.", "Code": "F30"})
    suivre(autre, autre.get_by_role("button", name="Enregistrer"), capture="fiche-conflit")
    assert "Quelqu’un a enregistré cette fiche" in _erreurs(autre)
    conflit = autre.get_by_role("region", name="Deux saisies à départager")
    expect(conflit.get_by_role("table")).to_contain_text("Le texte du premier.")
    expect(conflit.get_by_role("table")).to_contain_text("Le texte du second.")
    expect(conflit).to_contain_text("Le maire")
    expect(autre.get_by_role("textbox", name="Description")).to_have_value("Le texte du second.")
    expect(autre.get_by_role("textbox", name="Code")).to_have_value("F30")
    expect(autre.get_by_label("Présentateur")).to_have_value("Le maire")

    suivre(autre, autre.get_by_role("button", name="Enregistrer"))
    expect(autre.get_by_role("status")).to_contain_text("version 3")
    pk = int(re.findall(r"/fiches/(\d+)/", adresse)[0])
    assert serveur.read(
        "SELECT code, description, presentateur, version FROM fiches_ficheaction WHERE id = ?", pk
    ) == [("F30", "Le texte du second.", "Le maire", 3)]
    versions = serveur.read("SELECT contenu FROM fiches_versionfiche WHERE fiche_id = ? ORDER BY numero", pk)
    assert len(versions) == 3
    visiter(autre, f"{adresse}versions/?a=2&b=3", capture="fiche-versions")
    expect(autre.get_by_role("table").first).to_contain_text("Le texte du premier.")
