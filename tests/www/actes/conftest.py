from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from maillage.comptes.enums import ButLien
from maillage.comptes.models import LienPersonnel
from maillage.contrats.models import Signataire
from maillage.fiches.enums import StatutFiche
from maillage.socle.horloge import maintenant
from maillage.www.comptes.session import CLE_CONFIRMEE
from maillage.www.comptes.views import CLE_LIENS
from tests.contrats.monde import Monde, create_monde


@pytest.fixture
def monde(db: None) -> Monde:
    """Le territoire d’essai avec une fiche validée (F1), une retenue (F2) et un brouillon (F3)."""
    monde = create_monde()
    monde.fiche("F1")
    monde.fiche("F2", StatutFiche.RETENUE)
    monde.fiche("F3", StatutFiche.BROUILLON)
    return monde


@pytest.fixture
def cheffe(monde: Monde, connecter: Callable[[Any], Client]) -> Client:
    return connecter(monde.cheffe)


def confirmer(client: Client) -> Client:
    """L’identité vient d’être prouvée : la signature ne redemande pas de code."""
    session = client.session
    session[CLE_CONFIRMEE] = maintenant().isoformat()
    session.save()
    return client


@pytest.fixture
def presidente(monde: Monde, connecter: Callable[[Any], Client]) -> Client:
    return confirmer(connecter(monde.presidente))


@pytest.fixture
def sous_prefet(monde: Monde, connecter: Callable[[Any], Client]) -> Client:
    return confirmer(connecter(monde.sous_prefet))


@pytest.fixture
def entrer_par_lien(db: None) -> Callable[[Signataire], Client]:
    """Un navigateur où le dernier lien envoyé pour cette signature a été ouvert avec son code."""

    def entrer(signataire: Signataire) -> Client:
        lien = LienPersonnel.objects.valides().get(but=ButLien.SIGNER_ACTE, objet_id=str(signataire.pk))
        client = Client()
        session = client.session
        session[CLE_LIENS] = [lien.pk]
        session[CLE_CONFIRMEE] = maintenant().isoformat()
        session.save()
        return client

    return entrer
