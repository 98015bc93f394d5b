"""Les lignes derrière un chiffre, l’écart entre deux dates, les signes d’un territoire qui dort. Lecture seule."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from maillage.comptes.permissions import Permission
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import fiches_visible_to
from maillage.financement.enums import Mesure
from maillage.financement.models import Mouvement
from maillage.pilotage.definitions import DEFINITIONS
from maillage.pilotage.selectors import (
    CLES_TERRITOIRES,
    FAITS_COMPTES,
    MESURES_PUBLIQUES,
    Chiffres,
    Perimetre,
    etapes_of,
    mouvements_of,
    territoires_with,
)
from maillage.territoires.enums import Fait
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import territoires_for

# --- lignes ------------------------------------------------------------------------------------------------------


def territoires_rows(p: Perimetre, cle: str, *, certaines: bool = True) -> QuerySet[Territoire]:
    """Les territoires d’un compte, chacun avec `faits_lus` (ses étapes comptées, la plus ancienne d’abord) et `is_certain`."""
    faits: tuple[Fait, ...] = (Fait.LABEL,) if cle == "labellises" else FAITS_COMPTES[cle]
    certains = territoires_with(p, cle).filter(pk=OuterRef("pk"))
    return (
        territoires_with(p, cle, certaines=certaines)
        .select_related("vague", "region")
        .annotate(is_certain=Exists(certains))
        .prefetch_related(
            Prefetch(
                "etapes",
                etapes_of(p, faits, certaines=False).order_by("fin", "debut", "id"),
                to_attr="faits_lus",
            )
        )
    )


def fiches_readable(fiches: QuerySet[FicheAction], user: Any) -> QuerySet[FicheAction]:
    """Parmi des fiches comptées, celles qu’on peut montrer : les publiques, et celles que la personne a le droit de lire
    (`is_lisible` : leur espace lui est ouvert)."""
    publiques = FicheAction.objects.publiques().values("pk")
    lisible = Exists(fiches_visible_to(user).filter(pk=OuterRef("pk")))
    return fiches.annotate(is_lisible=lisible).filter(Q(pk__in=publiques) | Q(is_lisible=True))


def mouvements_behind(p: Perimetre, mesure: str, *, financeur: int | None = None) -> QuerySet[Mouvement]:
    """Les mouvements dont la somme fait un montant."""
    mouvements = mouvements_of(p).filter(mesure=mesure)
    return mouvements.filter(financeur=financeur) if financeur else mouvements


def sommes_rows(mouvements: QuerySet[Mouvement]) -> QuerySet[Mouvement]:
    """Une ligne par (territoire, financeur), avec `somme` (centimes) et le dernier jour ; les sommes nulles restent hors de la liste."""
    groupe = [F("territoire_id"), F("financeur_id")]
    return (
        mouvements.annotate(
            somme=Window(Sum("centimes"), partition_by=groupe),
            rang=Window(RowNumber(), partition_by=groupe, order_by=[F("jour").desc(), F("id").desc()]),
        )
        .filter(rang=1)
        .exclude(somme=0)
        .select_related("territoire__vague", "region", "financeur")
    )


def mouvements_readable(mouvements: QuerySet[Mouvement], user: Any) -> QuerySet[Mouvement]:
    """Les mouvements des territoires dont la personne lit les fiches, avec leur ligne et leur fiche."""
    miens = territoires_for(user, Permission.FICHE_READ).values("pk")
    return mouvements.filter(territoire__in=miens).select_related(
        "territoire__vague", "region", "financeur", "ligne__plan__fiche__territoire__vague"
    )


def compute_somme(mouvements: QuerySet[Mouvement]) -> int:
    """La somme de mouvements, en centimes."""
    return mouvements.aggregate(s=Sum("centimes"))["s"] or 0


# --- deux dates --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ecart:
    """Un chiffre à deux dates. Centimes si `is_montant`."""

    cle: str
    libelle: str
    avant: int
    apres: int
    is_montant: bool = False

    @property
    def difference(self) -> int:
        return self.apres - self.avant


def compute_ecarts(avant: Chiffres, apres: Chiffres) -> list[Ecart]:
    """Les chiffres certains de deux dates, côte à côte."""
    ecarts = [
        Ecart(cle, DEFINITIONS[cle].libelle, avant.territoires[cle].certains, apres.territoires[cle].certains)
        for cle in CLES_TERRITOIRES
    ]
    ecarts.append(Ecart("fiches", DEFINITIONS["fiches"].libelle, avant.fiches_total, apres.fiches_total))
    ecarts.append(
        Ecart("engagement", DEFINITIONS["engagement"].libelle, avant.avec_engagement, apres.avec_engagement)
    )
    for mesure in (*MESURES_PUBLIQUES, Mesure.ATTESTE):
        ecarts.append(
            Ecart(mesure, DEFINITIONS[mesure].libelle, avant.montants[mesure], apres.montants[mesure], True)
        )
    return ecarts
