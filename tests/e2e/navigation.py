"""Ouvrir une page comme une personne, et vérifier à chaque fois ce que toute page doit tenir."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.serveur import Serveur

RACINE = Path(__file__).resolve().parents[2]
CAPTURES = RACINE / "captures"
LARGE, ETROITE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
REGLES_AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_axe = Axe()


@dataclass
class Surveillance:
    """Ce que le navigateur a vu de travers depuis le dernier relevé, et les octets reçus.

    `avec_script` : faux pour un navigateur sans JavaScript, où axe, qui en est, ne peut pas tourner.
    """

    hote: str
    avec_script: bool = True
    erreurs: list[str] = field(default_factory=list)
    octets: int = 0
    statut_attendu: int = 200

    def follow(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda erreur: self.erreurs.append(f"erreur de script : {erreur}"))
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._on_finished)

    def _on_console(self, message: Any) -> None:
        # Une réponse 403 ou 404 voulue par le test est aussi écrite à la console : ce n’est pas un défaut.
        voulu = self.statut_attendu >= 400 and f"status of {self.statut_attendu}" in message.text
        if message.type in ("error", "warning") and not voulu:
            self.erreurs.append(f"console : {message.text}")

    def _on_request(self, requete: Any) -> None:
        adresse = urlsplit(requete.url)
        if adresse.scheme in ("http", "https") and adresse.netloc != self.hote:
            self.erreurs.append(f"demande à un autre hôte : {requete.url}")

    def _on_response(self, reponse: Any) -> None:
        if reponse.status >= 500 or (reponse.status >= 400 and reponse.status != self.statut_attendu):
            self.erreurs.append(f"réponse {reponse.status} : {reponse.url}")

    def _on_finished(self, evenement: dict[str, Any]) -> None:
        self.octets += int(evenement["encodedDataLength"])

    def check(self) -> None:
        erreurs, self.erreurs = self.erreurs, []
        assert not erreurs, "\n".join(erreurs)


@dataclass(frozen=True)
class Visite:
    """Ce qu’une visite a mesuré. `octets` : reçus du serveur, compressés, fichiers communs compris s’ils ne sont pas en cache."""

    statut: int
    octets: int


def visiter(page: Page, url: str, *, statut: int = 200, capture: str = "") -> Visite:
    """Ouvre `url` et vérifie tout : réponse, accessibilité, console, hôtes, débordement. `capture` : nom des images."""
    surveillance: Surveillance = page.surveillance  # type: ignore[attr-defined]
    surveillance.statut_attendu = statut
    avant = surveillance.octets
    reponse = page.goto(url, wait_until="load")
    assert reponse is not None
    assert reponse.status == statut, f"{url} : réponse {reponse.status}, attendue {statut}"
    octets = surveillance.octets - avant
    check_page_ouverte(page, capture=capture)
    surveillance.statut_attendu = 200
    return Visite(reponse.status, octets)


def suivre(page: Page, cible: Locator, *, statut: int = 200, capture: str = "") -> None:
    """Active un lien ou un bouton qui change de page, et vérifie la page où il mène."""
    surveillance: Surveillance = page.surveillance  # type: ignore[attr-defined]
    surveillance.statut_attendu = statut
    with page.expect_navigation(wait_until="load") as arrivee:
        cible.click()
    reponse = arrivee.value
    assert reponse is not None
    assert reponse.status == statut, f"{page.url} : réponse {reponse.status}, attendue {statut}"
    check_page_ouverte(page, capture=capture)
    surveillance.statut_attendu = 200


def check_page_ouverte(page: Page, *, capture: str = "") -> None:
    """Vérifie la page telle qu’elle est (après un envoi de formulaire, par exemple)."""
    page.surveillance.check()  # type: ignore[attr-defined]
    if page.surveillance.avec_script:  # type: ignore[attr-defined]
        check_accessibilite(page)
    check_largeurs(page, capture=capture)


def check_accessibilite(page: Page) -> None:
    """Aucune règle automatique d’axe n’est enfreinte."""
    resultat = _axe.run(page, options=REGLES_AXE)
    fautes = [
        f"{faute['id']} ({faute['help']}) : "
        + " | ".join(noeud["html"][:160] for noeud in faute["nodes"][:3])
        for faute in resultat.response["violations"]
    ]
    assert not fautes, f"{page.url}\n" + "\n".join(fautes)


def check_largeurs(page: Page, *, capture: str = "") -> None:
    """À 1280 et à 375 pixels, rien ne déborde ; garde une image de chaque si MAILLAGE_CAPTURES est là et `capture` nommé."""
    garder = bool(capture and os.environ.get("MAILLAGE_CAPTURES"))
    taille = page.viewport_size
    for largeur in (LARGE, ETROITE):
        page.set_viewport_size(largeur)  # type: ignore[arg-type]
        debord = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert debord <= 0, (
            f"{page.url} déborde de {debord} pixels à {largeur['width']} : {_find_debordants(page)}"
        )
        if garder:
            CAPTURES.mkdir(exist_ok=True)
            page.screenshot(path=CAPTURES / f"{capture}-{largeur['width']}.png", full_page=True)
    if taille:
        page.set_viewport_size(taille)


def _find_debordants(page: Page) -> str:
    """Les éléments qui passent le bord droit, les plus petits d’abord."""
    debordants = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *")]
            .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
            .map(e => e.outerHTML.slice(0, 120)).slice(-5)"""
    )
    return " | ".join(debordants)


