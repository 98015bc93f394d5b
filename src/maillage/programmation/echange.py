"""Un problème de programmation en JSON, et retour : les entrées d’une simulation se figent et se relisent à l’identique."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from cattrs.preconf.json import make_converter

from calcul.programmation.modele import Probleme

_CONVERTISSEUR = make_converter()
_CONVERTISSEUR.register_unstructure_hook(Fraction, str)
_CONVERTISSEUR.register_structure_hook(Fraction, lambda texte, _: Fraction(texte))
# `Plan.publication` : un jour, Faux (pas publiée), ou rien de dit.
_CONVERTISSEUR.register_structure_hook(
    date | Literal[False] | None,
    lambda valeur, _: date.fromisoformat(valeur) if isinstance(valeur, str) else valeur,
)
_CONVERTISSEUR.register_unstructure_hook_func(
    lambda type_: getattr(type_, "__origin__", type_) is frozenset,
    lambda ensemble: sorted(str(element) for element in ensemble),
)


def to_json(probleme: Probleme) -> dict[str, Any]:
    """Le problème en valeurs JSON ; taux en fractions écrites, dates AAAA-MM-JJ, ensembles triés."""
    return dict(_CONVERTISSEUR.unstructure(probleme))


def from_json(entrees: Mapping[str, Any]) -> Probleme:
    """Le problème figé. Erreur : ProblemeImpossible s’il se contredit."""
    return _CONVERTISSEUR.structure(entrees, Probleme)


def compute_empreinte(entrees: Mapping[str, Any]) -> str:
    """SHA-256 des entrées : deux simulations de même empreinte et de même graine ont la même réponse."""
    return hashlib.sha256(json.dumps(entrees, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
