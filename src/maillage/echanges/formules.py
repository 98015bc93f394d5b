"""Formules simples d’un tableur, calculées quand le fichier n’en garde pas le résultat. Python pur, borné, sans `eval`.

Connues : nombres, textes, + − × ÷ &, parenthèses, renvois à une cellule de la feuille, SUM, ROUND, DATE, HYPERLINK, CONCATENATE.
Toute autre lève FormuleInconnue : la personne enregistre alors son fichier depuis son tableur.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

Lecture = Callable[[int, int], Any]  # (ligne, colonne), depuis 1
TAILLE_MAX = 2_000
PROFONDEUR_MAX = 40
PLAGE_MAX = 20_000

_JETON = re.compile(
    r"\s*(?:(?P<nombre>\d+(?:\.\d+)?)|(?P<texte>\"(?:[^\"]|\"\")*\")|(?P<plage>\$?[A-Z]{1,2}\$?\d{1,6}:\$?[A-Z]{1,2}\$?\d{1,6})"
    r"|(?P<renvoi>\$?[A-Z]{1,2}\$?\d{1,6}(?![A-Za-z0-9(]))|(?P<nom>[A-Za-z]+)(?=\()|(?P<signe>[-+*/&(),;]))"
)


class FormuleInconnue(ValueError):
    """La formule demande plus que ce que nous savons calculer."""


def evaluate(formule: str, lit: Lecture) -> Any:
    """Le résultat d’une formule (sans son « = ») : nombre, texte ou jour. Erreur : FormuleInconnue."""
    if len(formule) > TAILLE_MAX:
        raise FormuleInconnue("formule trop longue")
    lecteur = _Lecteur(_tokenize(formule.strip().lstrip("=")), lit)
    resultat = lecteur.texte(0)
    if lecteur.reste:
        raise FormuleInconnue("formule inconnue")
    return resultat


def _tokenize(formule: str) -> list[tuple[str, str]]:
    jetons, position = [], 0
    while formule[position:].strip():
        forme = _JETON.match(formule, position)
        if not forme or forme.lastgroup is None:
            raise FormuleInconnue("signe inconnu")
        jetons.append((forme.lastgroup, forme[forme.lastgroup]))
        position = forme.end()
    return jetons


def _locate(renvoi: str) -> tuple[int, int]:
    lettres, chiffres = re.fullmatch(r"([A-Z]+)(\d+)", renvoi.replace("$", "")).groups()  # type: ignore[union-attr]
    colonne = 0
    for lettre in lettres:
        colonne = colonne * 26 + ord(lettre) - 64
    return int(chiffres), colonne


def _nombre(valeur: Any) -> float:
    if valeur is None or valeur == "":
        return 0
    if isinstance(valeur, bool) or not isinstance(valeur, int | float):
        raise FormuleInconnue("un nombre est attendu")
    return valeur


class _Lecteur:
    def __init__(self, jetons: list[tuple[str, str]], lit: Lecture) -> None:
        self.reste = jetons
        self.lit = lit

    def _prend(self, *signes: str) -> str | None:
        if self.reste and self.reste[0][0] == "signe" and self.reste[0][1] in signes:
            return self.reste.pop(0)[1]
        return None

    def texte(self, profondeur: int) -> Any:
        if profondeur > PROFONDEUR_MAX:
            raise FormuleInconnue("formule trop profonde")
        valeur = self.somme(profondeur)
        while self._prend("&"):
            valeur = f"{_ecrit(valeur)}{_ecrit(self.somme(profondeur))}"
        return valeur

    def somme(self, profondeur: int) -> Any:
        valeur = self.produit(profondeur)
        while signe := self._prend("+", "-"):
            autre = _nombre(self.produit(profondeur))
            valeur = _nombre(valeur) + (autre if signe == "+" else -autre)
        return valeur

    def produit(self, profondeur: int) -> Any:
        valeur = self.facteur(profondeur)
        while signe := self._prend("*", "/"):
            autre = _nombre(self.facteur(profondeur))
            if signe == "/" and autre == 0:
                raise FormuleInconnue("division par zéro")
            valeur = _nombre(valeur) * autre if signe == "*" else _nombre(valeur) / autre
        return valeur

    def facteur(self, profondeur: int) -> Any:
        if signe := self._prend("+", "-"):
            valeur = _nombre(self.facteur(profondeur + 1))
            return valeur if signe == "+" else -valeur
        if self._prend("("):
            valeur = self.texte(profondeur + 1)
            self._ferme()
            return valeur
        if not self.reste:
            raise FormuleInconnue("formule inachevée")
        genre, brut = self.reste.pop(0)
        if genre == "nombre":
            return float(brut) if "." in brut else int(brut)
        if genre == "texte":
            return brut[1:-1].replace('""', '"')
        if genre == "renvoi":
            return self.lit(*_locate(brut))
        if genre == "nom":
            return self.fonction(brut.upper(), profondeur + 1)
        raise FormuleInconnue("formule inconnue")

    def _ferme(self) -> None:
        if not self._prend(")"):
            raise FormuleInconnue("parenthèse ouverte")

    def fonction(self, nom: str, profondeur: int) -> Any:
        self._prend("(")
        arguments: list[Any] = []
        while not self._prend(")"):
            if not self.reste:
                raise FormuleInconnue("parenthèse ouverte")
            if self.reste[0][0] == "plage":
                arguments.append(self._plage(self.reste.pop(0)[1]))
            else:
                arguments.append(self.texte(profondeur))
            self._prend(",", ";")
        return _appelle(nom, arguments)

    def _plage(self, plage: str) -> list[Any]:
        (l1, c1), (l2, c2) = (_locate(bout) for bout in plage.split(":"))
        if abs(l2 - l1 + 1) * abs(c2 - c1 + 1) > PLAGE_MAX:
            raise FormuleInconnue("plage trop grande")
        return [
            self.lit(ligne, colonne)
            for ligne in range(min(l1, l2), max(l1, l2) + 1)
            for colonne in range(min(c1, c2), max(c1, c2) + 1)
        ]


def _ecrit(valeur: Any) -> str:
    if isinstance(valeur, float) and valeur.is_integer():
        return str(int(valeur))
    return "" if valeur is None else str(valeur)


def _appelle(nom: str, arguments: list[Any]) -> Any:
    if nom == "SUM":
        plats = [v for a in arguments for v in (a if isinstance(a, list) else [a])]
        return sum(v for v in plats if isinstance(v, int | float) and not isinstance(v, bool))
    if any(isinstance(a, list) for a in arguments):
        raise FormuleInconnue("plage inattendue")
    if nom == "HYPERLINK" and arguments:
        return arguments[1] if len(arguments) > 1 else arguments[0]
    if nom == "CONCATENATE":
        return "".join(_ecrit(a) for a in arguments)
    if nom == "ROUND" and len(arguments) == 2:
        return round(_nombre(arguments[0]), int(_nombre(arguments[1])))
    if nom == "DATE" and len(arguments) == 3:
        try:
            return date(*(int(_nombre(a)) for a in arguments))
        except (ValueError, OverflowError) as erreur:
            raise FormuleInconnue("date impossible") from erreur
    raise FormuleInconnue(f"fonction {nom}")
