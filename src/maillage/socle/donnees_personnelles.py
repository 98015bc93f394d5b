"""Le registre des données personnelles : chaque application dit, dans son module `donnees_personnelles`, ce qu’elle garde,
pourquoi, combien de temps, comment le rendre à la personne et quand l’effacer. La page « Mes données », l’export, les
mentions légales et la commande d’effacement lisent la même table.

Le socle trouve ces modules sans les importer à l’avance, comme le journal ses phrases.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps

Lignes = list[dict[str, Any]]


@dataclass(frozen=True)
class Traitement:
    """Une sorte de donnée. `exporter(personne)` : ses lignes pour cette personne. `purger(instant)` : efface ce qui a passé
    son temps et rend le nombre de lignes ; sans elle, la durée est celle du programme. `effacer(personne)` : retire son
    adresse de ce qui reste, à la demande de la personne."""

    code: str
    donnees: str
    finalite: str
    conservation: str
    exporter: Callable[[Any], Lignes]
    purger: Callable[[datetime], int] | None = None
    effacer: Callable[[Any], None] | None = None


def list_traitements() -> list[Traitement]:
    """Toute la table, de l’application la plus basse à la plus haute."""
    table: list[Traitement] = []
    for config in reversed(list(apps.get_app_configs())):
        nom = f"{config.name}.donnees_personnelles"
        if config.name.startswith("maillage.") and config.label != "socle" and find_spec(nom):
            table += import_module(nom).TRAITEMENTS
    return table
