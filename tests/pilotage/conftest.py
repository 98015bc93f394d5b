from datetime import date

import pytest

from maillage.territoires.models import Vague
from tests.fabriques import make_vague


@pytest.fixture
def vagues(db) -> dict[int, Vague]:
    """Les deux vagues, avec les dates du programme : la première vaut jusqu’à la veille de la seconde."""
    make_vague(1), make_vague(2)
    Vague.objects.filter(numero=1).update(fin=date(2023, 11, 8))
    return {vague.numero: vague for vague in Vague.objects.all()}
