"""Les cinq fiches de docs/programmation.md."""

from fractions import Fraction

from calcul.financement.modele import OrigineFinanceur, TypePorteur
from tests.calcul.programmation.problemes import (
    build_dispositif,
    build_enveloppe,
    build_fiche,
    build_probleme,
)

FICHES = (
    # nom, coût, part propre, poids
    ("A", 200_000, 60_000, 8),
    ("B", 150_000, 50_000, 5),
    ("C", 100_000, 40_000, 4),
    ("D", 300_000, 100_000, 9),
    ("E", 50_000, 35_000, 3),
)


def build_exemple(**autres):
    return build_probleme(
        [
            build_fiche(
                nom, cout=cout, propre=propre, poids=poids, eligible=cout, porteur=TypePorteur.COLLECTIVITE
            )
            for nom, cout, propre, poids in FICHES
        ],
        [
            build_dispositif("region", taux=Fraction(2, 5), plafond=150_000, plancher=20_000, certitude=70),
            build_dispositif(
                "etat",
                taux=Fraction(1, 2),
                plafond=200_000,
                plancher=10_000,
                certitude=50,
                origine=OrigineFinanceur.ETAT_BUDGET_GENERAL,
            ),
        ],
        [build_enveloppe("region", 250_000), build_enveloppe("etat", 200_000)],
        **autres,
    )
