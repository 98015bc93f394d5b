"""Un formulaire de création, envoyé deux fois, ne crée qu’un objet."""

import re
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from maillage.contrats.models import Acte, Signataire
from maillage.fiches.models import FicheAction
from maillage.financement.models import LigneDepense, LigneFinancement
from maillage.socle.envois import CHAMP_JETON
from maillage.socle.models import EnvoiFormulaire
from tests.fabriques import (
    make_acte,
    make_fiche,
    make_organisation,
    make_personne,
    make_plan,
    make_territoire,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def territoire(db):
    return make_territoire()


@pytest.fixture
def chef(territoire, connecter):
    return connecter(make_personne("chef_projet", territoire=territoire))


def args(objet):
    territoire = getattr(objet, "territoire", objet)
    suite = [] if territoire is objet else [objet.pk]
    return [territoire.vague.code, territoire.id_ti, *suite]


def find_jeton(client, adresse, formulaire):
    return re.search(
        rf'name="{CHAMP_JETON}" value="({formulaire}\.\w+)"', client.get(adresse).content.decode()
    )[1]


def case_fiche(territoire):
    return (
        "fiche",
        reverse("fiche-create", args=args(territoire)),
        None,
        FicheAction,
        {
            "titre": "Ouvrir une école",
            "maturite": "emergence",
            "visibilite": "territoire",
        },
    )


def case_depense(territoire):
    fiche = make_plan(fiche=make_fiche(territoire=territoire), cout=0).fiche
    saisie = {"depense-nature": "etudes", "depense-libelle": "Étude", "depense-montant": "1000"}
    return (
        "depense",
        reverse("plan-detail", args=args(fiche)),
        reverse("depense-create", args=args(fiche)),
        LigneDepense,
        saisie,
    )


def case_ligne(territoire):
    fiche = make_plan(fiche=make_fiche(territoire=territoire)).fiche
    financeur = make_organisation(is_financeur=True)
    saisie = {"ligne-financeur": financeur.pk, "ligne-nature": "subvention", "ligne-montant": "1000"}
    return (
        "ligne",
        reverse("plan-detail", args=args(fiche)),
        reverse("ligne-create", args=args(fiche)),
        LigneFinancement,
        saisie,
    )


def case_acte(territoire):
    return "acte", reverse("acte-ouvrir", args=args(territoire)), None, Acte, {"nature": "protocole"}


def case_signataire(territoire):
    acte = make_acte(territoire=territoire)
    organisation = make_organisation()
    saisie = {"organisation": organisation.nom, "qualite": "Directeur", "college": "publics", "ordre": "1"}
    return "signataire", reverse("acte-signataires", args=args(acte)), None, Signataire, saisie


@pytest.mark.parametrize("case", [case_fiche, case_depense, case_ligne, case_acte, case_signataire])
def test_a_creation_form_sent_twice_creates_once_and_leads_to_what_it_created(chef, territoire, case):
    formulaire, page, envoi, modele, saisie = case(territoire)
    saisie = {**saisie, CHAMP_JETON: find_jeton(chef, page, formulaire)}
    avant = modele.objects.count()
    premiere = chef.post(envoi or page, saisie)
    seconde = chef.post(envoi or page, saisie)
    assert premiere.status_code == 302
    assert seconde.url == premiere.url
    assert modele.objects.count() == avant + 1
    assert "rien n’a été ajouté une seconde fois" in chef.get(seconde.url).content.decode()


def test_a_refused_form_keeps_its_token_and_may_be_sent_again(chef, territoire):
    adresse = reverse("fiche-create", args=args(territoire))
    jeton = find_jeton(chef, adresse, "fiche")
    saisie = {"titre": "", "maturite": "emergence", "visibilite": "territoire", CHAMP_JETON: jeton}
    page = chef.post(adresse, saisie)
    assert page.status_code == 200
    assert f'value="{jeton}"' in page.content.decode()
    assert not EnvoiFormulaire.objects.exists()
    assert chef.post(adresse, saisie | {"titre": "Ouvrir une école"}).status_code == 302


def test_two_forms_of_one_page_do_not_share_their_token(chef, territoire):
    fiche = make_plan(fiche=make_fiche(territoire=territoire)).fiche
    page = reverse("plan-detail", args=args(fiche))
    jeton = find_jeton(chef, page, "depense")
    rendu = chef.post(reverse("depense-create", args=args(fiche)), {CHAMP_JETON: jeton}).content.decode()
    trouves = re.findall(rf'name="{CHAMP_JETON}" value="([\w.]+)"', rendu)
    assert len(set(trouves)) == len(trouves) >= 2
    assert jeton in trouves


def test_another_content_under_a_used_token_is_asked_about_and_nothing_is_lost(chef, territoire):
    adresse = reverse("fiche-create", args=args(territoire))
    saisie = {"titre": "Ouvrir une école", "maturite": "emergence", "visibilite": "territoire"}
    saisie[CHAMP_JETON] = find_jeton(chef, adresse, "fiche")
    creee = chef.post(adresse, saisie)
    page = chef.post(adresse, saisie | {"titre": "Créer une navette"}).content.decode()
    assert "Vous aviez déjà envoyé ce formulaire" in page
    assert f'href="{creee.url}"' in page
    assert FicheAction.objects.count() == 1
    champs = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    champs.pop("csrfmiddlewaretoken", None)
    chef.post(adresse, champs)
    assert sorted(FicheAction.objects.values_list("titre", flat=True)) == [
        "Créer une navette",
        "Ouvrir une école",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_creates_one_fiche():
    territoire = make_territoire()
    personne = make_personne("chef_projet", territoire=territoire)
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(personne)
    adresse = reverse("fiche-create", args=args(territoire))
    saisie = {"titre": "Ouvrir une école", "maturite": "emergence", "visibilite": "territoire"}
    saisie[CHAMP_JETON] = find_jeton(clients[0], adresse, "fiche")
    depart, adresses = Barrier(2, timeout=10), []

    def cliquer(client):
        try:
            depart.wait()
            adresses.append(client.post(adresse, saisie).url)
        finally:
            connection.close()

    fils = [Thread(target=cliquer, args=[client]) for client in clients]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=20)
    assert FicheAction.objects.count() == 1
    assert len(set(adresses)) == 1