def connecter(page: Page, compte: str) -> None:
    """Choisit un compte de démonstration par son libellé (ou son début) et attend son espace."""
    page.goto("/connexion/")
    page.get_by_role("button", name=compte).first.click()
    expect(
        page.get_by_role("button", name="Se déconnecter")
        .or_(page.get_by_role("link", name="Mon espace"))
        .first
    ).to_be_visible()


def remplir(page: Page, champs: dict[str, str]) -> None:
    """Remplit des champs nommés par leur étiquette : texte, ou choix d’une liste."""
    for etiquette, valeur in champs.items():
        champ = page.get_by_label(etiquette, exact=False).first
        if champ.evaluate("e => e.tagName") == "SELECT":
            champ.select_option(label=valeur)
        else:
            champ.fill(valeur)


def deplier(page: Page, titre: str) -> Locator:
    """Ouvre, s’il est fermé, le repli qui porte ce titre ; rend le repli."""
    repli = page.get_by_role("group").filter(has=page.locator("summary", has_text=titre)).first
    if repli.get_attribute("open") is None:
        repli.locator("summary").first.click()
    return repli


def tabuler(page: Page, cible: Locator, *, fois: int = 60) -> None:
    """Presse Tab jusqu’à ce que le focus arrive sur `cible`, en `fois` pressions au plus."""
    for _ in range(fois):
        page.keyboard.press("Tab")
        if cible.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"en {fois} pressions de Tab, le focus n’arrive pas sur {cible}")


def get_cellule(page: Page, ligne: str, colonne: str) -> Locator:
    """La cellule d’un tableau, par l’intitulé de sa ligne et le titre de sa colonne."""
    tableau = (
        page.get_by_role("table")
        .filter(has=page.get_by_role("columnheader", name=colonne))
        .filter(has=page.get_by_role("rowheader", name=ligne))
        .first
    )
    titres = [texte.strip() for texte in tableau.get_by_role("columnheader").all_inner_texts()]
    rang = next(rang for rang, titre in enumerate(titres) if titre.startswith(colonne))
    rangee = tableau.get_by_role("row").filter(has=page.get_by_role("rowheader", name=ligne)).first
    return rangee.locator("th, td").nth(rang)


def set_contact(page: Page, organisation: str, courriel: str, *, capture: str = "") -> None:
    """Donne à une organisation l’adresse où partent ses liens ; `page` est celle de la délégation nationale."""
    visiter(page, f"/espace/organisations/?q={organisation}")
    suivre(page, page.get_by_role("table").get_by_role("link", name=organisation, exact=True))
    suivre(page, page.get_by_role("link", name="Modifier", exact=True))
    page.get_by_label("Adresse de contact").fill(courriel)
    suivre(page, page.get_by_role("button", name="Enregistrer"), capture=capture)


def enter_by_lien(page: Page, serveur: Serveur, courriel: str, *, capture: str = "") -> None:
    """Ouvre le lien personnel du dernier courriel de cette adresse, demande le code, le recopie."""
    adresse = re.search(r"https?://\S+/lien/\S+", serveur.read_courriel(courriel))
    assert adresse, f"aucun lien dans le dernier courriel de {courriel}"
    visiter(page, adresse[0], capture=capture)
    suivre(page, page.get_by_role("button", name=f"Recevoir un code à {courriel}"))
    enter_code(page, serveur, courriel)


def enter_code(
    page: Page, serveur: Serveur, courriel: str, *, bouton: str = "Continuer", capture: str = ""
) -> None:
    """Recopie le code du dernier courriel de cette adresse dans la page qui le demande, et l’envoie par `bouton`."""
    code = re.search(r"\b\d{6}\b", serveur.read_courriel(courriel))
    assert code, f"aucun code dans le dernier courriel de {courriel}"
    page.get_by_label("Code reçu par courriel").fill(code[0])
    suivre(page, page.get_by_role("button", name=bouton), capture=capture)
