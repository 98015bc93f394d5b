"""Parcours dans un vrai navigateur, sur la démonstration. Sans Chromium ils sont ignorés (échec si MAILLAGE_TOUT=oui)."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.navigation import CAPTURES, ETROITE, LARGE, Surveillance
from tests.e2e.serveur import Modele, Serveur
from tests.lancer import find_chromium

ICI = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(ICI):
            item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    rapport = yield
    if rapport.when == "call":
        item.echec = rapport.failed  # type: ignore[attr-defined]
    return rapport


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Le Chromium du système, sans bac à sable (inutile sous root) ni appel réseau de son fait."""
    chromium = find_chromium()
    if chromium is None:
        phrase = "Chromium est introuvable (paquet « chromium », ou variable MAILLAGE_CHROMIUM)"
        (pytest.fail if os.environ.get("MAILLAGE_TOUT") else pytest.skip)(phrase)
    return {
        "executable_path": chromium,
        # Comme chez une personne, « Précédent » rend la page telle qu’elle a été quittée.
        "ignore_default_args": ["--disable-back-forward-cache"],
        "args": [
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication",
            "--no-first-run",
            "--no-default-browser-check",
        ],
    }


@pytest.fixture(scope="session")
def modele(tmp_path_factory: pytest.TempPathFactory) -> Modele:
    """La démonstration, construite une fois ; sur PostgreSQL si MAILLAGE_BASE_TEST y mène."""
    base = os.environ.get("MAILLAGE_BASE_TEST", "")
    return Modele(tmp_path_factory.mktemp("e2e"), postgres=base if base.startswith("postgres") else "")


@pytest.fixture(scope="module")
def serveur(modele: Modele) -> Iterator[Serveur]:
    """La démonstration de ce module : ce qu’un test y écrit, le suivant du même module le voit, un autre module non."""
    with modele.open_copie() as serveur:
        yield serveur


Ouvrir = Callable[..., Page]


@pytest.fixture
def ouvrir(browser: Browser, serveur: Serveur, request: pytest.FixtureRequest) -> Iterator[Ouvrir]:
    """`ouvrir()` rend une page neuve, sans session ; `ouvrir(etroite=True)` à 375 pixels. Chacune est surveillée."""
    contextes: list[BrowserContext] = []
    pages: list[Page] = []

    def ouvrir(*, etroite: bool = False, **options: Any) -> Page:
        contexte = browser.new_context(
            base_url=serveur.url,
            viewport=ETROITE if etroite else LARGE,  # type: ignore[arg-type]
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
            **options,
        )
        contexte.set_default_timeout(10_000)
        page = contexte.new_page()
        avec_script = options.get("java_script_enabled", True)
        page.surveillance = Surveillance(urlsplit(serveur.url).netloc, avec_script)  # type: ignore[attr-defined]
        page.surveillance.follow(page)  # type: ignore[attr-defined]
        contextes.append(contexte)
        pages.append(page)
        return page

    yield ouvrir
    echec = getattr(request.node, "echec", False)
    for rang, page in enumerate(pages):
        if echec and not page.is_closed():
            nom = re.sub(r"[^\w-]+", "-", request.node.name)
            CAPTURES.mkdir(exist_ok=True)
            page.screenshot(path=CAPTURES / f"echec-{nom}-{rang}.png", full_page=True)
    erreurs = [erreur for page in pages for erreur in page.surveillance.erreurs]  # type: ignore[attr-defined]
    for contexte in contextes:
        contexte.close()
    if not echec:
        assert not erreurs, "\n".join(erreurs)


@pytest.fixture
def page(ouvrir: Ouvrir) -> Page:
    """Une page à 1280 pixels."""
    return ouvrir()


@pytest.fixture
def page_etroite(ouvrir: Ouvrir) -> Page:
    """Une page à 375 pixels."""
    return ouvrir(etroite=True)
