"""Les courriels : rejets et renvois visibles, ce qui ne peut pas attendre, et la semaine, une seule fois."""

from datetime import UTC, date, datetime
from io import BytesIO, TextIOWrapper
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from tests.fabriques import (
    make_demande,
    make_fiche,
    make_invitation,
    make_organisation_for,
    make_personne,
    make_territoire,
)

from maillage.equipes.actions import get_semaine, send_recapitulatifs
from maillage.fiches.enums import StatutFiche
from maillage.notifications import actions
from maillage.notifications.models import SUJETS_SECRETS, Attente, Courriel, Recapitulatif
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.selectors import attentes_for, destinataires_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def courriel():
    return actions.send_courriel(
        destinataire="agent@exemple.fr",
        gabarit="attente_immediate",
        contexte={
            "attente": Attente(libelle="Répondre", url="/", territoire_nom=""),
            "personne": "Camille",
        },
        motif="vous essayez",
    )


@pytest.fixture
def territoire():
    return make_territoire()


def refuser(monkeypatch, code):
    def send(self, *args, **kwargs):
        raise SMTPRecipientsRefused({"agent@exemple.fr": (code, b"unknown user")})

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)


def test_a_final_refusal_is_a_rejection_that_is_not_tried_again(courriel, monkeypatch):
    refuser(monkeypatch, 550)
    assert actions.deliver_courriel(courriel_id=courriel.pk) is False
    courriel.refresh_from_db()
    assert courriel.etat == "rejete"
    assert "unknown user" in courriel.erreur
    call_command("envoyer_courriels")
    courriel.refresh_from_db()
    assert courriel.essais == 1


def test_a_passing_refusal_is_tried_again(courriel, monkeypatch):
    with monkeypatch.context() as patch:
        refuser(patch, 450)
        actions.deliver_courriel(courriel_id=courriel.pk)
    courriel.refresh_from_db()
    assert courriel.etat == "en_attente"
    call_command("envoyer_courriels")
    courriel.refresh_from_db()
    assert courriel.etat == "parti"


AVIS = """From: MAILER-DAEMON@exemple.fr
To: ne-pas-repondre@maillage.invalid
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Non remis.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; exemple.fr

Final-Recipient: rfc822; agent@exemple.fr
Action: failed
Status: {statut}
Diagnostic-Code: smtp; 550 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
--b--
"""


def recevoir(courriel, monkeypatch, statut="5.1.1", message_id=""):
    texte = AVIS.format(statut=statut, message_id=message_id or actions.build_message_id(courriel))
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(texte.encode())))
    call_command("enregistrer_retours")


def test_a_bounce_marks_the_mail_rejected_with_the_answer_of_the_server(courriel, monkeypatch):
    actions.deliver_courriel(courriel_id=courriel.pk)
    assert mail.outbox[0].extra_headers["Message-ID"] == actions.build_message_id(courriel)
    recevoir(courriel, monkeypatch)
    courriel.refresh_from_db()
    assert courriel.etat == "rejete"
    assert courriel.erreur == "5.1.1 smtp; 550 no such user"


@pytest.mark.parametrize(
    "avis",
    [{"statut": "4.2.2"}, {"message_id": "<maillage-1-0000000000000000@x>"}, {"message_id": "<autre@x>"}],
)
def test_a_delay_or_a_forged_bounce_changes_nothing(courriel, monkeypatch, avis):
    with pytest.raises(CommandError):
        recevoir(courriel, monkeypatch, **avis)
    courriel.refresh_from_db()
    assert courriel.rejete_at is None


def test_support_sees_rejections_and_sends_again_once(courriel, connecter):
    Courriel.objects.filter(pk=courriel.pk).update(essais=actions.ESSAIS_MAX, erreur="serveur fermé")
    client = connecter(make_personne("administrateur"))
    page = client.get(reverse("courriels"), {"etat": "abandonne"}).content.decode()
    assert "serveur fermé" in page
    client.post(reverse("courriel", args=[courriel.pk]))
    renvoi = courriel.renvois.get()
    assert (renvoi.destinataire, renvoi.corps) == (courriel.destinataire, courriel.corps)
    reponse = client.post(reverse("courriel", args=[courriel.pk]))
    assert "déjà été renvoyé" in reponse.content.decode()


def test_nobody_reads_nor_resends_a_code(connecter):
    secret = actions.send_courriel(
        destinataire="a@exemple.fr",
        gabarit="code_connexion",
        contexte={"code": "482915"},
        motif="vous essayez",
        is_secret=True,
    )
    client = connecter(make_personne("administrateur"))
    for adresse in (reverse("courriels"), reverse("courriel", args=[secret.pk])):
        assert "482915" not in client.get(adresse).content.decode()
    assert "482915" not in client.get(reverse("courriels"), {"export": "csv"}).getvalue().decode()
    assert "0</strong> ligne" in client.get(reverse("courriels"), {"q": "482915"}).content.decode()
    with pytest.raises(ActionImpossible, match="ne se renvoie pas d’ici"):
        actions.resend_courriel(courriel=secret)


