"""Octets reçus par le navigateur pour chaque page principale : première visite (cache vide), puis seconde.

    ./maillage bench poids

Demande Chromium. Chaque page est ouverte dans un vrai navigateur, sur une démonstration construite pour l’occasion et
servie comme `./maillage demo` la sert. Les octets sont ceux du réseau, en-têtes compris : compressés si le serveur
compresse. Rien de ce qui est affiché n’est demandé à un autre hôte.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from tests.e2e.navigation import LARGE, connecter
from tests.e2e.serveur import Modele, Serveur
from tests.lancer import find_chromium

FICTIF = "/espace/territoires/v1/fictif-4403/"
# compte (vide : public) -> pages
PAGES: dict[str, tuple[str, ...]] = {
    "": (
        "/",
        "/territoires/",
        "/territoires/v2/ti-2701/",
        "/mon-territoire/?q=Langres",
        "/chiffres/",
        "/sources/",
        "/verifier/",
        "/connexion/",
    ),
    "Chef·fe de projet, Langres": (
        "/espace/",
        FICTIF,
        f"{FICTIF}fiches/",
        f"{FICTIF}financement/",
        f"{FICTIF}actes/",
        f"{FICTIF}journal/",
    ),
    "Région Grand Est": ("/espace/region/",),
    "Opérateur : Banque des Territoires": ("/espace/financeur/",),
    "Délégation nationale": ("/espace/pilotage/?fictif=1",),
}
GENRES = {"Document": "HTML", "Stylesheet": "CSS", "Script": "JS"}
COLONNES = ("HTML", "CSS", "JS", "autres")


class Compteur:
    """Additionne les octets reçus par une page, par genre de fichier."""

    def __init__(self, session: CDPSession) -> None:
        self.octets: Counter[str] = Counter()
        self.genres: dict[str, str] = {}
        session.on("Network.responseReceived", self._on_reponse)
        session.on("Network.loadingFinished", self._on_fin)
        session.send("Network.enable")

    def _on_reponse(self, evenement: dict[str, Any]) -> None:
        self.genres[evenement["requestId"]] = GENRES.get(evenement["type"], "autres")

    def _on_fin(self, evenement: dict[str, Any]) -> None:
        self.octets[self.genres.get(evenement["requestId"], "autres")] += int(evenement["encodedDataLength"])

    def measure(self, page: Page, adresse: str) -> Counter[str]:
        """Octets d’une ouverture de la page, une fois tout reçu."""
        self.octets = Counter()
        reponse = page.goto(adresse, wait_until="networkidle")
        if reponse is None or reponse.status != 200:
            raise SystemExit(f"{adresse} ne répond pas 200")
        return self.octets


def measure(navigateur: Browser, serveur: Serveur) -> None:
    """Une ligne par page, en Ko (1 024 octets)."""
    titres = "".join(f"{titre:>8}" for titre in (*COLONNES, "1re", "2de"))
    print(f"{'page':48}{titres}  (Ko reçus)")
    for compte, adresses in PAGES.items():
        contexte = navigateur.new_context(base_url=serveur.url, viewport=LARGE)  # type: ignore[arg-type]
        page = contexte.new_page()
        if compte:
            connecter(page, compte)
        session = contexte.new_cdp_session(page)
        compteur = Compteur(session)
        for adresse in adresses:
            page.goto("about:blank")
            session.send("Network.clearBrowserCache")
            premiere = compteur.measure(page, adresse)
            page.goto("about:blank")
            seconde = compteur.measure(page, adresse)
            valeurs = [*(premiere[genre] for genre in COLONNES), premiere.total(), seconde.total()]
            print(f"{adresse:48}" + "".join(f"{valeur / 1024:8.1f}" for valeur in valeurs))
        contexte.close()


def main(arguments: list[str]) -> int:
    argparse.ArgumentParser(prog="bench poids").parse_args(arguments)
    chromium = find_chromium()
    if chromium is None:
        print("Chromium est introuvable (paquet « chromium », ou variable MAILLAGE_CHROMIUM).")
        return 1
    with tempfile.TemporaryDirectory(prefix="maillage-poids-") as dossier, sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with Modele(Path(dossier)).open_copie() as serveur:
            measure(navigateur, serveur)
        navigateur.close()
    return 0
