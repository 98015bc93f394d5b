"""Enveloppes, échanges, lots, sommes reçues, années, délais de droit, délais des financeurs, publication."""

from collections import Counter
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from maillage.comptes.enums import TypeOrganisation
from maillage.financement import actions
from maillage.financement.actions.lots import Reponse
from maillage.financement.enums import (
    Mesure,
    NatureFaitEnveloppe,
    NatureLigne,
    OrigineFinanceur,
    Programme,
    RegleEnveloppe,
    SensAvisFinanceur,
    StatutLigne,
)
from maillage.financement.models import Mouvement, PublicationPlan
from maillage.financement.selectors import with_ecart
from maillage.financement.selectors_delais import compute_delais, compute_delais_par, get_quantile
from maillage.financement.selectors_enveloppes import read_enveloppe
from maillage.financement.selectors_plans import compute_echeancier_plan, read_plan
from maillage.journal.models import Entree
from maillage.notifications.models import Attente
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui
from tests.fabriques import (
    EUROS,
    PDF,
    make_fiche,
    make_invite,
    make_ligne,
    make_organisation,
    make_personne,
    make_piece,
    make_plan,
    make_publication,
)

pytestmark = pytest.mark.django_db
S = StatutLigne
F = NatureFaitEnveloppe


def agent_of(ligne):
    return make_personne("financeur", organisation=ligne.financeur)


def chef_of(ligne):
    return make_personne("chef_projet", territoire=ligne.plan.fiche.territoire)


def grant(ligne, by, montant, **champs):
    return actions.move_ligne(
        ligne=ligne, vers=S.ACCORDE, by=by, montant=montant, piece=make_piece(), **champs
    )


def make_enveloppe(financeur, agent, *, disponible=None, regle=RegleEnveloppe.REFUSE, nom="Appel", **champs):
    enveloppe = actions.create_enveloppe(
        financeur=financeur, nom=nom, annee=aujourdhui().year, regle=regle, by=agent, **champs
    )
    if disponible is not None:
        actions.record_fait_enveloppe(enveloppe=enveloppe, nature=F.DISPONIBLE, montant=disponible, by=agent)
    return enveloppe


# --- enveloppes --------------------------------------------------------------------------------------------------


def test_a_grant_is_charged_to_the_only_envelope_that_fits_and_its_payments_too():
    ligne = make_ligne(statut=S.SOLLICITE, montant=40_000 * EUROS)
    agent = agent_of(ligne)
    enveloppe = make_enveloppe(ligne.financeur, agent, disponible=50_000 * EUROS)
    actions.record_fait_enveloppe(enveloppe=enveloppe, nature=F.ANNONCEE, montant=80_000 * EUROS, by=agent)
    ligne = grant(ligne, agent, 30_000 * EUROS)
    actions.move_ligne(
        ligne=ligne, vers=S.VERSE_PARTIEL, by=agent, montant=10_000 * EUROS, piece=make_piece()
    )
    lue = read_enveloppe(enveloppe)
    assert (lue.annonce, lue.disponible, lue.promis, lue.consomme, lue.reste) == tuple(
        n * EUROS for n in (80_000, 50_000, 30_000, 10_000, 20_000)
    )
    veille = read_enveloppe(enveloppe, au=aujourdhui() - timedelta(days=1))
    assert (veille.disponible, veille.promis) == (None, 0)


def test_a_grant_beyond_the_envelope_is_refused_to_the_cent_and_writes_nothing():
    ligne = make_ligne(statut=S.SOLLICITE, montant=40_000 * EUROS)
    agent = agent_of(ligne)
    make_enveloppe(ligne.financeur, agent, disponible=30_000 * EUROS)
    with pytest.raises(ActionImpossible, match="ne suffit pas"):
        grant(ligne, agent, 30_000 * EUROS + 1)
    assert not Mouvement.objects.filter(mesure=Mesure.ACCORDE).exists()
    assert grant(ligne, agent, 30_000 * EUROS).enveloppe is not None


