"""Les pages d’entrée : inviter, accepter, rejoindre, partir ; une phrase au champ, la saisie gardée."""

from datetime import timedelta

import pytest
from django.urls import reverse

from maillage.comptes.models import Fonction, Personne
from maillage.equipes.models import DemandeRattachement, Invitation
from maillage.socle.horloge import aujourdhui
from tests.fabriques import (
    make_demande,
    make_invitation,
    make_organisation_for,
    make_personne,
    make_territoire,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def territoire():
    return make_territoire("v2/ti-2701", nom="Bassin d’essai")


@pytest.fixture
def chef(territoire):
    return make_personne("chef_projet", territoire=territoire)


def inviter(client, territoire, **champs):
    donnees = {"email": "nouvelle@essai.example", "titre": f"t:{territoire.pk}:elu", "nom": "Durand"} | champs
    return client.post(reverse("invitation-create"), donnees)


def test_inviting_then_accepting_opens_a_session_in_the_right_place(connecter, client, chef, territoire):
    assert inviter(connecter(chef), territoire).url == reverse("invitations")
    invitation, jeton = make_invitation(territoire=territoire, role="industriel", by=chef)
    adresse = reverse("invitation-ouvrir", args=[jeton])
    page = client.get(adresse).content.decode()
    assert "Binôme : industriel·le, Bassin d’essai" in page.replace("\xa0", " ")
    assert not Personne.objects.filter(email=invitation.email).exists()
    assert client.post(adresse, {"prenom": "Ève", "nom": "Durand"}).url == reverse("espace-accueil")
    assert "Bassin d’essai" in client.get(reverse("espace-accueil")).content.decode()
    assert client.get(adresse).status_code == 410


def test_opening_the_page_accepts_nothing(client, territoire):
    """Les messageries visitent les liens d’elles-mêmes."""
    invitation, jeton = make_invitation(territoire=territoire)
    for _ in range(2):
        assert client.get(reverse("invitation-ouvrir", args=[jeton])).status_code == 200
    invitation.refresh_from_db()
    assert invitation.acceptee_at is None


def test_someone_else_signed_in_does_not_accept_it(connecter, territoire, chef):
    _, jeton = make_invitation(territoire=territoire)
    client = connecter(chef)
    page = client.post(reverse("invitation-ouvrir", args=[jeton]), {"nom": "X"}).content.decode()
    assert "pour une autre adresse" in page
    assert not Invitation.objects.filter(acceptee_at__isnull=False).exists()


def test_a_role_of_the_state_goes_through_the_second_factor(client, settings):
    settings.SECOND_FACTEUR_EXIGE = True
    _, jeton = make_invitation(organisation=make_organisation_for("region"), role="region")
    reponse = client.post(reverse("invitation-ouvrir", args=[jeton]), {"prenom": "", "nom": "Durand"})
    assert reponse.url == reverse("connexion-facteur")
    assert client.get(reverse("espace-accueil")).status_code == 302


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"email": "pas une adresse"}, "elle s’écrit nom@domaine.fr"),
        ({"email": ""}, "Indiquez l’adresse"),
        ({"titre": ""}, "Choisissez à quel titre"),
        ({"titre": "o:1:administrateur"}, "Sélectionnez un choix valide"),
        ({"fin": "31/02/2027"}, "Ce n’est pas une date"),
    ],
)
def test_a_bad_invitation_says_why_and_keeps_what_was_typed(connecter, chef, territoire, champs, phrase):
    reponse = inviter(connecter(chef), territoire, message="Rejoignez-nous", **champs)
    assert reponse.status_code == 200
    page = reponse.content.decode()
    assert phrase in page
    assert "Rejoignez-nous" in page
    assert not Invitation.objects.exists()


def test_an_already_invited_address_is_said_at_the_field(connecter, chef, territoire):
    client = connecter(chef)
    inviter(client, territoire)
    page = inviter(client, territoire).content.decode()
    assert "est déjà invité à ce titre" in page
    assert 'id="id_email_error"' in page
    assert Invitation.objects.count() == 1


def test_the_administrator_names_the_organisation_by_its_name_or_siren(connecter):
    admin = make_personne("administrateur")
    region = make_organisation_for("region")
    client = connecter(admin)
    donnees = {"email": "x@essai.example", "titre": "region", "organisation": region.nom.upper()}
    assert client.post(reverse("invitation-create"), donnees).status_code == 302
    assert Invitation.objects.get().organisation == region
    for mauvais, phrase in (("", "donnez-la"), ("Inconnue", "Aucune organisation")):
        page = client.post(reverse("invitation-create"), donnees | {"organisation": mauvais})
        assert phrase in page.content.decode()
    page = client.post(reverse("invitation-create"), donnees | {"titre": "elu"}).content.decode()
    assert "choisissez-le" in page


