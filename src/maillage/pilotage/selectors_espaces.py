"""Ce que montrent les espaces de la Région, du financeur et du porteur. Lecture seule."""

from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Sum

from calcul.montants import arrondi
from maillage.comptes.models import Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_TERRITOIRE
from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.fiches.models import FaitFiche, FicheAction
from maillage.financement.enums import Mesure, StatutLigne
from maillage.financement.models import EtapeLigne, LigneFinancement
from maillage.financement.policies import EN_ATTENTE_DU_FINANCEUR
from maillage.financement.selectors import lignes_of_financeur
from maillage.notifications.models import Attente
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Etape, Territoire
from maillage.territoires.permissions import territoires_for

# --- ce qui m’attend ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AttenteLue:
    """Une chose qui attend, à quel titre, depuis combien de jours, et si son échéance est passée."""

    attente: Attente
    titre: str
    jours: int
    is_late: bool


def read_attentes(attentes: QuerySet[Attente], *, limite: int) -> list[AttenteLue]:
    """Les `limite` premières attentes, tous rôles mêlés, la plus ancienne d’abord. `titre` : l’organisation, ou le rôle, qui doit répondre."""
    jour = aujourdhui()
    noms = {code: role.nom for code, role in (ROLES_ORGANISATION | ROLES_TERRITOIRE).items()}
    return [
        AttenteLue(
            attente,
            attente.organisation.nom if attente.organisation else noms.get(attente.role, attente.role),
            (jour - attente.depuis).days,
            attente.echeance is not None and attente.echeance < jour,
        )
        for attente in attentes.select_related("organisation").order_by("depuis", "id")[:limite]
    ]


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
    attendues = Q(plan__lignes__financeur__in=organisations, plan__lignes__statut__in=EN_ATTENTE_DU_FINANCEUR)
    return (
        FicheAction.objects.filter(porteur__in=organisations)
        .select_related("territoire__vague", "axe", "porteur", "plan")
        .annotate(attentes_nombre=Count("plan__lignes", filter=attendues, distinct=True))
    )
