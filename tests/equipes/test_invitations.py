"""Inviter : un titre que l’on peut donner, une adresse, quatorze jours, une fois."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from maillage.comptes.actions import create_personne
from maillage.comptes.actions_comptes import close_compte
from maillage.comptes.models import Personne
from maillage.equipes.actions import (
    accept_invitation,
    cancel_invitation,
    create_invitation,
    resend_invitation,
)
from maillage.equipes.permissions import Titre, titres_for
from maillage.journal.models import Entree
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.actions import give_mandat
from maillage.territoires.actions_mandats import end_mandat
from maillage.territoires.permissions import territoires_for
from tests.fabriques import (
    FABRIQUE,
    make_invitation,
    make_organisation_for,
    make_personne,
    make_territoire,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def territoire():
    return make_territoire("v2/ti-2701")


def accepter(jeton, **noms):
    return accept_invitation(jeton=jeton, **({"prenom": "Camille", "nom": "Essai"} | noms))


def test_an_invitation_opens_the_account_and_the_mandate_from_that_day(
    territoire, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        _, jeton = make_invitation(territoire=territoire, email="Nouvelle@Essai.example")
    (message,) = mail.outbox
    assert message.to == ["nouvelle@essai.example"]
    assert jeton in message.body
    personne = accepter(jeton)
    mandat = personne.mandats.get()
    assert (personne.email, mandat.role, mandat.debut) == ("nouvelle@essai.example", "elu", aujourdhui())
    assert territoire in territoires_for(personne)
    codes = set(Entree.objects.filter(code__startswith="equipes.").values_list("code", flat=True))
    assert codes == {"equipes.invitation.envoyee", "equipes.invitation.acceptee"}


def test_an_invitation_to_an_organisation_gives_the_same_role(territoire):
    region = make_organisation_for("region", territoire)
    _, jeton = make_invitation(organisation=region, role="region")
    fonction = accepter(jeton).fonctions.get()
    assert (fonction.organisation, fonction.role) == (region, "region")


def test_it_serves_once(territoire):
    _, jeton = make_invitation(territoire=territoire)
    accepter(jeton)
    with pytest.raises(ActionImpossible, match="ne vaut plus"):
        accepter(jeton)
    assert Personne.objects.filter(nom="Essai").count() == 1


def test_it_expires_and_a_resend_makes_it_good_again_with_another_link(
    territoire, time_machine, django_capture_on_commit_callbacks
):
    invitation, ancien = make_invitation(territoire=territoire)
    time_machine.move_to(maintenant() + timedelta(days=15))
    with pytest.raises(ActionImpossible, match="ne vaut plus"):
        accepter(ancien)
    assert invitation.etat == "expiree"
    with django_capture_on_commit_callbacks(execute=True):
        resend_invitation(invitation=invitation, by=invitation.cree_by)
    (neuf,) = re.findall(r"/invitation/([\w-]+)/", mail.outbox[-1].body)
    with pytest.raises(ActionImpossible):
        accepter(ancien)
    assert accepter(neuf).mandats.exists()


def test_a_cancelled_invitation_opens_nothing_and_cannot_be_resent(territoire):
    invitation, jeton = make_invitation(territoire=territoire)
    cancel_invitation(invitation=invitation, by=invitation.cree_by)
    with pytest.raises(ActionImpossible, match="ne vaut plus"):
        accepter(jeton)
    with pytest.raises(ActionImpossible, match="annulée"):
        resend_invitation(invitation=invitation, by=invitation.cree_by)


@pytest.mark.parametrize("adresse", ["", "sans-arobase", "a@", "a b@c.fr", "a@b"])
def test_a_malformed_address_is_refused(territoire, adresse):
    chef = make_personne("chef_projet", territoire=territoire)
    with pytest.raises(ActionImpossible, match=r"nom@domaine\.fr"):
        create_invitation(email=adresse, titre=Titre("elu", territoire=territoire), by=chef)


def test_an_address_already_invited_is_refused_with_by_whom_and_until_when(territoire):
    invitation, _ = make_invitation(territoire=territoire, email="deja@essai.example")
    with pytest.raises(ActionImpossible, match="est déjà invité à ce titre, par chef_projet"):
        create_invitation(
            email="DEJA@essai.example", titre=Titre("elu", territoire=territoire), by=invitation.cree_by
        )
    create_invitation(  # à un autre titre, si
        email="deja@essai.example", titre=Titre("industriel", territoire=territoire), by=invitation.cree_by
    )


def test_someone_who_holds_the_role_is_not_invited_to_it(territoire):
    elu = make_personne("elu", territoire=territoire)
    with pytest.raises(ActionImpossible, match="tient déjà ce rôle"):
        make_invitation(territoire=territoire, email=elu.email)


def test_a_partner_is_invited_until_a_date(territoire):
    with pytest.raises(ActionImpossible, match="jusqu’à une date"):
        make_invitation(territoire=territoire, role="partenaire")
    _, jeton = make_invitation(
        territoire=territoire, role="partenaire", fin=aujourdhui() + timedelta(days=90)
    )
    assert accepter(jeton).mandats.get().fin == aujourdhui() + timedelta(days=90)


def test_a_role_already_over_is_refused(territoire):
    with pytest.raises(ActionImpossible, match="déjà passée"):
        make_invitation(territoire=territoire, fin=aujourdhui())


@pytest.mark.parametrize(
    ("role", "attendus"),
    [
        ("chef_projet", {"chef_projet", "elu", "industriel", "partenaire"}),
        ("elu", set()),
        ("partenaire", set()),
        ("region", {"region"}),
        ("financeur", {"financeur"}),
    ],
)
def test_each_role_may_invite_only_to_what_is_its_own(territoire, role, attendus):
    personne = make_personne(role, territoire=territoire)
    assert {titre.role for titre in titres_for(personne)} == attendus


def test_nobody_invites_in_the_territory_or_the_organisation_of_others(territoire):
    ailleurs = make_territoire("v1/ti-4403")
    chef = make_personne("chef_projet", territoire=ailleurs)
    for titre in (
        Titre("elu", territoire=territoire),
        Titre("region", organisation=make_organisation_for("region")),
    ):
        with pytest.raises(AccesRefuse):
            create_invitation(email="x@essai.example", titre=titre, by=chef)


def test_the_administrator_invites_to_any_role(territoire):
    admin = make_personne("administrateur")
    for titre in (
        Titre("referent_etat", territoire=territoire),
        Titre("national", organisation=make_organisation_for("national")),
    ):
        create_invitation(email="x@essai.example", titre=titre, by=admin)


def test_an_invitation_dies_with_the_right_of_who_sent_it(territoire):
    invitation, jeton = make_invitation(territoire=territoire)
    end_mandat(mandat=invitation.cree_by.mandats.get(), fin=aujourdhui(), by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="ne peut plus inviter"):
        accepter(jeton)


def test_a_closed_account_is_not_reopened_by_an_ordinary_invitation(territoire):
    partie = make_personne(email="partie@essai.example")
    admin = make_personne("administrateur")
    close_compte(personne=partie, motif="départ en retraite", by=admin)
    _, jeton = make_invitation(territoire=territoire, email="partie@essai.example")
    with pytest.raises(ActionImpossible, match="fermé"):
        accepter(jeton)
    _, jeton = make_invitation(
        territoire=territoire, role="industriel", email="partie@essai.example", by=admin
    )
    assert accepter(jeton).is_active


def test_a_person_named_by_a_source_receives_the_account_without_a_double(territoire):
    nommee = create_personne(nom="Durand", prenom="Ève", source="un texte", by=FABRIQUE)
    give_mandat(territoire=territoire, personne=nommee, role="elu", by=FABRIQUE)
    chef = make_personne("chef_projet", territoire=territoire)
    _, jeton = create_invitation(
        email="eve@essai.example", titre=Titre("industriel", territoire=territoire), personne=nommee, by=chef
    )
    personne = accepter(jeton, nom="", prenom="")
    assert (personne.pk, personne.email, personne.is_active) == (nommee.pk, "eve@essai.example", True)


def test_the_link_is_not_readable_in_the_database(territoire):
    invitation, jeton = make_invitation(territoire=territoire)
    assert jeton not in (invitation.jeton_sha256, str(invitation.pk))


def test_a_held_place_of_the_binome_is_not_offered_to_another():
    territoire = make_territoire()
    make_personne("elu", territoire=territoire)
    with pytest.raises(ActionImpossible, match="mettez d’abord fin à son mandat") as refus:
        make_invitation(territoire=territoire, role="elu")
    assert refus.value.champ == "titre"
