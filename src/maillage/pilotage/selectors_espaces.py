"""Ce que montrent les espaces de la Région, du financeur et du porteur. Lecture seule."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Sum

from calcul.montants import arrondi
from maillage.comptes.models import Personne
from maillage.comptes.permissions import Permission
from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.fiches.models import FaitFiche, FicheAction
from maillage.financement.enums import Mesure, StatutLigne
from maillage.financement.models import EtapeLigne, LigneFinancement, PlanFinancement
from maillage.financement.permissions import ROLES_DECIDEURS
from maillage.financement.policies import EN_ATTENTE_DU_FINANCEUR, PARTS_A_CONFIRMER, PARTS_PROPRES, PERDUS
from maillage.financement.selectors import Barre, get_montant_compte, lignes_of_financeur, sum_barres
from maillage.notifications.models import Attente
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Etape, Territoire
from maillage.territoires.permissions import territoires_for

# --- ce qui m’attend ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AttenteLue:
    """Une chose qui attend, depuis combien de jours, et si son échéance est passée."""

    attente: Attente
    jours: int
    is_late: bool


@dataclass(frozen=True)
class GroupeAttentes:
    """Ce qui attend sur un territoire, le plus ancien d’abord."""

    territoire: str
    attentes: list[AttenteLue]


def group_attentes(attentes: Iterable[Attente]) -> list[GroupeAttentes]:
    """Groupe par territoire, dans l’ordre reçu. Une attente est en retard si son échéance est passée."""
    jour = aujourdhui()
    groupes: dict[str, GroupeAttentes] = {}
    for attente in attentes:
        groupe = groupes.setdefault(
            attente.territoire, GroupeAttentes(attente.territoire_nom or attente.territoire, [])
        )
        is_late = attente.echeance is not None and attente.echeance < jour
        groupe.attentes.append(AttenteLue(attente, (jour - attente.depuis).days, is_late))
    return list(groupes.values())


# --- territoires et Région ---------------------------------------------------------------------------------------


def territoires_with_etape(territoires: QuerySet[Territoire]) -> QuerySet[Territoire]:
    """Annote `dernier_fait` et `dernier_fait_le` (la dernière étape certaine ce jour), `fiches_nombre`, `a_instruire`."""
    dernieres = (
        Etape.objects.connues()
        .certaines(aujourdhui())
        .filter(territoire=OuterRef("pk"))
        .order_by("-fin", "-id")
    )
    fiches = FicheAction.objects.filter(territoire=OuterRef("pk")).order_by().values("territoire")
    vivantes = fiches.exclude(statut=StatutFiche.ABANDONNEE).annotate(n=Count("pk")).values("n")
    transmises = fiches.filter(statut=StatutFiche.TRANSMISE).annotate(n=Count("pk")).values("n")
    return territoires.select_related("vague", "region").annotate(
        dernier_fait=Subquery(dernieres.values("fait")[:1]),
        dernier_fait_le=Subquery(dernieres.values("fin")[:1]),
        fiches_nombre=Subquery(vivantes),
        a_instruire=Subquery(transmises),
    )


def fiches_to_instruct(user: Any) -> QuerySet[FicheAction]:
    """Fiches transmises que la personne peut instruire, avec `transmise_le` ; la plus ancienne d’abord."""
    faits = FaitFiche.objects.filter(
        fiche=OuterRef("pk"), champ=ChampDate.STATUT, valeur=StatutFiche.TRANSMISE
    )
    return (
        FicheAction.objects.filter(
            statut=StatutFiche.TRANSMISE,
            territoire__in=territoires_for(user, Permission.FICHE_INSTRUCT).values("pk"),
        )
        .select_related("territoire__vague", "axe", "porteur")
        .annotate(transmise_le=Subquery(faits.order_by("-date_effet", "-id").values("date_effet")[:1]))
        .order_by("transmise_le", "pk")
    )


# --- financeur ---------------------------------------------------------------------------------------------------

REPONSES = (StatutLigne.ANNONCE, StatutLigne.ACCORDE, StatutLigne.REFUSE)


def lignes_with_delai(user: Any) -> QuerySet[LigneFinancement]:
    """Mes lignes, avec `sollicite_le` et `repondu_le` : la première demande et la première réponse (annonce, accord ou refus)."""

    def premier(*vers: StatutLigne) -> Subquery:
        etapes = EtapeLigne.objects.filter(ligne=OuterRef("pk"), vers__in=vers).order_by()
        return Subquery(etapes.values("ligne").annotate(m=Min("date_effet")).values("m"))

    return (
        lignes_of_financeur(user)
        .select_related("financeur", "plan__fiche__territoire__vague")
        .annotate(sollicite_le=premier(StatutLigne.SOLLICITE), repondu_le=premier(*REPONSES))
    )


def lignes_to_answer(user: Any) -> QuerySet[LigneFinancement]:
    """Mes lignes qui attendent une réponse, ou la confirmation d’une pièce reçue."""
    return lignes_with_delai(user).filter(statut__in=EN_ATTENTE_DU_FINANCEUR)


def get_attente(ligne: LigneFinancement) -> int:
    """Jours depuis le dernier pas d’une ligne qui attend une décision : une annonce répond, mais ne décide pas."""
    return int((aujourdhui() - ligne.statut_depuis).days)


def get_delai(ligne: Any) -> int | None:
    """Jours entre la demande et la première réponse, ou jusqu’à ce jour si elle attend encore (ligne de `lignes_with_delai`)."""
    if ligne.sollicite_le is None:
        return None
    if ligne.repondu_le is None and ligne.statut not in EN_ATTENTE_DU_FINANCEUR:
        return None
    return int(((ligne.repondu_le or aujourdhui()) - ligne.sollicite_le).days)


@dataclass(frozen=True)
class Delais:
    """Délais de réponse, en jours, sur `nombre` lignes répondues."""

    nombre: int
    mediane: int
    moyenne: int
    plus_long: int


def compute_delais(lignes: QuerySet[Any]) -> Delais | None:
    """Médiane et moyenne des lignes (de `lignes_with_delai`) répondues (arrondies au jour) ; None s’il n’y en a pas."""
    bornes = lignes.filter(sollicite_le__isnull=False, repondu_le__isnull=False).order_by()
    jours = [
        (repondu - sollicite).days for sollicite, repondu in bornes.values_list("sollicite_le", "repondu_le")
    ]
    if not jours:
        return None
    return Delais(
        len(jours), arrondi(Fraction(median(jours))), arrondi(Fraction(sum(jours), len(jours))), max(jours)
    )


def sum_lignes(lignes: QuerySet[LigneFinancement]) -> dict[str, int]:
    """Les montants présents de ces lignes, par mesure, en centimes."""
    sommes = lignes.order_by().aggregate(
        **{mesure.value: Sum(f"montant_{mesure.value}") for mesure in Mesure}
    )
    return {mesure.value: sommes[mesure.value] or 0 for mesure in Mesure}


# --- porteur -----------------------------------------------------------------------------------------------------


def fiches_carried_by(user: Any) -> QuerySet[FicheAction]:
    """Actions portées par les organisations de la personne, avec `attentes_nombre` : ses lignes qui attendent une réponse d’elle."""
    if not isinstance(user, Personne):
        return FicheAction.objects.none()
    organisations = user.get_organisation_ids()
    a_moi = Q(plan__lignes__financeur__in=organisations)
    parts = Q(plan__lignes__nature__in=PARTS_PROPRES, plan__lignes__statut__in=PARTS_A_CONFIRMER)
    attendues = a_moi & (Q(plan__lignes__statut__in=EN_ATTENTE_DU_FINANCEUR) | parts)
    return (
        FicheAction.objects.filter(porteur__in=organisations)
        .select_related("territoire__vague", "axe", "porteur", "plan")
        .prefetch_related("plan__lignes")
        .annotate(attentes_nombre=Count("plan__lignes", filter=attendues, distinct=True))
    )


def parts_to_confirm(user: Any) -> QuerySet[LigneFinancement]:
    """La part que ses organisations paient dans leurs actions et qui reste à confirmer ; la plus ancienne d’abord."""
    if not isinstance(user, Personne):
        return LigneFinancement.objects.none()
    return (
        LigneFinancement.objects.filter(
            financeur__in=user.get_organisation_ids(*ROLES_DECIDEURS),
            nature__in=PARTS_PROPRES,
            statut__in=PARTS_A_CONFIRMER,
        )
        .exclude(plan__fiche__statut=StatutFiche.ABANDONNEE)
        .select_related("financeur", "plan__fiche__territoire__vague")
        .order_by("statut_depuis", "id")
    )


def get_part(fiche: FicheAction) -> int:
    """Ce que le porteur paie lui-même dans l’action (centimes), confirmé ou non (fiche de `fiches_carried_by`)."""
    plan = getattr(fiche, "plan", None)
    return sum(
        get_montant_compte(ligne)
        for ligne in (plan.lignes.all() if plan else [])
        if ligne.nature in PARTS_PROPRES and ligne.statut not in PERDUS
    )


@dataclass(frozen=True)
class BilanPorteur:
    """L’argent des actions qu’une personne porte (centimes) : le plan, et dedans la part de ses organisations."""

    barre: Barre
    part_confirmee: int
    part_a_confirmer: int


def compute_bilan_porteur(user: Any) -> BilanPorteur:
    """Somme des plans des actions portées, hors abandons."""
    plans = PlanFinancement.objects.filter(
        fiche__in=fiches_carried_by(user).exclude(statut=StatutFiche.ABANDONNEE).values("pk")
    )
    confirmees = LigneFinancement.objects.filter(
        plan__in=plans, nature__in=PARTS_PROPRES, montant_accorde__gt=0
    ).aggregate(s=Sum("montant_accorde"))["s"]
    return BilanPorteur(
        sum_barres(plans),
        confirmees or 0,
        sum(get_montant_compte(ligne) for ligne in parts_to_confirm(user)),
    )
