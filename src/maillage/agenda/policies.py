"""Ce que l’état d’un rendez-vous permet."""

from datetime import datetime

from maillage.agenda.enums import StatutRendezVous
from maillage.agenda.models import Invitation, RendezVous
from maillage.socle.erreurs import ActionImpossible

S = StatutRendezVous

TRANSITIONS: dict[StatutRendezVous, tuple[StatutRendezVous, ...]] = {S.PREVU: (S.ANNULE,), S.ANNULE: ()}


def check_can_change(rendez_vous: RendezVous) -> None:
    """Un rendez-vous annulé ne change plus : on en prend un autre."""
    if rendez_vous.statut == S.ANNULE:
        raise ActionImpossible(
            f"«\u00a0{rendez_vous}\u00a0» est annulé\u00a0: il ne change plus. Prenez un nouveau rendez-vous."
        )


def check_horaires(debut_at: datetime, fin_at: datetime) -> None:
    if debut_at >= fin_at:
        raise ActionImpossible("La fin vient avant le début\u00a0: corrigez l’une des deux heures.")


def check_can_reply(invitation: Invitation, rendez_vous: RendezVous, instant: datetime) -> None:
    """On répond à une invitation en cours, à un rendez-vous prévu, avant qu’il ne finisse."""
    if invitation.retiree_at is not None:
        raise ActionImpossible("Cette invitation a été retirée\u00a0: il n’y a plus à y répondre.")
    if rendez_vous.statut == S.ANNULE:
        raise ActionImpossible(f"«\u00a0{rendez_vous}\u00a0» est annulé\u00a0: il n’y a plus à répondre.")
    if rendez_vous.fin_at <= instant:
        raise ActionImpossible(
            f"«\u00a0{rendez_vous}\u00a0» est passé\u00a0: la feuille de présence dit qui était là."
        )
