"""Une demande de service, un montant revu, un remède appliqué d’un geste."""

from datetime import timedelta

import pytest

from maillage.comptes.enums import TypeOrganisation
from maillage.financement import actions
from maillage.financement.enums import Mesure, NatureLigne, OrigineFinanceur, StatutLigne, TypeService
from maillage.financement.models import Mouvement
from maillage.financement.selectors import compute_barre, find_remede, get_cle_remede, sum_mouvements
from maillage.financement.selectors_plans import read_plan, read_plans
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.notifications.models import Attente, Courriel
from maillage.socle.erreurs import AccesRefuse, ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_piece,
    make_plan,
)

pytestmark = pytest.mark.django_db
S = StatutLigne


def make_service(fiche=None, **champs):
    champs.setdefault("financeur", make_organisation(is_financeur=True, courriel="contact@essai.example"))
    return actions.add_service(
        fiche=fiche or make_fiche(),
        service=TypeService.INGENIERIE,
        objet="Trois jours d’un urbaniste",
        by=FABRIQUE,
        **champs,
    )


def chef_of(ligne):
    return make_personne("chef_projet", territoire=ligne.plan.fiche.territoire)


def agent_of(ligne):
    return make_personne("financeur", organisation=ligne.financeur)


# --- services ----------------------------------------------------------------------------------------------------


def test_a_service_is_asked_answered_and_rendered_without_any_money():
    ligne = make_service()
    ligne = actions.move_ligne(ligne=ligne, vers=S.SOLLICITE, by=chef_of(ligne))
    attente = Attente.objects.get(code="financement.repondre")
    assert attente.libelle == f"Répondre à la demande de service (ingénierie)\u00a0: {ligne.plan.fiche}"
    courriel = Courriel.objects.get(motif="ligne_sollicitee")
    assert "Trois jours d’un urbaniste" in courriel.corps
    assert "€" not in courriel.corps
    agent = agent_of(ligne)
    with pytest.raises(ActionImpossible, match="Joignez la pièce"):
        actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent)
    ligne = actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent, piece=make_piece())
    ligne = actions.move_ligne(ligne=ligne, vers=S.SOLDE, by=agent, piece=make_piece())
    assert ligne.get_statut_display() == "Rendu"
    assert not Mouvement.objects.exists()
    assert compute_barre(ligne.plan).total == 0
    assert phrase(Entree.objects.for_cible(ligne).earliest("id")).startswith("Service pressenti")


@pytest.mark.parametrize("vers", [S.ANNONCE, S.CONVENTIONNE, S.VERSE_PARTIEL])
def test_a_service_has_no_step_of_money(vers):
    ligne = make_service()
    ligne = actions.move_ligne(ligne=ligne, vers=S.SOLLICITE, by=chef_of(ligne))
    agent = agent_of(ligne)
    if vers is not S.ANNONCE:
        ligne = actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent, piece=make_piece())
    with pytest.raises(ActionImpossible, match="ne peut pas passer"):
        actions.move_ligne(ligne=ligne, vers=vers, by=agent, montant=100, piece=make_piece())


def test_a_service_never_closes_a_plan_nor_needs_one():
    chiffree = make_plan(cout=10_000 * EUROS)
    ligne = make_service(chiffree.fiche)
    ligne = actions.move_ligne(ligne=ligne, vers=S.SOLLICITE, by=chef_of(ligne))
    actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent_of(ligne), piece=make_piece())
    chiffree.refresh_from_db()
    assert chiffree.code_bouclage == "a_completer"
    sans = make_plan(sans_besoin=True)
    make_service(sans.fiche)
    sans.refresh_from_db()
    assert sans.code_bouclage == "sans_besoin"
    autre = make_service().plan
    assert autre.code_bouclage == "non_chiffree"
    actions.declare_sans_besoin(fiche=autre.fiche, motif="Une dérogation suffit", by=FABRIQUE)


def test_a_service_says_what_is_asked_and_is_not_asked_of_oneself():
    fiche = make_fiche()
    with pytest.raises(ActionImpossible, match="Dites ce que vous demandez"):
        actions.add_service(
            fiche=fiche, financeur=make_organisation(), service=TypeService.CONSEIL, objet=" ", by=FABRIQUE
        )
    with pytest.raises(ActionImpossible, match="à un autre organisme"):
        make_service(fiche, financeur=fiche.porteur)
    with pytest.raises(ActionImpossible, match="sans montant"):
        actions.add_ligne(
            fiche=fiche, financeur=make_organisation(), nature=NatureLigne.SERVICE, montant=1, by=FABRIQUE
        )


# --- montant revu ------------------------------------------------------------------------------------------------


def test_a_revised_demand_keeps_its_date_and_its_history():
    hier = aujourdhui() - timedelta(days=30)
    ligne = make_ligne(statut=S.SOLLICITE, montant=40_000 * EUROS, date_effet=hier)
    ligne = actions.revise_ligne(ligne=ligne, montant=30_000 * EUROS, motif="Devis revu", by=chef_of(ligne))
    assert (ligne.statut, ligne.statut_depuis, ligne.montant_demande) == (S.SOLLICITE, hier, 30_000 * EUROS)
    assert sum_mouvements(ligne, Mesure.DEMANDE, hier) == 40_000 * EUROS
    assert sum_mouvements(ligne, Mesure.DEMANDE, aujourdhui()) == 30_000 * EUROS
    attente = Attente.objects.ouvertes().get(code="financement.repondre")
    assert "30\u00a0000\u00a0€" in attente.libelle
    assert attente.depuis == hier


