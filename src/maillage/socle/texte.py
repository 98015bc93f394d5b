"""Textes : forme de recherche, typographie."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "’": "'", "ß": "ss"})


def replier(texte: str) -> str:
    """Forme de recherche : minuscules, sans accent, ponctuation ramenée à une espace.

    « L'Haÿ-les-Roses » et « lhay les roses » ne se confondent pas (l'apostrophe est une espace),
    mais « Saint-Étienne », « saint etienne » et « St Étienne » donnent la même forme.
    """
    plat = (
        unicodedata.normalize("NFKD", texte.translate(_LIGATURES)).encode("ascii", "ignore").decode().lower()
    )
    mots = re.sub(r"[^a-z0-9]+", " ", plat).split()
    abreviations = {"st": "saint", "ste": "sainte"}
    return " ".join(abreviations.get(mot, mot) for mot in mots)
