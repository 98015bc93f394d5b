"""Lectures de la gouvernance : règle d’un jour, quorum d’une séance, ce qui attend une décision, décisions d’une fiche."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from maillage.agenda.enums import PRESENCES_COMPTEES
from maillage.agenda.models import Invitation, RendezVous
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction, PlanActionsFiche
from maillage.fiches.policies import STATUTS_AU_PLAN
from maillage.gouvernance.enums import NatureComite, NatureDecision, Portee, Sens, StatutSeance
from maillage.gouvernance.models import (
    Comite,
    Decision,
    MembreComite,
    Participant,
    RegleComite,
    ReleveDecisions,
    Seance,
)
from maillage.gouvernance.policies import EtatQuorum, compute_quorum
from maillage.journal.models import Entree
from maillage.notifications.models import Attente
from maillage.socle.conflits import Conflit, departager
from maillage.socle.dates import format_jour
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Territoire

N = NatureDecision


def get_regle(comite: Comite, jour: date) -> RegleComite | None:
    """La règle en vigueur ce jour-là ; None si le comité n’en a pas."""
    return comite.regles.filter(depuis__lte=jour).order_by("-depuis", "-id").first()


def list_membres(comite: Comite, jour: date) -> list[MembreComite]:
    """Les mandats du jour, par place puis par nom."""
    membres = (
        comite.membres.at(jour)
        .select_related("organisation", "personne", "college", "titulaire__organisation")
        .order_by("nom", "id")
    )
    ordre = {"president": 0, "secretaire": 1, "membre": 2, "invite": 3}
    return sorted(membres, key=lambda m: (ordre[m.place], m.titulaire_id is not None))


def list_participants(seance: Seance) -> list[Participant]:
    """Qui est attendu à la séance, avec son invitation ; ceux dont l’invitation est retirée n’y sont plus."""
    return list(
        seance.participants.filter(invitation__retiree_at__isnull=True)
        .select_related(
            "invitation__organisation",
            "invitation__personne",
            "membre__organisation",
            "membre__college",
            "membre__titulaire__organisation",
        )
        .prefetch_related("invitation__reponses")
        .order_by("invitation__nom", "id")
    )


def get_etat_quorum(seance: Seance, participants: Iterable[Participant] | None = None) -> EtatQuorum:
    """Le quorum et la parité de la séance, d’après les présences relevées jusqu’ici."""
    lus = list_participants(seance) if participants is None else participants
    presents = {p.membre_id for p in lus if p.membre_id and p.invitation.presence in PRESENCES_COMPTEES}
    return compute_quorum(
        get_regle(seance.comite, seance.jour), list_membres(seance.comite, seance.jour), presents
    )


# --- deux saisies d’une même séance ----------------------------------------------------------------------------------

CHAMPS_SEANCE = ("titre", "debut_at", "fin_at", "lieu", "visio", "message")
# Ce qu’une personne lit et écrit d’une séance, dans l’ordre du formulaire.
TITRES_SEANCE = {
    "titre": "Titre",
    "jour": "Jour",
    "debut": "Début",
    "fin": "Fin",
    "lieu": "Lieu",
    "visio": "Visioconférence",
    "message": "Mot d’invitation",
}


def get_contenu(seance: Seance) -> dict[str, str]:
    """Ce qu’une séance dit de son rendez-vous, en texte : ce qu’une version garde."""
    contenu = {}
    for champ in CHAMPS_SEANCE:
        valeur = getattr(seance.rendez_vous, champ)
        contenu[champ] = valeur.isoformat() if isinstance(valeur, datetime) else valeur
    return contenu


def describe_contenu(contenu: Mapping[str, str]) -> dict[str, str]:
    """Un contenu de version en mots : clé de TITRES_SEANCE → texte, à l’heure de Paris."""
    debut, fin = (
        timezone.localtime(datetime.fromisoformat(contenu[champ])) for champ in ("debut_at", "fin_at")
    )
    return {
        "titre": contenu["titre"],
        "jour": format_jour(debut.date()),
        "debut": f"{debut:%H:%M}",
        "fin": f"{fin:%H:%M}",
        "lieu": contenu["lieu"],
        "visio": contenu["visio"],
        "message": contenu["message"],
    }


def compare_saisies(seance: Seance, *, version_lue: int, saisie: Mapping[str, str]) -> Conflit:
    """Départage une saisie et ce qui est enregistré, depuis la version lue (contenus comme ceux de `get_contenu`)."""
    lue = seance.versions.filter(numero=version_lue).first()
    enregistre = get_contenu(seance)
    return departager(
        base=describe_contenu(lue.contenu if lue else enregistre),
        saisie=describe_contenu(saisie),
        enregistre=describe_contenu(enregistre),
        titres=TITRES_SEANCE,
    )


def comites_with_seances(comites: QuerySet[Comite]) -> QuerySet[Comite]:
    """Comités annotés de `membres_nombre` (titulaires du jour), `derniere_at` (séance tenue) et `prochaine_at`."""
    jour = aujourdhui()
    seances = Seance.objects.filter(comite=OuterRef("pk"))
    tenues = seances.filter(statut=StatutSeance.TENUE).order_by("-rendez_vous__debut_at")
    a_venir = seances_a_venir(seances)
    en_cours = Q(membres__debut__isnull=True) | Q(membres__debut__lte=jour)
    en_cours &= Q(membres__fin__isnull=True) | Q(membres__fin__gt=jour)
    return comites.select_related("territoire__vague", "region").annotate(
        membres_nombre=Count("membres", filter=en_cours & Q(membres__titulaire__isnull=True), distinct=True),
        derniere_at=Subquery(tenues.values("rendez_vous__debut_at")[:1]),
        prochaine_at=Subquery(a_venir.values("rendez_vous__debut_at")[:1]),
    )


def get_prochain_copil(regions: Iterable[str] | None = None) -> Seance | None:
    """La prochaine séance, convoquée ou en préparation, du COPIL de l’une de ces régions (codes) ; sans région, du
    COPIL national."""
    copil = (
        Q(comite__region=None, comite__territoire=None)
        if regions is None
        else Q(comite__region__in=list(regions))
    )
    return (
        seances_a_venir(Seance.objects.filter(copil)).select_related("comite__region", "rendez_vous").first()
    )


def seances_a_venir(seances: QuerySet[Seance]) -> QuerySet[Seance]:
    """Parmi ces séances, celles qui viennent, la plus proche d’abord : en préparation, convoquées ou ouvertes."""
    return seances.filter(
        statut__in=[StatutSeance.EN_PREPARATION, StatutSeance.CONVOQUEE, StatutSeance.OUVERTE],
        rendez_vous__fin_at__gte=maintenant(),
    ).order_by("rendez_vous__debut_at", "id")


# --- ce qui attend une décision --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PointPropose:
    """Un point que l’état des choses propose à l’ordre du jour. `cle` : ce que le formulaire renvoie."""

    cle: str
    nature: NatureDecision
    titre: str
    depuis: date | None = None
    fiche: FicheAction | None = None
    territoire: Territoire | None = None
    url: str = ""


def find_points_proposes(seance: Seance) -> list[PointPropose]:
    """Ce qui attend une décision de ce comité et n’est pas encore à l’ordre du jour, le plus ancien d’abord.

    Comité d’un territoire : fiches proposées, plan dont des fiches retenues n’ont pas été validées ensemble, et tout ce
    que la plateforme attend du binôme. COPIL régional : plans transmis, et ce qui attend la Région. COPIL national : ce
    qui attend la délégation. Tout est lu de l’état
    présent ; rien n’est à ressaisir.
    """
    comite = seance.comite
    if comite.territoire:
        points = _points_territoire(comite.territoire, comite)
    elif comite.region_id:
        points = _points_region(comite)
    else:
        points = _points_nation()
    deja = {
        _cle(point.nature, point.fiche_id, point.territoire_id, point.url) for point in seance.points.all()
    }
    return [point for point in points if point.cle not in deja]


def _cle(nature: str, fiche_id: int | None, territoire_id: int | None, url: str) -> str:
    if fiche_id:
        return f"{nature}:fiche:{fiche_id}"
    return f"{nature}:territoire:{territoire_id}" if territoire_id else f"{nature}:url:{url}"


def _point(nature: NatureDecision, titre: str, **champs: Any) -> PointPropose:
    fiche, territoire = champs.get("fiche"), champs.get("territoire")
    cle = _cle(
        nature, fiche.pk if fiche else None, territoire.pk if territoire else None, champs.get("url", "")
    )
    return PointPropose(cle, nature, titre, **champs)


def fiches_du_plan(territoire: Territoire) -> QuerySet[FicheAction]:
    """Les fiches qui font le plan d’actions du territoire, dans leur ordre de présentation."""
    return territoire.fiches.filter(statut__in=STATUTS_AU_PLAN).order_by("rang", "id")


def _points_territoire(territoire: Territoire, comite: Comite) -> list[PointPropose]:
    proposees = territoire.fiches.filter(statut=StatutFiche.PROPOSEE).select_related("territoire__vague")
    attentes = Attente.objects.ouvertes().filter(territoire=territoire.cle)
    depuis = {int(a.objet_id): a.depuis for a in attentes.filter(objet_type=FicheAction._meta.label_lower)}
    points = [
        _point(
            N.FICHE_RETENUE,
            f"Retenir la fiche «\u00a0{fiche}\u00a0»",
            fiche=fiche,
            depuis=depuis.get(fiche.pk),
        )
        for fiche in proposees.order_by("rang", "id")
    ]
    points.sort(key=lambda point: point.depuis or date.max)
    deja_validees = PlanActionsFiche.objects.filter(
        plan__decisions__sens=Sens.ADOPTEE, plan__territoire=territoire
    ).values("version__fiche")
    restent = fiches_du_plan(territoire).exclude(pk__in=deja_validees).count()
    if restent:
        points.append(
            _point(
                N.PLAN_VALIDE,
                f"Valider le plan d’actions ({restent} {'fiche retenue' if restent == 1 else 'fiches retenues'} depuis la dernière "
                "validation)",
                territoire=territoire,
            )
        )
    autres = attentes.filter(role__in=["elu", "industriel"]).exclude(objet_type=FicheAction._meta.label_lower)
    points += [
        _point(N.LIBRE, attente.libelle, url=attente.url, depuis=attente.depuis)
        for attente in autres.order_by("depuis", "id")
    ]
    return points


def _points_region(comite: Comite) -> list[PointPropose]:
    territoires: list[Any] = list(
        Territoire.objects.filter(regions=comite.region_id)
        .annotate(transmises=Count("fiches", filter=Q(fiches__statut=StatutFiche.TRANSMISE)))
        .select_related("vague")
        .order_by("nom", "id")
    )
    points = [
        _point(
            N.PLAN_VALIDE,
            f"Valider le plan d’actions de {t.nom} ({t.transmises} "
            f"{'fiche transmise' if t.transmises == 1 else 'fiches transmises'})",
            territoire=t,
        )
        for t in territoires
        if t.transmises
    ]
    attentes = (
        Attente.objects.ouvertes()
        .filter(role="region", territoire__in=[t.cle for t in territoires])
        .exclude(objet_type=FicheAction._meta.label_lower)
        .exclude(code__startswith="instruction.")  # le plan transmis est déjà l’un des points ci-dessus
        .order_by("depuis", "id")
    )
    return points + [
        _point(N.LIBRE, f"{a.libelle} ({a.territoire_nom})", url=a.url, depuis=a.depuis) for a in attentes
    ]


def _points_nation() -> list[PointPropose]:
    attentes = Attente.objects.ouvertes().filter(role="national").order_by("depuis", "id")
    return [
        _point(N.LIBRE, f"{a.libelle} ({a.territoire_nom or a.territoire})", url=a.url, depuis=a.depuis)
        for a in attentes
    ]


# --- décisions -------------------------------------------------------------------------------------------------------


def decisions_en_vigueur() -> QuerySet[Decision]:
    """Décisions adoptées (les consultations n’en sont pas), que rien n’a remplacées."""
    return Decision.objects.filter(
        sens=Sens.ADOPTEE, portee=Portee.DECISION, remplacee_par__isnull=True
    ).select_related("seance__rendez_vous", "seance__comite__territoire__vague", "fiche")


def decisions_of_fiche(fiche: FicheAction) -> QuerySet[Decision]:
    """Tout ce que des comités ont dit de cette fiche, la plus récente d’abord."""
    return (
        Decision.objects.filter(fiche=fiche)
        .select_related("seance__rendez_vous", "seance__comite__territoire__vague")
        .order_by("-seance__rendez_vous__debut_at", "-id")
    )


def find_accord_fonds_vert(fiche: FicheAction, jour: date | None = None) -> Decision | None:
    """L’accord de la gouvernance du territoire pour le fonds vert, donné au plus tard ce jour-là ; None s’il manque."""
    accords = decisions_en_vigueur().filter(nature=N.ACCORD_FONDS_VERT, fiche=fiche)
    if jour:
        accords = accords.filter(seance__rendez_vous__debut_at__date__lte=jour)
    return accords.order_by("-seance__rendez_vous__debut_at", "-id").first()


def fiches_prioritaires(territoire: Territoire) -> QuerySet[FicheAction]:
    """Fiches auxquelles un comité du territoire a donné la priorité."""
    decisions = decisions_en_vigueur().filter(nature=N.PRIORITE, seance__comite__territoire=territoire)
    return territoire.fiches.filter(pk__in=decisions.values("fiche")).order_by("rang", "id")


def list_entrees(seance: Seance) -> QuerySet[Entree]:
    """L’histoire de la séance : la sienne, celle de son rendez-vous, des réponses, des présences et des décisions."""
    cibles: list[tuple[type[Model], Any]] = [
        (Seance, [seance.pk]),
        (RendezVous, [seance.rendez_vous_id]),
        (Invitation, seance.rendez_vous.invitations.values_list("pk", flat=True)),
        (Decision, seance.decisions.values_list("pk", flat=True)),
        (ReleveDecisions, ReleveDecisions.objects.filter(seance=seance).values_list("pk", flat=True)),
    ]
    condition = Q(pk__in=[])
    for modele, cles in cibles:
        condition |= Q(cible_type=modele._meta.label_lower, cible_id__in=[str(cle) for cle in cles])
    return Entree.objects.filter(condition)


def find_releve_by_sha256(sha256: str) -> ReleveDecisions | None:
    """Le relevé arrêté ici dont le PDF ou le Word a cette empreinte ; None s’il n’y en a pas."""
    empreinte = sha256.lower()
    return (
        ReleveDecisions.objects.filter(Q(piece_pdf__sha256=empreinte) | Q(piece_word__sha256=empreinte))
        .select_related("seance__comite__territoire__vague", "seance__rendez_vous", "piece_pdf", "piece_word")
        .order_by("id")
        .first()
    )


def comites_projet(territoire: Territoire, jour: date) -> QuerySet[Comite]:
    """Les comités de projet du territoire en activité ce jour-là : ceux que la signature fait comités de suivi."""
    return Comite.objects.actifs(jour).filter(territoire=territoire, nature=NatureComite.PROJET)
