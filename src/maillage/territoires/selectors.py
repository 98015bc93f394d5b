"""Lectures sur les territoires : ce qui m’attend, la frise de la chaîne, les membres."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from maillage.comptes.enums import RoleOrganisation
from maillage.comptes.models import Fonction, Personne
from maillage.comptes.permissions import Permission
from maillage.notifications.models import Attente
from maillage.referentiels.models import Commune
from maillage.socle.dates import format_bornes
from maillage.socle.horloge import aujourdhui
from maillage.socle.texte import replier
from maillage.territoires.enums import Fait
from maillage.territoires.models import Etape, Mandat, Perimetre, Territoire, Vague
from maillage.territoires.permissions import has_permission_nationale, territoires_for

# De la moins à la plus avancée. Un acte de nature inconnue est au moins un protocole.
ORDRE_CHAINE: tuple[Fait, ...] = (
    Fait.LABEL,
    Fait.GOUVERNANCE,
    Fait.PLAN_EN_COURS,
    Fait.PLAN_TRANSMIS,
    Fait.PLAN_VALIDE,
    Fait.ACTE_NATURE_INCONNUE,
    Fait.PROTOCOLE,
    Fait.CONTRAT,
    Fait.SUIVI,
    Fait.CLOS,
    Fait.SORTI,
)


# L’administrateur tient les comptes : il ne répond de rien au nom de l’organisation où il est.
ROLES_QUI_REPONDENT = tuple(
    role for role in RoleOrganisation.values if role != RoleOrganisation.ADMINISTRATEUR
)


def attentes_for(user: Any) -> QuerySet[Attente]:
    """Ce qui attend cette personne : adressé à elle, à ses organisations, ou à un rôle qu’elle tient sur un territoire."""
    if not isinstance(user, Personne):
        return Attente.objects.none()
    condition = Q(personne=user) | Q(organisation__in=user.get_organisation_ids(*ROLES_QUI_REPONDENT))
    roles: dict[str, list[str]] = {}
    for mandat in Mandat.objects.du_jour().filter(personne=user).select_related("territoire__vague"):
        roles.setdefault(mandat.role, []).append(mandat.territoire.cle)
    for role, cles in roles.items():
        condition |= Q(role=role, territoire__in=cles)
        if role in ("elu", "industriel"):
            condition |= Q(role="elu", territoire__in=cles)
    if any(fonction.role == "region" for fonction in user.get_fonctions()):
        cles = [t.cle for t in territoires_for(user, Permission.FICHE_INSTRUCT).select_related("vague")]
        condition |= Q(role="region", territoire__in=cles)
    if has_permission_nationale(user, Permission.COMPTE_MANAGE):
        condition |= Q(role="administrateur")
    if any(fonction.role == "national" for fonction in user.get_fonctions()):
        condition |= Q(role="national")
    return Attente.objects.ouvertes().filter(condition)


def destinataires_of(attente: Attente) -> QuerySet[Personne]:
    """L’inverse de `attentes_for` : les comptes ouverts que cette attente concerne aujourd’hui."""
    comptes = Personne.objects.filter(is_active=True, email__isnull=False).order_by("pk")
    fonctions = Fonction.objects.at(aujourdhui())
    if attente.personne_id:
        return comptes.filter(pk=attente.personne_id)
    if attente.organisation_id:
        return comptes.filter(
            pk__in=fonctions.filter(
                organisation=attente.organisation_id, role__in=ROLES_QUI_REPONDENT
            ).values("personne")
        )
    if attente.role == "administrateur":
        return comptes.filter(pk__in=fonctions.filter(role="administrateur").values("personne"))
    vague, _, id_ti = attente.territoire.partition("/")
    if not id_ti:
        return comptes.none()
    territoire = Territoire.objects.by_cle(vague, id_ti).first()
    if territoire is None:
        return comptes.none()
    if attente.role == "region":
        regions = Territoire.regions.through.objects.filter(territoire=territoire).values("region")
        return comptes.filter(
            pk__in=fonctions.filter(role="region", organisation__region__in=regions).values("personne")
        )
    roles = ("elu", "industriel") if attente.role == "elu" else (attente.role,)
    mandats = Mandat.objects.du_jour().filter(territoire=territoire, role__in=roles)
    return comptes.filter(pk__in=mandats.values("personne"))


def find_territoires(territoires: QuerySet[Territoire], texte: str) -> QuerySet[Territoire]:
    """Territoires dont chaque mot de la recherche est dans le nom, la marque locale ou l’identifiant, sans accent."""
    for mot in replier(texte).split():
        territoires = territoires.filter(nom_recherche__contains=mot)
    return territoires


def find_territoires_or_membres(territoires: QuerySet[Territoire], texte: str) -> QuerySet[Territoire]:
    """Comme `find_territoires`, et le mot peut aussi être dans le nom d’un membre (EPCI, EPT, commune seule).

    Une requête de plus, quel que soit le texte : les noms des membres n’ont pas de forme sans accent en base.
    """
    noms: dict[int, str] = defaultdict(str)
    for pk, epci, commune in Perimetre.objects.values_list("territoire_id", "epci__nom", "commune__nom"):
        noms[pk] += f" {epci or commune}"
    replies = {pk: replier(nom) for pk, nom in noms.items()}
    for mot in replier(texte).split():
        par_membre = [pk for pk, nom in replies.items() if mot in nom]
        territoires = territoires.filter(Q(nom_recherche__contains=mot) | Q(pk__in=par_membre))
    return territoires


def get_jour_de_reference(vague: Vague, au: date) -> date:
    """Le jour où lire le périmètre et les mandats d’une phase : `au`, ou le dernier jour de la phase si elle est finie."""
    return min(au, vague.fin) if vague.fin else au


def with_membres_count(territoires: QuerySet[Territoire], au: date) -> QuerySet[Territoire]:
    """Annote `membres_count` : membres du périmètre ce jour-là, ou au dernier jour d’une phase finie."""
    en_vigueur = Perimetre.objects.filter(territoire=OuterRef("pk"), debut__lte=au).filter(
        Q(fin__isnull=True) | Q(fin__gt=au) | Q(fin__gt=OuterRef("vague__fin"))
    )
    nombre = en_vigueur.order_by().values("territoire").annotate(n=Count("pk")).values("n")
    return territoires.annotate(membres_count=Coalesce(Subquery(nombre), 0))


def with_etape(territoires: QuerySet[Territoire], au: date) -> QuerySet[Territoire]:
    """Annote `etape_au` (code de Fait, None) et `etape_rang` : l’étape certaine la plus avancée dans la chaîne ce jour-là."""
    rang = Case(
        *(When(fait=fait, then=Value(rang)) for rang, fait in enumerate(ORDRE_CHAINE)),
        output_field=IntegerField(),
    )
    etapes = (
        Etape.objects.connues()
        .certaines(au)
        .filter(territoire=OuterRef("pk"))
        .annotate(rang=rang)
        .order_by("-rang")
    )
    return territoires.annotate(
        etape_au=Subquery(etapes.values("fait")[:1]), etape_rang=Subquery(etapes.values("rang")[:1])
    )


@dataclass(frozen=True)
class Membre:
    """Un membre d’un territoire, avec le nombre de ses communes et sa population municipale."""

    rang: int
    perimetre: Perimetre
    communes: int

    @property
    def nature(self) -> str:
        epci = self.perimetre.epci
        return str(epci.get_type_display()) if epci else "commune seule"


def list_membres(territoire: Territoire, au: date) -> list[Membre]:
    """Membres du périmètre ce jour-là, le plus peuplé d’abord, numérotés. Une requête."""
    perimetres: QuerySet[Any] = (
        Perimetre.objects.at(au)
        .filter(territoire=territoire)
        .select_related("epci", "commune__epci")
        .annotate(
            n_epci=Count("epci__communes", distinct=True),
            n_ept=Count("epci__communes_ept", distinct=True),
        )
    )
    ranges = sorted(perimetres, key=lambda p: (-p.population, p.nom))
    return [
        Membre(rang, p, (p.n_epci or p.n_ept) if p.epci_id else 1) for rang, p in enumerate(ranges, start=1)
    ]


@dataclass(frozen=True)
class EtapeChaine:
    """Une étape de la frise. `etat` : « fait » (certain), « en_cours » (a pu avoir lieu), « a_venir » (non constaté)."""

    code: str
    libelle: str
    etat: str
    precision: str
    url: str


def list_etapes(territoire: Territoire) -> list[Etape]:
    """Faits connus d’un territoire, du plus ancien au plus récent."""
    return list(Etape.objects.connues().filter(territoire=territoire).order_by("fin", "debut", "id"))


_TOUJOURS_MONTREES = (
    Fait.LABEL,
    Fait.GOUVERNANCE,
    Fait.PLAN_TRANSMIS,
    Fait.PLAN_VALIDE,
    Fait.PROTOCOLE,
    Fait.CONTRAT,
)


def get_chaine(etapes: Iterable[Etape], au: date) -> list[EtapeChaine]:
    """La frise d’un territoire à une date, depuis ses faits (`list_etapes`). `url` mène à la preuve, « #etape-12 ».

    Un acte dont la source ne dit pas s’il est protocole ou contrat tient la place des deux, tant qu’aucun n’est connu.
    """
    par_fait: dict[str, Etape] = {}
    for etape in etapes:
        if etape.debut <= au:
            par_fait.setdefault(etape.fait, etape)
    montrees = {*_TOUJOURS_MONTREES, *par_fait}
    if Fait.ACTE_NATURE_INCONNUE in par_fait:
        montrees -= {Fait.PROTOCOLE, Fait.CONTRAT} - set(par_fait)
    return [_show_etape(fait, par_fait.get(fait), au) for fait in ORDRE_CHAINE if fait in montrees]


def _show_etape(fait: Fait, etape: Etape | None, au: date) -> EtapeChaine:
    if etape is None:
        return EtapeChaine(fait.value, fait.label, "a_venir", "non constaté", "")
    etat = "fait" if etape.fin <= au else "en_cours"
    return EtapeChaine(
        fait.value, fait.label, etat, format_bornes(etape.debut, etape.fin), f"#etape-{etape.pk}"
    )


@dataclass(frozen=True)
class Rattachement:
    """Ce qui met une commune dans un territoire : le membre du périmètre (son EPCI, son EPT ou elle-même)."""

    territoire: Territoire
    perimetre: Perimetre

    @property
    def is_site(self) -> bool:
        """Vrai si seul un site de l’intercommunalité est concerné : la commune ne l’est pas à coup sûr."""
        return self.territoire.is_site or bool(self.perimetre.site)


@dataclass(frozen=True)
class ReponseVague:
    """Pour une commune et une phase : les territoires où elle est, à `jour` (vide : aucun)."""

    vague: Vague
    jour: date
    is_finie: bool
    rattachements: list[Rattachement]


def territoires_of_communes(communes: Iterable[Commune], au: date) -> dict[str, list[ReponseVague]]:
    """Code INSEE -> une réponse par phase commencée, la plus récente d’abord. Deux requêtes, quel que soit le nombre.

    Une phase finie se lit à son dernier jour. Les espaces fictifs ne comptent pas.
    """
    communes = list(communes)
    vagues = list(Vague.objects.filter(debut__lte=au).order_by("-numero"))
    jours = {vague.pk: get_jour_de_reference(vague, au) for vague in vagues}
    en_vigueur = Q(pk__in=[])
    for vague in vagues:
        jour = jours[vague.pk]
        en_vigueur |= Q(territoire__vague=vague, debut__lte=jour) & (Q(fin__isnull=True) | Q(fin__gt=jour))
    groupements = {c.epci_id for c in communes} | {c.ept_id for c in communes}
    perimetres = (
        Perimetre.objects.filter(en_vigueur, territoire__is_fictif=False)
        .filter(Q(epci__in=groupements - {None}) | Q(commune__in=[c.pk for c in communes]))
        .select_related("territoire__vague", "territoire__region", "epci", "commune")
        .order_by("territoire__nom", "id")
    )
    par_membre: dict[tuple[int, str], list[Rattachement]] = defaultdict(list)
    for perimetre in perimetres:
        membre = perimetre.epci_id or f"commune {perimetre.commune_id}"
        par_membre[perimetre.territoire.vague_id, membre].append(
            Rattachement(perimetre.territoire, perimetre)
        )
    return {
        commune.pk: [
            ReponseVague(
                vague,
                jours[vague.pk],
                jours[vague.pk] < au,
                [
                    rattachement
                    for membre in (f"commune {commune.pk}", commune.ept_id, commune.epci_id)
                    if membre
                    for rattachement in par_membre[vague.pk, membre]
                ],
            )
            for vague in vagues
        ]
        for commune in communes
    }