def test_a_withdrawn_grant_gives_its_money_back_to_the_envelope():
    ligne = make_ligne(statut=S.SOLLICITE, montant=30_000 * EUROS)
    agent = agent_of(ligne)
    enveloppe = make_enveloppe(ligne.financeur, agent, disponible=30_000 * EUROS)
    ligne = grant(ligne, agent, 30_000 * EUROS)
    actions.move_ligne(ligne=ligne, vers=S.RETIRE, by=agent, motif="Abandon")
    assert read_enveloppe(enveloppe).reste == 30_000 * EUROS


def test_an_envelope_that_only_signals_accepts_and_tells_the_overrun():
    ligne = make_ligne(statut=S.SOLLICITE, montant=40_000 * EUROS)
    agent = agent_of(ligne)
    enveloppe = make_enveloppe(
        ligne.financeur, agent, disponible=30_000 * EUROS, regle=RegleEnveloppe.SIGNALE
    )
    grant(ligne, agent, 40_000 * EUROS)
    assert read_enveloppe(enveloppe).depassement == 10_000 * EUROS
    fait = Entree.objects.get(code="financement.enveloppe.depassee")
    assert fait.apres["depassement"] == 10_000 * EUROS


def test_an_envelope_is_chosen_among_those_of_its_funder_year_region_and_space():
    ligne = make_ligne(statut=S.SOLLICITE, montant=40_000 * EUROS)
    agent = agent_of(ligne)
    une = make_enveloppe(ligne.financeur, agent, nom="Une")
    make_enveloppe(ligne.financeur, agent, nom="Essai", is_fictif=True)
    actions.create_enveloppe(
        financeur=ligne.financeur, nom="Une", annee=2019, regle=RegleEnveloppe.REFUSE, by=agent
    )
    autre = make_enveloppe(ligne.financeur, agent, nom="Autre")
    with pytest.raises(ActionImpossible, match="choisissez-en une"):
        grant(ligne, agent, 100)
    etrangere = make_organisation(is_financeur=True)
    a_autrui = make_enveloppe(etrangere, make_personne("financeur", organisation=etrangere))
    with pytest.raises(ActionImpossible, match="ne convient pas"):
        grant(ligne, agent, 100, enveloppe=a_autrui)
    ligne = grant(ligne, agent, 100, enveloppe=une)
    with pytest.raises(ActionImpossible, match="déjà imputé"):
        grant(ligne, agent, 200, enveloppe=autre)
    hors = make_ligne(statut=S.SOLLICITE, financeur=ligne.financeur)
    assert grant(hors, agent, 100, hors_enveloppe=True).enveloppe is None


def test_an_envelope_is_held_by_its_funder_only_and_never_negative():
    financeur = make_organisation(is_financeur=True)
    agent = make_personne("financeur", organisation=financeur)
    enveloppe = make_enveloppe(financeur, agent)
    etranger = make_personne("financeur")
    with pytest.raises(AccesRefuse):
        make_enveloppe(financeur, etranger, nom="Volée")
    with pytest.raises(AccesRefuse):
        actions.record_fait_enveloppe(enveloppe=enveloppe, nature=F.DISPONIBLE, montant=1, by=etranger)
    with pytest.raises(ActionImpossible, match="jamais négatif"):
        actions.record_fait_enveloppe(enveloppe=enveloppe, nature=F.DISPONIBLE, montant=-1, by=agent)
    with pytest.raises(ActionImpossible, match="déjà une enveloppe"):
        make_enveloppe(financeur, agent, nom="appel")


