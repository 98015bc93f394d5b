"""Un acte, de son texte à sa vérification : chacun signe à son tour, et le fichier prouve qu’il n’a pas changé."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Ouvrir
from tests.e2e.navigation import (
    Surveillance,
    check_page_ouverte,
    connecter,
    deplier,
    enter_by_lien,
    remplir,
    set_contact,
    suivre,
    visiter,
)

pytestmark = pytest.mark.chaine

FICTIF = "/espace/territoires/v1/fictif-4403/"
DOUBS = "/espace/territoires/v2/ti-2701/"


@pytest.fixture
def entrer(ouvrir: Ouvrir):
    """`entrer(compte)` : une page neuve, connectée à ce compte de démonstration."""

    def entrer(compte: str) -> Page:
        page = ouvrir()
        connecter(page, compte)
        return page

    return entrer


# Une intercommunalité, une Région signent après avoir délibéré.
DELIBERATION = {"Délibération n°": "2020-12", "Délibération du": "2020-01-15"}


def _count(page: Page, cle: str, *, fictif: bool) -> int:
    """Le nombre de territoires d’un chiffre, lu dans l’export ; `page` est celle d’une personne qui pilote."""
    export: dict[str, Any] = page.request.get(
        "/chiffres.json", params={"fictif": "1"} if fictif else {}
    ).json()
    return int(export["territoires"][cle])


def _open_acte(page: Page, espace: str, nature: str, periode: str, *, capture: str) -> str:
    visiter(page, f"{espace}actes/", capture=f"{capture}-liste")
    suivre(page, page.get_by_role("link", name="Préparer un protocole ou un contrat"))
    page.get_by_label(nature, exact=True).check(force=True)
    remplir(page, {"Période": periode})
    suivre(page, page.get_by_role("button", name="Ouvrir le projet"), capture=f"{capture}-projet")
    expect(page.get_by_role("status")).to_contain_text("Le projet est ouvert")
    return page.url


def _add_signataire(page: Page, acte: str, champs: dict[str, str], *, capture: str = "") -> None:
    visiter(page, f"{acte}signataires/", capture=capture)
    formulaire = page.get_by_role("main")
    for etiquette, valeur in champs.items():
        champ = formulaire.get_by_label(etiquette).first
        if champ.evaluate("e => e.tagName") == "SELECT":
            champ.select_option(label=valeur)
        else:
            champ.fill(valeur)
    suivre(page, page.get_by_role("button", name="Ajouter", exact=True))
    nom = champs["Organisation"].partition(" [")[0]
    expect(page.get_by_role("table", name="Désignés").get_by_role("rowheader", name=nom)).to_be_visible()


def _download(page: Page, nom: str | re.Pattern[str], dossier: Path) -> Path:
    with page.expect_download() as attente:
        page.get_by_role("link", name=nom).click()
    chemin = dossier / attente.value.suggested_filename
    attente.value.save_as(chemin)
    page.surveillance.check()  # type: ignore[attr-defined]
    return chemin


def _freeze(page: Page, acte: str, *, capture: str = "") -> None:
    visiter(page, f"{acte}arreter/", capture=capture)
    suivre(page, page.get_by_role("button", name="Arrêter l’acte et prévenir les signataires"))
    expect(page.get_by_role("main")).to_contain_text("Arrêté, prêt à signer")


def _sign(page: Page, *, capture: str = "") -> None:
    """Signe depuis la page de signature ouverte."""
    page.get_by_label("J’ai lu l’acte et je le signe").check(force=True)
    suivre(page, page.get_by_role("button", name="Signer pour"), capture=capture)
    expect(page.get_by_role("status").first).to_contain_text("Votre signature est enregistrée")


def _sign_from_attente(page: Page, *, capture: str = "") -> None:
    """Signe depuis « Ce qui m’attend », comme on le fait quand son tour vient."""
    visiter(page, "/espace/")
    suivre(page, page.get_by_role("link", name=re.compile("[Ss]igner .*contrat", re.IGNORECASE)).first)
    if page.get_by_role("link", name="Lire et signer").count():
        suivre(page, page.get_by_role("link", name="Lire et signer").first)
    _sign(page, capture=capture)


def _verify(page: Page, fichier: Path, *, capture: str = "") -> None:
    visiter(page, "/verifier/", capture=f"{capture}-question" if capture else "")
    page.get_by_label("Le fichier reçu").set_input_files(fichier)
    suivre(page, page.get_by_role("button", name="Vérifier", exact=True), capture=capture)


def test_a_contrat_goes_from_its_text_to_a_verified_file(entrer, ouvrir, serveur, tmp_path):
    industriel = "direction@forges.invalid"
    national = entrer("Délégation nationale")
    avant, avant_public = _count(national, "contrat", fictif=True), _count(national, "contrat", fictif=False)
    chef = entrer("Chef·fe de projet, Langres")
    acte = _open_acte(chef, FICTIF, "Contrat", "2027-2030", capture="acte")
    pk = int(re.findall(r"/actes/(\d+)/", acte)[0])

    # Le texte : un article retouché, un autre déplacé sans que rien ne soit perdu.
    suivre(chef, chef.get_by_role("link", name="Modifier le texte"), capture="acte-texte")
    premier = chef.get_by_role("group", name="Article 1", exact=True)
    premier.get_by_label("Texte de l’article").fill(
        "Les parties s’engagent sur {territoire}. Phrase du parcours."
    )
    suivre(chef, premier.get_by_role("button", name="Descendre"))
    second = chef.get_by_role("group", name="Article 2", exact=True)
    expect(second.get_by_label("Texte de l’article")).to_have_value(re.compile("Phrase du parcours"))
    suivre(chef, second.get_by_role("button", name="Monter"))
    suivre(chef, chef.get_by_role("button", name="Enregistrer", exact=True).first)
    expect(chef.get_by_role("status")).to_contain_text("Le texte est enregistré")

    # Sans intercommunalité ni partenaire public, on n’arrête pas.
    visiter(chef, f"{acte}arreter/")
    expect(chef.get_by_role("main")).to_contain_text("au moins une intercommunalité et un partenaire public")
    expect(chef.get_by_role("button", name="Arrêter l’acte et prévenir les signataires")).to_have_count(0)

    for rang, (organisation, college, courriel) in enumerate(
        (
            ("CC du Grand Langres [200072999]", "Les intercommunalités", ""),
            ("Augé Microtechnic Group", "Les partenaires économiques et industriels", industriel),
            ("Région Grand Est", "Les partenaires publics", ""),
        ),
        start=1,
    ):
        champs = {
            "Organisation": organisation,
            "Nom du ou de la signataire": "Personne fictive",
            "Qualité": "Direction",
            "Collège": college,
            "Rang de signature": str(rang),
        }
        if "partenaires économiques" not in college:
            champs |= DELIBERATION
        _add_signataire(
            chef, acte, champs | ({"Courriel": courriel} if courriel else {}), capture="acte-signataires"
        )

    visiter(chef, acte, capture="acte-complet")
    apercu = _download(chef, "Aperçu PDF", tmp_path)
    assert apercu.read_bytes().startswith(b"%PDF-")
    _freeze(chef, acte, capture="acte-arreter")
    visiter(chef, acte, capture="acte-arrete")

    # La Région vient avant son tour : une phrase, et rien n’est signé.
    region = entrer("Région Grand Est")
    signataire = serveur.read("SELECT id FROM contrats_signataire WHERE acte_id = ? AND ordre = 3", pk)[0][0]
    visiter(region, f"{acte}signataires/{signataire}/signer/", capture="acte-pas-mon-tour")
    expect(region.get_by_role("main")).to_contain_text("Ce n’est pas encore votre tour")
    expect(region.get_by_role("button", name="Signer pour")).to_have_count(0)
    jeton = region.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    envoi = region.request.post(
        f"{acte}signataires/{signataire}/signer/",
        form={"csrfmiddlewaretoken": jeton, "signe_le": "2026-01-01", "accord": "on"},
        headers={"Referer": region.url},
    )
    assert "Ce n’est pas encore votre tour" in envoi.text()
    assert serveur.read(
        "SELECT COUNT(*) FROM contrats_signataire WHERE acte_id = ? AND signe_at IS NOT NULL", pk
    ) == [(0,)]
    # Un autre compte ne signe pas à la place d’un signataire.
    financeur = entrer("Opérateur : Banque des Territoires")
    visiter(financeur, f"{acte}signataires/{signataire}/signer/", statut=404)

    _sign_from_attente(entrer("EPCI : CC du Grand Langres"), capture="acte-signe-epci")
    invite = ouvrir()
    enter_by_lien(invite, serveur, industriel, capture="acte-lien")
    check_page_ouverte(invite, capture="acte-lien-signer")
    lu = _download(invite, re.compile("Télécharger le PDF"), tmp_path)
    _sign(invite, capture="acte-lien-signe")
    _sign_from_attente(region)
    assert serveur.read("SELECT statut FROM contrats_acte WHERE id = ?", pk) == [("signe",)]

    # Le fichier téléchargé est celui qui a été lu et signé ; un signe de plus, et il est inconnu.
    visiter(chef, acte, capture="acte-signe")
    pdf = _download(chef, re.compile("Télécharger le PDF"), tmp_path)
    assert pdf.read_bytes() == lu.read_bytes() != apercu.read_bytes()
    visiteur = ouvrir()
    _verify(visiteur, pdf, capture="verifier-reconnu")
    expect(visiteur.get_by_role("heading", level=1)).to_have_text("Ce fichier est reconnu")
    expect(visiteur.get_by_role("table", name="Signataires").get_by_text("Signé le")).to_have_count(3)
    modifie = tmp_path / "modifie.pdf"
    modifie.write_bytes(pdf.read_bytes() + b"\n")
    for fichier in (modifie, apercu):
        _verify(visiteur, fichier, capture="verifier-inconnu")
        expect(visiteur.get_by_role("heading", level=1)).to_have_text("Ce fichier est inconnu")

    # Le pilotage compte un contrat de plus dans l’espace fictif ; le public, aucun.
    visiter(national, "/espace/pilotage/?fictif=1", capture="pilotage-contrat")
    tuile = national.get_by_title(re.compile(r"voir les lignes\s: Contrat signé$"))
    assert tuile.inner_text().split()[0] == str(avant + 1)
    assert _count(national, "contrat", fictif=True) == avant + 1
    assert _count(national, "contrat", fictif=False) == avant_public


def test_a_protocole_of_a_real_territory_is_one_more_in_the_public_figures(entrer, ouvrir, serveur):
    epci, industriel = "presidence@doubs.invalid", "direction@usine.invalid"
    national = entrer("Délégation nationale")
    avant = _count(national, "protocole", fictif=False)
    chef = entrer("Chef·fe de projet, Doubs")
    visiter(chef, f"{DOUBS}fiches/nouvelle/")
    chef.get_by_role("textbox", name="Titre").fill("Partager un atelier de précision")
    repli = deplier(chef, "Code et axe")
    repli.get_by_label("Code").fill("A1")
    repli.get_by_label("Axe").select_option(index=1)
    suivre(chef, chef.get_by_role("button", name="Créer la fiche"))
    suivre(chef, chef.get_by_role("button", name="Proposer au comité de projet"))
    suivre(chef, chef.get_by_role("button", name="Retenir"))

    acte = _open_acte(chef, DOUBS, "Protocole d’accord", "2026-2027", capture="protocole")
    for organisation, type_, college, rang, courriel in (
        ("Grand Besançon Métropole", "Intercommunalité (EPCI ou EPT)", "Les intercommunalités", "1", epci),
        (
            "Usine fictive du parcours",
            "Entreprise",
            "Les partenaires économiques et industriels",
            "2",
            industriel,
        ),
        ("Banque des Territoires", "", "Les partenaires publics", "3", ""),
    ):
        champs = {
            "Organisation": organisation,
            "Nom du ou de la signataire": "Personne fictive",
            "Qualité": "Direction",
            "Collège": college,
            "Rang de signature": rang,
        }
        if rang == "1":
            champs |= DELIBERATION
        if type_:
            champs["Elle n’est pas dans la liste"] = type_
        _add_signataire(chef, acte, champs | ({"Courriel": courriel} if courriel else {}))
    # Le lien d’un organisme public ne part qu’à l’adresse que tient la délégation : sans elle, on n’arrête pas.
    visiter(chef, f"{acte}arreter/", capture="protocole-sans-adresse")
    expect(chef.get_by_role("main")).to_contain_text(
        "Personne ne pourrait signer pour Grand Besançon Métropole"
    )
    expect(chef.get_by_role("button", name="Arrêter l’acte et prévenir les signataires")).to_have_count(0)
    set_contact(national, "Grand Besançon Métropole", epci)
    _freeze(chef, acte)
    assert _count(national, "protocole", fictif=False) == avant, "arrêté n’est pas signé"
    for courriel in (epci, industriel):
        invite = ouvrir()
        enter_by_lien(invite, serveur, courriel)
        _sign(invite)
        assert _count(national, "protocole", fictif=False) == avant, "il manque une signature"
    financeur = entrer("Opérateur : Banque des Territoires")
    visiter(financeur, "/espace/")
    suivre(financeur, financeur.get_by_role("link", name=re.compile("signer", re.IGNORECASE)).first)
    if financeur.get_by_role("link", name="Lire et signer").count():
        suivre(financeur, financeur.get_by_role("link", name="Lire et signer").first)
    _sign(financeur)
    assert _count(national, "protocole", fictif=False) == avant + 1
    visiteur = ouvrir()
    visiter(visiteur, "/territoires/v2/ti-2701/", capture="protocole-public")
    expect(visiteur.get_by_role("region", name="Protocoles et contrats")).to_contain_text("Signé")
    surveillance: Surveillance = visiteur.surveillance  # type: ignore[attr-defined]
    surveillance.check()
