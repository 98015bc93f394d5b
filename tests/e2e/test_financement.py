"""Suivre un montant : la chef de projet chiffre et demande, chaque financeur décide de sa ligne, la fiche se boucle."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Ouvrir
from tests.e2e.navigation import connecter, deplier, enter_code, set_contact, suivre, visiter
from tests.e2e.serveur import Serveur

pytestmark = pytest.mark.chaine

ESPACE = "/espace/territoires/v1/fictif-4403/"
CHEF = "Chef·fe de projet, Langres"
FINANCEUR = "Opérateur : Banque des Territoires"
PDF = {
    "name": "lettre-accord.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n",
}


@pytest.fixture
def entrer(ouvrir: Ouvrir):
    """`entrer(compte)` : une page neuve, connectée à ce compte de démonstration."""

    def entrer(compte: str) -> Page:
        page = ouvrir()
        connecter(page, compte)
        return page

    return entrer


def _get_fiche(serveur: Serveur, code: str) -> int:
    requete = (
        "SELECT f.id FROM fiches_ficheaction f JOIN territoires_territoire t ON t.id = f.territoire_id "
        "WHERE t.id_ti = 'fictif-4403' AND f.code = ?"
    )
    return int(serveur.read(requete, code)[0][0])


def read_ligne(serveur: Serveur, ligne: int) -> tuple[str, int, int]:
    """(état, demandé, accordé) ; montants en centimes."""
    requete = "SELECT statut, montant_demande, montant_accorde FROM financement_lignefinancement WHERE id = ?"
    return serveur.read(requete, ligne)[0]  # type: ignore[return-value]


def _add_depense(page: Page, libelle: str, montant: str) -> None:
    repli = deplier(page, "Ajouter une dépense")
    repli.get_by_label("Libellé").fill(libelle)
    repli.get_by_label("Nature").select_option(label="Communication")
    repli.get_by_label("Montant").fill(montant)
    suivre(page, repli.get_by_role("button", name="Ajouter la dépense"))


def _add_ligne(page: Page, financeur: str, nature: str, montant: str) -> None:
    repli = deplier(page, "Inscrire un financement pressenti")
    repli.get_by_label(re.compile("^Financeur")).select_option(label=financeur)
    repli.get_by_label("Nature").select_option(label=nature)
    repli.get_by_label("Montant pressenti").fill(montant)
    suivre(page, repli.get_by_role("button", name="Inscrire le financement"))


def _ask(page: Page, plan: str, financeur: str, *, capture: str = "") -> int:
    """Demande la ligne de ce financeur ; rend le numéro de la ligne, sa page reste ouverte."""
    visiter(page, plan)
    suivre(page, page.get_by_role("region", name="Ressources").get_by_role("link", name=financeur))
    repli = deplier(page, "Demander le financement")
    suivre(page, repli.get_by_role("button", name="Demander le financement"), capture=capture)
    expect(page.get_by_role("main")).to_contain_text("Sollicité")
    return int(re.findall(r"/lignes/(\d+)/", page.url)[0])


def _grant(page: Page, *, capture: str = "") -> None:
    repli = deplier(page, "Accorder")
    repli.get_by_label("Décision").set_input_files(PDF)
    suivre(page, repli.get_by_role("button", name="Accorder"), capture=capture)
    expect(page.get_by_role("table", name="Étapes de la ligne")).to_contain_text("Accordé")


def test_a_fiche_is_boucle_when_every_payer_has_granted_its_line(entrer, serveur):
    f13 = _get_fiche(serveur, "F13")
    plan = f"{ESPACE}fiches/{f13}/financement/"
    chef = entrer(CHEF)
    visiter(chef, f"{ESPACE}financement/", capture="financement")
    suivre(chef, chef.get_by_role("link", name="French tech tour"), capture="plan-vide")
    expect(chef.get_by_role("main")).to_contain_text("Non chiffrée")
    _add_depense(chef, "Stand et déplacements", "50 000")
    _add_ligne(chef, "Banque des Territoires", "Subvention", "40 000,00 €")
    _add_ligne(chef, "CC du Grand Langres", "Autofinancement", "10 000")
    ligne_bdt = _ask(chef, plan, "Banque des Territoires", capture="ligne-sollicitee")
    ligne_epci = _ask(chef, plan, "CC du Grand Langres")
    assert read_ligne(serveur, ligne_bdt) == ("sollicite", 4_000_000, 0)

    # Qui demande n’accorde pas : pas de bouton, et l’envoi direct est refusé.
    visiter(chef, f"/espace/lignes/{ligne_bdt}/")
    expect(chef.get_by_role("button", name="Accorder")).to_have_count(0)
    expect(chef.get_by_role("main")).to_contain_text("ne passe à « Accordé » et au-delà que par")
    jeton = chef.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    envoi = chef.request.post(
        f"/espace/lignes/{ligne_bdt}/passer/accorde/",
        multipart={"csrfmiddlewaretoken": jeton, "accorde-montant": "40 000", "accorde-fichier": PDF},
        headers={"Referer": chef.url},
    )
    assert envoi.status == 403
    assert "que par la Banque des Territoires" in envoi.text()
    assert read_ligne(serveur, ligne_bdt) == ("sollicite", 4_000_000, 0)

    # Le financeur répond depuis « Ce qui m’attend » ; sa pièce fait foi.
    financeur = entrer(FINANCEUR)
    visiter(financeur, "/espace/", capture="financeur")
    suivre(financeur, financeur.get_by_role("link", name=re.compile("Répondre à la demande de 40.000.* F13")))
    repli = deplier(financeur, "Accorder")
    suivre(financeur, repli.get_by_role("button", name="Accorder"))
    expect(financeur.get_by_role("alert")).to_contain_text("Joignez la pièce")
    _grant(financeur, capture="ligne-accordee")
    assert read_ligne(serveur, ligne_bdt) == ("accorde", 4_000_000, 4_000_000)
    visiter(chef, plan)
    expect(chef.get_by_role("heading", name="Plan de financement").locator("..")).not_to_contain_text(
        "Bouclé"
    )

    # Le porteur confirme sa propre part de la même façon.
    porteur = entrer("EPCI : CC du Grand Langres")
    visiter(porteur, f"/espace/lignes/{ligne_bdt}/")
    expect(porteur.get_by_role("button", name="Accorder")).to_have_count(0)
    visiter(porteur, f"/espace/lignes/{ligne_epci}/")
    _grant(porteur)
    visiter(chef, plan, capture="plan-boucle")
    expect(chef.get_by_role("heading", name="Plan de financement").locator("..")).to_contain_text("Bouclé")
    requete = "SELECT code_bouclage FROM financement_planfinancement WHERE fiche_id = ?"
    assert serveur.read(requete, f13) == [("boucle",)]


def test_a_funder_does_not_see_what_is_not_asked_of_it(entrer, serveur):
    financeur = entrer(FINANCEUR)
    autre = _get_fiche(serveur, "F2.0")
    visiter(financeur, f"{ESPACE}fiches/{autre}/", statut=404, capture="financeur-404")
    visiter(financeur, f"{ESPACE}fiches/{autre}/financement/", statut=404)
    ligne = serveur.read(
        "SELECT l.id FROM financement_lignefinancement l JOIN financement_planfinancement p ON p.id = l.plan_id "
        "WHERE p.fiche_id = ?",
        autre,
    )[0][0]
    visiter(financeur, f"/espace/lignes/{ligne}/", statut=404)
    visiter(financeur, ESPACE, statut=404)


def _send_lien(page: Page, *, capture: str = "") -> None:
    repli = deplier(page, "Envoyer un lien personnel")
    repli.get_by_label("Nom de la personne").fill("Service instructeur")
    suivre(page, repli.get_by_role("button", name="Envoyer le lien"), capture=capture)


def _get_lien(serveur: Serveur, adresse: str) -> str:
    """Le lien personnel du dernier courriel de cette adresse."""
    lien = re.search(r"https?://\S+/lien/\S+", serveur.read_courriel(adresse))
    assert lien
    return lien[0]


def test_a_funder_without_account_answers_by_its_personal_link(entrer, ouvrir, serveur):
    ancienne, adresse = "contact@bpifrance.invalid", "instruction@bpifrance.invalid"
    plan = f"{ESPACE}fiches/{_get_fiche(serveur, 'F8')}/financement/"
    chef = entrer(CHEF)
    visiter(chef, plan)
    _add_depense(chef, "Campagne dans les collèges", "20 000")
    _add_ligne(chef, "Bpifrance", "Subvention", "12 500,50")
    ligne = _ask(chef, plan, "Bpifrance")
    _send_lien(chef)
    ancien = _get_lien(serveur, ancienne)
    # Le territoire ne choisit pas l’adresse. Quand la délégation la change, le lien déjà envoyé se ferme.
    set_contact(entrer("Délégation nationale"), "Bpifrance", adresse, capture="organisation")
    visiter(ouvrir(), ancien, statut=410, capture="lien-perime")
    visiter(chef, f"/espace/lignes/{ligne}/")
    _send_lien(chef, capture="ligne-lien")
    assert "12 500,50" in serveur.read_courriel(adresse).replace("\u202f", " ").replace("\xa0", " ")

    invite = ouvrir()
    visiter(invite, f"/lien/ligne/{ligne}/", statut=404)
    # Un code faux n’ouvre rien.
    lien = _get_lien(serveur, adresse)
    visiter(invite, lien, capture="lien-ouvrir")
    suivre(invite, invite.get_by_role("button", name=f"Recevoir un code à {adresse}"))
    code = re.search(r"\b\d{6}\b", serveur.read_courriel(adresse))
    assert code
    invite.get_by_label("Code reçu par courriel").fill(f"{(int(code[0]) + 1) % 1_000_000:06d}")
    suivre(invite, invite.get_by_role("button", name="Continuer"), capture="lien-code-faux")
    expect(invite.get_by_role("alert")).to_be_visible()
    visiter(invite, f"/lien/ligne/{ligne}/", statut=404)

    visiter(invite, lien)
    suivre(invite, invite.get_by_role("button", name=f"Recevoir un code à {adresse}"))
    enter_code(invite, serveur, adresse)
    expect(invite.get_by_role("main")).to_contain_text("Vous répondez pour Bpifrance")
    _grant(invite, capture="lien-ligne")
    assert read_ligne(serveur, ligne) == ("accorde", 1_250_050, 1_250_050)
    par = serveur.read(
        "SELECT enregistre_by FROM financement_etapeligne WHERE ligne_id = ? AND vers = 'accorde'", ligne
    )
    assert "Service instructeur" in par[0][0]
    # Le lien n’ouvre que cette ligne : le reste demande un compte.
    visiter(invite, "/espace/")
    assert "/connexion/" in invite.url