@pytest.mark.django_db(transaction=True)
def test_two_agents_who_grant_the_last_euros_at_once_exactly_one_succeeds():
    financeur = make_organisation(is_financeur=True)
    lignes = [make_ligne(statut=S.SOLLICITE, montant=700 * EUROS, financeur=financeur) for _ in range(2)]
    agents = [agent_of(ligne) for ligne in lignes]
    enveloppe = make_enveloppe(financeur, agents[0], disponible=1_000 * EUROS)
    pieces = [make_piece(), make_piece()]
    depart, resultats = Barrier(2, timeout=10), []

    def accorder(ligne, agent, piece):
        try:
            depart.wait()
            actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent, montant=700 * EUROS, piece=piece)
            resultats.append("accordé")
        except ActionImpossible:
            resultats.append("refusé")
        finally:
            connection.close()

    fils = [Thread(target=accorder, args=trio) for trio in zip(lignes, agents, pieces, strict=True)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=20)
    assert sorted(resultats) == ["accordé", "refusé"]
    assert read_enveloppe(enveloppe).promis == 700 * EUROS


# --- échanges ----------------------------------------------------------------------------------------------------


def test_a_question_waits_for_the_team_and_its_answer_closes_it():
    ligne = make_ligne(statut=S.SOLLICITE)
    agent = agent_of(ligne)
    actions.ask_question(ligne=ligne, texte="Quel calendrier ?", by=agent)
    attente = Attente.objects.ouvertes().get(code="financement.question")
    assert (attente.role, attente.motif) == ("chef_projet", "Quel calendrier ?")
    with pytest.raises(AccesRefuse):
        actions.reply_question(ligne=ligne, texte="Juin", by=agent)
    actions.reply_question(ligne=ligne, texte="Juin", by=chef_of(ligne))
    assert not Attente.objects.ouvertes().filter(code="financement.question").exists()
    with pytest.raises(ActionImpossible, match="Aucune question"):
        actions.reply_question(ligne=ligne, texte="Encore", by=chef_of(ligne))
    ligne.refresh_from_db()
    assert (ligne.statut, ligne.repondu_le, ligne.decide_le) == (S.SOLLICITE, aujourdhui(), None)


def test_a_decision_without_waiting_for_the_answer_closes_the_question():
    ligne = make_ligne(statut=S.SOLLICITE)
    agent = agent_of(ligne)
    actions.ask_question(ligne=ligne, texte="Quel calendrier ?", by=agent)
    actions.move_ligne(ligne=ligne, vers=S.REFUSE, by=agent, motif="Trop tard")
    assert not Attente.objects.ouvertes().filter(code="financement.question").exists()


def test_an_opinion_decides_nothing_and_comes_from_the_funder_by_link_too():
    ligne = make_ligne(statut=S.SOLLICITE)
    invite, _ = make_invite(ligne)
    avis = actions.give_avis(ligne=ligne, sens=SensAvisFinanceur.RESERVE, texte="À préciser", by=invite)
    ligne.refresh_from_db()
    assert (avis.sens, ligne.statut) == ("reserve", S.SOLLICITE)
    with pytest.raises(AccesRefuse):
        actions.give_avis(ligne=ligne, sens=SensAvisFinanceur.FAVORABLE, texte="Oui", by=chef_of(ligne))
    accordee = make_ligne(statut=S.ACCORDE)
    with pytest.raises(ActionImpossible, match="avant la décision"):
        actions.ask_question(ligne=accordee, texte="Et ?", by=agent_of(accordee))
    with pytest.raises(ActionImpossible, match="Écrivez votre message"):
        actions.ask_question(ligne=ligne, texte="  ", by=invite)
    with pytest.raises(ActionImpossible, match="avant"):
        actions.ask_question(
            ligne=ligne, texte="Et ?", by=invite, date_effet=aujourdhui() - timedelta(days=9)
        )


# --- lots --------------------------------------------------------------------------------------------------------


