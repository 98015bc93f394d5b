"""Ce que l’état d’une ligne permet, et à qui. La règle qui rend « bouclé » digne de foi :
le territoire déclare « pressenti » et « sollicité » ; le financeur, et lui seul, va à « accordé » et au-delà, pièce à l’appui.
"""

from enum import Enum

from maillage.financement.enums import StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.socle.erreurs import ActionImpossible

S = StatutLigne


class Main(Enum):
    """Qui a la main sur un passage."""

    TERRITOIRE = "territoire"
    FINANCEUR = "financeur"


T, F = Main.TERRITOIRE, Main.FINANCEUR

TRANSITIONS: dict[StatutLigne, dict[StatutLigne, Main]] = {
    S.PRESSENTI: {S.SOLLICITE: T, S.RETIRE: T},
    S.SOLLICITE: {S.DOSSIER_COMPLET: F, S.ANNONCE: F, S.ACCORDE: F, S.REFUSE: F, S.ATTESTE: T, S.RETIRE: T},
    S.DOSSIER_COMPLET: {S.ANNONCE: F, S.ACCORDE: F, S.REFUSE: F, S.ATTESTE: T, S.RETIRE: T},
    S.ANNONCE: {S.ACCORDE: F, S.REFUSE: F, S.ATTESTE: T, S.RETIRE: T},
    S.ATTESTE: {S.ACCORDE: F, S.REFUSE: F, S.RETIRE: T},
    S.ACCORDE: {S.CONVENTIONNE: F, S.VERSE_PARTIEL: F, S.SOLDE: F, S.RETIRE: F, S.CADUC: F},
    S.CONVENTIONNE: {S.VERSE_PARTIEL: F, S.SOLDE: F, S.RETIRE: F, S.CADUC: F},
    S.VERSE_PARTIEL: {S.VERSE_PARTIEL: F, S.SOLDE: F, S.RETIRE: F, S.CADUC: F},
    S.SOLDE: {},
    S.REFUSE: {},
    S.RETIRE: {},
    S.CADUC: {},
}

DEMANDE_MONTANT = {S.SOLLICITE, S.ANNONCE, S.ATTESTE, S.ACCORDE, S.CONVENTIONNE, S.VERSE_PARTIEL, S.SOLDE}
DEMANDE_PIECE = {S.ATTESTE, S.ACCORDE, S.CONVENTIONNE, S.VERSE_PARTIEL, S.SOLDE}
DEMANDE_MOTIF = {S.REFUSE, S.RETIRE, S.CADUC}
OBTENUS = {S.ACCORDE, S.CONVENTIONNE, S.VERSE_PARTIEL, S.SOLDE}
EN_ATTENTE_DU_FINANCEUR = {S.SOLLICITE, S.DOSSIER_COMPLET, S.ANNONCE, S.ATTESTE}
PERDUS = {S.REFUSE, S.RETIRE, S.CADUC}


def check_can_move(ligne: LigneFinancement, vers: StatutLigne) -> Main:
    """Rend qui a la main sur ce passage ; ActionImpossible s’il n’existe pas."""
    main = TRANSITIONS[S(ligne.statut)].get(vers)
    if main is None:
        raise ActionImpossible(
            f"Une ligne « {S(ligne.statut).label} » ne peut pas passer à « {S(vers).label} »."
        )
    return main
