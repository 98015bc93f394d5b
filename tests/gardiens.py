"""Ce qu’une page doit tenir, vérifié sur chaque réponse du client de test."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings
from django.template.base import Node


class GabaritIncomplet(AssertionError):
    """Un gabarit lit une variable que la vue n’a pas donnée."""


class VariableInconnue(str):
    """Valeur de `string_if_invalid` : Django la met en forme (« % ») quand une variable manque.

    Les gabarits des bibliothèques comptent sur le vide : seuls les nôtres échouent.
    """

    __slots__ = ()

    def __contains__(self, morceau: object) -> bool:
        return morceau == "%s"

    def __bool__(self) -> bool:
        return True

    def __mod__(self, variable: object) -> str:
        gabarit = _find_gabarit()
        if gabarit and Path(gabarit).is_relative_to(settings.RACINE / "src"):
            raise GabaritIncomplet(f"{gabarit}\u00a0: la variable «\u00a0{variable}\u00a0» n’existe pas")
        return ""


def _find_gabarit() -> str:
    """Le gabarit en cours de rendu, d’après le nœud le plus proche dans la pile d’appels."""
    cadre = sys._getframe(2)
    while cadre is not None:
        noeud = cadre.f_locals.get("self")
        if isinstance(noeud, Node) and getattr(noeud, "origin", None):
            return str(noeud.origin.name)
        cadre = cadre.f_back
    return ""


class PageMalTenue(AssertionError):
    """Une page contient ce que la politique de sécurité ou la relecture refuse."""


ATTRIBUTS_ADRESSE = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "form": "action",
}


class _Lecteur(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fautes: list[str] = []
        self.ids: set[str] = set()
        self._brut = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        valeurs = dict(attrs)
        self._brut = tag if tag in ("script", "style", "code", "pre", "textarea") else ""
        if (
            tag == "script"
            and not ({"src", "nonce"} & valeurs.keys())
            and valeurs.get("type") != "application/json"
        ):
            self.fautes.append("un <script> sans src ni nonce")
        if tag == "style" and "nonce" not in valeurs:
            self.fautes.append("un <style> dans la page")
        for nom, valeur in attrs:
            if nom.startswith("on"):
                self.fautes.append(f"l’attribut {nom} sur <{tag}>")
            if nom == "style":
                self.fautes.append(f"l’attribut style sur <{tag}>")
            if nom in ("href", "src", "action") and (valeur or "").strip().lower().startswith("javascript:"):
                self.fautes.append(f"une adresse javascript: sur <{tag}>")
            if valeur and re.search(r"\{\{|\{%", valeur):
                self.fautes.append(f"un reste de gabarit dans <{tag} {nom}>")
        adresse = valeurs.get(ATTRIBUTS_ADRESSE.get(tag, "")) or ""
        if re.match(r"(https?:)?//", adresse) and not (tag == "link" and valeurs.get("rel") == "canonical"):
            self.fautes.append(f"une ressource d’un autre hôte sur <{tag}>\u00a0: {adresse}")
        if identifiant := valeurs.get("id"):
            if identifiant in self.ids:
                self.fautes.append(f"l’identifiant «\u00a0{identifiant}\u00a0» en double")
            self.ids.add(identifiant)

    def handle_endtag(self, tag: str) -> None:
        self._brut = ""

    def handle_data(self, data: str) -> None:
        if not self._brut and re.search(r"\{\{|\{%|\{#", data):
            self.fautes.append(f"un reste de gabarit\u00a0: {data.strip()[:60]}")


def check_page(html: str, *, adresse: str) -> None:
    """Lève PageMalTenue si la page a du code en ligne, un style en ligne, un hôte étranger, un reste de gabarit, un doublon."""
    lecteur = _Lecteur()
    lecteur.feed(html)
    if lecteur.fautes:
        raise PageMalTenue(f"{adresse}\u00a0: " + " ; ".join(dict.fromkeys(lecteur.fautes)))
