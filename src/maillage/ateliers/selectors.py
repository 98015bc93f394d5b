"""Lectures : tableaux rejoués, état de la salle, provenance d’une fiche, oublis."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from calcul.ateliers import groupes as calcul_groupes
from calcul.ateliers import tableau as calcul_tableau
from calcul.ateliers.tableau import Evenement, TypeEvenement, rejouer
from maillage.ateliers.enums import College, EtatPhase
from maillage.ateliers.modeles import BESOINS
from maillage.ateliers.models import (
    Atelier,
    EvenementTableau,
    Groupe,
    MembreGroupe,
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
    """L’état de plusieurs tableaux, par identifiant : une requête pour tous."""
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
    """Ce que tous les écrans savent de la salle : phase, horloge (instants en millisecondes), groupe restitué."""
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
    """(atelier, nombre de contributions) d’où vient la fiche : ce qui peut s’en dire hors de la salle."""
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


def list_manquements(atelier: Atelier, tour: int) -> list[calcul_groupes.Manquement]:
    """Les règles que les groupes d’un tour ne tiennent pas (après des déplacements à la main, par exemple)."""
    groupes: dict[int, list[int]] = {}
    presents: list[calcul_groupes.Present] = []
    membres = MembreGroupe.objects.filter(groupe__atelier=atelier, groupe__tour=tour)
    for membre in membres.select_related("participant", "groupe").order_by("groupe__numero"):
        groupes.setdefault(membre.groupe.numero, []).append(membre.participant_id)
        presents.append(to_present(membre.participant))
    return calcul_groupes.lister_manquements(tuple(map(tuple, groupes.values())), presents)


def to_present(participant: Participant) -> calcul_groupes.Present:
    """Le participant tel que `calcul` compose les groupes."""
    return calcul_groupes.Present(
        participant.pk,
        participant.get_college_display(),
        participant.organisation.strip().casefold(),
        participant.concurrence,
    )


@dataclass(frozen=True)
class IdeeSynthese:
    """Une carte visible d’un tableau, avec ce qu’elle a recueilli et ce qu’elle est devenue."""

    tableau: Tableau
    carte: calcul_tableau.Carte
    colonne: str
    contributions: int
    fiche: FicheAction | None


@dataclass(frozen=True)
class Synthese:
    """`phases` : cartes de chaque phase, de la plus soutenue à la moins ; `oublis` : besoins qu’aucune fiche ne couvre."""

    phases: list[tuple[Phase, list[IdeeSynthese]]]
    oublis: list[IdeeSynthese]
    colleges: list[tuple[str, int]]


def load_synthese(atelier: Atelier) -> Synthese:
    """Ce que la soirée laisse : cartes par points puis contributions, oublis, présence par collège."""
    tableaux = list(
        Tableau.objects.filter(phase__atelier=atelier)
        .select_related("phase", "groupe")
        .order_by("phase__rang", "groupe__numero")
    )
    etats = load_etats(tableaux)
    fiches = {
        (o.tableau_id, o.carte): o.fiche
        for o in OrigineFiche.objects.filter(tableau__in=tableaux).select_related("fiche__territoire__vague")
    }
    par_phase: dict[int, tuple[Phase, list[IdeeSynthese]]] = {}
    couverts: set[str] = set()
    for tableau in tableaux:
        etat = etats[tableau.pk]
        noms = {c["code"]: c["nom"] for c in tableau.phase.colonnes}
        idees = par_phase.setdefault(tableau.phase_id, (tableau.phase, []))[1]
        for carte in etat.get_visibles():
            fiche = fiches.get((tableau.pk, carte.id))
            reunies = [carte, *etat.get_fusionnees(carte.id)]
            if fiche is not None:
                couverts.update(besoin for c in reunies for besoin in c.besoins)
            idees.append(
                IdeeSynthese(tableau, carte, noms.get(carte.colonne, carte.colonne), len(reunies), fiche)
            )
    for _, idees in par_phase.values():
        idees.sort(key=lambda i: (-i.carte.points, -i.contributions, i.tableau.pk))
    cites = {besoin for etat in etats.values() for c in etat.cartes.values() for besoin in c.besoins}
    oublis = [
        idee
        for _, idees in par_phase.values()
        for idee in idees
        if (cle := f"{idee.tableau.pk}:{idee.carte.id}") not in couverts
        and (cle in cites or idee.carte.colonne in BESOINS)
    ]
    colleges = [
        (str(College(ligne["college"]).label), ligne["n"])
        for ligne in atelier.participants.values("college").annotate(n=Count("id")).order_by("-n", "college")
    ]
    return Synthese(list(par_phase.values()), oublis, colleges)
