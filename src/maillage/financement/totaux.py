"""Les totaux par mois et par année, tenus avec ceux des jours : l’argent à toute date en trois petites sommes.

Au 17 mai 2026 : les années jusqu’à 2025, les mois de janvier à avril, les jours du 1er au 17 mai.
"""

from datetime import date

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth, TruncYear

from maillage.financement.enums import Periode
from maillage.financement.models import TotalJour, TotalPeriode

DIMENSIONS = ("is_fictif", "is_part_propre", "mesure", "financeur", "region", "vague")


def get_debut(periode: Periode, jour: date) -> date:
    """Le premier jour du mois, ou de l’année, de ce jour."""
    return jour.replace(day=1) if periode is Periode.MOIS else jour.replace(month=1, day=1)


def get_totaux(au: date) -> tuple[QuerySet[TotalPeriode], QuerySet[TotalPeriode], QuerySet[TotalJour]]:
    """Les trois suites de totaux dont la somme est celle de tous les mouvements jusqu’au jour `au` compris."""
    mois, annee = get_debut(Periode.MOIS, au), get_debut(Periode.ANNEE, au)
    return (
        TotalPeriode.objects.filter(periode=Periode.ANNEE, debut__lt=annee),
        TotalPeriode.objects.filter(periode=Periode.MOIS, debut__gte=annee, debut__lt=mois),
        TotalJour.objects.filter(jour__gte=mois, jour__lte=au),
    )


def rebuild_periodes() -> int:
    """Refait les totaux des mois et des années d’après ceux des jours ; rend leur nombre. À lancer seul sur la base."""
    TotalPeriode.objects.all().delete()
    for periode, tronquer in ((Periode.MOIS, TruncMonth), (Periode.ANNEE, TruncYear)):
        sommes = (
            TotalJour.objects.order_by()
            .annotate(debut=tronquer("jour"))
            .values("debut", *DIMENSIONS)
            .annotate(s=Sum("centimes"))
        )
        TotalPeriode.objects.bulk_create(
            (
                TotalPeriode(
                    periode=periode,
                    debut=somme["debut"],
                    centimes=somme["s"],
                    is_fictif=somme["is_fictif"],
                    is_part_propre=somme["is_part_propre"],
                    mesure=somme["mesure"],
                    financeur_id=somme["financeur"],
                    region_id=somme["region"],
                    vague_id=somme["vague"],
                )
                for somme in sommes.iterator()
            ),
            batch_size=2_000,
        )
    return TotalPeriode.objects.count()


def q_public(*, is_fictif: bool) -> Q:
    """L’argent des financeurs, sans la part des porteurs, de l’espace réel ou de l’espace fictif."""
    return Q(is_fictif=is_fictif, is_part_propre=False)
