"""L’administrateur tient les comptes ; le support agit au nom de quelqu’un sans jamais décider pour lui."""

from datetime import timedelta

import pytest
from django.urls import reverse

from maillage.comptes.actions_comptes import start_assistance
from maillage.comptes.models import Assistance, Personne
from maillage.contrats.permissions import user_can_sign
from maillage.fiches.models import FicheAction
from maillage.financement.enums import StatutLigne
from maillage.financement.permissions import user_is_financeur_of
from maillage.journal.models import Entree
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import maintenant
from tests.fabriques import (
    make_acte,
    make_invitation,
    make_ligne,
    make_organisation_for,
    make_personne,
    make_signataire,
    make_territoire,
)

pytestmark = pytest.mark.django_db
MOTIF = "Elle n’arrive pas à enregistrer sa fiche"


@pytest.fixture
def territoire():
    return make_territoire("v2/ti-2701")


@pytest.fixture
def chef(territoire):
    return make_personne("chef_projet", territoire=territoire)


@pytest.fixture
def admin():
    return make_personne("administrateur", nom="Support")


@pytest.fixture
def client(connecter, admin):
    return connecter(admin)


def agir(client, personne, acte, motif=MOTIF):
    return client.post(reverse("compte-acte", args=[personne.pk, acte]), {"motif": motif}, follow=True)


# --- comptes -------------------------------------------------------------------------------------------------------


def test_the_list_says_roles_and_finds_by_address(client, chef, django_assert_max_num_queries):
    page = client.get(reverse("comptes"), {"q": chef.email}).content.decode()
    assert "Chef·fe de projet (Territoire ti-2701)" in page
    assert "1</strong> ligne" in page


