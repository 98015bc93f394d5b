"""Ce que montre la page publique d’un territoire, assemblé en un nombre constant de requêtes."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Acte, SourceActe
from maillage.fiches.models import FicheAction
from maillage.territoires.models import Axe, Etape, Evenement, Territoire

ACTES_PUBLICS = (StatutActe.CONSTATE, StatutActe.SIGNE)


@dataclass(frozen=True)
class ActePublic:
    """Un acte et ce que chaque source dit de sa nature ; `is_en_conflit` quand elles ne disent pas la même chose."""

    acte: Acte
    sources: list[SourceActe]

    @property
    def is_signe_ici(self) -> bool:
        return self.acte.statut == StatutActe.SIGNE

    @property
    def is_en_conflit(self) -> bool:
        return len({source.nature_dite for source in self.sources}) > 1


def list_actes_publics(territoire: Territoire) -> list[ActePublic]:
    """Actes constatés d’après une source, ou signés ici, le plus récent d’abord. Un projet n’est pas public."""
    actes = (
        Acte.objects.filter(territoire=territoire, statut__in=ACTES_PUBLICS)
        .select_related("piece_pdf")
        .prefetch_related("sources", "signataires__organisation")
    )
    return [ActePublic(acte, list(acte.sources.all())) for acte in actes]


def list_fiches_publiques_by_axe(territoire: Territoire) -> list[tuple[Axe | None, list[FicheAction]]]:
    """Fiches de visibilité publique, groupées par axe dans l’ordre des axes, puis par rang de présentation."""
    fiches = (
        FicheAction.objects.publiques()
        .filter(territoire=territoire)
        .select_related("axe", "porteur")
        .order_by("axe__rang", "axe_id", "rang", "id")
    )
    return [(axe, list(groupe)) for axe, groupe in groupby(fiches, key=lambda fiche: fiche.axe)]


@dataclass(frozen=True)
class Moment:
    """Un point de la chronologie : un fait compté nationalement, ou un évènement raconté par une source."""

    debut: date
    fin: date
    etape: Etape | None = None
    evenement: Evenement | None = None


def list_moments(territoire: Territoire, etapes: list[Etape]) -> list[Moment]:
    """Étapes et évènements du territoire, du plus ancien au plus récent (un fait entre deux bornes : à la première)."""
    evenements = Evenement.objects.filter(territoires=territoire).prefetch_related("organisations")
    moments = [Moment(etape.debut, etape.fin, etape=etape) for etape in etapes]
    moments += [Moment(e.jour, e.jour, evenement=e) for e in evenements]
    return sorted(moments, key=lambda moment: (moment.debut, moment.fin))
