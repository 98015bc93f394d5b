"""Petites règles de langue pour les phrases calculées : articles, énumérations, espaces insécables."""

import re
from collections.abc import Sequence
from datetime import date

from calcul.montants import ESPACE_INSECABLE

# Premier mot d'un nom d'organisme. Un mot absent d'ici est un nom propre : « à Bpifrance », « par Langres ».
_FEMININS = frozenset(
    """
    banque ca caisse cc cci chambre collectivité communauté commune cu ddt direction dreal dreets
    fondation mairie métropole préfecture régie région société ville
    """.split()  # noqa: SIM905 - une liste de mots se lit mieux ainsi
)
_MASCULINS = frozenset(
    """
    cabinet conseil département feder feader fse fse+ ftj fnadt fonds groupe groupement ministère
    pays petr porteur pôle programme rectorat syndicat
    """.split()  # noqa: SIM905 - une liste de mots se lit mieux ainsi
)
_ELIDES = frozenset(
    """
    ademe agence anct association epci epf établissement état europe office union université
    """.split()  # noqa: SIM905 - une liste de mots se lit mieux ainsi
)


def typographie(texte: str) -> str:
    """Pose les signes français : apostrophe courbe, espace insécable avant « : ; ! ? € % » et dans les guillemets."""
    # Le guillemet et l'espace sont écrits à part : la correction des phrases du code les joindrait par une insécable.
    texte = texte.replace("'", "’").replace("«" + " ", f"«{ESPACE_INSECABLE}")
    return re.sub(r" ([:;!?€%»])", rf"{ESPACE_INSECABLE}\1", texte)


def with_article(nom: str) -> str:
    """Le nom d'un organisme précédé de son article : « la Région Grand Est », « l’État », « Bpifrance »."""
    premier = re.split(r"[\s\-’']", nom.strip().lower(), maxsplit=1)[0]
    if premier in _ELIDES:
        return f"l’{nom.strip()}"
    if premier in _FEMININS:
        return f"la {nom.strip()}"
    if premier in _MASCULINS:
        return f"le {nom.strip()}"
    return nom.strip()


def with_preposition_a(nom: str) -> str:
    """Le nom d'un organisme à qui l'on demande : « à la Région Grand Est », « au Département », « à l’État »."""
    complet = with_article(nom)
    return f"au {complet[3:]}" if complet.startswith("le ") else f"à {complet}"


def enumere(elements: Sequence[str]) -> str:
    """« a », « a et b », « a, b et c »."""
    return " et ".join(filter(None, [", ".join(elements[:-1]), *elements[-1:]]))


def accorde(centimes: int, singulier: str, pluriel: str) -> str:
    """Le verbe ou l'adjectif qui suit une somme : singulier sous 2 €, comme le veut l'usage."""
    return singulier if abs(centimes) < 200 else pluriel


def format_jour(jour: date) -> str:
    """« 16/03/2012 »."""
    return f"{jour:%d/%m/%Y}"
