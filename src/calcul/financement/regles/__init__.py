"""Les règles d'un plan de financement : un fichier par règle, une ligne ici.

Une règle est un module qui porte IDENTIFIANT, TITRE, PARAMETRES_SUIVIS (clés de `calcul.parametres`), une docstring
française (règle, source, formule, unités) et `evaluer(plan) -> Verdict`. Elle ne lève jamais d'erreur : à une date que
ses paramètres ne couvrent pas, elle répond « hors_periode ».
"""

from typing import Protocol

from calcul.financement.modele import Plan
from calcul.financement.regles import r01, r03, r07
from calcul.financement.verdict import Verdict


class Regle(Protocol):
    """Ce qu'un module de règle offre."""

    IDENTIFIANT: str
    TITRE: str
    PARAMETRES_SUIVIS: tuple[str, ...]
    __doc__: str | None

    def evaluer(self, plan: Plan) -> Verdict: ...


REGLES: tuple[Regle, ...] = (
    r01,
    r03,
    r07,
)


def evaluer_tout(plan: Plan) -> tuple[Verdict, ...]:
    """Le verdict de chaque règle sur ce plan, dans l'ordre des identifiants."""
    return tuple(regle.evaluer(plan) for regle in REGLES)
