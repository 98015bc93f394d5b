"""Rendez-vous : invitation, réponses par lien, par compte et par calendrier, fichier .ics."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from icalendar import Calendar

from maillage.agenda import actions
from maillage.agenda.calendrier import build_ics
from maillage.agenda.enums import MoyenReponse, ValeurReponse
from maillage.agenda.models import Invitation
from maillage.agenda.selectors import count_reponses, find_invitation, make_jeton
from maillage.notifications.models import Courriel
from maillage.socle.erreurs import ActionImpossible, DonneesIllisibles
from maillage.socle.horloge import maintenant
from tests.fabriques import FABRIQUE, make_personne

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("un_matin")]
OUI, NON = ValeurReponse.OUI, ValeurReponse.NON


@pytest.fixture
def un_matin():
    with time_machine.travel("2026-03-03 09:00:00+01:00", tick=False):
        yield


def make_rendez_vous(**champs):
    debut = champs.pop("debut_at", maintenant() + timedelta(days=10))
    return actions.create_rendez_vous(
        objet_type="essai.objet",
        titre=champs.pop("titre", "Réunion d’essai"),
        debut_at=debut,
        fin_at=debut + timedelta(hours=2),
        by=FABRIQUE,
        **champs,
    )


def make_invitation(rendez_vous=None, *, email="camille@essai.example") -> Invitation:
    rendez_vous = rendez_vous or make_rendez_vous()
    invitation = actions.invite(rendez_vous=rendez_vous, nom="Camille", email=email, by=FABRIQUE)
    actions.send_invitations(rendez_vous=rendez_vous, by=FABRIQUE, url="/")
    invitation.refresh_from_db()
    return invitation


def repondre(invitation, valeur, **champs):
    champs.setdefault("moyen", MoyenReponse.LIEN)
    return actions.record_reponse(invitation=invitation, valeur=valeur, by="Camille", **champs)


def make_reply(
    rendez_vous, *, partstat="ACCEPTED", email="camille@essai.example", sequence=None, uid=None, jour=4
):
    return (
        "BEGIN:VCALENDAR\r\nPRODID:-//Essai//FR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid or rendez_vous.uid}\r\nSEQUENCE:{rendez_vous.sequence if sequence is None else sequence}\r\n"
        f"DTSTAMP:202603{jour:02d}T080000Z\r\nDTSTART:20260313T080000Z\r\n"
        f"ATTENDEE;PARTSTAT={partstat}:MAILTO:{email}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


# --- le fichier ------------------------------------------------------------------------------------------------------


def read_event(texte):
    calendrier = Calendar.from_ical(texte)
    [evenement] = calendrier.walk("VEVENT")
    return str(calendrier["method"]), evenement


def test_the_ics_says_who_organises_when_and_where():
    rendez_vous = make_rendez_vous(
        lieu="Mairie", organisateur=make_personne(nom="Chef", email="chef@essai.example")
    )
    invitation = make_invitation(rendez_vous)
    methode, evenement = read_event(build_ics(rendez_vous, invitation, url="https://exemple.fr/lien/"))
    assert methode == "REQUEST"
    assert evenement.decoded("dtstart") == datetime(2026, 3, 13, 8, tzinfo=UTC)
    assert str(evenement["organizer"]) == "mailto:chef@essai.example"
    assert str(evenement["attendee"]) == "mailto:camille@essai.example"
    assert evenement["attendee"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert (str(evenement["location"]), evenement["sequence"]) == ("Mairie", 0)


def test_the_ics_keeps_its_uid_and_raises_its_sequence_when_the_date_changes():
    rendez_vous = make_rendez_vous()
    avant = read_event(build_ics(rendez_vous))[1]
    actions.update_rendez_vous(
        rendez_vous=rendez_vous, by=FABRIQUE, fin_at=rendez_vous.fin_at + timedelta(hours=1)
    )
    rendez_vous.refresh_from_db()
    apres = read_event(build_ics(rendez_vous))[1]
    assert avant["uid"] == apres["uid"]
    assert (avant["sequence"], apres["sequence"]) == (0, 1)


def test_a_corrected_word_does_not_outdate_the_answers():
    invitation = make_invitation()
    repondre(invitation, OUI)
    actions.update_rendez_vous(rendez_vous=invitation.rendez_vous, by=FABRIQUE, message="Apportez un stylo")
    invitation.refresh_from_db()
    assert invitation.reponse == OUI


def test_a_cancelled_ics_cancels():
    rendez_vous = make_rendez_vous()
    rendez_vous = actions.cancel_rendez_vous(rendez_vous=rendez_vous, motif="essai", by=FABRIQUE)
    methode, evenement = read_event(build_ics(rendez_vous))
    assert (methode, str(evenement["status"]), evenement["sequence"]) == ("CANCEL", "CANCELLED", 1)


def test_a_removed_person_receives_a_cancellation_once():
    invitation = make_invitation()
    for _ in range(2):
        actions.remove_invitation(invitation=invitation, by=FABRIQUE)
    jointes = [j.texte for c in Courriel.objects.order_by("id") for j in c.jointes.all()]
    assert ["METHOD:CANCEL" in texte for texte in jointes] == [False, True]


def test_an_invitation_already_sent_is_not_sent_twice():
    invitation = make_invitation()
    assert actions.send_invitations(rendez_vous=invitation.rendez_vous, by=FABRIQUE, url="/") == 0


# --- répondre --------------------------------------------------------------------------------------------------------


def test_the_last_answer_counts_and_all_stay():
    invitation = make_invitation()
    assert repondre(invitation, OUI)
    assert repondre(invitation, NON)
    invitation.refresh_from_db()
    assert invitation.reponse == NON
    assert [r.valeur for r in invitation.reponses.all()] == [OUI, NON]
    assert count_reponses([invitation]).non == 1


def test_the_same_answer_twice_changes_nothing():
    invitation = make_invitation()
    assert repondre(invitation, OUI)
    assert not repondre(invitation, OUI)
    assert invitation.reponses.count() == 1


def test_one_does_not_answer_after_the_end():
    invitation = make_invitation()
    with time_machine.travel("2026-04-01"), pytest.raises(ActionImpossible, match="est passé"):
        repondre(invitation, OUI)


def test_an_ics_answered_twice_is_one_answer_and_says_so():
    rendez_vous = make_invitation().rendez_vous
    by = make_personne()
    fichier = make_reply(rendez_vous)
    assert "répond" in actions.record_reponse_ics(rendez_vous=rendez_vous, contenu=fichier, by=by)
    assert "déjà enregistrée" in actions.record_reponse_ics(rendez_vous=rendez_vous, contenu=fichier, by=by)
    [invitation] = rendez_vous.invitations.all()
    assert invitation.reponse == OUI
    assert invitation.reponses.count() == 1


def test_an_older_ics_is_kept_without_undoing_a_newer_one():
    rendez_vous = make_invitation().rendez_vous
    by = make_personne()
    actions.record_reponse_ics(
        rendez_vous=rendez_vous, contenu=make_reply(rendez_vous, partstat="DECLINED", jour=5), by=by
    )
    phrase = actions.record_reponse_ics(rendez_vous=rendez_vous, contenu=make_reply(rendez_vous), by=by)
    assert "plus ancienne" in phrase
    [invitation] = rendez_vous.invitations.all()
    assert invitation.reponse == NON
    assert invitation.reponses.count() == 2


def test_an_ics_for_an_earlier_version_is_kept_but_does_not_count():
    rendez_vous = make_invitation().rendez_vous
    ancien = make_reply(rendez_vous)
    actions.update_rendez_vous(rendez_vous=rendez_vous, by=FABRIQUE, lieu="Ailleurs")
    rendez_vous.refresh_from_db()
    phrase = actions.record_reponse_ics(rendez_vous=rendez_vous, contenu=ancien, by=make_personne())
    assert "version antérieure" in phrase
    [invitation] = rendez_vous.invitations.all()
    assert invitation.reponse == ""
    assert invitation.reponses.count() == 1


@pytest.mark.parametrize(
    ("contenu", "phrase"),
    [
        (b"", "calendrier"),
        (b"bonjour", "calendrier"),
        (b"\xff\xfe\x00", "calendrier"),
        (b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", "pas une réponse"),
        (b"x" * 300_000, "trop gros"),
    ],
)
def test_a_file_that_is_not_an_answer_is_refused_in_a_sentence(contenu, phrase):
    with pytest.raises(DonneesIllisibles, match=phrase):
        actions.record_reponse_ics(rendez_vous=make_rendez_vous(), contenu=contenu, by=make_personne())


def test_the_answer_of_another_meeting_or_person_is_refused():
    rendez_vous = make_invitation().rendez_vous
    by = make_personne()
    with pytest.raises(ActionImpossible, match="autre rendez-vous"):
        actions.record_reponse_ics(rendez_vous=rendez_vous, contenu=make_reply(rendez_vous, uid="x"), by=by)
    with pytest.raises(ActionImpossible, match="n’est pas invité"):
        actions.record_reponse_ics(
            rendez_vous=rendez_vous, contenu=make_reply(rendez_vous, email="autre@essai.example"), by=by
        )


# --- le lien ---------------------------------------------------------------------------------------------------------


def test_a_link_opens_its_invitation_and_dies_with_the_address():
    invitation = make_invitation()
    jeton = make_jeton(invitation)
    assert find_invitation(jeton) == invitation
    for faux in (
        "",
        "x",
        "12",
        f"{invitation.pk}-{'0' * 32}",
        f"{invitation.pk + 1}-{jeton.partition('-')[2]}",
        "²-x",
    ):
        assert find_invitation(faux) is None
    Invitation.objects.filter(pk=invitation.pk).update(email="autre@essai.example")
    assert find_invitation(jeton) is None
