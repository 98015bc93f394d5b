"""Séances : convoquer, ouvrir, décider, arrêter, signer."""

import json

import pytest
import time_machine
from django.core import mail

from maillage.agenda.actions import record_reponse
from maillage.agenda.enums import MoyenReponse, Presence, ValeurReponse
from maillage.fiches.enums import StatutFiche
from maillage.gouvernance import actions
from maillage.gouvernance.enums import (
    NatureComite,
    NatureDecision,
    Parite,
    Portee,
    Qualite,
    SansQuorum,
    Sens,
    StatutSeance,
)
from maillage.gouvernance.selectors import (
    find_accord_fonds_vert,
    find_points_proposes,
    get_etat_quorum,
    list_participants,
)
from maillage.notifications.actions import open_attente
from maillage.notifications.models import Courriel
from maillage.socle.erreurs import AccesRefuse, ActionImpossible, ConflitEdition
from maillage.territoires.enums import Fait, StatutDemande
from maillage.territoires.selectors import attentes_for
from tests.fabriques import (
    FABRIQUE,
    make_comite,
    make_demande_perimetre,
    make_fiche,
    make_membre,
    make_personne,
    make_region,
    make_seance,
    make_territoire,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("un_matin")]
S, N = StatutSeance, NatureDecision


@pytest.fixture
def un_matin():
    """Un jour ouvrable, loin de minuit."""
    with time_machine.travel("2026-03-03 09:00:00+01:00", tick=False):
        yield


def relever(seance, *presents):
    for participant in list_participants(seance):
        if participant.membre in presents:
            actions.record_presence(participant=participant, presence=Presence.PRESENT, by=FABRIQUE)


def decider(seance, nature=N.LIBRE, **champs):
    champs.setdefault("sens", Sens.ADOPTEE)
    if nature == N.LIBRE:
        champs.setdefault("intitule", "Se revoir en mai")
    return actions.record_decision(seance=seance, nature=nature, by=FABRIQUE, **champs)


# --- ordre du jour ---------------------------------------------------------------------------------------------------


def test_the_agenda_offers_what_waits_for_a_decision():
    territoire = make_territoire()
    make_fiche(territoire=territoire, statut=StatutFiche.PROPOSEE, titre="Proposée")
    make_fiche(territoire=territoire, statut=StatutFiche.RETENUE, titre="Retenue")
    make_fiche(territoire=territoire, titre="Brouillon")
    seance = make_seance(make_comite(territoire=territoire))
    points = find_points_proposes(seance)
    assert [point.nature for point in points] == [N.FICHE_RETENUE, N.PLAN_VALIDE]
    assert "Proposée" in points[0].titre
    assert "1 fiche retenue" in points[1].titre


def test_a_point_already_on_the_agenda_is_not_offered_again():
    territoire = make_territoire()
    make_fiche(territoire=territoire, statut=StatutFiche.PROPOSEE)
    seance = make_seance(make_comite(territoire=territoire))
    actions.add_points_proposes(seance=seance, points=find_points_proposes(seance), by=FABRIQUE)
    assert find_points_proposes(seance) == []


def test_the_regional_copil_is_offered_the_transmitted_plans():
    territoire = make_territoire()
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE)
    points = find_points_proposes(make_seance(make_comite(region=territoire.region)))
    assert [(p.nature, p.territoire) for p in points] == [(N.PLAN_VALIDE, territoire)]


def test_the_regional_copil_is_offered_the_perimeter_requests_it_must_decide():
    territoire = make_territoire("v2/ti-5201")
    make_personne("region", territoire=territoire)
    demande = make_demande_perimetre(territoire, statut=StatutDemande.A_DECIDER)
    [point] = find_points_proposes(make_seance(make_comite(region=territoire.region)))
    assert point.titre.startswith("Décider en comité de pilotage régional")
    assert point.url == demande.get_absolute_url()


