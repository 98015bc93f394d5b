"""Codes de journal des référentiels, et leurs phrases."""

from maillage.journal.models import Entree

IMPORT_EFFECTUE = "referentiels.import.effectue"


def _import_effectue(entree: Entree) -> str:
    bilan = entree.apres
    return (
        f"Import de {entree.cible_libelle} : {bilan['lus']} lus, {bilan['crees']} créés, "
        f"{bilan['modifies']} modifiés, {bilan['inchanges']} inchangés, {bilan['rejetes']} rejetés."
    )


PHRASES = {IMPORT_EFFECTUE: _import_effectue}