# --- immédiat ------------------------------------------------------------------------------------------------------


def test_only_what_cannot_wait_is_sent_at_once(territoire, django_capture_on_commit_callbacks):
    make_personne("region", territoire=territoire)
    with django_capture_on_commit_callbacks(execute=True):
        make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE)
    assert not mail.outbox


def test_who_refused_is_not_told_at_once(django_capture_on_commit_callbacks):
    region = make_organisation_for("region")
    oui, non = (make_personne("region", organisation=region) for _ in range(2))
    actions.update_preference(personne=non, hebdomadaire=True, immediat=False)
    with django_capture_on_commit_callbacks(execute=True):
        make_demande(organisation=region, email="d@essai.example")
    assert {m.to[0] for m in mail.outbox} == {"d@essai.example", oui.email}


@pytest.mark.parametrize("role", ["chef_projet", "elu", "region", "financeur"])
def test_those_an_attente_concerns_are_those_who_see_it(territoire, role):
    personnes = {
        nom: make_personne(nom, territoire=territoire)
        for nom in ("chef_projet", "elu", "industriel", "region", "financeur", "prefecture")
    }
    objet = make_fiche(territoire=territoire)
    cible = (
        {"organisation": personnes[role].fonctions.get().organisation}
        if role == "financeur"
        else {"role": role}
    )
    attente = actions.open_attente(
        code="essai", objet=objet, territoire=territoire.cle, libelle="Répondre", url="/", **cible
    )
    voient = {p.pk for p in personnes.values() if attentes_for(p).filter(pk=attente.pk).exists()}
    assert voient
    assert {p.pk for p in destinataires_of(attente)} == voient


# --- semaine -------------------------------------------------------------------------------------------------------


def test_a_week_is_named_by_its_iso_number():
    assert [get_semaine(jour) for jour in (date(2026, 1, 1), date(2026, 11, 22), date(2027, 1, 3))] == [
        "2026-W01",
        "2026-W47",
        "2026-W53",
    ]


def test_the_weekly_mail_says_what_waits_oldest_first_and_only_once(
    territoire, time_machine, django_capture_on_commit_callbacks
):
    time_machine.move_to(datetime(2026, 3, 2, 7, 0, tzinfo=UTC), tick=False)
    region = make_personne("region", territoire=territoire)
    make_personne("porteur")  # rien ne l’attend
    for jour, titre in ((20, "Récente"), (3, "Ancienne")):
        make_fiche(
            territoire=territoire,
            statut=StatutFiche.TRANSMISE,
            titre=titre,
            date_effet=date(2026, 2, jour),
        )
    with django_capture_on_commit_callbacks(execute=True):
        assert send_recapitulatifs() == 1
        assert send_recapitulatifs() == 0
    (message,) = mail.outbox
    assert message.to == [region.email]
    assert message.subject == "2 choses vous attendent"
    assert message.body.index("Ancienne") < message.body.index("Récente")
    time_machine.move_to(datetime(2026, 3, 9, 7, 0, tzinfo=UTC), tick=False)
    with django_capture_on_commit_callbacks(execute=True):
        assert send_recapitulatifs() == 1
    assert Recapitulatif.objects.filter(personne=region).count() == 2


def test_who_refused_the_weekly_mail_gets_none(territoire, connecter):
    region = make_personne("region", territoire=territoire)
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE)
    client = connecter(region)
    client.post(reverse("compte"), {"immediat": "on"})
    assert region.preference_courriel.hebdomadaire is False
    assert send_recapitulatifs() == 0


def test_nobody_reads_the_link_of_an_invitation_in_the_log(connecter):
    """Qui lirait ce lien entrerait à la place de la personne invitée."""
    _, jeton = make_invitation(email="invitee@essai.example")
    client = connecter(make_personne("administrateur"))
    courriel = Courriel.objects.get(destinataire="invitee@essai.example")
    for adresse in (reverse("courriels"), reverse("courriel", args=[courriel.pk])):
        page = client.get(adresse).content.decode()
        assert jeton not in page
        assert "Invitation (contenu caché)" in page
    actions.deliver_courriel(courriel_id=courriel.pk)
    assert jeton in mail.outbox[0].body
    assert not Courriel.objects.filter(corps__contains=jeton).exists()


def test_every_secret_template_says_what_it_is_to_support():
    for gabarit in SUJETS_SECRETS:
        assert Courriel(motif=gabarit, is_secret=True, sujet="x").sujet_lisible.endswith("(contenu caché)")
