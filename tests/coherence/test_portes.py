"""Une porte montrée s’ouvre : aucun lien d’une page ne mène à un refus ni à une page absente, quel que soit le rôle."""

import html
import re
from urllib.parse import urldefrag, urljoin, urlparse

import pytest
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from maillage.comptes.models import Personne
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_TERRITOIRE
from maillage.territoires.selectors import attentes_for
from tests.coherence.monde import build_monde
from tests.fabriques import make_territoire

pytestmark = pytest.mark.django_db

ROLES = ("administrateur", "national", "region", "chef_projet", "partenaire", "epci", "porteur", "financeur")
PAGES = (
    "/espace/",
    "/chiffres/",
    "/chiffres/fiches/",
    "/chiffres/territoires/",
    "/chiffres/montants/?mesure=demande",
    "/chiffres/montants/?mesure=demande&par=mouvement",
    "/espace/pilotage/",
    "/espace/territoires/",
)
LIEN = re.compile(r'<a [^>]*?href="([^"]+)"')


@pytest.fixture(scope="module")
def monde(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        make_territoire("v2/ti-4416")  # celui que la table de passage donne pour suite à v1/ti-4403
        yield build_monde()
        transaction.set_rollback(True)


def _list_portes(client, page):
    reponse = client.get(page)
    if reponse.status_code != 200:
        return set()
    liens = {
        urldefrag(urljoin(page, html.unescape(lien)))[0] for lien in LIEN.findall(reponse.content.decode())
    }
    return {lien for lien in liens if not urlparse(lien).netloc and "export=" not in lien}


def _list_pages(monde):
    args = [monde.territoire.vague.code, monde.territoire.id_ti]
    de_fiche = [*args, monde.fiche.pk]
    return (
        *PAGES,
        monde.territoire.get_absolute_url(),
        monde.territoire.get_espace_url(),
        reverse("fiches", args=args),
        reverse("actes", args=args),
        reverse("financement", args=args),
        reverse("fiche-detail", args=de_fiche),
        reverse("fiche-update", args=de_fiche),
        reverse("plan-detail", args=de_fiche),
    )


@pytest.mark.parametrize("role", ["", *ROLES])
def test_every_door_shown_to_a_role_opens(monde, role):
    client = Client()
    with transaction.atomic():
        if role:
            client.force_login(Personne.objects.get(pk=monde.personnes[role].pk))
        portes = {porte: page for page in _list_pages(monde) for porte in _list_portes(client, page)}
        assert portes
        fermees = {}
        for porte, page in portes.items():
            reponse = client.get(porte)
            if reponse.streaming:
                b"".join(reponse.streaming_content)
            if reponse.status_code >= 400:
                fermees[porte] = f"{reponse.status_code}, depuis {page}"
        transaction.set_rollback(True)
    assert not fermees


@pytest.mark.parametrize("role", [*ROLES_ORGANISATION, *ROLES_TERRITOIRE])
def test_what_waits_for_someone_opens_for_them(monde, role):
    for personne in Personne.objects.filter(
        Q(fonctions__role=role) | Q(mandats__role=role), is_active=True
    ).distinct():
        client = Client()
        client.force_login(personne)
        for attente in attentes_for(personne):
            assert client.get(attente.url).status_code == 200, (role, attente.code, attente.url)
