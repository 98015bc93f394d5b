"""Ce que l’état des choses permet : dates d’un fait, pas d’une demande de périmètre."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.timezone import localdate

from maillage.socle.dates import format_bornes, format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.enums import Fait, Mutation, StatutDemande
from maillage.territoires.models import DemandePerimetre, Etape, EvenementPerimetre, Territoire

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


@dataclass(frozen=True)
class VieLabel:
    """Ce qu’on sait du label d’un territoire : au plus tôt labellisé, au plus tard sorti. None : pas connu."""

    label: date | None = None
    sorti: date | None = None


def check_effet(territoire: Territoire, vie: VieLabel, debut: date, fin: date) -> None:
    """Un changement de périmètre ou de nom prend effet pendant la phase et le label du territoire (bornes de l’effet).

    Un espace fictif se rejoue après la fin de sa phase : seul le début de la phase le borne. Demande la vague.
    """
    check_not_before_label(territoire.nom, vie.label, fin)
    vague = territoire.vague
    if fin < vague.debut:
        raise ActionImpossible(
            f"La phase {vague.numero} commence le {format_jour(vague.debut)}\u00a0: la date d’effet ne peut pas être le "
            f"{format_jour(fin)}. Corrigez la date."
        )
    if vague.fin and debut > vague.fin and not territoire.is_fictif:
        raise ActionImpossible(
            f"La phase {vague.numero} a pris fin le {format_jour(vague.fin)}\u00a0: «\u00a0{territoire.nom}\u00a0» ne change plus le "
            f"{format_jour(debut)}. Corrigez la date, ou choisissez le territoire de la phase suivante."
        )
    if vie.sorti and debut > vie.sorti:
        raise ActionImpossible(
            f"«\u00a0{territoire.nom}\u00a0» est sorti du programme le {format_jour(vie.sorti)}\u00a0: rien n’y change le "
            f"{format_jour(debut)}. Corrigez la date, ou d’abord celle de la sortie."
        )


# Un territoire sorti peut encore être clos ; les autres étapes sont celles d’un territoire en vie.
APRES_SORTIE = (Fait.SORTI, Fait.CLOS)
# Un territoire n’est labellisé, clos ou sorti qu’une fois : une autre date est une correction.
UNE_FOIS = (Fait.LABEL, Fait.CLOS, Fait.SORTI)


def check_constat(
    territoire: Territoire,
    fait: Fait,
    vie: VieLabel,
    deja: Sequence[Etape],
    debut: date,
    fin: date,
    jour: date,
) -> None:
    """Ce qu’on peut constater ce `jour` : un fait passé, avant la sortie, et qui ne l’est pas déjà (`deja` : les mêmes faits)."""
    if fin > jour:
        raise ActionImpossible(
            f"On constate ce qui a eu lieu\u00a0: le {format_jour(fin)} est dans l’avenir. Revenez ce jour-là, ou corrigez la date."
        )
    for etape in deja:
        if (etape.debut, etape.fin) == (debut, fin) or fait in UNE_FOIS:
            quand = format_bornes(etape.debut, etape.fin)
            raise ActionImpossible(
                f"«\u00a0{Fait(fait).label}\u00a0» est déjà constaté, {quand}\u00a0: pour changer sa date ou sa source, "
                "corrigez cette étape."
            )
    if vie.sorti and debut > vie.sorti and fait not in APRES_SORTIE:
        raise ActionImpossible(
            f"«\u00a0{territoire.nom}\u00a0» est sorti du programme le {format_jour(vie.sorti)}\u00a0: aucune étape ne vient après. "
            "Corrigez la date, ou d’abord celle de la sortie."
        )


def check_creation(debut: date, label: date | None, suivant: EvenementPerimetre | None) -> None:
    """Rien n’arrive à un territoire avant sa création : ni son label (au plus tard), ni le premier évènement qui suit."""
    if label and debut > label:
        raise ActionImpossible(
            f"Le territoire est labellisé au plus tard le {format_jour(label)}\u00a0: sa création ne vient pas après. Corrigez la "
            "date, ou d’abord celle du label."
        )
    if suivant and debut > suivant.fin:
        raise ActionImpossible(
            f"«\u00a0{suivant.get_mutation_display()}\u00a0» est enregistré {format_bornes(suivant.debut, suivant.fin)}\u00a0: la création "
            "ne vient pas après. Corrigez la date, ou d’abord cet évènement."
        )


def check_decision_date(
    demande: DemandePerimetre, decide_le: date, dernier_avis: date | None, motif: str
) -> None:
    """Une décision suit la demande et les avis ; datée d’avant (saisie tardive d’un relevé), elle dit pourquoi."""
    if motif.strip():
        return
    deposee = localdate(demande.deposee_at)
    if decide_le < deposee:
        raise ActionImpossible(
            f"La décision est datée du {format_jour(decide_le)}, avant le dépôt de la demande ({format_jour(deposee)})\u00a0: "
            "corrigez la date, ou dites pourquoi dans le motif."
        )
    if dernier_avis and decide_le < dernier_avis:
        raise ActionImpossible(
            f"La décision est datée du {format_jour(decide_le)}, avant le dernier avis ({format_jour(dernier_avis)})\u00a0: "
            "corrigez la date, ou dites pourquoi dans le motif."
        )