def test_invitations_are_listed_resent_and_cancelled(connecter, chef, territoire):
    invitation, jeton = make_invitation(territoire=territoire, by=chef)
    client = connecter(chef)
    page = client.get(reverse("invitations")).content.decode()
    assert f'id="renvoyer-{invitation.pk}"' in page
    client.post(reverse("invitation-resend", args=[invitation.pk]))
    assert client.get(reverse("invitation-ouvrir", args=[jeton])).status_code == 410
    client.post(reverse("invitation-cancel", args=[invitation.pk]))
    assert "Annulée" in client.get(reverse("invitations")).content.decode()
    reponse = client.post(reverse("invitation-resend", args=[invitation.pk]), follow=True)
    assert "a été annulée" in reponse.content.decode()


def test_asking_to_join_never_says_whether_the_address_is_known(client):
    region = make_organisation_for("region")
    make_personne(email="connue@essai.example")
    for adresse in ("connue@essai.example", "inconnue@essai.example"):
        reponse = client.post(
            reverse("rejoindre"), {"organisation": region.pk, "nom": "Durand", "email": adresse}
        )
        assert reponse.url == reverse("rejoindre-envoyee")
    assert DemandeRattachement.objects.count() == 2


def test_a_firm_is_not_in_the_public_list(client):
    firme = make_organisation_for("porteur")
    page = client.get(reverse("rejoindre")).content.decode()
    assert firme.nom not in page
    reponse = client.post(reverse("rejoindre"), {"organisation": firme.pk, "nom": "D", "email": "d@e.fr"})
    assert "Choisissez dans la liste" in reponse.content.decode()


def test_confirming_then_answering_a_request(client, connecter):
    region = make_organisation_for("region")
    collegue = make_personne("region", organisation=region)
    demande, jeton = make_demande(organisation=region, confirmee=False)
    adresse = reverse("rattachement-confirmer", args=[jeton])
    client.get(adresse)
    demande.refresh_from_db()
    assert demande.confirmee_at is None
    assert "Votre adresse est confirmée" in client.post(adresse).content.decode()
    agent = connecter(collegue)
    page = agent.get(reverse("rattachement", args=[demande.pk])).content.decode()
    assert "Suivi des dossiers" in page
    agent.post(reverse("rattachement", args=[demande.pk]), {"role": "region"})
    assert Fonction.objects.filter(personne__email=demande.email, organisation=region).exists()
    assert client.get(adresse).status_code == 410


def test_saying_a_departure(connecter, chef, territoire):
    elu = make_personne("elu", territoire=territoire)
    client = connecter(chef)
    assert "Dire son départ" in client.get(reverse("equipe")).content.decode()
    adresse = reverse("depart", args=["mandat", elu.mandats.get().pk])
    assert "Indiquez la date" in client.post(adresse, {"fin": ""}).content.decode()
    fin = aujourdhui() + timedelta(days=3)
    saisie = {"fin": fin.isoformat(), "motif": "fin de mandat municipal"}
    confirmer = client.post(adresse, saisie).content.decode()
    assert "Plus personne ne répondra" in confirmer
    assert elu.mandats.connus().get().fin is None
    client.post(adresse, saisie | {"confirme": "oui"})
    assert elu.mandats.connus().get().fin == fin


def test_the_team_page_costs_the_same_with_more_people(
    connecter, chef, territoire, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_personne("elu", territoire=territoire)
    client = connecter(chef)
    client.get(reverse("equipe"))
    with CaptureQueriesContext(connection) as peu:
        client.get(reverse("equipe"))
    for _ in range(4):
        make_personne("chef_projet", territoire=territoire)
    with django_assert_num_queries(len(peu)):
        client.get(reverse("equipe"))


def test_a_departure_before_the_programme_or_past_without_a_reason_is_refused(connecter, territoire):
    region = make_personne("region", territoire=territoire)
    collegue = make_personne("region", organisation=region.fonctions.get().organisation)
    Fonction.objects.filter(personne=collegue).update(debut=None)
    client, fonction = connecter(region), collegue.fonctions.get()
    adresse = reverse("depart", args=["fonction", fonction.pk])
    for saisie in (
        {"fin": "2010-01-01", "motif": "m", "confirme": "oui"},
        {"fin": "2024-01-01", "confirme": "oui"},
    ):
        assert client.post(adresse, saisie).status_code == 200
        fonction.refresh_from_db()
        assert fonction.fin is None


def test_the_administrator_undoes_a_departure_said_by_mistake(connecter, territoire):
    region = make_personne("region", territoire=territoire)
    fonction = region.fonctions.get()
    Fonction.objects.filter(pk=fonction.pk).update(fin=aujourdhui())
    adresse = reverse("depart-correct", args=[fonction.pk])
    assert connecter(make_personne("region", territoire=territoire)).get(adresse).status_code == 404
    client = connecter(make_personne("administrateur"))
    assert "Dites pourquoi" in client.post(adresse, {"fin": ""}).content.decode()
    assert client.post(adresse, {"fin": "", "motif": "homonyme"}).status_code == 302
    fonction.refresh_from_db()
    assert fonction.fin is None