def test_a_batch_answers_each_line_apart_and_says_what_became_of_each():
    financeur = make_organisation(is_financeur=True)
    bonne, avancee = (make_ligne(statut=S.SOLLICITE, financeur=financeur) for _ in range(2))
    etrangere = make_ligne(statut=S.SOLLICITE)
    agent = make_personne("financeur", organisation=financeur)
    lue = avancee.etapes.latest("id").pk
    actions.move_ligne(ligne=avancee, vers=S.REFUSE, by=agent, motif="Déjà")
    lot = actions.answer_lot(
        reponses=[
            Reponse(bonne, 25_000 * EUROS, bonne.etapes.latest("id").pk),
            Reponse(avancee, 10_000 * EUROS, lue),
            Reponse(etrangere, 10_000 * EUROS, etrangere.etapes.latest("id").pk),
        ],
        vers=S.ACCORDE,
        by=agent,
        fichier=SimpleUploadedFile("arrete.pdf", PDF),
        conditions="Publier le plan",
    )
    faits = list(lot.lignes.all())
    assert [bool(un.etape_id) for un in faits] == [True, False, False]
    assert faits[0].etape.conditions == "Publier le plan"
    assert faits[0].etape.piece == lot.piece
    assert "a avancé" in faits[1].refus
    assert "que par" in faits[2].refus
    bonne.refresh_from_db()
    assert bonne.montant_accorde == 25_000 * EUROS


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"vers": S.ACCORDE}, "Joignez la décision"),
        ({"vers": S.REFUSE}, "Dites pourquoi"),
        ({"vers": S.CONVENTIONNE}, "ouvrez chaque ligne"),
        ({"vers": S.DOSSIER_COMPLET, "reponses": []}, "au moins une ligne"),
    ],
)
def test_an_incomplete_batch_is_refused_before_any_writing(champs, phrase):
    ligne = make_ligne(statut=S.SOLLICITE)
    reponses = [Reponse(ligne, 100, ligne.etapes.latest("id").pk)]
    with pytest.raises(ActionImpossible, match=phrase):
        actions.answer_lot(**({"reponses": reponses, "by": agent_of(ligne)} | champs))
    ligne.refresh_from_db()
    assert ligne.statut == S.SOLLICITE


# --- versé et reçu -----------------------------------------------------------------------------------------------


def test_what_the_carrier_received_is_shown_beside_what_the_funder_paid():
    ligne = make_ligne(statut=S.VERSE_PARTIEL, montant=40_000 * EUROS)
    porteur = make_personne("porteur", organisation=ligne.plan.fiche.porteur)
    actions.declare_versement_recu(ligne=ligne, montant=15_000 * EUROS, by=porteur)
    ligne.refresh_from_db()
    assert (ligne.montant_verse, ligne.montant_recu) == (20_000 * EUROS, 15_000 * EUROS)
    lignes = type(ligne).objects.all()
    assert list(with_ecart(lignes)) == [ligne]
    actions.declare_versement_recu(ligne=ligne, montant=5_000 * EUROS, by=porteur)
    assert list(with_ecart(lignes)) == []


def test_a_received_sum_is_corrected_by_another_fact_with_a_reason():
    ligne = make_ligne(statut=S.ACCORDE)
    porteur = make_personne("porteur", organisation=ligne.plan.fiche.porteur)
    actions.declare_versement_recu(ligne=ligne, montant=1_000, by=porteur)
    with pytest.raises(ActionImpossible, match="Dites pourquoi"):
        actions.declare_versement_recu(ligne=ligne, montant=-400, by=porteur)
    with pytest.raises(ActionImpossible, match="dépasse"):
        actions.declare_versement_recu(ligne=ligne, montant=-1_001, by=porteur, motif="Erreur")
    actions.declare_versement_recu(ligne=ligne, montant=-400, by=porteur, motif="Erreur")
    ligne.refresh_from_db()
    assert ligne.montant_recu == 600
    assert [recu.montant for recu in ligne.versements_recus.order_by("id")] == [1_000, -400]
    with pytest.raises(AccesRefuse):
        actions.declare_versement_recu(ligne=ligne, montant=1, by=agent_of(ligne))
    autre = make_ligne(statut=S.SOLLICITE)
    porteur = make_personne("porteur", organisation=autre.plan.fiche.porteur)
    with pytest.raises(ActionImpossible, match="encore accordé"):
        actions.declare_versement_recu(ligne=autre, montant=1, by=porteur)


