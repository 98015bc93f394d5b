"""Mes données : toutes au registre, rendues, effacées ; un rôle public reste, le contact part."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse

from maillage.comptes.actions import ask_code, create_code
from maillage.comptes.models import CodeConnexion, Personne, SessionOuverte, Tentative
from maillage.equipes.models import DemandeRattachement, Invitation
from maillage.gouvernance.models import MembreComite
from maillage.notifications.models import Courriel
from maillage.socle.donnees_personnelles import list_traitements
from maillage.socle.horloge import maintenant
from maillage.territoires.models import Mandat
from tests.fabriques import (
    make_comite,
    make_demande,
    make_invitation,
    make_membre,
    make_personne,
    make_territoire,
)
from tests.www.comptes.test_sessions import entrer

pytestmark = pytest.mark.django_db


def test_each_kind_says_why_how_long_and_has_its_own_code():
    table = list_traitements()
    assert len({traitement.code for traitement in table}) == len(table) >= 10
    assert all(t.donnees and t.finalite and t.conservation for t in table)


def test_every_model_that_holds_an_address_belongs_to_an_application_of_the_register():
    applications = {t.exporter.__module__.split(".")[1] for t in list_traitements()}
    tenues = {
        modele._meta.app_label
        for modele in apps.get_models()
        if modele.__module__.startswith("maillage.")
        and any(
            champ.get_internal_type() == "CharField" and champ.name == "email"
            for champ in modele._meta.fields
        )
    }
    assert tenues <= applications


def test_the_page_and_the_legal_notice_show_the_same_table(connecter, client):
    page = connecter(make_personne()).get(reverse("compte-donnees")).content.decode()
    publique = client.get(reverse("mentions-legales")).content.decode()
    for traitement in list_traitements():
        assert traitement.conservation in page
        assert traitement.conservation in publique


def test_the_export_holds_what_is_mine_and_nothing_of_others(client):
    territoire = make_territoire()
    mien, autre = (make_personne(role, territoire=territoire) for role in ("elu", "industriel"))
    entrer(client, mien)
    reponse = client.get(reverse("compte-export"))
    assert "attachment" in reponse["Content-Disposition"]
    texte = reponse.content.decode()
    assert mien.email in texte
    assert autre.email not in texte
    assert territoire.nom in texte
    lignes = {d["nature"]: d["lignes"] for d in json.loads(texte)["donnees"]}
    assert any("Sessions" in nature and lignes[nature] for nature in lignes)


def test_erasing_needs_ones_own_address(client):
    personne = make_personne()
    entrer(client, personne)
    page = client.post(reverse("compte-effacer"), {"confirmation": "autre@essai.example"}).content.decode()
    assert "Ce n’est pas votre adresse" in page
    assert Personne.objects.get(pk=personne.pk).email


def test_an_erased_person_leaves_no_address_anywhere(client, django_capture_on_commit_callbacks):
    personne = make_personne("region", email="partie@essai.example")
    make_invitation(email="partie@essai.example")
    make_demande(email="partie@essai.example")
    make_membre(make_comite(), email="partie@essai.example")
    entrer(client, personne)
    client.post(reverse("compte-effacer"), {"confirmation": "partie@essai.example"})
    effacee = Personne.objects.get(pk=personne.pk)
    assert (effacee.email, effacee.is_active, str(effacee)) == (
        None,
        False,
        f"Personne effacée n° {personne.pk}",
    )
    for modele, champ in (
        (Courriel, "destinataire"),
        (Invitation, "email"),
        (DemandeRattachement, "email"),
        (CodeConnexion, "email"),
        (MembreComite, "email"),
    ):
        assert not modele.objects.filter(**{f"{champ}__iexact": "partie@essai.example"}).exists()
    assert not SessionOuverte.objects.filter(personne=personne).exists()
    assert client.get(reverse("espace-accueil")).status_code == 302


def test_the_public_role_of_an_elected_person_stays_and_the_contact_goes(client):
    elu = make_personne("elu", territoire=make_territoire(), nom="Durand")
    entrer(client, elu)
    client.post(reverse("compte-effacer"), {"confirmation": elu.email})
    effacee = Personne.objects.get(pk=elu.pk)
    assert (effacee.nom, effacee.email) == ("Durand", None)
    assert Mandat.objects.du_jour().filter(personne=effacee).exists()


def test_what_has_lived_its_time_is_erased_by_the_daily_command(client, time_machine):
    time_machine.move_to(maintenant(), tick=False)
    personne = make_personne()
    entrer(client, personne)
    ask_code(email=personne.email)
    create_code(email=personne.email)
    make_demande(confirmee=False)
    make_invitation()
    time_machine.shift(timedelta(days=2))
    call_command("effacer_donnees")
    assert not CodeConnexion.objects.exists()
    assert not Tentative.objects.exists()
    assert SessionOuverte.objects.exists()
    time_machine.shift(timedelta(days=31))
    call_command("effacer_donnees")
    assert not DemandeRattachement.objects.exists()
    assert Invitation.objects.exists()
    time_machine.shift(timedelta(days=365))
    call_command("effacer_donnees")
    assert not SessionOuverte.objects.exists()
    assert not Invitation.objects.exists()
    assert not Courriel.objects.exists()
    assert Personne.objects.filter(pk=personne.pk, email__isnull=False).exists()
