"""Raccourcis des tests du pilotage : un label, une étape, un chiffre publié."""

from datetime import date

from maillage.pilotage.actions import record_chiffre_publie
from maillage.pilotage.models import ChiffrePublie, Indicateur
from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fait
from maillage.territoires.models import Etape, Territoire
from tests.fabriques import FABRIQUE, make_territoire

LANCEMENT = date(2018, 11, 22)
FIN_2022 = date(2022, 12, 31)


def etape(territoire: Territoire, fait: Fait, debut: date, fin: date | None = None) -> Etape:
    return record_etape(
        territoire=territoire, fait=fait, debut=debut, fin=fin, source="journal d’essai", by=FABRIQUE
    )


def labellise(
    cle: str = "v1/ti-1", *, debut: date = LANCEMENT, fin: date | None = None, **champs: object
) -> Territoire:
    territoire = make_territoire(cle, **champs)
    etape(territoire, Fait.LABEL, debut, fin)
    return territoire


def publie(
    valeur: int,
    jour: date,
    source: str = "presse",
    indicateur: Indicateur = Indicateur.LABELLISES,
    **champs: object,
) -> ChiffrePublie:
    return record_chiffre_publie(
        indicateur=indicateur, jour=jour, valeur=valeur, source=source, by=FABRIQUE, **champs
    )