# --- années ------------------------------------------------------------------------------------------------------


def test_a_resource_is_shared_by_year_to_the_cent_and_feeds_the_schedule():
    ligne = make_ligne(montant=30_000 * EUROS)
    chef = chef_of(ligne)
    with pytest.raises(ActionImpossible, match="corrigez l’écart"):
        actions.update_annees(ligne=ligne, annees={2030: 29_999 * EUROS}, by=chef)
    actions.update_annees(ligne=ligne, annees={2030: 10_000 * EUROS, 2031: 20_000 * EUROS}, by=chef)
    echeancier = compute_echeancier_plan(read_plan(ligne.plan.fiche))
    assert [(un.annee, un.ressources) for un in echeancier.annees] == [
        (2030, 10_000 * EUROS),
        (2031, 20_000 * EUROS),
    ]
    # Le montant change : la répartition ne fait plus le total, elle n’est plus comptée.
    actions.revise_ligne(ligne=ligne, montant=31_000 * EUROS, by=chef)
    echeancier = compute_echeancier_plan(read_plan(ligne.plan.fiche))
    assert (echeancier.annees, echeancier.ressources_sans_annee) == ((), 31_000 * EUROS)


# --- délais de droit ---------------------------------------------------------------------------------------------


def make_dotation(jour, statut=S.SOLLICITE):
    epci = make_organisation(TypeOrganisation.EPCI, is_financeur=True)
    fiche = make_plan(fiche=make_fiche(porteur=epci), date_effet=jour).fiche
    ligne = make_ligne(fiche=fiche, statut=statut, origine=OrigineFinanceur.ETAT_DOTATION, date_effet=jour)
    return actions.update_precision_ligne(
        ligne=ligne, by=chef_of(ligne), version_lue=1, programme=Programme.DETR
    ).ligne


def test_a_legal_clock_is_recalled_two_months_before_and_nothing_lapses_by_itself(time_machine):
    time_machine.move_to(date(2025, 3, 3))
    ligne = make_dotation(date(2025, 3, 3))
    codes = Attente.objects.ouvertes().filter(code__startswith="financement.delai.")
    assert not codes.exists()
    time_machine.move_to(date(2026, 10, 31))
    assert actions.remind_echeances() == 0
    time_machine.move_to(date(2026, 11, 1))
    assert actions.remind_echeances() == 1
    attente = codes.get()
    assert (attente.echeance, attente.role) == (date(2026, 12, 31), "chef_projet")
    time_machine.move_to(date(2027, 2, 1))
    assert actions.remind_echeances() == 1
    ligne.refresh_from_db()
    assert ligne.statut == S.SOLLICITE
    actions.move_ligne(ligne=ligne, vers=S.REFUSE, by=agent_of(ligne), motif="Réputée rejetée")
    assert not codes.exists()


def test_a_clock_that_is_extended_moves_its_deadline(time_machine):
    time_machine.move_to(date(2025, 3, 3))
    ligne = make_dotation(date(2025, 3, 3), statut=S.ACCORDE)
    chef = chef_of(ligne)
    actions.update_precision_ligne(ligne=ligne, by=chef, version_lue=2, notification=date(2025, 3, 3))
    attente = Attente.objects.ouvertes().filter(code="financement.delai.commencement")
    time_machine.move_to(date(2027, 2, 20))
    actions.remind_echeances()
    assert attente.get().echeance == date(2027, 3, 3)
    actions.update_precision_ligne(ligne=ligne, by=chef, version_lue=3, debut_proroge=True)
    assert not attente.exists()
    time_machine.move_to(date(2028, 2, 20))
    actions.remind_echeances()
    assert attente.get().echeance == date(2028, 3, 3)
    actions.update_precision_ligne(ligne=ligne, by=chef, version_lue=4, debut=date(2028, 2, 1))
    assert not attente.exists()


