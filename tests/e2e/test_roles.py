"""Tour des rôles : pour chaque compte de démonstration, son espace et tout ce que ses cartes et ses menus ouvrent."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect

from maillage.demonstration.comptes import COMPTES
from tests.e2e.navigation import connecter, visiter


def _adresses(liens: Locator) -> list[str]:
    """Adresses du site que ces liens ouvrent, sans ancre."""
    adresses = liens.evaluate_all("liens => liens.map(lien => lien.href)")
    return [f"{u.path}?{u.query}" if u.query else u.path for u in map(urlsplit, adresses)]


@pytest.mark.parametrize("compte", COMPTES, ids=lambda compte: compte.code)
def test_every_space_of_a_role_opens_clean(page, compte):
    connecter(page, compte.libelle)
    visiter(page, "/espace/", capture=f"role-{compte.code}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon espace")
    contenu = page.get_by_role("main")
    cartes = _adresses(contenu.get_by_role("region", name="Mes espaces").get_by_role("link"))
    attentes = _adresses(contenu.get_by_role("region", name="Ce qui m’attend").get_by_role("link"))
    assert cartes, "aucun espace n’est ouvert à ce compte"
    vues = {"/espace/"}
    entrees: list[str] = []
    for rang, adresse in enumerate(cartes):
        if adresse not in vues:
            visiter(page, adresse, capture=f"role-{compte.code}-{rang}")
            vues.add(adresse)
            menus = contenu.get_by_role("navigation").filter(
                has_not=page.get_by_role("button", name="Voir le fil")
            )
            entrees += _adresses(menus.get_by_role("link"))
    for adresse in [*attentes[:3], *entrees]:
        if adresse not in vues:
            visiter(page, adresse)
            expect(contenu.get_by_role("heading", level=1)).to_be_visible()
            vues.add(adresse)
