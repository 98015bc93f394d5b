from pathlib import Path

import pytest

from maillage.journal.actions import Systeme
from maillage.referentiels.actions import import_referentiels

FICHIERS = Path(__file__).parent / "fichiers"
PARTIES = {
    "regions": "regions.json",
    "departements": "departements.json",
    "communes": "communes.json",
    "communes_anciennes": "communes.json",
    "codes_postaux": "communes.json",
    "epci": "epci.json",
    "ept": "ept.json",
    "naf": "naf.csv",
    "contours_region": "regions.topojson",
    "contours_epci": "epci.topojson",
}


@pytest.fixture
def importer():
    """Importe une partie depuis un fichier d'essai (ou celui donné) et rend son bilan."""

    def importer(partie, chemin=None, **options):
        chemin = chemin or FICHIERS / PARTIES[partie]
        return import_referentiels(by=Systeme("import"), parties=[partie], fichier=chemin, **options)[0]

    return importer


@pytest.fixture
def referentiel(db, importer):
    """Un tout petit référentiel complet ; rend les bilans par partie."""
    return {partie: importer(partie) for partie in PARTIES}
