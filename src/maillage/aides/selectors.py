"""Lectures des aides observées : dans les territoires d’une phase ou hors d’eux, et en face des lignes déclarées."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from calcul.montants import arrondi, format_taux
from maillage.aides.enums import Place, Rapprochement, SourceAides
from maillage.aides.models import AideObservee
from maillage.financement.enums import OrigineFinanceur
from maillage.financement.models import LigneFinancement
from maillage.referentiels.models import Commune, Region
from maillage.territoires.models import Perimetre, Vague
from maillage.territoires.selectors import get_jour_de_reference

SANS_REGION = "Région non dite"


@dataclass
class Part:
    """Des aides d’un côté : leur nombre, leur somme (centimes), les habitants de ce côté (None : sans objet)."""

    nombre: int = 0
    centimes: int = 0
    habitants: int | None = None

    @property
    def par_habitant(self) -> int | None:
        """Centimes par habitant, arrondis au centime."""
        return arrondi(Fraction(self.centimes, self.habitants)) if self.habitants else None


@dataclass
class LigneComparee:
    """Une mesure ou une région : dans les territoires, hors d’eux, et ce que la source ne localise pas."""

    nom: str
    dans: Part = field(default_factory=Part)
    hors: Part = field(default_factory=Part)
    inconnue: Part = field(default_factory=Part)

    @property
    def nombre(self) -> int:
        return self.dans.nombre + self.hors.nombre + self.inconnue.nombre

    @property
    def centimes(self) -> int:
        return self.dans.centimes + self.hors.centimes + self.inconnue.centimes

    @property
    def part_dans(self) -> str:
        """Part des montants localisés qui va dans les territoires, arrondie pour l’œil ; vide si rien n’est localisé."""
        localise = self.dans.centimes + self.hors.centimes
        return format_taux(Fraction(self.dans.centimes, localise), decimales=1) if localise else ""

    def add(self, place: Place, nombre: int, centimes: int) -> None:
        part: Part = getattr(self, place.value)
        part.nombre += nombre
        part.centimes += centimes


@dataclass(frozen=True)
class Comparaison:
    vague: Vague
    jour: date
    total: LigneComparee
    mesures: list[LigneComparee]
    regions: list[LigneComparee]


def with_place(aides: QuerySet[AideObservee], vague: Vague) -> Any:
    """Annote `place` : dans un territoire de la phase, hors d’eux, ou non localisée."""
    liens = AideObservee.territoires.through.objects.filter(
        aideobservee=OuterRef("pk"), territoire__vague=vague, territoire__is_fictif=False
    )
    return aides.annotate(
        place=Case(
            When(Exists(liens), then=Value(Place.DANS.value)),
            When(commune__isnull=True, then=Value(Place.INCONNUE.value)),
            default=Value(Place.HORS.value),
        )
    )


def list_annees(source: SourceAides) -> list[int]:
    """Années des aides connues, la plus récente d’abord."""
    annees = AideObservee.objects.en_vigueur().filter(source=source, annee__isnull=False)
    lues = annees.order_by("-annee").values_list("annee", flat=True).distinct()
    return [annee for annee in lues if annee is not None]


def compare_territoires(
    *, vague: Vague, au: date, source: SourceAides = SourceAides.FONDS_VERT, annee: int | None = None
) -> Comparaison:
    """Les aides d’une source (et d’une année) dans les territoires d’une phase et hors d’eux, par mesure et par région.

    Les habitants sont ceux des communes, à la population municipale ; les territoires sont ceux du dernier jour d’une phase
    finie. Six requêtes, quel que soit le nombre d’aides.
    """
    aides = AideObservee.objects.en_vigueur().filter(source=source)
    if annee is not None:
        aides = aides.filter(annee=annee)
    sommes = (
        with_place(aides, vague)
        .order_by()
        .values("mesure", "region__nom", "place")
        .annotate(nombre=Count("pk"), centimes=Sum("montant"))
    )
    total = LigneComparee("Ensemble")
    mesures: dict[str, LigneComparee] = {}
    regions: dict[str, LigneComparee] = {}
    for somme in sommes:
        mesure, region = somme["mesure"] or "Mesure non dite", somme["region__nom"] or SANS_REGION
        for ligne in (
            total,
            mesures.setdefault(mesure, LigneComparee(mesure)),
            regions.setdefault(region, LigneComparee(region)),
        ):
            ligne.add(Place(somme["place"]), somme["nombre"], somme["centimes"])
    jour = get_jour_de_reference(vague, au)
    _count_habitants(vague, jour, total, regions)
    return Comparaison(
        vague,
        jour,
        total,
        sorted(mesures.values(), key=lambda ligne: (-ligne.centimes, ligne.nom)),
        sorted(regions.values(), key=lambda ligne: (ligne.nom == SANS_REGION, ligne.nom)),
    )


def _count_habitants(
    vague: Vague, jour: date, total: LigneComparee, regions: dict[str, LigneComparee]
) -> None:
    membres = Perimetre.objects.at(jour).filter(territoire__vague=vague, territoire__is_fictif=False)
    groupements = membres.filter(epci__isnull=False).values("epci")
    dedans = (
        Q(epci__in=groupements)
        | Q(ept__in=groupements)
        | Q(pk__in=membres.filter(commune__isnull=False).values("commune"))
    )
    noms = dict(Region.objects.values_list("pk", "nom"))
    sommes: defaultdict[str, int] = defaultdict(int)
    dans: defaultdict[str, int] = defaultdict(int)
    habitants = Sum(Coalesce("population_municipale_epci", "population"))
    for table, communes in ((sommes, Commune.objects.all()), (dans, Commune.objects.filter(dedans))):
        for region, nombre in (
            communes.order_by()
            .values_list("region")
            .annotate(habitants=habitants)
            .values_list("region", "habitants")
        ):
            table[noms[region]] += nombre or 0
    for nom, ligne in regions.items():
        if nom in sommes:
            ligne.dans.habitants, ligne.hors.habitants = dans[nom], sommes[nom] - dans[nom]
    total.dans.habitants = sum(dans.values())
    total.hors.habitants = sum(sommes.values()) - total.dans.habitants


# --- rapprochement ---------------------------------------------------------------------------------------------------


def rapproche_lignes(lignes: QuerySet[LigneFinancement]) -> QuerySet[LigneFinancement]:
    """Les lignes qui ont un numéro de dossier, avec `montant_publie` (centimes, None : dossier absent) et `rapprochement`.

    Même dossier et même financeur : le fonds vert est de l’État sur son budget général ; ailleurs, le SIREN de l’attribuant
    est celui du financeur. Un dossier publié en plusieurs lignes vaut leur somme.
    """
    memes = AideObservee.objects.en_vigueur().filter(numero_dossier=OuterRef("numero_dossier"))
    fonds_vert = memes.filter(source=SourceAides.FONDS_VERT)
    autres = memes.exclude(attribuant_siren="").filter(attribuant_siren=OuterRef("financeur__siren"))
    return (
        lignes.exclude(numero_dossier="")
        .annotate(
            montant_publie=Case(
                When(origine=OrigineFinanceur.ETAT_BUDGET_GENERAL, then=_somme(fonds_vert)),
                default=_somme(autres),
            )
        )
        .annotate(
            ecart=F("montant_publie") - F("montant_accorde"),
            rapprochement=Case(
                When(montant_publie__isnull=True, then=Value(Rapprochement.INCONNUE.value)),
                When(montant_publie=F("montant_accorde"), then=Value(Rapprochement.CONCORDE.value)),
                default=Value(Rapprochement.ECART.value),
            ),
        )
    )


def _somme(aides: QuerySet[AideObservee]) -> Subquery:
    return Subquery(aides.order_by().values("numero_dossier").annotate(somme=Sum("montant")).values("somme"))
