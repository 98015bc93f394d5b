from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import cache

from maillage.referentiels.models import CodePostal, Commune, Epci
from maillage.socle.texte import replier
from tests.fabriques import make_departement


@pytest.fixture(autouse=True)
def jour() -> Iterator[None]:
    """Le 5 mars 2025 : la phase 1 est finie, la phase 2 est en vigueur. Aucune carte gardée d’un autre essai."""
    cache.clear()
    with time_machine.travel(datetime(2025, 3, 5, 12, tzinfo=UTC), tick=False):
        yield


def make_commune(code_insee: str, nom: str, *, epci: Epci | None = None, code_postal: str = "") -> Commune:
    departement = make_departement()
    commune = Commune.objects.create(
        code_insee=code_insee,
        nom=nom,
        nom_recherche=replier(nom),
        departement=departement,
        region=departement.region,
        epci=epci,
        population=1000,
        zone="metro",
    )
    if code_postal:
        CodePostal.objects.create(code=code_postal, commune=commune)
    return commune