def test_the_national_copil_is_offered_what_waits_for_the_delegation():
    territoire = make_territoire()
    open_attente(
        code="essai.demande",
        objet=territoire,
        role="national",
        territoire=territoire.cle,
        territoire_nom=territoire.nom,
        libelle="Enregistrer un périmètre",
        url="/essai/",
    )
    [point] = find_points_proposes(make_seance(make_comite(nature=NatureComite.COPIL_NATIONAL)))
    assert (point.nature, point.url) == (N.LIBRE, "/essai/")


def test_points_move_and_leave_the_agenda():
    seance = make_seance()
    premier, second = (actions.add_point(seance=seance, titre=t, by=FABRIQUE) for t in ("Un", "Deux"))
    actions.move_point(point=second, sens=-1, by=FABRIQUE)
    assert [p.titre for p in seance.points.all()] == ["Deux", "Un"]
    actions.remove_point(point=premier, by=FABRIQUE)
    assert [p.titre for p in seance.points.all()] == ["Deux"]


# --- convoquer -------------------------------------------------------------------------------------------------------


def test_convoking_invites_every_member_and_tells_those_with_an_account(django_capture_on_commit_callbacks):
    comite = make_comite()
    elu = make_personne("elu", territoire=comite.territoire)
    make_membre(comite, elu)
    make_membre(comite, nom="Sans adresse", email="")
    seance = make_seance(comite)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.convoke_seance(seance=seance, by=FABRIQUE) == 1
    assert len(list_participants(seance)) == 2
    [attente] = attentes_for(elu)
    assert attente.url == seance.get_absolute_url()
    [message] = mail.outbox
    [(nom, contenu, type_mime)] = [
        (p.get_filename(), p.get_payload(decode=True).decode(), p["Content-Type"])
        for p in message.attachments
    ]
    assert nom == "invitation.ics"
    assert 'method="REQUEST"' in type_mime
    assert "METHOD:REQUEST" in contenu
    assert elu.email in contenu


def test_convoking_an_empty_comite_is_refused_with_what_to_do():
    with pytest.raises(ActionImpossible, match="ajoutez quelqu’un"):
        actions.convoke_seance(seance=make_seance(), by=FABRIQUE)


def test_changing_the_date_tells_those_already_invited_and_asks_again():
    seance = make_seance(statut=S.CONVOQUEE)
    [participant] = list_participants(seance)
    depart = Courriel.objects.count()
    debut = seance.rendez_vous.debut_at.replace(hour=15)
    actions.update_seance(
        seance=seance, version_lue=1, debut_at=debut, fin_at=debut.replace(hour=16), by=FABRIQUE
    )
    assert Courriel.objects.count() == depart + 1
    participant.invitation.refresh_from_db()
    assert participant.invitation.reponse == ""
    seance.rendez_vous.refresh_from_db()
    assert seance.rendez_vous.sequence == 1


def test_an_answer_is_waited_for_again_after_a_new_date_and_no_more_once_open():
    comite = make_comite()
    elu = make_personne("elu", territoire=comite.territoire)
    make_membre(comite, elu)
    seance = make_seance(comite, statut=S.CONVOQUEE)
    record_reponse(
        invitation=seance.rendez_vous.invitations.get(),
        valeur=ValeurReponse.OUI,
        moyen=MoyenReponse.COMPTE,
        by=elu,
    )
    assert not attentes_for(elu).exists()
    debut = seance.rendez_vous.debut_at.replace(day=5)
    actions.update_seance(
        seance=seance, version_lue=1, debut_at=debut, fin_at=debut.replace(hour=20), by=FABRIQUE
    )
    assert attentes_for(elu).get().echeance == debut.date()
    with time_machine.travel("2026-03-05 09:00:00+01:00", tick=False):
        actions.open_seance(seance=seance, by=FABRIQUE)
    assert not attentes_for(elu).exists()


