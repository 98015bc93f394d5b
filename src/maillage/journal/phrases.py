"""Phrases du journal : chaque application les donne dans son module `events` (dictionnaire PHRASES).

Le journal est en bas de la maison : il trouve ces modules sans les importer à l'avance.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from maillage.journal.models import Entree

Phrase = Callable[[Entree], str]


@cache
def PHRASES() -> dict[str, Phrase]:  # noqa: N802 - une table, lue comme telle
    """code → fonction qui rend une phrase française. Deux applications ne peuvent pas tenir le même code."""
    table: dict[str, Phrase] = {}
    for config in apps.get_app_configs():
        if not config.name.startswith("maillage.") or find_spec(f"{config.name}.events") is None:
            continue
        for code, phrase in import_module(f"{config.name}.events").PHRASES.items():
            if code in table:
                raise ValueError(f"code de journal en double\u00a0: {code}")
            table[code] = phrase
    return table


def phrase(entree: Entree) -> str:
    """La phrase d'une entrée. Un code inconnu (application retirée) reste lisible."""
    fabrique = PHRASES().get(entree.code)
    return fabrique(entree) if fabrique else entree.code
