"""Les chiffres à une date : le jour qui change tout dans le Grand Est, un accord qui se voit, l’export qui dit pareil."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.navigation import connecter, deplier, get_cellule, suivre, visiter
from tests.e2e.test_financement import PDF, read_ligne

GRAND_EST = "/chiffres/?region=44"
NATIONAL = "Délégation nationale"


def _chiffre(page: Page, libelle: str) -> str:
    """Le chiffre d’une tuile, par son libellé."""
    return page.get_by_title(re.compile(rf"voir les lignes\s: {libelle}$")).inner_text()


def test_the_acts_of_grand_est_jump_on_19_november_2019(page):
    visiter(page, f"{GRAND_EST}&au=2019-11-18", capture="chiffres-2019-11-18")
    assert _chiffre(page, "Avec au moins un acte") == "2 sur 15"
    page.get_by_label("Au", exact=True).fill("2019-11-19")
    suivre(page, page.get_by_role("button", name="Afficher"), capture="chiffres-2019-11-19")
    assert _chiffre(page, "Avec au moins un acte") == "13 sur 15"
    assert "region=44" in page.url


def test_a_day_to_come_gets_a_sentence_and_stays_in_its_field(page):
    visiter(page, "/chiffres/?au=2099-01-01", capture="chiffres-date-fausse")
    expect(page.get_by_role("alert")).to_contain_text("dans l’avenir")
    expect(page.get_by_label("Au", exact=True)).to_have_value("2099-01-01")


def test_the_json_export_says_what_the_page_says(page):
    visiter(page, f"{GRAND_EST}&au=2019-11-19")
    adresse = page.get_by_role("link", name="Exporter en JSON").get_attribute("href")
    export: dict[str, Any] = page.request.get(adresse).json()
    territoires = export["territoires"]
    for libelle, cle in (
        ("Avec gouvernance", "avec_gouvernance"),
        ("Plan validé par la Région", "plan_valide"),
        ("Protocole signé", "protocole"),
        ("Contrat signé", "contrat"),
        ("Acte de nature non précisée", "acte_nature_inconnue"),
        ("Avec au moins un acte", "au_moins_un_acte"),
    ):
        assert _chiffre(page, libelle).split(" sur ")[0] == str(territoires[cle]), libelle
    assert _chiffre(page, "Fiches action") == str(export["fiches"]["total"])
    for axe, nombre in (("Attirer", "attirer"), ("Recruter", "recruter"), ("Innover", "innover")):
        expect(get_cellule(page, axe, "Fiches")).to_have_text(str(export["fiches"]["par_axe"][nombre]))


def test_a_grant_is_seen_at_once_by_the_national_delegation(ouvrir, serveur):
    """F10 attend 40 000 € de la Banque des Territoires : avant, après, au jour dit, et jamais dans les chiffres publics."""
    ligne = serveur.read(
        "SELECT l.id FROM financement_lignefinancement l JOIN financement_planfinancement p ON p.id = l.plan_id "
        "JOIN fiches_ficheaction f ON f.id = p.fiche_id JOIN comptes_organisation o ON o.id = l.financeur_id "
        "WHERE f.code = 'F10' AND o.nom = 'Banque des Territoires'"
    )[0][0]
    pilotage = "/espace/pilotage/?fictif=1"
    national = ouvrir()
    connecter(national, NATIONAL)
    visiter(national, pilotage, capture="pilotage-avant")
    avant = _accorde(national)
    public = national.request.get("/chiffres.json").json()["montants"]

    financeur = ouvrir()
    connecter(financeur, "Opérateur : Banque des Territoires")
    visiter(financeur, f"/espace/lignes/{ligne}/")
    repli = deplier(financeur, "Accorder")
    repli.get_by_label("Décision").set_input_files(PDF)
    suivre(financeur, repli.get_by_role("button", name="Accorder"))
    assert read_ligne(serveur, ligne) == ("accorde", 4_000_000, 4_000_000)

    visiter(national, pilotage, capture="pilotage-apres")
    assert _accorde(national) == avant + 4_000_000
    export = national.request.get("/chiffres.json?fictif=1").json()["montants"]
    assert export["accorde"] == avant + 4_000_000
    assert national.request.get("/chiffres.json").json()["montants"] == public
    # À la veille du rejeu, l’accord n’existe pas encore ; et la porte du chiffre mène à la somme entière.
    visiter(national, "/espace/pilotage/?fictif=1&au=2019-09-01")
    assert _centimes(_chiffre(national, "Accordé")) == 0
    visiter(national, pilotage)
    suivre(
        national, national.get_by_title(re.compile(r"voir les lignes\s: Accordé$")), capture="pilotage-lignes"
    )
    somme = national.get_by_text(re.compile("^Somme")).get_by_role("strong").inner_text()
    assert _centimes(somme) == avant + 4_000_000


def _accorde(page: Page) -> int:
    """L’accordé exact, en centimes : la ligne « Tous les financeurs »."""
    return _centimes(get_cellule(page, "Tous les financeurs", "Accordé").inner_text())


def _centimes(texte: str) -> int:
    """« 1 234 567,89 € » en centimes."""
    propre = re.sub(r"[^\d,]", "", texte)
    euros, _, centimes = propre.partition(",")
    return int(euros or 0) * 100 + int(centimes or 0)


def test_the_public_never_sees_the_fictif_space(page):
    visiter(page, "/chiffres/")
    montants = page.request.get("/chiffres.json").json()["montants"]
    assert montants["accorde"] == 0
    assert page.request.get("/chiffres.json?fictif=1").status == 403
    expect(page.get_by_label("Espace fictif seulement")).to_have_count(0)
