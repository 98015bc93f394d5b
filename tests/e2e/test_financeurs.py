"""Trois financeurs répondent chacun à leur façon ; R03 bloque ; le remède s’applique ; bouclé ; l’un se retire."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.navigation import deplier, suivre, visiter
from tests.e2e.serveur import Serveur
from tests.e2e.test_financement import (
    CHEF,
    ESPACE,
    FINANCEUR,
    PDF,
    _add_depense,
    _add_ligne,
    _ask,
    _get_fiche,
    _grant,
    entrer,  # noqa: F401 - la même entrée que l’autre parcours
    read_ligne,
)

pytestmark = pytest.mark.chaine

FORGES = "Forges fictives du Bassigny"
# Le deuxième cas du dossier, au dixième : 60 000 d’aides publiques, 30 000 de privé, 10 000 d’autofinancement.
AIDES = (
    ("Région Grand Est", "30 000"),
    ("Préfecture de la Haute-Marne", "20 000"),
    ("Banque des Territoires", "10 000"),
)


def _read_code(serveur: Serveur, fiche: int) -> str:
    requete = "SELECT code_bouclage FROM financement_planfinancement WHERE fiche_id = ?"
    return str(serveur.read(requete, fiche)[0][0])


def _say(page: Page, quoi: str, champ: str, texte: str, bouton: str) -> None:
    repli = deplier(page, quoi)
    repli.get_by_label(re.compile(f"^{champ}")).fill(texte)
    suivre(page, repli.get_by_role("button", name=bouton, exact=True))


def test_three_funders_answer_differently_r03_blocks_its_cure_is_applied_then_one_withdraws(
    entrer,  # noqa: F811
    serveur,
):
    fiche = _get_fiche(serveur, "F12")
    plan = f"{ESPACE}fiches/{fiche}/financement/"
    chef = entrer(CHEF)
    visiter(chef, plan)
    _add_depense(chef, "Atelier partagé", "100 000")
    for financeur, montant in AIDES:
        _add_ligne(chef, financeur, "Subvention", montant)
    _add_ligne(chef, FORGES, "Apport privé", "30 000")
    _add_ligne(chef, "CC du Grand Langres", "Autofinancement", "10 000")
    region, prefecture, bdt = (_ask(chef, plan, financeur) for financeur, _ in AIDES)
    prive = _ask(chef, plan, FORGES)

    # La Banque des Territoires questionne avant d’accorder ; la préfecture accorde ; la Région dit le dossier complet.
    banque = entrer(FINANCEUR)
    visiter(banque, f"/espace/lignes/{bdt}/")
    _say(banque, "Poser une question", "Votre message", "Combien de postes ?", "Poser la question")
    visiter(chef, f"/espace/lignes/{bdt}/", capture="question")
    expect(chef.get_by_role("main")).to_contain_text("Combien de postes ?")
    chef.get_by_label(re.compile("^Votre message")).fill("Douze, dès la première année.")
    suivre(chef, chef.get_by_role("button", name="Envoyer la réponse"))
    visiter(banque, f"/espace/lignes/{bdt}/")
    expect(banque.get_by_role("main")).to_contain_text("Douze, dès la première année.")
    _grant(banque)
    etat = entrer("Préfecture de la Haute-Marne")
    visiter(etat, f"/espace/lignes/{prefecture}/")
    _grant(etat)
    conseil = entrer("Région Grand Est")
    visiter(conseil, f"/espace/lignes/{region}/")
    repli = deplier(conseil, "Déclarer le dossier complet")
    suivre(conseil, repli.get_by_role("button", name="Déclarer le dossier complet"))

    # La part du porteur est trop petite : la règle bloque, et son remède s’applique d’un geste.
    visiter(chef, plan, capture="plan-r03")
    regle = chef.get_by_role("article", name=re.compile("^R03"))
    expect(regle).to_contain_text("Bloque le bouclage")
    expect(regle).to_contain_text("Remplacer 4 000 €")
    suivre(
        chef,
        regle.get_by_role("button", name=re.compile("Appliquer ce remède")).first,
        capture="plan-r03-remede",
    )
    expect(chef.get_by_role("article", name=re.compile("^R03"))).to_contain_text("Respectée")
    assert read_ligne(serveur, region) == ("dossier_complet", 2_600_000, 0)

    visiter(conseil, f"/espace/lignes/{region}/")
    _grant(conseil)
    forges = entrer("Porteur d’une action (entreprise fictive)")
    visiter(forges, f"/espace/lignes/{prive}/")
    _grant(forges)
    assert (
        _read_code(serveur, fiche) == "partiellement_confirme" or _read_code(serveur, fiche) == "a_completer"
    )
    porteur = entrer("EPCI : CC du Grand Langres")
    part = serveur.read(
        "SELECT l.id FROM financement_lignefinancement l JOIN financement_planfinancement p ON p.id = l.plan_id "
        "WHERE p.fiche_id = ? AND l.nature = 'autofinancement'",
        fiche,
    )[0][0]
    visiter(porteur, f"/espace/lignes/{part}/confirmer/")
    porteur.get_by_label(re.compile("^Preuve")).set_input_files(PDF)
    suivre(porteur, porteur.get_by_role("button", name="Confirmer notre part"))
    assert read_ligne(serveur, part) == ("accorde", 1_400_000, 1_400_000)
    assert _read_code(serveur, fiche) == "boucle"

    # L’un se retire : le plan se rouvre, et dit ce qui manque.
    visiter(etat, f"/espace/lignes/{prefecture}/")
    _say(etat, "Retirer la ligne", "Motif", "Crédits annulés", "Retirer la ligne")
    visiter(chef, plan, capture="plan-rouvert")
    expect(chef.get_by_role("main")).to_contain_text("Il manque 20 000 €")
    assert _read_code(serveur, fiche) == "a_completer"
