"""Fichiers CSV et XLSX : la même écriture pour tous les exports du site, au fil de l’eau.

Un fichier est fait de `Feuille` ; ses lignes viennent une à une, jamais toutes en mémoire.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.utils import timezone

TYPE_CSV = "text/csv; charset=utf-8"
TYPE_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIGNES_MAX_XLSX = 1_048_575  # ce qu’une feuille contient, sous sa ligne de titres
SEPARATEUR = ";"
MARQUE = "\ufeff"  # un tableur y reconnaît l’UTF-8
_FORMULES = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Feuille:
    """Une table à écrire. `montants` : rangs (de 0) des colonnes en centimes."""

    titre: str
    titres: Sequence[str]
    lignes: Iterable[Sequence[Any]]
    montants: frozenset[int] = frozenset()


def write_csv(feuille: Feuille) -> Iterator[str]:
    """Séparateur « ; », virgule décimale, UTF-8 avec sa marque : ce qu’ouvre un tableur français. Ligne par ligne."""
    tampon = io.StringIO()
    ecrivain = csv.writer(tampon, delimiter=SEPARATEUR)
    yield MARQUE
    ecrivain.writerow(feuille.titres)
    for ligne in feuille.lignes:
        ecrivain.writerow(
            [_write_texte(valeur, montant=rang in feuille.montants) for rang, valeur in enumerate(ligne)]
        )
        yield tampon.getvalue()
        tampon.seek(0)
        tampon.truncate()
    yield tampon.getvalue()


def write_xlsx(*feuilles: Feuille) -> IO[bytes]:
    """Un classeur, dans un fichier temporaire prêt à lire. Au-delà de ce qu’une feuille contient, sa dernière ligne le dit."""
    from openpyxl import Workbook

    classeur = Workbook(write_only=True)
    for feuille in feuilles:
        page = classeur.create_sheet(_clean_titre(feuille.titre))
        page.append(list(feuille.titres))
        for numero, ligne in enumerate(feuille.lignes, start=1):
            if numero == LIGNES_MAX_XLSX:
                page.append(["La suite ne tient pas dans une feuille\u00a0: prenez le fichier CSV."])
                break
            page.append(
                [
                    _write_cellule(page, valeur, montant=rang in feuille.montants)
                    for rang, valeur in enumerate(ligne)
                ]
            )
    fichier = tempfile.TemporaryFile()  # noqa: SIM115 - lu, puis fermé, par la réponse
    classeur.save(fichier)
    fichier.seek(0)
    return fichier


def _clean_titre(titre: str) -> str:
    """Un nom de feuille qu’un tableur accepte : 31 caractères, sans « : \\ / ? * [ ] »."""
    return "".join(" " if c in ":\\/?*[]" else c for c in titre)[:31].strip() or "Feuille"


def to_euros(centimes: int) -> Decimal:
    """125050 centimes → 1250.50 euros."""
    return Decimal(centimes).scaleb(-2)


def _write_texte(valeur: Any, *, montant: bool = False) -> str:
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
    return str(_disarm(valeur))


def _disarm(valeur: Any) -> Any:
    """Désarme par une apostrophe un texte qu’un tableur prendrait pour une formule ; rend le reste tel quel."""
    return f"'{valeur}" if isinstance(valeur, str) and valeur.startswith(_FORMULES) else valeur


def _write_cellule(feuille: Any, valeur: Any, *, montant: bool = False) -> Any:
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
        return _write_texte(valeur)
    return valeur
