"""Lectures : tableaux rejoués, état de la salle, provenance d’une fiche, oublis."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q

from calcul.ateliers import groupes as calcul_groupes
from calcul.ateliers import tableau as calcul_tableau
from calcul.ateliers.tableau import Evenement, TypeEvenement, rejouer
from maillage.agenda.models import Invitation
from maillage.ateliers.enums import College, EtatPhase, NaturePhase
from maillage.ateliers.modeles import BESOINS
from maillage.ateliers.models import (
    Atelier,
    EvenementTableau,
    Groupe,
    Inscription,
    MembreGroupe,
    OrigineFiche,
    Participant,
    Phase,
    Tableau,
)
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.territoires.models import Territoire


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
    """Le groupe du participant à ce tour ; un téléphone de table est du groupe de même numéro."""
    if tour is None:
        return None
    if participant.table is not None:
        return Groupe.objects.filter(
            atelier=participant.atelier_id, tour=tour, numero=participant.table
        ).first()
    return Groupe.objects.filter(tour=tour, membres__participant=participant).first()


def is_rapporteur(participant: Participant, tableau: Tableau) -> bool:
    """Vrai si le participant rapporte pour le groupe de ce tableau."""
    return (
        tableau.groupe_id is not None
        and MembreGroupe.objects.filter(
            groupe=tableau.groupe_id, participant=participant, is_rapporteur=True
        ).exists()
    )


def count_presents(atelier: Atelier) -> int:
    """Personnes dans la salle à cet instant ; un téléphone de table n’en est pas une."""
    return atelier.participants.filter(parti_at__isnull=True, table__isnull=True, is_absent=False).count()


def get_etat_salle(atelier: Atelier) -> dict[str, Any]:
    """Ce que tous les écrans savent de la salle : phase, horloge (instants en millisecondes), groupe restitué."""
    phase = get_phase_active(atelier)
    return {
        "version": atelier.version_salle,
        "page": atelier.version_page,
        "presents": count_presents(atelier),
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
    lus = Tableau.objects.select_related("phase", "groupe").order_by("phase__rang", "groupe__numero", "id")
    if participant.is_absent:
        return list(lus.filter(phase__atelier=participant.atelier_id, groupe=None))
    if phase is None:
        return []
    montree = get_phase_montree(phase)
    if montree != phase.pk:
        return list(lus.filter(phase=montree))
    groupe = get_groupe(participant, phase.tour)
    return list(lus.filter(phase=phase).filter(Q(groupe=None) | Q(groupe=groupe)))


def get_phase_montree(phase: Phase) -> int:
    """La phase dont on voit les tableaux pendant `phase` : celle sur quoi elle porte, ou elle-même si l’on y contribue
    ou réunit."""
    return phase.pk if phase.nature == NaturePhase.REGROUPER or not phase.source_id else phase.source_id


def list_besoins(atelier: Atelier, *, hors: Phase | None = None) -> list[tuple[str, str]]:
    """(clé « tableau:carte », texte) des besoins dits dans l’atelier, et dans celui dont il est la suite."""
    ateliers = [atelier.pk, *([atelier.precedent_id] if atelier.precedent_id else [])]
    tableaux = Tableau.objects.filter(phase__atelier__in=ateliers).select_related("phase")
    if hors is not None:
        tableaux = tableaux.exclude(phase=hors)
    utiles = [t for t in tableaux if {c["code"] for c in t.phase.colonnes} & set(BESOINS)]
    etats = load_etats(utiles)
    reprises = _read_reprises(etats)
    return [
        (cle, carte.texte)
        for pk, etat in etats.items()
        for code in BESOINS
        for carte in etat.get_colonne(code)
        if (cle := f"{pk}:{carte.id}") not in reprises
    ]


def _read_reprises(etats: Mapping[int, calcul_tableau.Tableau]) -> dict[str, str]:
    """Clé d’une carte de groupe -> clé de la même sur le tableau de la salle, pour celles que la salle a reprises."""
    return {
        carte.de: f"{pk}:{carte.id}"
        for pk, etat in etats.items()
        for carte in etat.cartes.values()
        if carte.de
    }


def has_fiche(tableau: Tableau, carte: calcul_tableau.Carte) -> bool:
    """Vrai si une fiche vient déjà de cette carte, ou de celle qu’elle reprend."""
    cles = [(tableau.pk, carte.id)]
    if carte.de:
        numero, _, nom = carte.de.partition(":")
        cles.append((int(numero), nom))
    return any(OrigineFiche.objects.filter(tableau=pk, carte=nom).exists() for pk, nom in cles)


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
    """`phases` : cartes de chaque phase, de la plus soutenue à la moins.

    `oublis` : besoins qu’aucune fiche ne couvre ; `sans_besoin` : fiches du territoire qu’aucun besoin n’a demandées.
    """

    phases: list[tuple[Phase, list[IdeeSynthese]]]
    oublis: list[IdeeSynthese]
    sans_besoin: list[FicheAction]
    colleges: list[tuple[str, int]]
    durees: list[tuple[Phase, int]]


def load_synthese(atelier: Atelier) -> Synthese:
    """Ce que la soirée laisse : cartes par points puis contributions, oublis, présence par collège.

    Une carte reprise sur le tableau de la salle y est lue, une fois, sous la phase où elle est née.
    """
    tableaux = list(
        Tableau.objects.filter(phase__atelier=atelier)
        .select_related("phase__source__source", "groupe")
        .order_by("phase__rang", "groupe__numero")
    )
    etats = load_etats(tableaux)
    reprises = _read_reprises(etats)

    def suivre(cle: str) -> str:
        """La clé sous laquelle une carte se lit à la fin, de reprise en reprise."""
        while cle in reprises:
            cle = reprises[cle]
        return cle

    fiches = {
        suivre(f"{o.tableau_id}:{o.carte}"): o.fiche
        for o in OrigineFiche.objects.filter(tableau__in=tableaux).select_related("fiche__territoire__vague")
    }
    par_phase: dict[int, tuple[Phase, list[IdeeSynthese]]] = {}
    couverts: set[str] = set()
    demandees: set[int] = set()
    for tableau in tableaux:
        etat = etats[tableau.pk]
        racine = tableau.phase
        while racine.nature == NaturePhase.REGROUPER and racine.source is not None:
            racine = racine.source
        noms = {c["code"]: c["nom"] for c in racine.colonnes}
        idees = par_phase.setdefault(racine.pk, (racine, []))[1]
        for carte in etat.get_visibles():
            if f"{tableau.pk}:{carte.id}" in reprises:
                continue
            reunies = [carte, *etat.get_fusionnees(carte.id)]
            nees = [fiches[cle] for c in reunies if (cle := f"{tableau.pk}:{c.id}") in fiches]
            if nees:
                besoins = {suivre(besoin) for c in reunies for besoin in c.besoins}
                couverts |= besoins
                demandees.update(fiche.pk for fiche in nees if besoins)
            idees.append(
                IdeeSynthese(
                    tableau,
                    carte,
                    noms.get(carte.colonne, carte.colonne),
                    len(reunies),
                    nees[0] if nees else None,
                )
            )
    for _, idees in par_phase.values():
        idees.sort(key=lambda i: (-i.carte.points, -i.contributions, i.tableau.pk))
    cites = {suivre(besoin) for etat in etats.values() for c in etat.cartes.values() for besoin in c.besoins}
    oublis = [
        idee
        for _, idees in par_phase.values()
        for idee in idees
        if (cle := f"{idee.tableau.pk}:{idee.carte.id}") not in couverts
        and (cle in cites or idee.carte.colonne in BESOINS)
    ]
    colleges = [
        (str(College(ligne["college"]).label), ligne["n"])
        for ligne in atelier.participants.filter(table__isnull=True, is_absent=False)
        .values("college")
        .annotate(n=Count("id"))
        .order_by("-n", "college")
    ]
    sans_besoin = [
        fiche
        for fiche in FicheAction.objects.filter(territoire=atelier.territoire)
        .exclude(statut__in=(StatutFiche.ABANDONNEE, StatutFiche.REFUSEE))
        .select_related("territoire__vague")
        .order_by("code", "id")
        if fiche.pk not in demandees
    ]
    return Synthese(list(par_phase.values()), oublis, sans_besoin, colleges, list_durees(atelier))


def list_durees(atelier: Atelier) -> list[tuple[Phase, int]]:
    """(phase, minutes entre son premier lancement et sa fin, pauses comprises) des phases finies d’une minute au moins."""
    return [
        (phase, round((phase.finie_at - phase.debut_at).total_seconds() / 60))
        for phase in atelier.phases.all()
        if phase.debut_at and phase.finie_at and phase.finie_at - phase.debut_at >= timedelta(minutes=1)
    ]


@dataclass(frozen=True)
class Comparaison:
    """Ce qu’est devenue la soirée d’avant : ses fiches, ses besoins sans fiche, ceux dits seulement cette fois."""

    precedent: Atelier
    fiches: list[FicheAction]
    encore_oublies: list[IdeeSynthese]
    nouveaux: list[IdeeSynthese]


def compare_with_precedent(atelier: Atelier) -> Comparaison | None:
    """La soirée devant celle dont elle est la suite ; None si elle n’en suit aucune."""
    if atelier.precedent is None:
        return None
    avant, apres = load_synthese(atelier.precedent), load_synthese(atelier)
    couverts = {
        besoin
        for _, idees in apres.phases
        for idee in idees
        if idee.fiche is not None
        for besoin in idee.carte.besoins
    }
    nees = {i.fiche.pk: i.fiche for _, idees in avant.phases for i in idees if i.fiche is not None}
    return Comparaison(
        atelier.precedent,
        list(nees.values()),
        [i for i in avant.oublis if f"{i.tableau.pk}:{i.carte.id}" not in couverts],
        apres.oublis,
    )


def list_publiees_by_phase(atelier: Atelier) -> list[tuple[Phase, list[IdeeSynthese]]]:
    """Les cartes que l’animateur a publiées : les seules dont le texte sort de la salle."""
    par_phase = [
        (phase, [i for i in idees if i.carte.publiee]) for phase, idees in load_synthese(atelier).phases
    ]
    return [(phase, publiees) for phase, publiees in par_phase if publiees]


def list_publiees(atelier: Atelier) -> list[IdeeSynthese]:
    return [idee for _, idees in list_publiees_by_phase(atelier) for idee in idees]


def list_invites(atelier: Atelier) -> list[tuple[Invitation, Inscription | None]]:
    """Les invités de l’atelier ; avec leur inscription pour ceux qui se sont inscrits eux-mêmes."""
    if atelier.rendez_vous is None:
        return []
    inscriptions = {i.invitation_id: i for i in atelier.inscriptions.all()}
    return [(i, inscriptions.get(i.pk)) for i in atelier.rendez_vous.invitations.en_cours()]


def list_ateliers_publics(territoire: Territoire) -> list[Atelier]:
    """Les ateliers du territoire qui ont une page publique, du plus récent au plus ancien."""
    return list(
        territoire.ateliers.filter(Q(annonce_at__isnull=False) | Q(synthese_publiee_at__isnull=False))
    )


def list_textes_publies(fiche: FicheAction) -> list[str]:
    """Textes publiés des cartes d’où vient la fiche, lus sur le tableau de la salle quand il les a reprises."""
    origines = list(OrigineFiche.objects.filter(fiche=fiche).select_related("tableau"))
    phases = {o.tableau.phase_id for o in origines}
    tableaux = Tableau.objects.filter(
        Q(pk__in=[o.tableau_id for o in origines])
        | Q(phase__source__in=phases, phase__nature=NaturePhase.REGROUPER)
    )
    etats = load_etats(tableaux) if origines else {}
    cles = {f"{o.tableau_id}:{o.carte}" for o in origines}
    textes = [
        c.texte
        for pk, etat in etats.items()
        for carte in etat.cartes.values()
        if f"{pk}:{carte.id}" in cles or carte.de in cles
        for c in (carte, *etat.get_fusionnees(carte.id))
        if c.publiee
    ]
    return list(dict.fromkeys(textes))
