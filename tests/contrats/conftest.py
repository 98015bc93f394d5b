import pytest

from maillage.fiches.enums import StatutFiche
from tests.contrats.monde import Monde, create_monde


@pytest.fixture
def monde(db: None) -> Monde:
    """Le territoire d’essai avec deux fiches validées (F1, F2), une transmise (F3) et un brouillon (F4)."""
    monde = create_monde()
    for code in ("F1", "F2"):
        monde.fiche(code)
    monde.fiche("F3", StatutFiche.TRANSMISE)
    monde.fiche("F4", StatutFiche.BROUILLON)
    return monde