# --- délais des financeurs ---------------------------------------------------------------------------------------


def test_delays_are_counted_between_first_times_at_any_date(time_machine):
    financeur = make_organisation(is_financeur=True)
    time_machine.move_to(date(2025, 1, 1))
    lignes = [make_ligne(statut=S.SOLLICITE, financeur=financeur) for _ in range(3)]
    agent = agent_of(lignes[0])
    time_machine.move_to(date(2025, 1, 11))
    actions.ask_question(ligne=lignes[0], texte="Et ?", by=agent)
    time_machine.move_to(date(2025, 1, 31))
    grant(lignes[0], agent, 100)
    grant(lignes[1], agent, 100)

    def lire(au):
        return {
            d.etape.cle: (d.nombre, d.mediane, d.attendent)
            for d in compute_delais(type(lignes[0]).objects.all(), au=au)
        }

    assert lire(date(2024, 12, 31))["reponse"] == (0, None, 0)
    assert lire(date(2025, 1, 20))["reponse"] == (1, 10, 2)
    assert lire(date(2025, 1, 20))["decision"] == (0, None, 3)
    fin = lire(date(2025, 2, 1))
    assert fin["reponse"] == (2, 10, 1)
    assert fin["decision"] == (2, 30, 1)
    assert fin["versement"] == (0, None, 2)
    par = compute_delais_par(type(lignes[0]).objects.all(), "financeur", au=date(2025, 2, 1))
    assert par[financeur.pk]["decision"].nombre == 2


@pytest.mark.parametrize(
    ("jours", "mediane", "neuf_dixiemes"),
    [([], None, None), ([5], 5, 5), ([1, 2], 1, 2), ([1, 2, 3, 4], 2, 4), (list(range(1, 11)), 5, 9)],
)
def test_a_quantile_is_a_real_line_never_a_mean(jours, mediane, neuf_dixiemes):
    comptes = Counter(jours)
    assert get_quantile(comptes, 1, 2) == mediane
    assert get_quantile(comptes, 9, 10) == neuf_dixiemes


def test_the_part_of_the_carrier_has_no_delay():
    fiche = make_plan().fiche
    ligne = make_ligne(
        fiche=fiche,
        statut=S.SOLLICITE,
        financeur=fiche.porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
    )
    assert all(d.attendent == 0 for d in compute_delais(type(ligne).objects.all(), au=aujourdhui()))


# --- publication -------------------------------------------------------------------------------------------------


def test_a_published_plan_is_frozen_with_public_aid_only_and_r18_knows_it():
    publication = make_publication()
    contenu = publication.contenu
    assert (contenu["cout"], contenu["part"], contenu["prive"]) == (100_000 * EUROS, 0, 0)
    assert [aide["montant"] for aide in contenu["aides"]] == [60_000 * EUROS]
    plan = publication.plan
    assert plan.precision.publication == aujourdhui()
    ligne = plan.lignes.get()
    actions.move_ligne(ligne=ligne, vers=S.RETIRE, by=agent_of(ligne), motif="Retrait")
    assert PublicationPlan.objects.get().contenu == contenu


@pytest.mark.parametrize(
    ("type_porteur", "statut", "phrase"),
    [
        (TypeOrganisation.ENTREPRISE, S.ACCORDE, "obligation des collectivités"),
        (TypeOrganisation.EPCI, S.ATTESTE, "encore accordée"),
    ],
)
def test_a_plan_is_published_only_with_public_money_granted_to_a_local_authority(
    type_porteur, statut, phrase
):
    fiche = make_plan(fiche=make_fiche(porteur=make_organisation(type_porteur))).fiche
    make_ligne(fiche=fiche, statut=statut, origine=OrigineFinanceur.REGION)
    with pytest.raises(ActionImpossible, match=phrase):
        actions.publish_plan(fiche=fiche, by=make_personne("chef_projet", territoire=fiche.territoire))
