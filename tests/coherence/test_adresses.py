"""Le balayage : chaque adresse × chaque rôle × objet à soi ou étranger.

Publique : une liste blanche. Sans connexion : renvoi vers la connexion. Ce qui n’est pas à moi : 404. À moi sans le droit :
403. Jamais d’erreur 500 (le client de test la lève).
"""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from maillage.comptes.models import Personne
from tests.coherence.adresses import ADRESSES, Privee, Publique
from tests.coherence.monde import ETRANGER, ROLES, build_monde

pytestmark = pytest.mark.django_db

PUBLIQUES = [nom for nom, adresse in ADRESSES.items() if isinstance(adresse, Publique)]
PRIVEES = [nom for nom, adresse in ADRESSES.items() if isinstance(adresse, Privee)]
ACCEPTE = {200, 302, 303, 400}  # 400 : formulaire vide refusé avec ses phrases


@pytest.fixture(scope="module")
def monde(django_db_setup, django_db_blocker):
    """Le monde est construit une fois, dans une transaction défaite à la fin du module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_monde()
        transaction.set_rollback(True)


def _walk(motifs):
    for motif in motifs:
        if isinstance(motif, URLResolver):
            yield from _walk(motif.url_patterns)
        elif isinstance(motif, URLPattern):
            yield motif


MOTIFS = list(_walk(get_resolver().url_patterns))


def test_every_page_has_a_unique_name_and_is_in_the_table():
    """Deux adresses ne portent le même nom que si elles mènent à la même page (un comité, sous un territoire ou sans)."""
    noms = [motif.name for motif in MOTIFS]
    assert all(noms), [str(motif.pattern) for motif in MOTIFS if not motif.name]
    assert len(set(noms)) == len({(motif.name, motif.callback) for motif in MOTIFS})
    assert len({str(motif.pattern) for motif in MOTIFS}) == len(MOTIFS)
    assert not set(noms) - set(ADRESSES), "à inscrire dans tests/coherence/adresses.py"
    assert not set(ADRESSES) - set(noms), "adresses disparues, à retirer de tests/coherence/adresses.py"


def test_public_pages_are_exactly_the_allow_list():
    ouvertes = {motif.name for motif in MOTIFS if getattr(motif.callback, "login_required", True) is False}
    assert ouvertes == set(PUBLIQUES)


def _ask(client, nom, methode, monde):
    adresse = ADRESSES[nom]
    url = reverse(nom, kwargs=adresse.args(monde)) + adresse.requete
    return client.get(url) if methode == "GET" else client.post(url)


def _status(reponse):
    if reponse.streaming:
        b"".join(reponse.streaming_content)
    return reponse.status_code


def _sweep(monde, nom, methode, attendus):
    """Demande la page au nom de chaque rôle ; rend les réponses inattendues, par rôle. Rien de ce qui est écrit ne reste."""
    surprises = {}
    for role in [*ROLES, ETRANGER]:
        personne = Personne.objects.get(pk=monde.personnes[role].pk)
        client = Client()
        with transaction.atomic():
            client.force_login(personne)
            statut = _status(_ask(client, nom, methode, monde))
            transaction.set_rollback(True)
        if statut not in attendus(personne):
            surprises[role] = f"{statut} au lieu de {sorted(attendus(personne))}"
    return surprises


@pytest.mark.parametrize("nom", PUBLIQUES)
def test_a_public_page_opens_without_signing_in(monde, nom):
    adresse = ADRESSES[nom]
    for methode in adresse.methodes.split():
        attendus = set(adresse.statuts) if methode == "GET" else ACCEPTE | set(adresse.statuts)
        assert _status(_ask(Client(), nom, methode, monde)) in attendus


@pytest.mark.parametrize("nom", PUBLIQUES)
def test_a_public_page_opens_for_everyone_signed_in(monde, nom):
    adresse = ADRESSES[nom]
    if "GET" not in adresse.methodes:
        return
    attendus = {*adresse.statuts, 302}
    surprises = _sweep(monde, nom, "GET", lambda personne: attendus)
    assert not surprises


@pytest.mark.parametrize("nom", PRIVEES)
def test_a_private_page_sends_the_anonymous_to_sign_in(monde, nom):
    for methode in ADRESSES[nom].methodes.split():
        reponse = _ask(Client(), nom, methode, monde)
        assert reponse.status_code == 302
        assert reponse["Location"].startswith(reverse("connexion"))


def _expected(adresse, personne, monde):
    if not adresse.voit(personne, monde):
        return {404}
    return ACCEPTE if adresse.peut(personne, monde) else {403}


@pytest.mark.parametrize("nom", PRIVEES)
def test_a_private_page_answers_each_role_as_the_rules_say(monde, nom):
    adresse = ADRESSES[nom]
    for methode in adresse.methodes.split():
        surprises = _sweep(monde, nom, methode, lambda personne: _expected(adresse, personne, monde))
        assert not surprises, methode


def _has_objet(nom):
    """Vrai si l’adresse porte un objet qui n’est pas public."""
    return ADRESSES[nom].args is not Privee.args and not ADRESSES[nom].objet_public


@pytest.mark.parametrize("nom", [nom for nom in PRIVEES if _has_objet(nom)])
def test_each_private_object_is_foreign_to_someone_and_open_to_someone(monde, nom):
    """Une entrée de la table qui ouvrirait tout à tous ne prouverait rien."""
    adresse = ADRESSES[nom]
    vus = {role for role, personne in monde.personnes.items() if adresse.voit(personne, monde)}
    assert vus
    assert ETRANGER not in vus


def test_the_anonymous_has_no_right_at_all(monde):
    for nom in PRIVEES:
        adresse = ADRESSES[nom]
        if _has_objet(nom):
            assert not adresse.voit(AnonymousUser(), monde)
