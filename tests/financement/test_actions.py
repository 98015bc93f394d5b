"""Les actes qui écrivent un plan ou une ligne : ce qui change, ce que dit le journal, ce qui est refusé."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from calcul.montants import format_montant
from maillage.comptes.actions import update_organisation
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Fonction
from maillage.documents.models import Piece
from maillage.fiches.actions import update_fiche
from maillage.financement import actions
from maillage.financement.enums import Mesure, NatureDepense, NatureLigne, OrigineFinanceur, StatutLigne
from maillage.financement.models import EtapeLigne, LigneDepense, LigneFinancement, Mouvement, PlanFinancement
from maillage.financement.selectors import (
    compute_barre,
    count_bouclages,
    financeurs_for,
    find_organisations_proches,
    liens_of_ligne,
)
from maillage.financement.selectors_plans import read_plan
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.notifications.models import Attente, Courriel
from maillage.socle.erreurs import AccesRefuse, ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    PDF,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_piece,
    make_plan,
    make_territoire,
)

pytestmark = pytest.mark.django_db
S = StatutLigne


class PanneJournal(RuntimeError):
    pass


@pytest.fixture
def casser_journal(monkeypatch):
    """`casser_journal()` : dès lors, le journal refuse toute ligne."""

    def refuser(*args, **kwargs):
        raise PanneJournal

    return lambda: monkeypatch.setattr(Entree.objects, "create", refuser)


def agent_of(ligne):
    return make_personne("financeur", organisation=ligne.financeur)


def chef_of(ligne):
    return make_personne("chef_projet", territoire=ligne.plan.fiche.territoire)


# --- plan et dépenses --------------------------------------------------------------------------------------------


def test_a_depense_opens_the_plan_counts_in_the_cost_and_is_told():
    fiche = make_fiche()
    actions.add_depense(
        fiche=fiche, nature=NatureDepense.ETUDES, libelle="Étude", montant=12_000 * EUROS, by=FABRIQUE
    )
    plan = PlanFinancement.objects.get(fiche=fiche)
    assert (plan.cout_total, plan.code_bouclage) == (12_000 * EUROS, "a_completer")
    phrases = [phrase(e) for e in Entree.objects.for_cible(plan).order_by("id")]
    assert phrases == [
        f"Plan de financement ouvert — fiche {plan.fiche}",
        f"Dépense ajoutée\u00a0: Étude, {format_montant(12_000 * EUROS)} — fiche {plan.fiche}",
        f"Bouclage\u00a0: Non chiffrée → À compléter — fiche {plan.fiche}",
    ]


def test_a_change_of_cost_is_dated_even_when_the_state_stays():
    plan = make_plan(cout=10_000 * EUROS)
    depense = plan.depenses.get()
    actions.update_depense(
        depense=depense,
        by=FABRIQUE,
        nature=NatureDepense.TRAVAUX,
        libelle="Travaux",
        montant=15_000 * EUROS,
        annee=2020,
    )
    assert [e.cout_total for e in plan.etats.all()] == [0, 10_000 * EUROS, 15_000 * EUROS]
    assert f"{format_montant(10_000 * EUROS)} → {format_montant(15_000 * EUROS)}" in phrase(
        Entree.objects.filter(code="financement.depense.modifiee").get()
    )


def test_a_depense_already_removed_is_refused_and_told_once():
    depense = make_plan().depenses.get()
    actions.delete_depense(depense=LigneDepense.objects.get(pk=depense.pk), by=FABRIQUE)
    avant = Entree.objects.count()
    with pytest.raises(ActionImpossible, match="Quelqu’un a retiré cette dépense"):
        actions.delete_depense(depense=depense, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="Quelqu’un a retiré cette dépense"):
        actions.update_depense(
            depense=depense, by=FABRIQUE, nature=depense.nature, libelle="x", montant=1, annee=None
        )
    assert Entree.objects.count() == avant


def test_nothing_is_written_when_the_journal_fails(casser_journal):
    fiche = make_fiche()
    casser_journal()
    with pytest.raises(PanneJournal):
        actions.add_depense(fiche=fiche, nature=NatureDepense.ETUDES, libelle="Étude", montant=1, by=FABRIQUE)
    assert not PlanFinancement.objects.exists()


@pytest.mark.parametrize("montant", [0, -1])
def test_a_depense_or_a_ligne_has_a_positive_amount(montant):
    fiche = make_fiche()
    with pytest.raises(ActionImpossible, match="supérieur à zéro"):
        actions.add_depense(
            fiche=fiche, nature=NatureDepense.ETUDES, libelle="Étude", montant=montant, by=FABRIQUE
        )
    with pytest.raises(ActionImpossible, match="supérieur à zéro"):
        actions.add_ligne(
            fiche=fiche,
            financeur=make_organisation(),
            nature=NatureLigne.SUBVENTION,
            montant=montant,
            by=FABRIQUE,
        )


def test_the_frame_of_a_plan_opens_it_and_refuses_an_old_page():
    fiche = make_fiche()
    plan = actions.update_cadre(fiche=fiche, by=FABRIQUE, version_lue=1, depense_eligible=5_000 * EUROS)
    assert (plan.depense_eligible, plan.version) == (5_000 * EUROS, 2)
    with pytest.raises(ConflitEdition, match="enregistré par quelqu’un d’autre"):
        actions.update_cadre(fiche=fiche, by=FABRIQUE, version_lue=1, depense_eligible=None)
    with pytest.raises(ActionImpossible, match="n’est pas connue"):
        actions.update_plan(plan=plan, by=FABRIQUE, version_lue=2, exception_participation="inventee")
    plan.refresh_from_db()
    assert plan.depense_eligible == 5_000 * EUROS


def test_sans_besoin_is_declared_with_a_reason_and_lifted_once():
    fiche = make_fiche()
    with pytest.raises(ActionImpossible, match="Dites pourquoi"):
        actions.declare_sans_besoin(fiche=fiche, motif=" ", by=FABRIQUE)
    plan = actions.declare_sans_besoin(fiche=fiche, motif="Une dérogation suffit", by=FABRIQUE)
    assert plan.code_bouclage == "sans_besoin"
    with pytest.raises(ActionImpossible, match="levez d’abord"):
        actions.add_depense(fiche=fiche, nature=NatureDepense.ETUDES, libelle="x", montant=1, by=FABRIQUE)
    assert actions.lift_sans_besoin(plan=plan, by=FABRIQUE).code_bouclage == "non_chiffree"
    with pytest.raises(ActionImpossible, match="n’est plus déclarée"):
        actions.lift_sans_besoin(plan=plan, by=FABRIQUE)
    assert Entree.objects.filter(code="financement.plan.sans_besoin_leve").count() == 1


def test_a_costed_plan_is_not_declared_without_need():
    with pytest.raises(ActionImpossible, match="retirez-les avant"):
        actions.declare_sans_besoin(fiche=make_plan().fiche, motif="essai", by=FABRIQUE)


# --- lignes ------------------------------------------------------------------------------------------------------


def test_the_origine_of_a_ligne_comes_from_its_financeur_unless_said():
    fiche = make_plan().fiche
    region = make_organisation(TypeOrganisation.REGION)
    deduite = actions.add_ligne(
        fiche=fiche, financeur=region, nature=NatureLigne.SUBVENTION, montant=1, by=FABRIQUE
    )
    dite = actions.add_ligne(
        fiche=fiche,
        financeur=region,
        nature=NatureLigne.SUBVENTION,
        montant=1,
        origine=OrigineFinanceur.EUROPE,
        by=FABRIQUE,
    )
    propre = actions.add_ligne(
        fiche=fiche, financeur=fiche.porteur, nature=NatureLigne.AUTOFINANCEMENT, montant=1, by=FABRIQUE
    )
    assert [ligne.origine for ligne in (deduite, dite, propre)] == ["region", "europe", "porteur"]


def test_autofinancement_is_paid_by_the_porteur_and_nature_agrees_with_origine():
    fiche = make_plan().fiche
    with pytest.raises(ActionImpossible, match="payés par le porteur"):
        actions.add_ligne(
            fiche=fiche,
            financeur=make_organisation(),
            nature=NatureLigne.AUTOFINANCEMENT,
            montant=1,
            by=FABRIQUE,
        )
    with pytest.raises(ActionImpossible, match="ne se subventionne pas lui-même"):
        actions.add_ligne(
            fiche=fiche, financeur=fiche.porteur, nature=NatureLigne.SUBVENTION, montant=1, by=FABRIQUE
        )
    assert not LigneFinancement.objects.exists()


def test_a_request_opens_the_fiche_to_the_financeur_awaits_it_and_writes_to_it():
    financeur = make_organisation(nom="Région d’essai", courriel="guichet@region.example", is_financeur=True)
    ligne = make_ligne(statut=S.PRESSENTI, financeur=financeur)
    apres = actions.move_ligne(ligne=ligne, vers=S.SOLLICITE, by=chef_of(ligne))
    assert (apres.statut, apres.montant_demande) == ("sollicite", ligne.montant_pressenti)
    assert ligne.plan.fiche.acces.filter(organisation=financeur, motif="financeur").exists()
    attente = Attente.objects.ouvertes().get(code="financement.repondre")
    assert (attente.organisation, attente.url) == (financeur, f"/espace/lignes/{ligne.pk}/")
    assert Courriel.objects.get().destinataire == "guichet@region.example"
    entree = Entree.objects.filter(code="financement.ligne.statut_modifie").get()
    assert phrase(entree) == (
        f"Région d’essai\u00a0: Pressenti → Sollicité ({format_montant(40_000 * EUROS)}) — fiche {ligne.plan.fiche}"
    )


def test_only_the_financeur_grants_and_with_a_piece():
    ligne = make_ligne(statut=S.SOLLICITE)
    with pytest.raises(AccesRefuse):
        actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=chef_of(ligne), montant=1, piece=make_piece())
    with pytest.raises(ActionImpossible, match="Joignez la pièce"):
        actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent_of(ligne), montant=1)
    with pytest.raises(ActionImpossible, match="Indiquez le montant"):
        actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent_of(ligne), piece=make_piece())
    assert not Mouvement.objects.filter(mesure=Mesure.ACCORDE).exists()


def test_a_file_becomes_the_piece_of_the_step_only_when_all_is_right():
    ligne = make_ligne(statut=S.SOLLICITE)
    fichier = SimpleUploadedFile("arrete.pdf", PDF)
    with pytest.raises(ActionImpossible):
        actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent_of(ligne), fichier=fichier)
    assert not Piece.objects.exists()
    actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent_of(ligne), montant=100, fichier=fichier)
    etape = EtapeLigne.objects.filter(ligne=ligne).last()
    assert (etape.vers, etape.piece.nom) == ("accorde", "arrete.pdf")


def test_a_filed_letter_is_atteste_and_never_counted_as_granted():
    ligne = make_ligne(fiche=make_plan(cout=40_000 * EUROS).fiche, statut=S.ATTESTE)
    lu = read_plan(ligne.plan.fiche)
    assert (lu.barre.atteste, lu.barre.obtenu) == (40_000 * EUROS, 0)
    assert not lu.bouclage.is_boucle
    actions.move_ligne(
        ligne=ligne, vers=S.ACCORDE, by=agent_of(ligne), montant=40_000 * EUROS, piece=make_piece()
    )
    lu = read_plan(ligne.plan.fiche)
    assert (lu.barre.atteste, lu.barre.obtenu) == (0, 40_000 * EUROS)


@pytest.mark.parametrize(
    ("statut", "mesure"), [(S.ACCORDE, Mesure.ACCORDE), (S.CONVENTIONNE, Mesure.CONVENTIONNE)]
)
def test_the_financeur_corrects_its_amount_with_a_piece(statut, mesure):
    ligne = make_ligne(statut=statut, montant=1_000 * EUROS)
    agent, depuis = agent_of(ligne), ligne.statut_depuis
    with pytest.raises(ActionImpossible, match="Joignez la pièce"):
        actions.move_ligne(ligne=ligne, vers=statut, by=agent, montant=400 * EUROS)
    with pytest.raises(AccesRefuse):
        actions.move_ligne(
            ligne=ligne, vers=statut, by=chef_of(ligne), montant=400 * EUROS, piece=make_piece()
        )
    for montant in (400 * EUROS, 900 * EUROS):
        corrigee = actions.move_ligne(
            ligne=ligne, vers=statut, by=agent, montant=montant, piece=make_piece(), motif="faute de frappe"
        )
        assert (corrigee.montant_accorde, getattr(corrigee, f"montant_{mesure.value}")) == (montant, montant)
    assert (corrigee.statut, corrigee.statut_depuis) == (statut, depuis)
    centimes = Mouvement.objects.filter(ligne=ligne, mesure=mesure).values_list("centimes", flat=True)
    assert list(centimes) == [1_000 * EUROS, -600 * EUROS, 500 * EUROS]
    derniere = Entree.objects.filter(code="financement.ligne.statut_modifie").first()
    assert f"montant {statut.label.lower()} corrigé" in phrase(derniere)


def test_a_grant_above_the_demand_says_why():
    ligne = make_ligne(statut=S.SOLLICITE, montant=1_000 * EUROS)
    pas = {"ligne": ligne, "vers": S.ACCORDE, "by": agent_of(ligne), "montant": 10_000 * EUROS}
    with pytest.raises(ActionImpossible, match=r"dépasse le montant demandé \(1\s000\s€\)"):
        actions.move_ligne(**pas, piece=make_piece())
    accordee = actions.move_ligne(**pas, piece=make_piece(), motif="le taux de l’appel à projets a changé")
    assert accordee.montant_accorde == 10_000 * EUROS


def test_a_convention_below_the_grant_brings_it_down_and_reopens_the_plan():
    ligne = make_ligne(fiche=make_plan(cout=40_000 * EUROS).fiche, statut=S.ACCORDE, montant=40_000 * EUROS)
    actions.update_plan(plan=ligne.plan, by=FABRIQUE, version_lue=1, type_porteur="entreprise")
    assert read_plan(ligne.plan.fiche).bouclage.is_boucle
    pas = {"ligne": ligne, "vers": S.CONVENTIONNE, "by": agent_of(ligne), "piece": make_piece()}
    moindre = actions.move_ligne(**pas, montant=30_000 * EUROS)
    assert (moindre.montant_accorde, moindre.montant_conventionne) == (30_000 * EUROS, 30_000 * EUROS)
    plan = PlanFinancement.objects.get(pk=ligne.plan_id)
    assert plan.code_bouclage != "boucle"
    assert read_plan(plan.fiche).bouclage.manque == 10_000 * EUROS
    with pytest.raises(ActionImpossible, match=r"dépasse le montant accordé \(40\s000\s€\)"):
        actions.move_ligne(**pas, montant=50_000 * EUROS)
    actions.move_ligne(**pas, montant=40_000 * EUROS)
    assert PlanFinancement.objects.get(pk=ligne.plan_id).code_bouclage == "boucle"


def test_payments_never_exceed_the_convention():
    ligne = make_ligne(statut=S.CONVENTIONNE, montant=1_000 * EUROS)
    agent = agent_of(ligne)
    actions.move_ligne(ligne=ligne, vers=S.VERSE_PARTIEL, by=agent, montant=600 * EUROS, piece=make_piece())
    with pytest.raises(ActionImpossible, match=r"1\s100\s€ seraient versés pour 1\s000\s€ conventionnés"):
        actions.move_ligne(
            ligne=ligne, vers=S.VERSE_PARTIEL, by=agent, montant=500 * EUROS, piece=make_piece()
        )


def test_a_ligne_wholly_paid_is_settled_with_nothing_more():
    ligne = make_ligne(statut=S.CONVENTIONNE, montant=1_000 * EUROS)
    agent = agent_of(ligne)
    with pytest.raises(ActionImpossible, match="Rien n’a été versé"):
        actions.move_ligne(ligne=ligne, vers=S.SOLDE, by=agent, montant=0, piece=make_piece())
    actions.move_ligne(ligne=ligne, vers=S.VERSE_PARTIEL, by=agent, montant=1_000 * EUROS, piece=make_piece())
    soldee = actions.move_ligne(ligne=ligne, vers=S.SOLDE, by=agent, montant=0, piece=make_piece())
    assert (soldee.statut, soldee.montant_verse, soldee.montant_accorde) == ("solde", 100_000, 100_000)


def test_a_lapsed_ligne_keeps_what_was_paid():
    ligne = make_ligne(statut=S.VERSE_PARTIEL, montant=1_000 * EUROS)
    caduque = actions.move_ligne(ligne=ligne, vers=S.CADUC, by=agent_of(ligne), motif="délai passé")
    assert caduque.montant_accorde == 500 * EUROS
    plan = PlanFinancement.objects.prefetch_related("lignes").get(pk=ligne.plan_id)
    assert compute_barre(plan).obtenu == 500 * EUROS
    assert read_plan(plan.fiche).bouclage.obtenu == 500 * EUROS


def test_a_refused_ligne_leaves_the_plan_but_stays_in_the_demands():
    ligne = make_ligne(statut=S.SOLLICITE)
    refusee = actions.move_ligne(ligne=ligne, vers=S.REFUSE, by=agent_of(ligne), motif="hors champ")
    assert refusee.montant_demande == 40_000 * EUROS
    assert (
        compute_barre(PlanFinancement.objects.prefetch_related("lignes").get(pk=ligne.plan_id)).demande == 0
    )
    assert not Attente.objects.ouvertes().filter(code="financement.repondre").exists()


def test_an_old_page_gets_the_sentence_of_the_policy_and_leaves_no_line():
    ligne = make_ligne(statut=S.SOLLICITE)
    ancienne = LigneFinancement.objects.get(pk=ligne.pk)
    agent = agent_of(ligne)
    actions.move_ligne(ligne=ligne, vers=S.REFUSE, by=agent, motif="hors champ")
    avant = Entree.objects.count()
    with pytest.raises(
        ActionImpossible, match="«\u00a0Refusé\u00a0» ne peut pas passer à «\u00a0Accordé\u00a0»"
    ):
        actions.move_ligne(ligne=ancienne, vers=S.ACCORDE, by=agent, montant=1, piece=make_piece())
    assert Entree.objects.count() == avant
    assert EtapeLigne.objects.filter(ligne=ligne).last().vers == "refuse"


def test_the_loser_of_a_race_is_told_that_the_line_has_moved_before_any_rule():
    ligne = make_ligne(statut=S.SOLLICITE)
    lue, agent = ligne.etapes.last().pk, agent_of(ligne)
    actions.move_ligne(ligne=ligne, vers=S.REFUSE, by=agent, motif="hors champ", etape_lue=lue)
    with pytest.raises(ConflitEdition, match="a avancé pendant que vous remplissiez"):
        actions.move_ligne(
            ligne=ligne, vers=S.ACCORDE, by=agent, montant=1, piece=make_piece(), etape_lue=lue
        )


def make_part(**champs):
    fiche = make_plan(cout=100_000 * EUROS).fiche
    return make_ligne(
        fiche=fiche,
        financeur=fiche.porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
        **champs,
    )


@pytest.mark.parametrize("statut", [S.PRESSENTI, S.SOLLICITE])
def test_a_carrier_confirms_its_part_in_one_gesture_even_if_nobody_asked(statut):
    ligne = make_part(statut=statut)
    ligne = actions.confirm_part(
        ligne=ligne,
        by=agent_of(ligne),
        montant=40_000 * EUROS,
        piece=make_piece(),
        etape_lue=ligne.etapes.last().pk,
    )
    assert (ligne.statut, ligne.montant_demande, ligne.montant_accorde) == (
        "accorde",
        40_000 * EUROS,
        40_000 * EUROS,
    )
    assert list(ligne.etapes.values_list("vers", flat=True)) == ["pressenti", "sollicite", "accorde"]
    assert not Attente.objects.ouvertes().exists()
    assert not Courriel.objects.exists()


def test_a_part_is_confirmed_by_its_carrier_only_with_a_proof_and_once():
    ligne = make_part()
    cheffe, porteur = chef_of(ligne), agent_of(ligne)
    pas = {"ligne": ligne, "montant": 40_000 * EUROS}
    with pytest.raises(AccesRefuse, match="n’est confirmée que par"):
        actions.confirm_part(**pas, by=cheffe, piece=make_piece())
    with pytest.raises(ActionImpossible, match="Joignez la pièce"):
        actions.confirm_part(**pas, by=porteur)
    ligne.refresh_from_db()
    assert (ligne.statut, ligne.etapes.count()) == ("pressenti", 1)
    actions.confirm_part(**pas, by=porteur, piece=make_piece())
    with pytest.raises(ActionImpossible, match="il n’y a plus rien à confirmer"):
        actions.confirm_part(**pas, by=porteur, piece=make_piece())


def test_the_money_of_another_funder_is_not_confirmed_as_a_part():
    ligne = make_ligne(statut=S.SOLLICITE)
    with pytest.raises(ActionImpossible, match="répondez à la demande"):
        actions.confirm_part(ligne=ligne, by=agent_of(ligne), montant=1, piece=make_piece())


def test_the_same_payment_is_not_counted_twice():
    ligne = make_ligne(statut=S.ACCORDE, montant=1_000 * EUROS)
    agent, lue = agent_of(ligne), ligne.etapes.last().pk
    pas = {"ligne": ligne, "vers": S.VERSE_PARTIEL, "by": agent, "montant": 100 * EUROS, "etape_lue": lue}
    actions.move_ligne(**pas, piece=make_piece())
    with pytest.raises(ConflitEdition, match="«\u00a0Versé en partie\u00a0»"):
        actions.move_ligne(**pas, piece=make_piece())
    ligne.refresh_from_db()
    assert ligne.montant_verse == 100 * EUROS


def test_a_step_is_undone_when_the_journal_fails(casser_journal):
    ligne = make_ligne(statut=S.SOLLICITE)
    agent, piece = agent_of(ligne), make_piece()
    casser_journal()
    with pytest.raises(PanneJournal):
        actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent, montant=100, piece=piece)
    ligne.refresh_from_db()
    assert (ligne.statut, ligne.montant_accorde) == ("sollicite", 0)
    assert not Mouvement.objects.filter(mesure=Mesure.ACCORDE).exists()


def test_a_step_is_not_dated_before_the_last_one():
    ligne = make_ligne(statut=S.SOLLICITE)
    with pytest.raises(ActionImpossible, match="la date d’effet ne peut pas venir avant"):
        actions.move_ligne(
            ligne=ligne,
            vers=S.DOSSIER_COMPLET,
            by=agent_of(ligne),
            date_effet=aujourdhui() - timedelta(days=1),
        )


def test_a_plan_is_boucle_when_every_payer_granted_and_since_the_last_of_them():
    jours = [aujourdhui() - timedelta(days=n) for n in (30, 20, 10)]
    fiche = make_fiche(date_effet=jours[0])
    make_plan(fiche=fiche, cout=100_000 * EUROS, date_effet=jours[0])
    aide = make_ligne(fiche=fiche, statut=S.SOLLICITE, montant=60_000 * EUROS, date_effet=jours[0])
    part = make_ligne(
        fiche=fiche,
        statut=S.SOLLICITE,
        montant=40_000 * EUROS,
        financeur=fiche.porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
        date_effet=jours[0],
    )
    # Le second accord s’enregistre après, mais il est plus ancien.
    for ligne, jour in ((aide, jours[2]), (part, jours[1])):
        actions.move_ligne(
            ligne=ligne,
            vers=S.ACCORDE,
            by=agent_of(ligne),
            montant=ligne.montant_demande,
            piece=make_piece(),
            date_effet=jour,
        )
    plan = PlanFinancement.objects.get(fiche=fiche)
    assert plan.code_bouclage == "boucle"
    dernier = plan.etats.order_by("date_effet", "id").last()
    assert (dernier.code, dernier.date_effet) == ("boucle", jours[2])
    assert count_bouclages(fiche.territoire)["boucle"] == 1


def test_a_fiche_without_plan_is_counted_non_chiffree_and_an_abandoned_one_is_not():
    territoire = make_territoire()
    make_fiche(territoire=territoire)
    make_fiche(territoire=territoire, statut="abandonnee")
    make_plan(fiche=make_fiche(territoire=territoire), sans_besoin=True)
    comptes = count_bouclages(territoire)
    assert (comptes["non_chiffree"], comptes["sans_besoin"], sum(comptes.values())) == (1, 1, 2)


def test_another_porteur_changes_what_the_rules_say_of_the_plan():
    fiche = make_fiche(porteur=make_organisation(TypeOrganisation.ENTREPRISE))
    make_plan(fiche=fiche, cout=40_000 * EUROS)
    make_ligne(fiche=fiche, statut=S.ACCORDE, montant=40_000 * EUROS)
    assert PlanFinancement.objects.get(fiche=fiche).code_bouclage == "boucle"
    fiche.refresh_from_db()
    commune = make_organisation(TypeOrganisation.COMMUNE)
    update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, porteur=commune)
    assert PlanFinancement.objects.get(fiche=fiche).code_bouclage == "bouclage_empeche"


# --- lien personnel ----------------------------------------------------------------------------------------------


def make_ligne_sans_compte(statut=S.SOLLICITE, courriel="contact@essai.example"):
    """Une ligne dont le financeur a une adresse de contact, et personne qui puisse se connecter."""
    ligne = make_ligne(statut=statut)
    Fonction.objects.filter(organisation=ligne.financeur).delete()
    update_organisation(organisation=ligne.financeur, courriel=courriel, is_financeur=True, by=FABRIQUE)
    return ligne


def test_the_link_goes_to_the_contact_address_of_the_financeur():
    ligne = make_ligne_sans_compte()
    url = actions.send_lien_ligne(ligne=ligne, nom="Ada Essai", by=chef_of(ligne))
    courriel = Courriel.objects.filter(motif="lien_ligne").get()
    assert courriel.destinataire == "contact@essai.example"
    assert url in courriel.corps
    assert format_montant(40_000 * EUROS) in courriel.sujet
    assert Entree.objects.filter(code__contains="lien", territoire="v1/ti-4403").exists()


def test_a_financeur_without_contact_address_receives_no_link():
    ligne = make_ligne_sans_compte(courriel="")
    with pytest.raises(ActionImpossible, match="Demandez à la délégation nationale d’enregistrer l’adresse"):
        actions.send_lien_ligne(ligne=ligne, nom="Ada", by=chef_of(ligne))
    assert not Courriel.objects.filter(motif="lien_ligne").exists()


def test_a_financeur_with_an_account_receives_no_link():
    ligne = make_ligne_sans_compte()
    agent = agent_of(ligne)
    with pytest.raises(ActionImpossible, match="répond avec son compte"):
        actions.send_lien_ligne(ligne=ligne, nom="Ada", by=chef_of(ligne))
    Fonction.objects.filter(personne=agent).update(fin=aujourdhui(), debut=None)
    assert actions.send_lien_ligne(ligne=ligne, nom="Ada", by=chef_of(ligne))


def test_a_new_contact_address_closes_the_links_sent_to_the_former_one():
    ligne = make_ligne_sans_compte()
    actions.send_lien_ligne(ligne=ligne, nom="Ada", by=chef_of(ligne))
    assert liens_of_ligne(ligne).count() == 1
    update_organisation(
        organisation=ligne.financeur, courriel="nouveau@essai.example", is_financeur=True, by=FABRIQUE
    )
    assert liens_of_ligne(ligne).count() == 0


@pytest.mark.parametrize("statut", [S.PRESSENTI, S.REFUSE, S.SOLDE])
def test_a_link_is_refused_when_the_financeur_has_nothing_to_answer(statut):
    ligne = make_ligne_sans_compte(statut)
    with pytest.raises(ActionImpossible, match="n’a rien à y répondre"):
        actions.send_lien_ligne(ligne=ligne, nom="Ada", by=chef_of(ligne))


def test_only_the_team_of_the_territoire_sends_a_link():
    ligne = make_ligne_sans_compte()
    with pytest.raises(AccesRefuse):
        actions.send_lien_ligne(ligne=ligne, nom="Ada", by=agent_of(ligne))


# --- à plusieurs -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_people_who_pay_the_same_ligne_at_once_pay_it_once():
    ligne = make_ligne(statut=S.ACCORDE, montant=1_000 * EUROS)
    agents, lue = [agent_of(ligne), agent_of(ligne)], ligne.etapes.last().pk
    pieces = [make_piece(), make_piece()]
    depart, resultats = Barrier(2, timeout=10), []

    def verser(agent, piece):
        try:
            depart.wait()
            actions.move_ligne(
                ligne=ligne, vers=S.VERSE_PARTIEL, by=agent, montant=700 * EUROS, piece=piece, etape_lue=lue
            )
            resultats.append("versé")
        except ConflitEdition:
            resultats.append("conflit")
        finally:
            connection.close()

    fils = [Thread(target=verser, args=paire) for paire in zip(agents, pieces, strict=True)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=20)
    ligne.refresh_from_db()
    assert sorted(resultats) == ["conflit", "versé"]
    assert ligne.montant_verse == 700 * EUROS
    assert [m.centimes for m in Mouvement.objects.filter(ligne=ligne, mesure=Mesure.VERSE)] == [700 * EUROS]


# --- financeur proposé par un territoire -------------------------------------------------------------------------


def propose(fiche, nom, **champs):
    return actions.add_ligne_nouveau_financeur(
        fiche=fiche,
        nom=nom,
        type_organisation=TypeOrganisation.ASSOCIATION,
        nature=NatureLigne.SUBVENTION,
        montant=1_000 * EUROS,
        by=FABRIQUE,
        **champs,
    )


def test_a_proposed_funder_has_neither_address_nor_right_to_fund_elsewhere_and_waits_for_the_delegation():
    agent = make_personne("national")
    fiche = make_plan().fiche
    ligne = propose(fiche, "Fondation du Bassin", siren="732829320")
    financeur = ligne.financeur
    assert (financeur.courriel, financeur.is_financeur, financeur.siren) == ("", False, "732829320")
    assert financeur in financeurs_for(fiche)
    assert financeur in financeurs_for(make_fiche(territoire=fiche.territoire))
    assert financeur not in financeurs_for(make_fiche(territoire=make_territoire("v1/ti-9902")))
    attente = Attente.objects.ouvertes().get()
    assert attente.organisation_id in agent.get_organisation_ids()
    assert "Fondation du Bassin" in attente.libelle
    actions.review_organisation(
        organisation=financeur, courriel="contact@fondation.example", is_financeur=True, by=agent
    )
    assert not Attente.objects.ouvertes().exists()
    assert financeur in financeurs_for(make_fiche(territoire=make_territoire("v1/ti-9902")))


def test_a_known_name_or_siren_is_not_proposed_again():
    fiche = make_plan().fiche
    make_organisation(nom="Fondation du Bassin", siren="732829320")
    with pytest.raises(ActionImpossible, match="choisissez-la"):
        propose(fiche, "fondation du bassin")
    with pytest.raises(ActionImpossible, match="Ce SIREN est déjà celui de Fondation du Bassin"):
        propose(fiche, "Autre nom", siren="732829320")
    assert not fiche.plan.lignes.exists()


@pytest.mark.parametrize(
    ("saisie", "trouve"),
    [
        ("fondation du bassin", True),
        ("Fondatoin du Bassin", True),
        ("Bassin", True),
        ("FdB", True),
        ("Fondation des Vosges", False),
        ("Région", False),
    ],
)
def test_names_that_look_alike_are_found(saisie, trouve):
    make_organisation(nom="Fondation du Bassin", sigle="FdB")
    assert bool(find_organisations_proches(saisie)) is trouve