def test_a_cancelled_seance_sends_a_cancellation_with_its_reason():
    seance = make_seance(statut=S.CONVOQUEE)
    actions.cancel_seance(seance=seance, motif="La salle est fermée", by=FABRIQUE)
    courriel = Courriel.objects.latest("id")
    assert "La salle est fermée" in courriel.corps
    [jointe] = courriel.jointes.all()
    assert "METHOD:CANCEL" in jointe.texte
    assert "STATUS:CANCELLED" in jointe.texte


def test_two_people_editing_one_seance_conflict_and_nothing_is_lost():
    seance = make_seance()
    actions.update_seance(seance=seance, version_lue=1, lieu="Mairie", by=FABRIQUE)
    with pytest.raises(ConflitEdition):
        actions.update_seance(seance=seance, version_lue=1, lieu="Préfecture", by=FABRIQUE)
    seance.rendez_vous.refresh_from_db()
    assert seance.rendez_vous.lieu == "Mairie"


# --- ouvrir, quorum --------------------------------------------------------------------------------------------------


def test_a_seance_is_not_opened_before_its_day():
    with pytest.raises(ActionImpossible, match="ouvrez-la ce jour-là"):
        actions.open_seance(seance=make_seance(), by=FABRIQUE)


def test_without_a_rule_any_decision_is_a_decision():
    decision = decider(make_seance(statut=S.OUVERTE))
    assert decision.portee == Portee.DECISION


@pytest.mark.parametrize(
    ("sans_quorum", "presents", "attendu"),
    [
        (SansQuorum.CONSULTATION, 2, Portee.DECISION),
        (SansQuorum.CONSULTATION, 1, Portee.CONSULTATION),
        (SansQuorum.REFUSER, 2, Portee.DECISION),
        (SansQuorum.REFUSER, 1, None),
    ],
)
def test_a_decision_without_quorum_follows_the_rule_of_the_comite(sans_quorum, presents, attendu):
    comite = make_comite()
    membres = [make_membre(comite) for _ in range(3)]
    actions.set_regle(comite=comite, quorum_pour_cent=50, sans_quorum=sans_quorum, by=FABRIQUE)
    seance = make_seance(comite, statut=S.OUVERTE)
    relever(seance, *membres[:presents])
    if attendu is None:
        with pytest.raises(ActionImpossible, match="il en faut 2"):
            decider(seance)
        assert not seance.decisions.exists()
    else:
        assert decider(seance).portee == attendu


def test_a_point_is_adjourned_even_where_a_decision_is_refused():
    comite = make_comite()
    make_membre(comite)
    actions.set_regle(comite=comite, quorum_nombre=1, sans_quorum=SansQuorum.REFUSER, by=FABRIQUE)
    assert decider(make_seance(comite, statut=S.OUVERTE), sens=Sens.AJOURNEE).issue == "Ajournée"


def test_a_consultation_changes_nothing():
    comite = make_comite()
    make_membre(comite)
    actions.set_regle(comite=comite, quorum_nombre=1, by=FABRIQUE)
    fiche = make_fiche(territoire=comite.territoire, statut=StatutFiche.PROPOSEE)
    seance = make_seance(comite, statut=S.OUVERTE)
    assert decider(seance, N.FICHE_RETENUE, fiche=fiche).portee == Portee.CONSULTATION
    fiche.refresh_from_db()
    assert fiche.statut == StatutFiche.PROPOSEE


def test_a_suppleant_counts_for_the_titulaire_who_is_away_and_only_once():
    comite = make_comite()
    titulaire, autre = make_membre(comite), make_membre(comite)
    suppleant = make_membre(comite, titulaire=titulaire)
    seance = make_seance(comite, statut=S.OUVERTE)
    relever(seance, suppleant)
    assert get_etat_quorum(seance).presentes == 1
    relever(seance, titulaire)
    assert get_etat_quorum(seance).presentes == 1
    relever(seance, autre)
    etat = get_etat_quorum(seance)
    assert (etat.presentes, etat.sieges) == (2, 2)


