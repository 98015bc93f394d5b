"""Ce que l’état d’une simulation permet."""

from maillage.programmation.enums import Equilibre, Perimetre, StatutSimulation
from maillage.programmation.models import Simulation
from maillage.socle.erreurs import ActionImpossible

ANNEES = (2018, 2040)
S = StatutSimulation
TRANSITIONS: dict[StatutSimulation, set[StatutSimulation]] = {
    S.EN_PREPARATION: {S.LANCEE},
    S.LANCEE: {S.CALCULEE},
    S.CALCULEE: set(),
}


def check_cadre(
    *, nom: str, perimetre: str, region: object, annee: int, equilibre: str, minimum: int | None
) -> None:
    """Refuse, au champ, un cadre qui se contredit."""
    if not nom.strip():
        raise ActionImpossible("Donnez un nom à la simulation.", champ="nom")
    if perimetre == Perimetre.REGION and region is None:
        raise ActionImpossible("Choisissez la région.", champ="region")
    if perimetre != Perimetre.REGION and region is not None:
        raise ActionImpossible(
            "Une région ne se choisit que pour le périmètre «\u00a0Une région\u00a0».", champ="region"
        )
    if not ANNEES[0] <= annee <= ANNEES[1]:
        raise ActionImpossible(f"Écrivez une année entre {ANNEES[0]} et {ANNEES[1]}.", champ="annee")
    if minimum is not None and not equilibre:
        raise ActionImpossible(
            "Un minimum de fiches se garantit par territoire ou par région\u00a0: choisissez lequel.",
            champ="equilibre",
        )
    if minimum == 0 and equilibre != Equilibre.AUCUN:
        raise ActionImpossible(
            "Le minimum est d’au moins une fiche. Laissez vide pour chercher le plus grand possible.",
            champ="minimum",
        )


def can_prepare(simulation: Simulation) -> bool:
    return simulation.statut == StatutSimulation.EN_PREPARATION


def check_can_prepare(simulation: Simulation) -> None:
    """Une fois lancée, une simulation ne change plus : on la copie."""
    if not can_prepare(simulation):
        raise ActionImpossible(
            "Cette simulation est lancée\u00a0: ses entrées sont figées. Copiez-la pour changer une hypothèse."
        )


def check_conditions(*, taux: int, plancher: int, plafond: int) -> None:
    """Refuse, au champ, les conditions d’une aide qu’aucun octroi ne peut tenir. Taux en dix-millièmes, centimes."""
    if not 0 < taux <= 10_000:
        raise ActionImpossible("Écrivez un taux entre 0 et 100\u00a0%.", champ="taux")
    if plafond <= 0:
        raise ActionImpossible("Écrivez le montant le plus grand que l’aide peut atteindre.", champ="plafond")
    if plancher < 0:
        raise ActionImpossible("Le plancher n’est jamais négatif.", champ="plancher")
    if plancher > plafond:
        raise ActionImpossible(
            "Le plancher dépasse le plafond\u00a0: aucun octroi ne serait possible.", champ="plancher"
        )
