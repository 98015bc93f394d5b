"""Rendu PDF par Typst, dans le processus : PDF/UA-1 (accessible) et PDF/A-3a (archivage) à la fois.

Les textes entrent comme données JSON, jamais comme balisage : rien de ce qu'une personne écrit n'est interprété.
La conformité est affirmée par Typst, qui refuse de composer un fichier fautif ; les tests relisent les balises.
"""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from maillage.documents.blocs import Document
from maillage.documents.preparation import prepare
from maillage.documents.typographie import couper_les_mots_longs, limiter_aux_polices, nettoyer
from maillage.socle.erreurs import ActionImpossible

logger = logging.getLogger(__name__)

_GABARIT = Path(__file__).parent / "gabarits" / "document.typ"
_NORMES: list[Any] = ["ua-1", "a-3a"]
# Adresses (lien) et images (SVG) ne sont pas du texte courant : y glisser une césure les casserait.
_HORS_TEXTE = {"type", "url", "langue"}
_CELLULES = {"entetes", "lignes", "totaux"}
_SANS_CESURE = {"titre", "titre_court", "auteur", "alt"}


def render_pdf(document: Document) -> bytes:
    """Le fichier PDF. Même arbre, mêmes octets : la date de création est celle du document, à midi (UTC).

    ActionImpossible si Typst refuse de composer (une image illisible, par exemple) ; la cause va au journal technique.
    """
    jour = document.date
    try:
        octets, avertissements = typst.compile_with_warnings(
            str(_GABARIT),
            root=str(_GABARIT.parent),
            sys_inputs={"document": json.dumps(_composable(prepare(document)), ensure_ascii=False)},
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=_NORMES,
            timestamp=datetime(jour.year, jour.month, jour.day, 12, tzinfo=UTC),
        )
    except typst.TypstError as erreur:
        logger.exception("composition impossible\u00a0: %s", document.titre)
        raise ActionImpossible(
            f"Le PDF de «\u00a0{document.titre}\u00a0» n’a pas pu être composé\u00a0: une image ou un caractère du document n’est pas accepté. "
            "Rien n’est perdu\u00a0; prenez la version Word et signalez-le à l’administrateur."
        ) from erreur
    for avertissement in avertissements:
        logger.warning("%s\u00a0: %s", document.titre, avertissement.message)
    return bytes(octets)


def _composable(valeur: Any, cle: str = "", *, cellule: bool = False) -> Any:
    cellule = cellule or cle in _CELLULES
    if isinstance(valeur, dict):
        return {nom: _composable(contenu, nom, cellule=cellule) for nom, contenu in valeur.items()}
    if isinstance(valeur, list):
        return [_composable(element, cle, cellule=cellule) for element in valeur]
    if not isinstance(valeur, str) or cle in _HORS_TEXTE:
        return valeur
    if cle == "svg":
        return limiter_aux_polices(nettoyer(valeur))
    propre = limiter_aux_polices(valeur)
    if cle in _SANS_CESURE:
        return propre
    return couper_les_mots_longs(propre, seuil=20, pas=12) if cellule else couper_les_mots_longs(propre)