def test_parity_compares_the_voices_present_in_each_college():
    comite = make_comite()
    elus, industriels = (
        actions.add_college(comite=comite, nom=nom, by=FABRIQUE) for nom in ("Élus", "Industriels")
    )
    elu, industriel = make_membre(comite, college=elus), make_membre(comite, college=industriels)
    actions.set_regle(comite=comite, parite=Parite.EXIGEE, by=FABRIQUE)
    seance = make_seance(comite, statut=S.OUVERTE)
    relever(seance, elu)
    assert decider(seance).portee == Portee.CONSULTATION
    relever(seance, industriel)
    assert decider(seance).portee == Portee.DECISION


def test_a_rule_given_later_does_not_change_a_past_seance():
    comite = make_comite()
    make_membre(comite)
    seance = make_seance(comite, statut=S.OUVERTE)
    with time_machine.travel("2026-03-10 09:00:00+01:00", tick=False):
        actions.set_regle(comite=comite, quorum_nombre=1, sans_quorum=SansQuorum.REFUSER, by=FABRIQUE)
        assert decider(seance).portee == Portee.DECISION


# --- ce que font les décisions ---------------------------------------------------------------------------------------


def test_retaining_a_fiche_moves_it_on_the_day_of_the_seance():
    comite = make_comite()
    fiche = make_fiche(territoire=comite.territoire, statut=StatutFiche.PROPOSEE)
    seance = make_seance(comite, statut=S.OUVERTE)
    decider(seance, N.FICHE_RETENUE, fiche=fiche)
    fiche.refresh_from_db()
    assert fiche.statut == StatutFiche.RETENUE
    assert fiche.faits.filter(champ="statut").latest("id").date_effet == seance.jour


def test_a_decision_whose_effect_is_impossible_writes_nothing():
    comite = make_comite()
    fiche = make_fiche(territoire=comite.territoire)
    seance = make_seance(comite, statut=S.OUVERTE)
    with pytest.raises(ActionImpossible, match="ne peut pas passer"):
        decider(seance, N.FICHE_RETENUE, fiche=fiche)
    assert not seance.decisions.exists()


def test_a_rejected_proposal_leaves_the_fiche():
    comite = make_comite()
    fiche = make_fiche(territoire=comite.territoire, statut=StatutFiche.PROPOSEE)
    decider(make_seance(comite, statut=S.OUVERTE), N.FICHE_RETENUE, fiche=fiche, sens=Sens.REJETEE)
    fiche.refresh_from_db()
    assert fiche.statut == StatutFiche.PROPOSEE


def test_validating_the_plan_freezes_the_retained_fiches_and_is_not_asked_again():
    comite = make_comite()
    fiche = make_fiche(territoire=comite.territoire, statut=StatutFiche.RETENUE)
    seance = make_seance(comite, statut=S.OUVERTE)
    decision = decider(seance, N.PLAN_VALIDE)
    assert [ligne.version.fiche for ligne in decision.plan_actions.lignes.all()] == [fiche]
    assert find_points_proposes(make_seance(comite)) == []


def test_the_regional_copil_validating_a_plan_is_a_counted_step():
    territoire = make_territoire()
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE)
    seance = make_seance(make_comite(region=territoire.region), statut=S.OUVERTE)
    decider(seance, N.PLAN_VALIDE, territoire=territoire)
    etape = territoire.etapes.get(fait=Fait.PLAN_VALIDE)
    assert etape.fin == seance.jour
    assert not make_seance(make_comite(region=make_region("44", "Grand Est"))).decisions.exists()


def test_a_local_comite_does_not_count_a_plan_as_validated_by_the_region():
    comite = make_comite()
    make_fiche(territoire=comite.territoire, statut=StatutFiche.RETENUE)
    decider(make_seance(comite, statut=S.OUVERTE), N.PLAN_VALIDE)
    assert not comite.territoire.etapes.filter(fait=Fait.PLAN_VALIDE).exists()


