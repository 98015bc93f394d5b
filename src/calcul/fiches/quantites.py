"""Quantités d’un indicateur : exactes, en millièmes d’unité (12,5 → 12 500). Aucun nombre flottant."""

import re
from decimal import Decimal, InvalidOperation

from calcul.montants import ESPACE_INSECABLE

MILLIEMES = 1000
# Au-delà, c’est une erreur de saisie : un million de milliards tient dans un entier de base de données.
QUANTITE_MAX = 10**15 * MILLIEMES

_FORME = re.compile(r"[+-]?\d+(\.\d{1,3})?", re.ASCII)
_ESPACES = re.compile(r"[\s\u00a0\u202f]+")


class QuantiteIllisible(ValueError):
    """Le texte n’est pas un nombre que l’on sait garder ; la phrase dit quoi écrire."""


def parse_quantite(texte: str) -> int:
    """« 1 250,5 » → 1 250 500 millièmes. Trois décimales au plus ; des mots, une unité ou deux nombres : QuantiteIllisible."""
    propre = _ESPACES.sub("", texte).replace(",", ".").replace("−", "-")
    if not _FORME.fullmatch(propre):
        raise QuantiteIllisible(
            f"«{ESPACE_INSECABLE}{texte.strip()[:60]}{ESPACE_INSECABLE}» n’est pas un nombre. Écrivez-le en chiffres, par exemple "
            f"120 ou 12,5{ESPACE_INSECABLE}; l’unité a sa propre case."
        )
    try:
        milliemes = int(Decimal(propre) * MILLIEMES)
    except InvalidOperation:
        milliemes = QUANTITE_MAX + 1
    if abs(milliemes) > QUANTITE_MAX:
        raise QuantiteIllisible("Ce nombre est trop grand\u00a0: vérifiez-le, ou changez d’unité.")
    return milliemes


def format_quantite(milliemes: int | None) -> str:
    """1 250 500 → « 1 250,5 » ; vide si inconnue."""
    if milliemes is None:
        return ""
    entier, reste = divmod(abs(milliemes), MILLIEMES)
    decimales = f",{reste:03d}".rstrip("0") if reste else ""
    signe = "−" if milliemes < 0 else ""
    return f"{signe}{entier:,}".replace(",", ESPACE_INSECABLE) + decimales