def test_the_list_costs_the_same_with_more_people(client, chef, territoire, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(reverse("comptes"))
    with CaptureQueriesContext(connection) as peu:
        client.get(reverse("comptes"))
    for role in ("elu", "industriel", "region", "financeur"):
        make_personne(role, territoire=territoire)
    with django_assert_num_queries(len(peu)):
        client.get(reverse("comptes"))


def test_a_name_is_corrected_and_told(client, chef):
    client.post(reverse("compte-detail", args=[chef.pk]), {"prenom": "Ève", "nom": "Durand"})
    assert str(Personne.objects.get(pk=chef.pk)) == "Ève Durand"
    assert Entree.objects.filter(code="comptes.personne.renommee").count() == 1
    page = client.post(
        reverse("compte-detail", args=[chef.pk]), {"prenom": "Ève", "nom": ""}
    ).content.decode()
    assert "Indiquez le nom." in page


def test_closing_and_reopening(client, chef):
    assert "pourquoi" in agir(client, chef, "fermer", motif="").content.decode()
    agir(client, chef, "fermer")
    assert not Personne.objects.get(pk=chef.pk).is_active
    agir(client, chef, "rouvrir")
    assert Personne.objects.get(pk=chef.pk).is_active
    assert client.post(reverse("compte-acte", args=[chef.pk, "inconnu"])).status_code == 404


def test_only_the_administrator_keeps_the_accounts(connecter, chef):
    autre = connecter(chef)
    assert autre.get(reverse("comptes")).status_code == 403
    assert autre.get(reverse("compte-detail", args=[chef.pk])).status_code == 404
    assert agir(autre, chef, "fermer").status_code == 404


# --- agir au nom de quelqu’un --------------------------------------------------------------------------------------


def test_acting_for_someone_shows_a_banner_everywhere_and_writes_both_names(client, admin, chef, territoire):
    agir(client, chef, "assister")
    for nom in ("espace-accueil", "accueil", "compte"):
        page = client.get(reverse(nom)).content.decode()
        assert f"vous agissez au nom de {chef}" in page
        assert MOTIF in page
    client.post(
        reverse("fiche-create", args=["v2", "ti-2701"]),
        {"titre": "Halle partagée", "maturite": "emergence", "visibilite": "territoire"},
    )
    assert FicheAction.objects.get().titre == "Halle partagée"
    entree = Entree.objects.filter(code__startswith="fiches.").earliest("pk")
    assert entree.auteur_libelle == f"Support (support), au nom de {chef}"
    assert (entree.auteur_id, entree.assistant_id) == (chef.pk, admin.pk)
    ouverte = Entree.objects.get(code="comptes.assistance.ouverte")
    assert ouverte.motif == MOTIF


def test_giving_the_hand_back(client, admin, chef):
    agir(client, chef, "assister")
    client.post(reverse("assistance-finir"))
    assert "vous agissez au nom" not in client.get(reverse("espace-accueil")).content.decode()
    assert client.get(reverse("comptes")).status_code == 200
    assert Assistance.objects.get().finie_at
    assert Entree.objects.filter(code="comptes.assistance.finie").exists()


def test_it_stops_by_itself_after_thirty_minutes(client, chef, time_machine):
    time_machine.move_to(maintenant(), tick=False)
    agir(client, chef, "assister")
    time_machine.shift(timedelta(minutes=31))
    assert "vous agissez au nom" not in client.get(reverse("espace-accueil")).content.decode()


def test_it_stops_when_the_helper_loses_the_role(client, admin, chef):
    agir(client, chef, "assister")
    admin.fonctions.all().delete()
    assert "vous agissez au nom" not in client.get(reverse("espace-accueil")).content.decode()


def test_it_needs_a_reason_an_open_account_and_never_another_administrator(admin, chef):
    with pytest.raises(ActionImpossible, match="en une phrase"):
        start_assistance(assistant=admin, personne=chef, motif="test")
    with pytest.raises(ActionImpossible, match="autre administrateur"):
        start_assistance(assistant=admin, personne=make_personne("administrateur"), motif=MOTIF)
    with pytest.raises(ActionImpossible, match="votre propre compte"):
        start_assistance(assistant=admin, personne=admin, motif=MOTIF)
    with pytest.raises(AccesRefuse):
        start_assistance(assistant=chef, personne=admin, motif=MOTIF)


def test_help_never_grants_money_nor_signs(client, admin):
    financeur = make_organisation_for("financeur")
    agent = make_personne("financeur", organisation=financeur)
    ligne = make_ligne(financeur=financeur, statut=StatutLigne.SOLLICITE)
    signataire = make_signataire(make_acte(), organisation=financeur)
    assert user_is_financeur_of(agent, ligne)
    assert user_can_sign(agent, signataire)
    agent.assistance = start_assistance(assistant=admin, personne=agent, motif=MOTIF)
    assert not user_is_financeur_of(agent, ligne)
    assert not user_can_sign(agent, signataire)
    agir(client, agent, "assister")
    adresse = reverse("ligne-move", args=[ligne.pk, "accorde"])
    assert client.post(adresse, {"montant": "1", "motif": "x"}).status_code == 403
    ligne.refresh_from_db()
    assert ligne.statut == StatutLigne.SOLLICITE


def test_help_never_touches_what_belongs_to_the_person(client, chef, territoire):
    invitation, _ = make_invitation(territoire=territoire)
    agir(client, chef, "assister")
    assert client.get(reverse("compte-export")).status_code == 403
    assert client.get(reverse("compte-effacer")).status_code == 403
    assert client.get(reverse("facteur-inscrire")).status_code == 403
    assert client.post(reverse("sessions-fermer")).status_code == 403
    assert client.post(reverse("invitation-cancel", args=[invitation.pk])).status_code == 404
    assert client.get(reverse("invitation-create")).status_code == 403
    assert client.get(reverse("comptes")).status_code == 403


# --- adresse -------------------------------------------------------------------------------------------------------


def test_an_address_is_changed_both_are_told_and_the_sessions_close(
    client, chef, django_capture_on_commit_callbacks
):
    from django.core import mail

    from tests.www.comptes.test_sessions import entrer, is_connecte

    navigateur = type(client)()
    entrer(navigateur, chef)
    ancienne = chef.email
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("compte-detail", args=[chef.pk]), {"email": "Nouvelle@essai.example"})
    assert {m.to[0] for m in mail.outbox} == {ancienne, "nouvelle@essai.example"}
    assert not is_connecte(navigateur)
    assert Personne.objects.get(pk=chef.pk).email == "nouvelle@essai.example"


def test_an_address_already_taken_is_refused_at_the_field(client, chef, admin):
    page = client.post(reverse("compte-detail", args=[chef.pk]), {"email": admin.email}).content.decode()
    assert "déjà celle d’un autre compte" in page
    assert f'value="{admin.email}"' in page
