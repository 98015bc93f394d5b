"""Lectures de l’instruction : fiches à transmettre, avis attendus, ce qui a changé depuis une lecture."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Model, Prefetch, Q, QuerySet

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.fiches.models import FicheAction, PlanActionsFiche, VersionFiche
from maillage.fiches.selectors import compare_contenus
from maillage.instruction import policies
from maillage.instruction.enums import SensAvisPlan
from maillage.instruction.models import AvisFiche, AvisPlan, DossierPlan, LectureDossier, TransmissionPlan
from maillage.journal.models import Entree
from maillage.referentiels.models import Region
from maillage.socle.conflits import Ecart
from maillage.territoires.models import Territoire

_SANS_LE_STATUT = "statut"


def fiches_a_transmettre(territoire: Territoire) -> QuerySet[FicheAction]:
    """Fiches qu’un plan peut emporter, dans leur ordre de présentation."""
    return (
        territoire.fiches.filter(statut__in=policies.TRANSMISSIBLES)
        .select_related("axe", "porteur")
        .order_by("rang", "id")
    )


def get_dossier_ouvert(territoire: Territoire) -> DossierPlan | None:
    """Le dossier devant la Région ; None s’il n’y en a pas."""
    return DossierPlan.objects.filter(territoire=territoire).exclude(statut__in=policies.CLOS).first()


def get_transmission(dossier: DossierPlan) -> TransmissionPlan:
    """La dernière transmission d’un dossier : celle sur laquelle portent les avis qui viennent."""
    return dossier.transmissions.select_related("plan_actions").latest("numero")


def lignes_of(transmission: TransmissionPlan) -> list[PlanActionsFiche]:
    """Les fiches d’une transmission, chacune dans sa version figée, dans l’ordre."""
    return list(
        transmission.plan_actions.lignes.select_related("version__fiche__territoire__vague").order_by(
            "rang", "id"
        )
    )


def find_organisation_of_region(region: Region) -> Organisation | None:
    """L’organisation qui est le conseil régional de cette région ; None si aucune n’est connue."""
    return Organisation.objects.filter(type=TypeOrganisation.REGION, region=region).order_by("id").first()


def find_avis_attendus(dossier: DossierPlan) -> list[AvisPlan]:
    """Avis demandés et pas encore rendus, le plus ancien d’abord."""
    return list(
        dossier.avis.filter(sens="")
        .select_related("region", "organisation", "dossier__territoire")
        .order_by("demande_le", "id")
    )


def find_regions_attendues(dossier: DossierPlan, *, sauf: AvisPlan) -> list[AvisPlan]:
    """Les avis des autres Régions encore à rendre, que la Région chef de file attend pour conclure."""
    if sauf.region_id != dossier.territoire.region_id:
        return []
    return [avis for avis in find_avis_attendus(dossier) if avis.is_requis and avis.pk != sauf.pk]


def get_avis_concluant(dossier: DossierPlan) -> AvisPlan | None:
    """Le dernier avis rendu par la Région chef de file : celui que le comité a sous les yeux. Lu en mémoire si `avis` l’est."""
    rendus = [
        avis
        for avis in dossier.avis.all()
        if avis.rendu_at and avis.region_id == dossier.territoire.region_id
    ]
    return max(rendus, key=lambda avis: (avis.rendu_at, avis.pk), default=None)


def read_avis_fiches(avis: Iterable[AvisPlan]) -> dict[int, list[AvisFiche]]:
    """Ce que des avis rendus disent de chaque fiche : clé de la fiche → lignes, dans l’ordre des avis."""
    lus: dict[int, list[AvisFiche]] = {}
    lignes = AvisFiche.objects.filter(avis__in=[a.pk for a in avis]).exclude(sens="")
    for ligne in lignes.select_related("avis__region", "avis__organisation").order_by("avis__rendu_at", "id"):
        lus.setdefault(ligne.fiche_id, []).append(ligne)
    return lus


@dataclass(frozen=True)
class FicheChangee:
    """Une fiche qui n’est plus ce qui avait été lu : ajoutée, retirée du plan, ou modifiée champ par champ."""

    code: str
    titre: str
    nature: str
    ecarts: list[Ecart]


def compare_transmissions(avant: TransmissionPlan, apres: TransmissionPlan) -> list[FicheChangee]:
    """Ce qui change d’un tour à l’autre, fiche par fiche ; l’état de la fiche, que l’instruction fait bouger, ne compte pas."""
    anciennes = {ligne.version.fiche_id: ligne.version.contenu for ligne in lignes_of(avant)}
    changees = []
    vues = set()
    for ligne in lignes_of(apres):
        cle, contenu = ligne.version.fiche_id, ligne.version.contenu
        vues.add(cle)
        if cle not in anciennes:
            changees.append(FicheChangee(contenu["code"], contenu["titre"], "ajoutée au plan", []))
        elif ecarts := _compare(anciennes[cle], contenu):
            changees.append(FicheChangee(contenu["code"], contenu["titre"], "modifiée", ecarts))
    changees += [
        FicheChangee(contenu["code"], contenu["titre"], "retirée du plan", [])
        for cle, contenu in anciennes.items()
        if cle not in vues
    ]
    return changees


def find_ecarts_presents(lignes: list[PlanActionsFiche]) -> list[FicheChangee]:
    """Les fiches transmises dont le contenu a changé depuis : l’avis porte sur la version transmise, non sur celle-ci."""
    presentes = {
        version.fiche_id: version.contenu
        for version in VersionFiche.objects.filter(
            fiche__in=[ligne.version.fiche_id for ligne in lignes], numero=F("fiche__version")
        )
    }
    return [
        FicheChangee(ligne.version.contenu["code"], ligne.version.contenu["titre"], "modifiée", ecarts)
        for ligne in lignes
        if (ecarts := _compare(ligne.version.contenu, presentes[ligne.version.fiche_id]))
    ]


def _compare(avant: dict[str, Any], apres: dict[str, Any]) -> list[Ecart]:
    return [ecart for ecart in compare_contenus(avant, apres) if ecart.champ != _SANS_LE_STATUT]


def list_entrees(dossier: DossierPlan) -> QuerySet[Entree]:
    """L’histoire du dossier : la sienne et celle de ses avis."""
    cibles: list[tuple[type[Model], Any]] = [
        (DossierPlan, [dossier.pk]),
        (AvisPlan, dossier.avis.values_list("pk", flat=True)),
    ]
    condition = Q(pk__in=[])
    for modele, cles in cibles:
        condition |= Q(cible_type=modele._meta.label_lower, cible_id__in=[str(cle) for cle in cles])
    return Entree.objects.filter(condition)


@dataclass(frozen=True)
class Nouveautes:
    """Ce qui a changé dans un dossier depuis la dernière lecture d’une personne."""

    lu_at: datetime
    entrees: list[Entree]
    fiches: list[FicheChangee]

    @property
    def is_vide(self) -> bool:
        return not self.entrees and not self.fiches


def read_nouveautes(dossier: DossierPlan, user: Any) -> Nouveautes | None:
    """Ce que les autres ont fait depuis la dernière lecture ; None si la personne n’a encore rien marqué comme lu."""
    lecture = (
        LectureDossier.objects.filter(dossier=dossier, personne=user.pk)
        .select_related("transmission")
        .first()
    )
    if lecture is None:
        return None
    entrees = list_entrees(dossier).filter(enregistre_at__gt=lecture.lu_at).exclude(auteur_id=user.pk)
    derniere = get_transmission(dossier)
    fiches = (
        compare_transmissions(lecture.transmission, derniere)
        if derniere.pk != lecture.transmission_id
        else []
    )
    return Nouveautes(lecture.lu_at, list(entrees), fiches)


def dossiers_with_avis(dossiers: QuerySet[DossierPlan]) -> QuerySet[DossierPlan]:
    """Dossiers avec ce qu’une liste en montre, en un nombre constant de requêtes."""
    return dossiers.select_related("territoire__vague", "territoire__region").prefetch_related(
        Prefetch(
            "avis", AvisPlan.objects.select_related("region", "organisation").order_by("demande_le", "id")
        ),
        "transmissions",
    )


def dossiers_a_decider(regions: Iterable[str]) -> QuerySet[DossierPlan]:
    """Dossiers que le comité de pilotage de ces régions peut décider."""
    return (
        dossiers_with_avis(
            DossierPlan.objects.filter(territoire__region__in=list(regions), statut__in=policies.A_DECIDER)
        )
        .prefetch_related("avis__fiches")
        .order_by("territoire__nom", "id")
    )


def get_sens_fiches(dossier: DossierPlan) -> dict[int, AvisFiche]:
    """Ce que la Région chef de file dit de chaque fiche dans son dernier avis : clé de la fiche → ligne."""
    avis = get_avis_concluant(dossier)
    return {ligne.fiche_id: ligne for ligne in avis.fiches.all() if ligne.sens} if avis else {}


def count_defavorables(dossier: DossierPlan) -> int:
    return sum(1 for ligne in get_sens_fiches(dossier).values() if ligne.sens == SensAvisPlan.DEFAVORABLE)


def is_en_retard(avis: AvisPlan, jour: Any) -> bool:
    """Vrai si l’avis est encore attendu alors que son échéance est passée."""
    return not avis.sens and avis.echeance is not None and avis.echeance < jour
