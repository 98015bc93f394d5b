"""Ce que l’état d’un atelier, d’une phase, d’une carte permet."""

import unicodedata
from datetime import date, datetime, timedelta

from calcul.ateliers.tableau import Carte, TypeEvenement
from maillage.ateliers.enums import EtatAtelier, EtatPhase, NaturePhase
from maillage.ateliers.models import Atelier, Phase
from maillage.socle.erreurs import ActionImpossible

TEXTE_MAXIMUM = 500
# Une carte tapée sans réseau avant la fin est encore reçue, marquée « arrivée après la fin ».
DELAI_HORS_RESEAU = timedelta(hours=24)

T, N = TypeEvenement, NaturePhase

# nature de la phase en cours -> ce qu’un participant peut faire sur ses tableaux
PERMIS_PARTICIPANT: dict[NaturePhase, frozenset[TypeEvenement]] = {
    N.PRESENTER: frozenset(),
    N.CONTRIBUER: frozenset({T.POSEE, T.MODIFIEE, T.DEPLACEE, T.RETIREE, T.FUSIONNEE, T.SEPAREE, T.LIEE}),
    N.REGROUPER: frozenset({T.DEPLACEE, T.FUSIONNEE, T.SEPAREE, T.LIEE}),
    N.VOTER: frozenset({T.VOTEE}),
    N.RESTITUER: frozenset(),
}
PERMIS_ABSENT = frozenset({T.POSEE, T.MODIFIEE, T.RETIREE})
# Le rapporteur écrit ce que son groupe a dit jusqu’à la clôture, horloge finie ou non.
PERMIS_RAPPORTEUR = PERMIS_PARTICIPANT[N.CONTRIBUER]
PERMIS_ANIMATEUR = frozenset(T) - {T.VOTEE}
# Ces gestes touchent la carte d’un autre : ils ne sont qu’à son auteur (ou à l’animateur).
A_SON_AUTEUR = frozenset({T.MODIFIEE, T.RETIREE})


def check_can_open(atelier: Atelier) -> None:
    if atelier.etat == EtatAtelier.OUVERT:
        raise ActionImpossible("L’atelier est déjà ouvert.")
    if not atelier.phases.exists():
        raise ActionImpossible("Le programme est vide : ajoutez au moins une phase avant d’ouvrir l’atelier.")


def check_is_ouvert(atelier: Atelier) -> None:
    if atelier.etat == EtatAtelier.PREPARE:
        raise ActionImpossible("L’atelier n’est pas encore ouvert : attendez que l’animateur le lance.")
    if atelier.etat == EtatAtelier.CLOS:
        raise ActionImpossible("L’atelier est clos : adressez-vous à l’animateur pour une contribution.")


def is_open_to_absents(atelier: Atelier, jour: date) -> bool:
    """Vrai si l’atelier est clos et que ceux qui n’y étaient pas peuvent encore contribuer à ce `jour`."""
    limite = atelier.contributions_jusqu_au
    return atelier.etat == EtatAtelier.CLOS and limite is not None and jour <= limite


def check_absent_can(type_: TypeEvenement, atelier: Atelier, jour: date) -> None:
    """Ce qu’un absent fait par son lien : poser, corriger, retirer ses cartes, jusqu’à la date limite."""
    if not is_open_to_absents(atelier, jour):
        raise ActionImpossible(
            "Les contributions des absents sont closes\u00a0: écrivez à l’équipe du territoire."
        )
    if type_ not in PERMIS_ABSENT:
        raise ActionImpossible("Ce geste n’est possible que pendant l’atelier.")


def check_can_announce(atelier: Atelier) -> None:
    if atelier.etat == EtatAtelier.CLOS:
        raise ActionImpossible("L’atelier est clos\u00a0: publiez plutôt sa synthèse.")


def is_open_to_inscriptions(atelier: Atelier, instant: datetime) -> bool:
    """Vrai si l’on s’inscrit encore par la page publique : annoncé, pas clos, pas fini."""
    rendez_vous = atelier.rendez_vous
    return (
        atelier.annonce_at is not None
        and rendez_vous is not None
        and atelier.etat != EtatAtelier.CLOS
        and instant < rendez_vous.fin_at
    )


def check_can_register(atelier: Atelier, instant: datetime) -> None:
    if not is_open_to_inscriptions(atelier, instant):
        raise ActionImpossible(
            "Les inscriptions sont closes\u00a0: venez avec le code donné dans la salle, ou écrivez à l’équipe du territoire."
        )


