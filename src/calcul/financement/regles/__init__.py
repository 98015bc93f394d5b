"""Les règles d'un plan de financement : un fichier par règle, une ligne ici.

Une règle est un module qui porte IDENTIFIANT, TITRE, PARAMETRES_SUIVIS (clés de `calcul.parametres`), CODES (toutes ses
réponses), une docstring française (règle, source, formule, unités) et `evaluer(plan) -> Verdict`. Elle ne lève jamais
d'erreur : à une date que ses paramètres ne couvrent pas, elle répond « hors_periode ».
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from calcul.financement.modele import Plan
from calcul.financement.regles import (
    r01,
    r02,
    r03,
    r04,
    r05,
    r06,
    r07,
    r08,
    r09,
    r10,
    r11,
    r12,
    r13,
    r14,
    r15,
    r16,
    r17,
    r18,
    r19,
    r20,
    r21,
    r22,
)
from calcul.financement.remedes import chain, flatten
from calcul.financement.verdict import Remede, Verdict


class Regle(Protocol):
    """Ce qu'un module de règle offre."""

    IDENTIFIANT: str
    TITRE: str
    PARAMETRES_SUIVIS: tuple[str, ...]
    CODES: tuple[str, ...]
    __doc__: str | None

    def evaluer(self, plan: Plan) -> Verdict: ...


REGLES: tuple[Regle, ...] = (
    r01,
    r02,
    r03,
    r04,
    r05,
    r06,
    r07,
    r08,
    r09,
    r10,
    r11,
    r12,
    r13,
    r14,
    r15,
    r16,
    r17,
    r18,
    r19,
    r20,
    r21,
    r22,
)


def evaluer_tout(plan: Plan) -> tuple[Verdict, ...]:
    """Le verdict de chaque règle sur ce plan, dans l'ordre des identifiants.

    Un remède n'est gardé que s'il lève son verdict et ne fait violer aucune règle que le plan respectait, R01 comprise.
    """
    verdicts = tuple(regle.evaluer(plan) for regle in REGLES)
    return tuple(
        replace(verdict, remede=_keep_sains(verdict, verdicts)) if verdict.remede else verdict
        for verdict in verdicts
    )


def _keep_sains(verdict: Verdict, avant: Sequence[Verdict]) -> Remede | None:
    rang = [regle.IDENTIFIANT for regle in REGLES].index(verdict.regle)
    return chain(
        replace(remede, alternative=None)
        for remede in flatten([verdict.remede])
        if _is_sain(remede, rang, avant)
    )


def _is_sain(remede: Remede, rang: int, avant: Sequence[Verdict]) -> bool:
    apres = [regle.evaluer(remede.plan) for regle in REGLES]
    return apres[rang].respectee is not False and all(
        nouveau.respectee is not False or ancien.respectee is False
        for nouveau, ancien in zip(apres, avant, strict=True)
    )
