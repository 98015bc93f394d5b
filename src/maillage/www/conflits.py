"""Choisir, champ par champ, entre sa saisie et ce qui est enregistré (composant « conflit », avec choix)."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict


def apply_choix(donnees: QueryDict, enregistre: Mapping[str, Any]) -> QueryDict:
    """Les données envoyées, où chaque champ dont la personne garde l’enregistré en reprend la valeur (`enregistre`)."""
    choisies = donnees.copy()
    for champ, valeur in enregistre.items():
        if donnees.get(f"choix_{champ}") == "enregistre":
            choisies[champ] = "" if valeur is None else str(valeur)
    return choisies