def check_can_publish_synthese(atelier: Atelier) -> None:
    if atelier.etat != EtatAtelier.CLOS:
        raise ActionImpossible("L’atelier n’est pas clos\u00a0: sa synthèse se publie après.")
    if atelier.synthese_publiee_at is not None:
        raise ActionImpossible("Cette synthèse est déjà publiée.")


def check_phase_can_start(phase: Phase) -> None:
    if phase.etat in (EtatPhase.EN_COURS, EtatPhase.SUSPENDUE):
        raise ActionImpossible(f"La phase « {phase.titre} » est déjà lancée.")


def get_fin(phase: Phase, instant: datetime) -> datetime | None:
    """Instant où la saisie s’est fermée : fin prononcée, ou horloge arrivée à zéro ; None si elle est ouverte."""
    if phase.finie_at:
        return phase.finie_at
    if phase.etat == EtatPhase.EN_COURS and phase.fin_prevue_at and phase.fin_prevue_at <= instant:
        return phase.fin_prevue_at
    return None


def get_phases_touchees(active: Phase | None) -> set[int]:
    """Les phases dont les tableaux sont en jeu pendant `active` : la sienne, et celle sur quoi elle porte.

    Réunir se fait sur un tableau de la salle, où les cartes des groupes sont reprises : ceux des groupes n’y bougent plus.
    """
    if active is None:
        return set()
    if active.nature == N.REGROUPER or active.source_id is None:
        return {active.pk}
    return {active.pk, active.source_id}


def check_participant_can(
    type_: TypeEvenement,
    *,
    active: Phase | None,
    du_tableau: Phase,
    instant: datetime,
    saisi_at: datetime | None = None,
) -> bool:
    """Lève ActionImpossible si un participant ne peut pas faire ce geste à cet `instant`.

    `active` : la phase en cours ou suspendue ; `du_tableau` : celle à qui appartient le tableau. Rend vrai si la carte
    est tardive : tapée hors réseau avant la fin (`saisi_at`, heure du téléphone) et reçue après.
    """
    en_cause = active if active and du_tableau.pk in get_phases_touchees(active) else du_tableau
    fin = get_fin(en_cause, instant)
    if fin is not None:
        if (
            type_ in PERMIS_PARTICIPANT[N(en_cause.nature)]
            and saisi_at is not None
            and fin - DELAI_HORS_RESEAU < saisi_at <= fin
        ):
            return True
        raise ActionImpossible(
            f"« {en_cause.titre} » est fini : rien n’a été ajouté. "
            "Donnez votre texte au rapporteur du groupe ou à l’animateur."
        )
    if en_cause.etat == EtatPhase.SUSPENDUE:
        raise ActionImpossible("L’animateur a mis la phase en pause : réessayez à la reprise.")
    if en_cause.etat == EtatPhase.A_VENIR:
        raise ActionImpossible(f"« {en_cause.titre} » n’a pas commencé.")
    if type_ not in PERMIS_PARTICIPANT[N(en_cause.nature)]:
        raise ActionImpossible(f"« {en_cause.titre} » ne permet pas ce geste.")
    return False


def check_texte(texte: object) -> str:
    """Le texte d’une carte, sans espace de bord ; refuse vide ou trop long."""
    if not isinstance(texte, str):
        raise ActionImpossible("Le texte de la carte est illisible.")
    # Ni octet de contrôle ni demi-caractère : ni la base ni un document Word n’en voudraient.
    propre = "".join(c for c in texte if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if not propre:
        raise ActionImpossible("La carte est vide : écrivez quelques mots.")
    if len(propre) > TEXTE_MAXIMUM:
        raise ActionImpossible(
            f"La carte a {len(propre)} caractères pour {TEXTE_MAXIMUM} au plus : partagez-la en plusieurs cartes."
        )
    return propre


def check_carte(carte: Carte | None, type_: TypeEvenement, auteur: int | None, *, animateur: bool) -> None:
    """Refuse un geste sur une carte absente, retirée, ou qui n’est pas à soi quand il le faut."""
    if carte is None:
        raise ActionImpossible("Cette carte n’existe pas sur ce tableau.")
    if carte.retiree:
        raise ActionImpossible("Cette carte a été retirée entre-temps.")
    if type_ in A_SON_AUTEUR and not animateur and carte.auteur != auteur:
        raise ActionImpossible("Seul l’auteur d’une carte peut la modifier ou la retirer.")
