"""Cellules des fichiers CSV et XLSX : les mêmes écritures pour tous les exports du site."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

SEPARATEUR = ";"
MARQUE = "\ufeff"  # un tableur y reconnaît l’UTF-8
_FORMULES = ("=", "+", "-", "@", "\t", "\r")


def to_euros(centimes: int) -> Decimal:
    """125050 centimes → 1250.50 euros."""
    return Decimal(centimes).scaleb(-2)


def write_texte(valeur: Any, *, montant: bool = False) -> str:
    """Texte d’une cellule CSV : « 120000,00 », « 2026-11-22 18:30 » (heure de Paris), « oui ». `montant` : en centimes.

    Un texte qui commence comme une formule est désarmé par une apostrophe.
    """
    if valeur is None:
        return ""
    if montant:
        return f"{to_euros(valeur):.2f}".replace(".", ",")
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, datetime):
        return f"{timezone.localtime(valeur):%Y-%m-%d %H:%M}"
    if isinstance(valeur, date):
        return valeur.isoformat()
    return str(disarm(valeur))


def disarm(valeur: Any) -> Any:
    """Désarme par une apostrophe un texte qu’un tableur prendrait pour une formule ; rend le reste tel quel."""
    return f"'{valeur}" if isinstance(valeur, str) and valeur.startswith(_FORMULES) else valeur


def write_cellule(feuille: Any, valeur: Any, *, montant: bool = False) -> Any:
    """Cellule XLSX : un vrai nombre à deux décimales pour un montant, une vraie date (heure de Paris, sans fuseau)."""
    from openpyxl.cell import WriteOnlyCell

    if valeur is None:
        return None
    if montant:
        cellule = WriteOnlyCell(feuille, to_euros(valeur))
        cellule.number_format = "#,##0.00"
        return cellule
    if isinstance(valeur, datetime):
        return timezone.localtime(valeur).replace(tzinfo=None)
    if isinstance(valeur, bool) or not isinstance(valeur, int | float | date):
        return write_texte(valeur)
    return valeur
