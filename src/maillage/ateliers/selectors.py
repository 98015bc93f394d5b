"""Lectures : tableaux rejoués, état de la salle, provenance d’une fiche, oublis."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from calcul.ateliers import tableau as calcul_tableau
from calcul.ateliers.tableau import Evenement, TypeEvenement, rejouer
from maillage.ateliers.enums import EtatPhase
from maillage.ateliers.models import (
    Atelier,
    EvenementTableau,
    Groupe,
    OrigineFiche,
    Participant,
    Phase,
    Tableau,
)
from maillage.fiches.models import FicheAction


def to_evenement(ligne: EvenementTableau) -> Evenement:
    """L’évènement tel que `calcul` le rejoue."""
    return Evenement(
        ligne.version, TypeEvenement(ligne.type), ligne.carte, ligne.participant_id, ligne.donnees
    )


def load_etats(tableaux: Iterable[Tableau]) -> dict[int, calcul_tableau.Tableau]:
    """L’état de plusieurs tableaux, par identifiant : une requête pour tous."""
    ids = [t.pk for t in tableaux]
    suites: dict[int, list[Evenement]] = defaultdict(list)
    for ligne in EvenementTableau.objects.filter(tableau__in=ids).order_by("tableau", "version"):
        suites[ligne.tableau_id].append(to_evenement(ligne))
    return {pk: rejouer(suites[pk]) for pk in ids}


def load_etat(tableau: Tableau) -> calcul_tableau.Tableau:
    return load_etats([tableau])[tableau.pk]


def get_phase_active(atelier: Atelier) -> Phase | None:
    """La phase en cours ou suspendue, s’il y en a une."""
    return (
        atelier.phases.filter(etat__in=(EtatPhase.EN_COURS, EtatPhase.SUSPENDUE))
        .select_related("source", "groupe_restitue")
        .first()
    )


def get_groupe(participant: Participant, tour: int | None) -> Groupe | None:
    """Le groupe du participant à ce tour."""
    if tour is None:
        return None
    return Groupe.objects.filter(tour=tour, membres__participant=participant).first()


def get_etat_salle(atelier: Atelier) -> dict[str, Any]:
    """Ce que tous les écrans savent de la salle : phase, horloge (instants en millisecondes), groupe restitué."""
    phase = get_phase_active(atelier)
    return {
        "version": atelier.version_salle,
        "etat": atelier.etat,
        "phase": phase.pk if phase else None,
        "titre": phase.titre if phase else "",
        "nature": phase.nature if phase else "",
        "tour": phase.tour if phase else None,
        "suspendue": bool(phase and phase.etat == EtatPhase.SUSPENDUE),
        "fin": int(phase.fin_prevue_at.timestamp() * 1000) if phase and phase.fin_prevue_at else None,
        "reste": phase.reste_secondes if phase else None,
        "groupe_restitue": phase.groupe_restitue.numero if phase and phase.groupe_restitue else None,
    }


def get_provenance(fiche: FicheAction) -> list[tuple[Atelier, int]]:
    """(atelier, nombre de contributions) d’où vient la fiche : ce qui peut s’en dire hors de la salle."""
    par_atelier: dict[int, tuple[Atelier, int]] = {}
    for origine in OrigineFiche.objects.filter(fiche=fiche).select_related("tableau__phase__atelier"):
        atelier = origine.tableau.phase.atelier
        par_atelier[atelier.pk] = (
            atelier,
            par_atelier.get(atelier.pk, (atelier, 0))[1] + origine.contributions,
        )
    return sorted(par_atelier.values(), key=lambda paire: (paire[0].jour, paire[0].pk))


def list_tableaux_for(participant: Participant, phase: Phase | None) -> list[Tableau]:
    """Les tableaux qu’un participant lit pendant une phase : celui de son groupe ou de la salle quand on contribue,
    tous ceux de la phase dont il est question quand on regroupe, vote ou restitue."""
    if phase is None:
        return []
    lus = Tableau.objects.select_related("phase", "groupe").order_by("groupe__numero", "id")
    if phase.source_id:
        return list(lus.filter(phase=phase.source_id))
    groupe = get_groupe(participant, phase.tour)
    return list(lus.filter(phase=phase).filter(Q(groupe=None) | Q(groupe=groupe)))
