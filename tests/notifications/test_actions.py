"""Ce qui attend quelqu’un s’ouvre une fois et se clôt ; un courriel n’est jamais perdu."""

import pytest
from django.core import mail

from maillage.comptes.actions import create_organisation
from maillage.comptes.enums import TypeOrganisation
from maillage.journal.actions import Systeme
from maillage.notifications import actions
from maillage.notifications.models import Attente, Courriel

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation():
    return create_organisation(nom="Financeur", type=TypeOrganisation.OPERATEUR, by=Systeme("essai"))


def ouvrir(organisation):
    return actions.open_attente(
        code="essai",
        objet=organisation,
        organisation=organisation,
        territoire="v1/ti-4403",
        libelle="Répondre",
        url="/",
    )


def test_attente_opens_once_and_closes(organisation):
    assert ouvrir(organisation) == ouvrir(organisation)
    assert actions.close_attente(code="essai", objet=organisation) == 1
    assert not Attente.objects.ouvertes().exists()
    assert ouvrir(organisation).fait_at is None
    assert Attente.objects.count() == 2


def envoyer():
    return actions.send_courriel(
        destinataire="agent@exemple.fr",
        gabarit="code_connexion",
        contexte={"code": "123456"},
        motif="vous essayez",
    )


def test_courriel_leaves_after_the_transaction(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        courriel = envoyer()
        assert not mail.outbox
    courriel.refresh_from_db()
    assert courriel.envoye_at
    (message,) = mail.outbox
    assert message.subject == "Votre code Maillage\u00a0: 123456"
    assert "Vous recevez ce message parce que vous essayez." in message.body


def test_failed_courriel_is_kept_and_sent_again(monkeypatch):
    def panne(self, *args, **kwargs):
        raise ConnectionRefusedError("serveur fermé")

    courriel = envoyer()
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", panne)
        assert actions.deliver_courriel(courriel_id=courriel.pk) is False
    courriel.refresh_from_db()
    assert (courriel.envoye_at, courriel.essais, courriel.erreur) == (None, 1, "serveur fermé")
    assert actions.deliver_courriel(courriel_id=courriel.pk) is True
    assert len(mail.outbox) == 1


def test_courriel_is_abandoned_after_too_many_tries_and_stays_visible():
    courriel = envoyer()
    Courriel.objects.filter(pk=courriel.pk).update(essais=actions.ESSAIS_MAX)
    assert actions.deliver_courriel(courriel_id=courriel.pk) is False
    assert Courriel.objects.filter(pk=courriel.pk, envoye_at=None).exists()
