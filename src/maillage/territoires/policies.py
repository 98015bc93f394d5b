"""Ce que l’état des choses permet : dates d’un fait, pas d’une demande de périmètre."""

from datetime import date

from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.enums import Mutation, StatutDemande
from maillage.territoires.models import DemandePerimetre

S = StatutDemande

TRANSITIONS: dict[StatutDemande, tuple[StatutDemande, ...]] = {
    S.DEPOSEE: (S.A_DECIDER, S.RETIREE),
    S.A_DECIDER: (S.ACCEPTEE, S.AJOURNEE, S.REFUSEE, S.RETIREE),
    S.AJOURNEE: (S.ACCEPTEE, S.AJOURNEE, S.REFUSEE, S.RETIREE),
    S.ACCEPTEE: (S.ENREGISTREE,),
    S.REFUSEE: (),
    S.RETIREE: (),
    S.ENREGISTREE: (),
}
DECISIONS = (S.ACCEPTEE, S.AJOURNEE, S.REFUSEE)

# Ce qu’un territoire peut demander ; le reste (création, scission, fusion d’EPCI) naît d’une liste ou d’un acte national.
DEMANDABLES = (Mutation.ENTREE, Mutation.SORTIE, Mutation.TRANSFERT, Mutation.RENOMMAGE, Mutation.FUSION)


def can_move(demande: DemandePerimetre, vers: StatutDemande) -> bool:
    return vers in TRANSITIONS[S(demande.statut)]


def check_can_move(demande: DemandePerimetre, vers: StatutDemande) -> None:
    """Refuse un pas que l’état de la demande ne permet pas, en disant ce qui est attendu."""
    if can_move(demande, vers):
        return
    if demande.statut == S.DEPOSEE:
        raise ActionImpossible(
            "Il manque encore l’avis d’une Région : la décision vient après. Relancez-la, ou déposez son avis reçu par courrier."
        )
    raise ActionImpossible(
        f"Cette demande est « {S(demande.statut).label} » : elle ne peut pas devenir « {vers.label} »."
    )


def check_bornes(debut: date, fin: date) -> None:
    """Une date connue entre deux bornes les donne dans l’ordre."""
    if debut > fin:
        raise ActionImpossible("La date au plus tôt vient après la date au plus tard : inversez-les.")


def check_not_before_label(nom: str, label: date | None, fin: date) -> None:
    """Rien n’arrive à un territoire avant son label (`label` : sa date au plus tôt, None si elle n’est pas connue)."""
    if label is not None and fin < label:
        raise ActionImpossible(
            f"« {nom} » n’est labellisé que depuis le {format_jour(label)} : la date d’effet ne peut pas être le "
            f"{format_jour(fin)}. Corrigez la date, ou d’abord celle du label."
        )
