"""Les gardiens de toute la suite : pas de réseau, pas de variable de gabarit inconnue, pas de page mal tenue."""

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from django.test import Client

from tests.gardiens import VariableInconnue, check_page

HOTES_LOCAUX = {"127.0.0.1", "::1", "localhost", "0.0.0.0", "", None}  # noqa: S104


class ReseauInterdit(RuntimeError):
    """Un test a voulu sortir de la machine."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--avec-base",
        action="store_true",
        help="seulement les tests qui touchent la base : les autres ne dépendent pas du moteur",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--avec-base"):
        return
    bases = {"db", "transactional_db", "django_db_setup"}
    garde, laisse = [], []
    for item in items:
        touche = item.get_closest_marker("django_db") or bases & set(getattr(item, "fixturenames", ()))
        (garde if touche else laisse).append(item)
    items[:] = garde
    config.hook.pytest_deselected(items=laisse)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Les réglages de test ouvrent un dossier temporaire par processus : il s’efface avec lui."""
    if settings.configured:
        shutil.rmtree(Path(settings.MEDIA_ROOT).parent, ignore_errors=True)


def _is_local(adresse: Any) -> bool:
    return not isinstance(adresse, tuple) or adresse[0] in HOTES_LOCAUX


@pytest.fixture(autouse=True, scope="session")
def reseau_ferme() -> Iterator[None]:
    """Une connexion ou une résolution de nom hors de la machine lève ReseauInterdit."""
    connexion, connexion_ex, resolution = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def connect(prise: socket.socket, adresse: Any) -> None:
        if not _is_local(adresse):
            raise ReseauInterdit(f"connexion à {adresse}")
        connexion(prise, adresse)

    def connect_ex(prise: socket.socket, adresse: Any) -> int:
        if not _is_local(adresse):
            raise ReseauInterdit(f"connexion à {adresse}")
        return connexion_ex(prise, adresse)

    def getaddrinfo(hote: Any, *arguments: Any, **options: Any) -> Any:
        nom = hote.decode() if isinstance(hote, bytes) else hote
        if nom not in HOTES_LOCAUX:
            raise ReseauInterdit(f"résolution de {nom}")
        return resolution(hote, *arguments, **options)

    with pytest.MonkeyPatch.context() as remplacement:
        remplacement.setattr(socket.socket, "connect", connect)
        remplacement.setattr(socket.socket, "connect_ex", connect_ex)
        remplacement.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(autouse=True)
def gabarits_stricts() -> None:
    """Une variable que la vue n’a pas donnée fait échouer le rendu de nos gabarits.

    À chaque test, et non une fois : un test qui change un réglage fait refaire le moteur de gabarits.
    """
    engines["django"].engine.string_if_invalid = VariableInconnue()


@pytest.fixture(autouse=True, scope="session")
def pages_tenues() -> Iterator[None]:
    """Chaque page HTML reçue par le client de test est relue par `tests.gardiens.check_page`."""
    demander = Client.request

    def request(client: Client, **demande: Any) -> Any:
        reponse = demander(client, **demande)
        if not reponse.streaming and reponse.get("Content-Type", "").startswith("text/html"):
            check_page(reponse.content.decode(), adresse=demande.get("PATH_INFO", ""))
        return reponse

    with pytest.MonkeyPatch.context() as remplacement:
        remplacement.setattr(Client, "request", request)
        yield


@pytest.fixture
def connecter(db: None) -> Callable[[Any], Client]:
    """`connecter(personne)` rend un client de test où cette personne est connectée."""

    def connecter(personne: Any) -> Client:
        client = Client()
        client.force_login(personne)
        return client

    return connecter
