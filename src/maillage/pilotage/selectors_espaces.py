"""Ce que montrent les espaces de la Région, du financeur et du porteur. Lecture seule."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from calcul.montants import arrondi
from maillage.comptes.models import Organisation, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_TERRITOIRE
from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.fiches.models import FaitFiche, FicheAction
from maillage.financement.enums import Mesure
from maillage.financement.models import LigneFinancement, PlanFinancement
from maillage.financement.permissions import ROLES_DECIDEURS
from maillage.financement.policies import EN_ATTENTE_DU_FINANCEUR, PARTS_A_CONFIRMER, PARTS_PROPRES, PERDUS
from maillage.financement.selectors import Barre, get_montant_compte, lignes_of_financeur, sum_barres
from maillage.notifications.models import Attente
from maillage.pilotage.selectors import Perimetre as PerimetreChiffres
from maillage.pilotage.selectors_sommeil import PLUSIEURS, Sommeil
from maillage.socle.horloge import aujourdhui
from maillage.socle.texte import replier
from maillage.territoires.models import (
    Etape,
    Mandat,
    Perimetre,
    Referent,
    StructureAnimatrice,
    Territoire,
)
from maillage.territoires.permissions import has_permission_nationale, territoires_for

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


@dataclass(frozen=True)
class LigneRegion:
    """Une région chef de file : ses territoires de la phase en cours, ses fiches, ce qui y attend."""

    code: str
    nom: str
    territoires: int
    fiches: int
    a_instruire: int
    attentes: int
    signes: int


def count_regions(p: PerimetreChiffres, sommeil: Sommeil) -> list[LigneRegion]:
    """Une ligne par région qui mène un territoire de la phase en cours, par nom. Cinq groupes de requêtes, sans boucle."""
    en_cours = Territoire.objects.publics().filter(vague__debut__lte=p.au)
    en_cours = en_cours.filter(Q(vague__fin__isnull=True) | Q(vague__fin__gte=p.au))
    lus = list(en_cours.order_by().values_list("pk", "region", "region__nom", "vague__numero", "id_ti"))
    par_region: dict[str, list[int]] = {}
    noms = {region: nom for _, region, nom, _, _ in lus}
    regions_des_cles = {f"v{numero}/{id_ti}": region for _, region, _, numero, id_ti in lus}
    for pk, region, *_ in lus:
        par_region.setdefault(region, []).append(pk)
    vivantes = FicheAction.objects.filter(territoire__in=en_cours.values("pk")).exclude(
        statut=StatutFiche.ABANDONNEE
    )
    fiches = dict(vivantes.order_by().values_list("territoire__region").annotate(n=Count("pk")))
    transmises = dict(
        vivantes.filter(statut=StatutFiche.TRANSMISE)
        .order_by()
        .values_list("territoire__region")
        .annotate(n=Count("pk"))
    )
    attentes: Counter[str] = Counter()
    for cle, nombre in (
        Attente.objects.ouvertes().order_by().values_list("territoire").annotate(n=Count("pk"))
    ):
        if cle in regions_des_cles:
            attentes[regions_des_cles[cle]] += nombre
    endormis = set(sommeil.get_ids(minimum=PLUSIEURS, connus=True))
    return [
        LigneRegion(
            code,
            noms[code],
            len(ids),
            fiches.get(code, 0),
            transmises.get(code, 0),
            attentes[code],
            len(endormis.intersection(ids)),
        )
        for code, ids in sorted(par_region.items(), key=lambda paire: replier(noms[paire[0]]))
    ]


# --- financeur ---------------------------------------------------------------------------------------------------


def lignes_with_delai(user: Any) -> QuerySet[LigneFinancement]:
    """Mes lignes, avec leur action et leur territoire."""
    return lignes_of_financeur(user).select_related(
        "financeur", "plan__fiche__territoire__vague", "plan__fiche__territoire__region"
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


# --- organisations -----------------------------------------------------------------------------------------------


def reads_all_organisations(user: Any) -> bool:
    """Ceux qui pilotent, ou qui tiennent les comptes, lisent toutes les organisations."""
    return has_permission_nationale(user, Permission.PILOTAGE_READ) or has_permission_nationale(
        user, Permission.COMPTE_MANAGE
    )


def organisations_visible_to(user: Any) -> QuerySet[Organisation]:
    """Organisations que la personne peut lire : les siennes ; celles qui ont à faire avec les territoires qu’elle anime
    (membres, porteurs, financeurs, structures animatrices, mandats, référents) ; toutes, pour qui pilote."""
    if not isinstance(user, Personne):
        return Organisation.objects.none()
    if reads_all_organisations(user):
        return Organisation.objects.all()
    miens = territoires_for(user, Permission.MANDAT_GIVE).values("pk")
    membres = Perimetre.objects.at(aujourdhui()).filter(territoire__in=miens, epci__isnull=False)
    return Organisation.objects.filter(
        Q(pk__in=user.get_organisation_ids())
        | Q(epci__in=membres.values("epci"))
        | Q(pk__in=FicheAction.objects.filter(territoire__in=miens, porteur__isnull=False).values("porteur"))
        | Q(
            pk__in=LigneFinancement.objects.filter(plan__fiche__territoire__in=miens)
            .order_by()
            .values("financeur")
        )
        | Q(
            pk__in=Mandat.objects.connus()
            .filter(territoire__in=miens, organisation__isnull=False)
            .order_by()
            .values("organisation")
        )
        | Q(
            pk__in=StructureAnimatrice.objects.connus()
            .filter(territoire__in=miens)
            .order_by()
            .values("organisation")
        )
        | Q(pk__in=Referent.objects.connus().filter(territoire__in=miens).order_by().values("organisation"))
    )


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
