"""Ce que montre la page publique d’un territoire, assemblé en un nombre constant de requêtes."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Acte, SourceActe
from maillage.contrats.selectors import actes_of_fiche
from maillage.fiches.enums import ChampDate, Maturite, StatutFiche, Visibilite
from maillage.fiches.models import FaitFiche, FicheAction
from maillage.financement.enums import Mesure
from maillage.financement.selectors import LIBELLES_BOUCLAGE
from maillage.pilotage.selectors import MESURES_PUBLIQUES, Perimetre, sum_by_mesure
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
        .select_related("axe", "porteur", "territoire__vague")
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


@dataclass(frozen=True)
class FaitPublic:
    """Un fait daté d’une fiche, en mots."""

    titre: str
    valeur: str
    jour: date
    source: str


@dataclass(frozen=True)
class ArgentPublic:
    """L’argent d’une fiche publique : où en est le plan, et ses sommes (centimes) par mesure, sans la part du porteur."""

    bouclage: str
    sommes: list[tuple[str, int]]


def find_fiche_publique(territoire: Territoire, pk: int) -> FicheAction | None:
    """La fiche de ce territoire, si elle est publique."""
    return (
        FicheAction.objects.publiques()
        .filter(territoire=territoire, pk=pk)
        .select_related("axe", "porteur", "territoire__vague", "plan")
        .first()
    )


def list_faits_publics(fiche: FicheAction) -> list[FaitPublic]:
    """Ce qui est daté d’une fiche (état, maturité, axe, visibilité), du plus ancien au plus récent."""
    axes = dict(Axe.objects.filter(vague=fiche.territoire.vague_id).values_list("code", "nom"))
    mots: dict[str, dict[str, str]] = {
        ChampDate.STATUT: dict(StatutFiche.choices),
        ChampDate.MATURITE: dict(Maturite.choices),
        ChampDate.AXE: axes,
        ChampDate.VISIBILITE: dict(Visibilite.choices),
    }
    return [
        FaitPublic(
            ChampDate(fait.champ).label,
            mots[fait.champ].get(fait.valeur, fait.valeur) or "Aucun",
            fait.date_effet,
            fait.source,
        )
        for fait in FaitFiche.objects.filter(fiche=fiche).order_by("date_effet", "id")
    ]


def read_argent_public(fiche: FicheAction, jour: date) -> ArgentPublic:
    """Ce que les pages de chiffres disent déjà du territoire, pour cette seule fiche : ni lignes, ni part du porteur."""
    plan = getattr(fiche, "plan", None)
    sommes = sum_by_mesure(Perimetre(au=jour), fiche)
    return ArgentPublic(
        LIBELLES_BOUCLAGE[plan.code_bouclage if plan else "non_chiffree"],
        [(Mesure(mesure).label, sommes[mesure]) for mesure in MESURES_PUBLIQUES]
        if any(sommes.values())
        else [],
    )


def list_actes_publics_of_fiche(fiche: FicheAction) -> list[Acte]:
    """Actes publics où la fiche est inscrite."""
    return list(actes_of_fiche(fiche).filter(statut__in=ACTES_PUBLICS))
