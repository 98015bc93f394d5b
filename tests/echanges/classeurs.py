"""Classeurs d’essai, écrits cellule par cellule comme le ferait un tableur."""

import io
from typing import Any

from openpyxl import Workbook

from maillage.echanges.plan_transitions import COLONNES, RANG


def make_feuille(classeur: Workbook, titre: str = "Plan d'actions") -> Any:
    feuille = classeur.active
    feuille.title = titre
    feuille["A1"] = "Mon plan"
    for colonne, (_, entete) in enumerate(COLONNES, start=1):
        feuille.cell(2, colonne, entete)
    feuille["A3"] = "Écrivez ici"
    return feuille


def make_classeur(*lignes: dict[str, Any], retouche: Any = None) -> bytes:
    """Un classeur dont chaque ligne (dès la quatrième) est un dictionnaire clé de colonne → valeur."""
    classeur = Workbook()
    feuille = make_feuille(classeur)
    for numero, ligne in enumerate(lignes, start=4):
        for cle, valeur in ligne.items():
            feuille.cell(numero, RANG[cle] + 1, valeur)
    if retouche:
        retouche(feuille)
    return save(classeur)


def save(classeur: Workbook) -> bytes:
    tampon = io.BytesIO()
    classeur.save(tampon)
    return tampon.getvalue()