def test_the_accord_for_fonds_vert_is_found_until_replaced():
    comite = make_comite()
    fiche = make_fiche(territoire=comite.territoire)
    seance = make_seance(comite, statut=S.OUVERTE)
    accord = decider(seance, N.ACCORD_FONDS_VERT, fiche=fiche, texte="Sous réserve du permis.")
    assert find_accord_fonds_vert(fiche) == accord
    decider(seance, intitule="Retirer l’accord", remplace=accord)
    assert find_accord_fonds_vert(fiche) is None


def test_more_votes_than_voices_is_refused():
    comite = make_comite()
    membre = make_membre(comite)
    seance = make_seance(comite, statut=S.OUVERTE)
    relever(seance, membre)
    with pytest.raises(ActionImpossible, match="2 voix comptées"):
        decider(seance, pour=1, contre=1)


def test_a_fiche_of_another_territoire_is_refused():
    seance = make_seance(statut=S.OUVERTE)
    ailleurs = make_fiche(territoire=make_territoire("v1/ti-2701"), statut=StatutFiche.PROPOSEE)
    with pytest.raises(ActionImpossible, match="autre territoire"):
        decider(seance, N.FICHE_RETENUE, fiche=ailleurs)


# --- relevé ----------------------------------------------------------------------------------------------------------


def test_the_releve_is_frozen_then_signed_by_who_chairs():
    comite = make_comite()
    elu, autre = (
        make_personne("elu", territoire=comite.territoire),
        make_personne("chef_projet", territoire=comite.territoire),
    )
    make_membre(comite, elu, place=Qualite.PRESIDENT)
    make_membre(comite, autre)
    seance = make_seance(comite, statut=S.OUVERTE)
    decider(seance, intitule="Se revoir en mai")
    actions.close_seance(seance=seance, by=autre)
    assert attentes_for(autre).filter(code="gouvernance.releve").exists()
    releve = actions.arrete_releve(seance=seance, by=autre)
    assert not attentes_for(autre).filter(code="gouvernance.releve").exists()
    assert "Se revoir en mai" in json.dumps(releve.contenu, ensure_ascii=False)
    assert attentes_for(elu).filter(code="gouvernance.signer_releve").exists()
    with pytest.raises(AccesRefuse):
        actions.sign_releve(releve=releve, by=autre)
    signature = actions.sign_releve(releve=releve, by=elu)
    assert signature.sha256 == releve.piece_pdf.sha256
    assert not attentes_for(elu).filter(code="gouvernance.signer_releve").exists()
    with pytest.raises(ActionImpossible, match="déjà signé"):
        actions.sign_releve(releve=releve, by=elu)
    with pytest.raises(ActionImpossible, match="relevé de décisions est arrêté"):
        decider(seance)


def test_the_releve_waits_for_the_seance_to_be_closed():
    with pytest.raises(ActionImpossible, match="une fois la séance close"):
        actions.arrete_releve(seance=make_seance(statut=S.OUVERTE), by=FABRIQUE)


def test_the_releve_leaves_by_mail_with_its_pdf(django_capture_on_commit_callbacks):
    comite = make_comite()
    make_membre(comite)
    seance = make_seance(comite, statut=S.TENUE)
    releve = actions.arrete_releve(seance=seance, by=FABRIQUE)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.send_releve(releve=releve, by=FABRIQUE) == 1
    [message] = mail.outbox
    [(nom, octets, type_mime)] = message.attachments
    assert (nom, type_mime) == (releve.piece_pdf.nom, "application/pdf")
    assert octets.startswith(b"%PDF-")


def test_every_seance_statut_is_reached():
    for statut in S:
        assert make_seance(make_comite(nom=str(statut)), statut=statut).statut == statut