def test_a_revised_intention_is_read_as_it_was_at_a_past_date():
    hier = aujourdhui() - timedelta(days=30)
    ligne = make_ligne(fiche=make_plan(date_effet=hier).fiche, montant=40_000 * EUROS, date_effet=hier)
    actions.revise_ligne(ligne=ligne, montant=25_000 * EUROS, by=chef_of(ligne))
    fiche = ligne.plan.fiche
    assert read_plans([fiche], au=hier)[fiche.pk].barre.pressenti == 40_000 * EUROS
    assert read_plan(fiche).barre.pressenti == 25_000 * EUROS


@pytest.mark.parametrize("statut", [S.ANNONCE, S.ATTESTE, S.ACCORDE, S.REFUSE])
def test_what_is_answered_is_not_revised_by_the_territoire(statut):
    ligne = make_ligne(statut=statut)
    with pytest.raises(ActionImpossible, match="a déjà répondu"):
        actions.revise_ligne(ligne=ligne, montant=1, by=chef_of(ligne))


def test_only_who_asks_revises_and_never_to_nothing():
    ligne = make_ligne(statut=S.SOLLICITE)
    with pytest.raises(AccesRefuse):
        actions.revise_ligne(ligne=ligne, montant=1, by=agent_of(ligne))
    with pytest.raises(ActionImpossible, match="supérieur à zéro"):
        actions.revise_ligne(ligne=ligne, montant=0, by=chef_of(ligne))


# --- remède ------------------------------------------------------------------------------------------------------


def make_plan_r03(statut=S.SOLLICITE):
    """Le deuxième cas du dossier : 1 M€, 600 000 d’aides, 300 000 de privé, 100 000 d’autofinancement."""
    epci = make_organisation(TypeOrganisation.EPCI, is_financeur=True)
    fiche = make_plan(fiche=make_fiche(porteur=epci), cout=1_000_000 * EUROS).fiche
    aide = make_ligne(
        fiche=fiche, montant=600_000 * EUROS, statut=statut, origine=OrigineFinanceur.ETAT_BUDGET_GENERAL
    )
    make_ligne(fiche=fiche, montant=300_000 * EUROS, nature=NatureLigne.PRIVE, origine=OrigineFinanceur.PRIVE)
    part = make_ligne(
        fiche=fiche,
        montant=100_000 * EUROS,
        financeur=epci,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
    )
    return fiche, aide, part


def get_remede(fiche, regle="R03"):
    verdict = next(v for v in read_plan(fiche).bouclage.verdicts if v.regle == regle)
    return verdict.remede


def test_the_second_case_of_the_dossier_is_cured_in_one_gesture():
    fiche, aide, part = make_plan_r03()
    remede = get_remede(fiche)
    assert (remede.retire, remede.ajoute) == (40_000 * EUROS, 40_000 * EUROS)
    chef = make_personne("chef_projet", territoire=fiche.territoire)
    actions.apply_remede(fiche=fiche, regle="R03", cle=get_cle_remede("R03", remede), by=chef)
    aide.refresh_from_db()
    part.refresh_from_db()
    assert (aide.montant_demande, part.montant_pressenti) == (560_000 * EUROS, 140_000 * EUROS)
    assert get_remede(fiche) is None
    dernier = Entree.objects.get(code="financement.plan.remede_applique")
    assert "Remplacer 40\u00a0000\u00a0€" in phrase(dernier)
    # Les actes ordinaires le défont.
    actions.revise_ligne(ligne=aide, montant=600_000 * EUROS, by=chef)
    actions.revise_ligne(ligne=part, montant=100_000 * EUROS, by=chef)
    assert get_remede(fiche).retire == 40_000 * EUROS


def test_a_remede_that_the_plan_no_longer_proposes_is_refused_and_writes_nothing():
    fiche, aide, _ = make_plan_r03()
    cle = get_cle_remede("R03", get_remede(fiche))
    chef = make_personne("chef_projet", territoire=fiche.territoire)
    actions.revise_ligne(ligne=aide, montant=590_000 * EUROS, by=chef)
    with pytest.raises(ConflitEdition, match="ne propose plus"):
        actions.apply_remede(fiche=fiche, regle="R03", cle=cle, by=chef)
    aide.refresh_from_db()
    assert aide.montant_demande == 590_000 * EUROS


def test_a_remede_that_changes_an_announced_sum_is_left_to_its_funder():
    fiche, aide, _ = make_plan_r03(statut=S.ANNONCE)
    remede = get_remede(fiche)
    with pytest.raises(ActionImpossible, match="déjà annoncée"):
        actions.apply_remede(fiche=fiche, regle="R03", cle=get_cle_remede("R03", remede), by=chef_of(aide))


def test_a_remede_is_found_by_its_amounts_only():
    fiche, _, _ = make_plan_r03()
    bouclage = read_plan(fiche).bouclage
    remede = get_remede(fiche)
    assert find_remede(bouclage, regle="R03", cle=get_cle_remede("R03", remede)) is not None
    assert find_remede(bouclage, regle="R01", cle=get_cle_remede("R03", remede)) is None
    assert find_remede(bouclage, regle="R03", cle="autre") is None
