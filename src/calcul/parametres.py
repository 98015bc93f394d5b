"""Paramètres datés : une valeur, le jour où elle commence, le texte qui la fixe.

Un fichier TOML par paramètre ; sa clé est le nom du fichier. Une valeur va de `depuis` à la veille de la valeur
suivante, ou à `jusqua` compris. `fiabilite` dit ce qui a été lu :

- `S` : lu dans le texte ou la page citée ; une règle qui s'y appuie peut bloquer ;
- `K` : connaissance générale, à vérifier ; une règle qui s'y appuie avertit et ne bloque jamais ;
- `D` : choix ou déduction de la plateforme ; même effet que `K`.

Un barème (plusieurs valeurs fixées par le même passage du même texte) tient dans un fichier : chaque ligne y porte `cas`
(un nom et une valeur par cas) au lieu de `valeur`, et la clé de chacun est « fichier.cas ».
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from calcul.francais import format_jour

DOSSIER = Path(__file__).parent / "financement" / "parametres"
FIABILITES = ("S", "K", "D")

_CLES = {"nom", "unite", "valeurs"}
_CLES_VALEUR = {"depuis", "reference", "fiabilite"}
_CLES_VALEUR_FACULTATIVES = {"jusqua", "url"}
_SANS_CAS = ""


class ParametreInconnu(KeyError):
    """Aucun paramètre ne porte cette clé ; le message donne les plus proches."""

    def __str__(self) -> str:
        return str(self.args[0])


class ParametreSansValeur(LookupError):
    """Aucune valeur connue au jour demandé ; le message donne la première date connue et le texte lu."""


class ParametreInvalide(ValueError):
    """Le fichier d'un paramètre est mal formé ; le message nomme le fichier et la faute."""


@dataclass(frozen=True, kw_only=True)
class ValeurDatee:
    """Une valeur exacte, du jour `depuis` au jour `jusqua` compris (sans fin connue : `None`), et sa source."""

    valeur: Fraction
    depuis: date
    jusqua: date | None
    reference: str
    url: str
    fiabilite: str

    @property
    def is_verifiee(self) -> bool:
        """Le texte a été lu : une règle peut s'appuyer dessus pour bloquer."""
        return self.fiabilite == "S"

    @property
    def citation(self) -> str:
        """Le texte cité à l'écran : la référence et le jour d'où part cette version."""
        return f"{self.reference} (version suivie depuis le {format_jour(self.depuis)})"


@dataclass(frozen=True, kw_only=True)
class Parametre:
    """Une grandeur fixée par un texte. Les valeurs sont rangées par date et ne se chevauchent pas."""

    cle: str
    nom: str
    unite: str
    valeurs: tuple[ValeurDatee, ...]

    def find(self, jour: date) -> ValeurDatee | None:
        """La valeur en vigueur ce jour-là, ou None quand aucun texte n'en fixe."""
        for valeur in reversed(self.valeurs):
            if valeur.depuis <= jour and (valeur.jusqua is None or jour <= valeur.jusqua):
                return valeur
        return None

    def at(self, jour: date) -> ValeurDatee:
        """La valeur en vigueur ce jour-là. Erreur : ParametreSansValeur avant la première date ou dans un trou."""
        if (valeur := self.find(jour)) is not None:
            return valeur
        premiere = self.valeurs[0]
        raise ParametreSansValeur(
            f"«\u00a0{self.nom}\u00a0» n’a pas de valeur connue au {format_jour(jour)}\u00a0: la première commence le "
            f"{format_jour(premiere.depuis)} ({premiere.reference})."
        )


class Parametres(Mapping[str, Parametre]):
    """Les paramètres par clé. Une clé inconnue lève ParametreInconnu, qui nomme les clés proches."""

    def __init__(self, parametres: Mapping[str, Parametre]) -> None:
        self._parametres = dict(parametres)

    def __getitem__(self, cle: str) -> Parametre:
        if (parametre := self._parametres.get(cle)) is not None:
            return parametre
        proches = get_close_matches(cle, self._parametres, n=3, cutoff=0.4) or sorted(self._parametres)
        raise ParametreInconnu(
            f"Paramètre inconnu\u00a0: «\u00a0{cle}\u00a0». Clés proches\u00a0: {', '.join(proches)}."
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._parametres)

    def __len__(self) -> int:
        return len(self._parametres)


def load_parametres(dossier: Path) -> Parametres:
    """Les paramètres d'un dossier de fichiers TOML. Erreur : ParametreInvalide, qui nomme le fichier et la faute."""
    return Parametres(
        {
            parametre.cle: parametre
            for chemin in sorted(dossier.glob("*.toml"))
            for parametre in _load_fichier(chemin)
        }
    )


