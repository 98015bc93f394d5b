"""Demander à entrer, et partir : quelqu’un de l’organisation répond, l’historique reste."""

from datetime import timedelta

import pytest
from django.core import mail

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Fonction
from maillage.equipes.actions import (
    accept_invitation,
    accept_rattachement,
    close_compte_and_mandats,
    confirm_rattachement,
    erase_donnees,
    record_depart,
    refuse_rattachement,
    request_rattachement,
)
from maillage.notifications.models import Attente
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Mandat
from maillage.territoires.permissions import territoires_for
from maillage.territoires.selectors import attentes_for, destinataires_of
from tests.fabriques import (
    make_demande,
    make_invitation,
    make_organisation,
    make_organisation_for,
    make_personne,
    make_territoire,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return make_organisation_for("region", make_territoire())


@pytest.fixture
def collegue(region):
    return make_personne("region", organisation=region)


def test_a_request_is_shown_only_once_the_address_is_confirmed(region, collegue):
    demande, _ = make_demande(organisation=region, confirmee=False)
    assert not attentes_for(collegue).exists()
    confirm_rattachement(demande=demande)
    assert attentes_for(collegue).get().code == "equipes.rattachement"
    with pytest.raises(ActionImpossible, match="déjà confirmée"):
        confirm_rattachement(demande=demande)


def test_someone_of_the_organisation_is_told_at_once(region, collegue, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        make_demande(organisation=region, email="dominique@essai.example")
    destinataires = {message.to[0] for message in mail.outbox}
    assert destinataires == {"dominique@essai.example", collegue.email}


def test_an_organisation_without_accounts_asks_the_administrator(region):
    admin = make_personne("administrateur")
    make_demande(organisation=region)
    attente = attentes_for(admin).get()
    assert list(destinataires_of(attente)) == [admin]


def test_accepting_opens_the_account_and_closes_what_waited(
    region, collegue, django_capture_on_commit_callbacks
):
    demande, _ = make_demande(organisation=region)
    with django_capture_on_commit_callbacks(execute=True):
        personne = accept_rattachement(demande=demande, role="region", by=collegue)
    assert personne.fonctions.get().organisation == region
    assert not Attente.objects.ouvertes().exists()
    assert "acceptée" in mail.outbox[-1].subject
    with pytest.raises(ActionImpossible, match="déjà répondu"):
        refuse_rattachement(demande=demande, motif="trop tard", by=collegue)


def test_refusing_needs_a_reason_that_is_sent(region, collegue, django_capture_on_commit_callbacks):
    demande, _ = make_demande(organisation=region)
    with pytest.raises(ActionImpossible, match="pourquoi"):
        refuse_rattachement(demande=demande, motif=" ", by=collegue)
    with django_capture_on_commit_callbacks(execute=True):
        refuse_rattachement(demande=demande, motif="Vous n’êtes plus du service.", by=collegue)
    assert "Vous n’êtes plus du service." in mail.outbox[-1].body


def test_nobody_gives_more_than_their_own_role_and_strangers_nothing(region, collegue):
    demande, _ = make_demande(organisation=region)
    for by, role in ((collegue, "administrateur"), (make_personne("region"), "region")):
        with pytest.raises(AccesRefuse):
            accept_rattachement(demande=demande, role=role, by=by)
    with pytest.raises(AccesRefuse):
        refuse_rattachement(demande=demande, motif="non", by=make_personne("region"))


def test_a_firm_is_joined_by_invitation_only():
    firme = make_organisation(TypeOrganisation.ENTREPRISE, nom="Forges")
    with pytest.raises(ActionImpossible, match="sur invitation"):
        make_demande(organisation=firme)


def test_requests_are_limited_per_address(region):
    for _ in range(5):
        make_demande(organisation=region, email="insistante@essai.example", confirmee=False)
    with pytest.raises(ActionImpossible, match="Trop de demandes"):
        request_rattachement(email="insistante@essai.example", prenom="", nom="X", organisation=region)


# --- départs -------------------------------------------------------------------------------------------------------


def relire(personne):
    """La personne telle que la prochaine page la verra."""
    return type(personne).objects.get(pk=personne.pk)


def test_a_departure_ends_the_rights_that_day_and_keeps_the_history(region, collegue):
    partant = make_personne("region", organisation=region)
    fonction = partant.fonctions.get()
    record_depart(roles=[fonction], fin=aujourdhui(), by=collegue, motif="mutation")
    assert not relire(partant).get_fonctions()
    assert not territoires_for(relire(partant)).exists()
    assert Fonction.objects.get(pk=fonction.pk).fin == aujourdhui()


def test_a_departure_to_come_leaves_the_rights_until_then(region, collegue, time_machine):
    partant = make_personne("region", organisation=region)
    record_depart(roles=[partant.fonctions.get()], fin=aujourdhui() + timedelta(days=10), by=collegue)
    assert relire(partant).get_fonctions()
    time_machine.move_to(maintenant() + timedelta(days=10))
    assert not relire(partant).get_fonctions()


def test_a_departure_closes_the_sessions(client, region, collegue):
    from tests.www.comptes.test_sessions import entrer, is_connecte

    partant = make_personne("region", organisation=region)
    entrer(client, partant)
    record_depart(roles=[partant.fonctions.get()], fin=aujourdhui(), by=collegue)
    assert not is_connecte(client)


def test_the_team_of_a_territory_ends_its_mandates_but_not_those_of_others():
    territoire = make_territoire()
    chef, elu = (make_personne(role, territoire=territoire) for role in ("chef_projet", "elu"))
    etat = make_personne("referent_etat", territoire=territoire)
    record_depart(roles=[elu.mandats.get()], fin=aujourdhui(), by=chef)
    assert not Mandat.objects.du_jour().filter(personne=elu).exists()
    with pytest.raises(AccesRefuse):
        record_depart(roles=[etat.mandats.get()], fin=aujourdhui(), by=chef)


def test_a_departure_already_said_or_before_the_beginning_is_refused(region, collegue):
    partant = make_personne("region", organisation=region)
    fonction = partant.fonctions.get()
    record_depart(roles=[fonction], fin=aujourdhui(), by=collegue)
    with pytest.raises(ActionImpossible, match="déjà pris fin"):
        record_depart(roles=[fonction], fin=aujourdhui(), by=collegue)


def test_closing_an_account_ends_everything_and_keeps_the_person(client):
    from tests.www.comptes.test_sessions import entrer, is_connecte

    territoire = make_territoire()
    admin, chef = make_personne("administrateur"), make_personne("chef_projet", territoire=territoire)
    entrer(client, chef)
    with pytest.raises(ActionImpossible, match="pourquoi"):
        close_compte_and_mandats(personne=chef, motif="", by=admin)
    close_compte_and_mandats(personne=chef, motif="fin de contrat", by=admin)
    assert not is_connecte(client)
    assert not relire(chef).is_active
    assert Mandat.objects.filter(personne=chef).exists()
    with pytest.raises(ActionImpossible, match="propre compte"):
        close_compte_and_mandats(personne=admin, motif="essai", by=admin)
    with pytest.raises(AccesRefuse):
        close_compte_and_mandats(personne=admin, motif="essai", by=chef)


def test_closing_an_account_also_ends_a_role_that_began_today():
    admin = make_personne("administrateur")
    _, jeton = make_invitation(role="elu")
    arrivee = accept_invitation(jeton=jeton, prenom="", nom="Arrivée")
    close_compte_and_mandats(personne=arrivee, motif="erreur de destinataire", by=admin)
    assert arrivee.mandats.connus().get().fin == aujourdhui() + timedelta(days=1)


def test_the_last_administrator_does_not_leave_before_naming_another():
    dernier = make_personne("administrateur")
    fonction = dernier.fonctions.get()
    with pytest.raises(ActionImpossible, match="invitez-en d’abord un autre"):
        record_depart(roles=[fonction], fin=aujourdhui(), by=dernier)
    with pytest.raises(ActionImpossible, match="dernier administrateur"):
        erase_donnees(personne=dernier, by=dernier)
    make_personne("administrateur")
    record_depart(roles=[fonction], fin=aujourdhui(), by=dernier)
