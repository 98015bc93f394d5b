"""Les organisations : qui les tient, ce qui se change, ce que le journal en garde."""

import pytest
from django.test import Client
from django.urls import reverse

from maillage.comptes.models import Organisation
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from tests.fabriques import make_organisation, make_personne, make_referent, make_territoire

pytestmark = pytest.mark.django_db


def entrer(role):
    client = Client()
    client.force_login(make_personne(role))
    return client


@pytest.mark.parametrize("role", ["national", "administrateur"])
def test_the_national_level_keeps_the_contact_addresses(role):
    banque = make_organisation(nom="Banque d’essai")
    client = entrer(role)
    assert "Banque d’essai" in client.get(reverse("organisations"), {"q": "essai banque"}).content.decode()
    assert reverse("organisations") in client.get(reverse("espace-accueil")).content.decode()
    adresse = reverse("organisation-update", args=[banque.pk])
    saisie = {"nom": "Banque d’essai", "type": "operateur"}
    refuse = client.post(adresse, saisie | {"courriel": "contact"}).content.decode()
    assert "nom@domaine.fr" in refuse
    assert 'value="contact"' in refuse
    client.post(adresse, saisie | {"courriel": "Contact@essai.example", "is_financeur": "on"})
    banque.refresh_from_db()
    assert (banque.courriel, banque.is_financeur) == ("contact@essai.example", True)
    entree = Entree.objects.filter(code="comptes.organisation.modifiee").get()
    assert entree.avant == {"courriel": "", "is_financeur": False}
    assert "aucune → contact@essai.example, peut financer" in phrase(entree)


def test_an_unchanged_organisation_writes_nothing():
    banque = make_organisation(nom="Banque d’essai", is_financeur=True)
    entrer("national").post(
        reverse("organisation-update", args=[banque.pk]),
        {"nom": "Banque d’essai", "type": "operateur", "is_financeur": "on"},
    )
    assert not Entree.objects.filter(code="comptes.organisation.modifiee").exists()


def test_an_organisation_is_created_once():
    client = entrer("administrateur")
    saisie = {
        "nom": "Fonds d’essai",
        "type": "operateur",
        "siren": "123456782",
        "courriel": "c@essai.example",
    }
    assert client.post(reverse("organisation-create"), saisie).status_code == 302
    fonds = Organisation.objects.get(nom="Fonds d’essai")
    assert (fonds.siren, fonds.courriel, fonds.is_financeur) == ("123456782", "c@essai.example", False)
    refuse = client.post(reverse("organisation-create"), saisie | {"nom": "Fonds d’Essai"}).content.decode()
    assert "porte déjà ce nom" in refuse
    assert "Ce SIREN est déjà celui de Fonds d’essai" in refuse


def test_a_project_lead_reads_only_the_organisations_of_its_territory():
    ici, ailleurs = make_organisation(nom="Banque d’ici"), make_organisation(nom="Banque d’ailleurs")
    territoire = make_territoire()
    make_referent(territoire=territoire, organisation=ici)
    client = Client()
    client.force_login(make_personne("chef_projet", territoire=territoire))
    page = client.get(reverse("organisations")).content.decode()
    assert "Banque d’ici" in page
    assert "Banque d’ailleurs" not in page
    assert client.get(reverse("organisation-detail", args=[ailleurs.pk])).status_code == 404
    assert client.get(reverse("organisation-update", args=[ici.pk])).status_code == 403


@pytest.mark.parametrize("role", ["region", "prefecture"])
def test_those_who_steer_read_the_directory_without_the_decision_addresses(role):
    make_organisation(nom="Banque d’essai", courriel="decisions@essai.example")
    page = entrer(role).get(reverse("organisations")).content.decode()
    assert "Banque d’essai" in page
    assert "decisions@essai.example" not in page


def test_a_financeur_opens_only_its_own_organisation():
    banque, autre = make_organisation(nom="Banque d’essai"), make_organisation(nom="Autre")
    client = Client()
    client.force_login(make_personne("financeur", organisation=banque))
    assert client.get(reverse("organisations")).status_code == 403
    assert client.get(reverse("organisation-detail", args=[banque.pk])).status_code == 200
    assert client.get(reverse("organisation-detail", args=[autre.pk])).status_code == 404


def test_the_list_costs_the_same_for_one_or_many(django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = entrer("national")
    client.get(reverse("organisations"))
    with CaptureQueriesContext(connection) as une:
        client.get(reverse("organisations"))
    for _ in range(6):
        make_personne("financeur")
    with django_assert_num_queries(len(une)):
        client.get(reverse("organisations"))


def test_the_export_counts_the_accounts():
    personne = make_personne("financeur", nom="Essai")
    organisation = personne.get_fonctions()[0].organisation
    reponse = entrer("national").get(reverse("organisations"), {"export": "csv", "q": organisation.nom})
    lignes = b"".join(reponse.streaming_content).decode().splitlines()
    assert next(li for li in lignes if li.startswith(organisation.nom)).endswith(";1;Oui")