def _load_fichier(chemin: Path) -> Iterator[Parametre]:
    try:
        contenu = tomllib.loads(chemin.read_text(encoding="utf-8"))
        _check_cles(contenu, exigees=_CLES, permises=_CLES)
        for cas in _get_cas(contenu["valeurs"]):
            valeurs = tuple(_build_valeur(brute, cas) for brute in contenu["valeurs"])
            _check_suite(valeurs)
            yield Parametre(
                cle=f"{chemin.stem}.{cas}" if cas else chemin.stem,
                nom=f"{contenu['nom']}\u00a0: {cas.replace('_', ' ')}" if cas else contenu["nom"],
                unite=contenu["unite"],
                valeurs=_with_fins(valeurs),
            )
    except ValueError as faute:  # TOMLDecodeError compris
        raise ParametreInvalide(f"{chemin.name}\u00a0: {faute}") from faute


def _get_cas(brutes: Any) -> tuple[str, ...]:
    """Les cas d'un barème, les mêmes à chaque date ; un seul, sans nom, pour un paramètre simple."""
    listes = {tuple(brute["cas"]) if "cas" in brute else (_SANS_CAS,) for brute in brutes}
    if len(listes) > 1:
        raise ValueError("un barème a les mêmes cas, dans le même ordre, à chaque date")
    return listes.pop() if listes else (_SANS_CAS,)


def _build_valeur(brute: Mapping[str, Any], cas: str) -> ValeurDatee:
    exigees = _CLES_VALEUR | {"cas" if cas else "valeur"}
    _check_cles(brute, exigees=exigees, permises=exigees | _CLES_VALEUR_FACULTATIVES)
    if type(brute["depuis"]) is not date or type(brute.get("jusqua", brute["depuis"])) is not date:
        raise ValueError(
            "«\u00a0depuis\u00a0» et «\u00a0jusqua\u00a0» sont des dates (AAAA-MM-JJ, sans guillemets)"
        )
    valeur = brute["cas"][cas] if cas else brute["valeur"]
    if not isinstance(valeur, str):
        # Un nombre à virgule de TOML serait un flottant : 0.2 n'y vaut pas exactement 1/5.
        raise ValueError(
            "«\u00a0valeur\u00a0» est un texte entre guillemets («\u00a00.20\u00a0» ou «\u00a01/5\u00a0»), jamais un flottant"
        )
    if brute["fiabilite"] not in FIABILITES:
        raise ValueError(
            f"fiabilité «\u00a0{brute['fiabilite']}\u00a0»\u00a0: une de {', '.join(FIABILITES)}"
        )
    return ValeurDatee(
        valeur=Fraction(valeur),
        depuis=brute["depuis"],
        jusqua=brute.get("jusqua"),
        reference=brute["reference"],
        url=brute.get("url", ""),
        fiabilite=brute["fiabilite"],
    )


def _check_cles(contenu: Mapping[str, Any], *, exigees: set[str], permises: set[str]) -> None:
    if manquantes := sorted(exigees - set(contenu)):
        raise ValueError(f"clé manquante\u00a0: {', '.join(manquantes)}")
    if inconnues := sorted(set(contenu) - permises):
        raise ValueError(
            f"clé inconnue\u00a0: {', '.join(inconnues)} (permises\u00a0: {', '.join(sorted(permises))})"
        )


def _check_suite(valeurs: tuple[ValeurDatee, ...]) -> None:
    if not valeurs:
        raise ValueError("aucune valeur")
    for valeur in valeurs:
        if valeur.jusqua is not None and valeur.jusqua < valeur.depuis:
            raise ValueError(f"la valeur du {valeur.depuis} finit avant de commencer")
    for avant, apres in pairwise(valeurs):
        if apres.depuis <= (avant.jusqua or avant.depuis):
            raise ValueError(
                f"la valeur du {apres.depuis} doit suivre celle du {avant.depuis} sans la chevaucher"
            )


def _with_fins(valeurs: tuple[ValeurDatee, ...]) -> tuple[ValeurDatee, ...]:
    suivantes = [*[valeur.depuis for valeur in valeurs[1:]], None]
    return tuple(
        ValeurDatee(
            valeur=valeur.valeur,
            depuis=valeur.depuis,
            jusqua=valeur.jusqua or (suivante - timedelta(days=1) if suivante else None),
            reference=valeur.reference,
            url=valeur.url,
            fiabilite=valeur.fiabilite,
        )
        for valeur, suivante in zip(valeurs, suivantes, strict=True)
    )


PARAMETRES = load_parametres(DOSSIER)
