"""Constater un acte connu d’une source publiée, sans rien inventer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from maillage.contrats import events
from maillage.contrats.enums import NatureActe, StatutActe
from maillage.contrats.models import Acte, SourceActe
from maillage.contrats.policies import FAITS
from maillage.journal.actions import Auteur, record
from maillage.socle.dates import format_bornes
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.territoires.actions import correct_etape, record_etape
from maillage.territoires.models import Etape, Territoire

S = StatutActe


@dataclass(frozen=True)
class Source:
    """Ce qu’un texte publié dit d’un acte."""

    texte: str
    nature: NatureActe
    url: str = ""


@transaction.atomic
def record_acte_constate(
    *,
    territoire: Territoire,
    titre: str,
    debut: date,
    fin: date | None = None,
    sources: list[Source],
    by: Auteur,
) -> Acte:
    """Constate un acte connu d’une source publiée, sans délibération ni signature inventée.

    Le même acte (territoire, dates) n’est pas constaté deux fois : une source nouvelle s’ajoute à celles qu’on a. Si les
    sources ne s’accordent pas sur sa nature, elle devient « non précisée » et toutes sont gardées.
    """
    fin = fin or debut
    if not sources:
        raise ActionImpossible("Un acte constaté cite au moins une source.")
    deja = (
        Acte.objects.select_for_update()
        .filter(territoire=territoire, statut=S.CONSTATE, date_debut=debut, date_fin=fin)
        .first()
    )
    if deja:
        return _add_sources(deja, sources, by)
    acte = Acte.objects.create(
        territoire=territoire,
        nature=_get_nature({source.nature for source in sources}),
        titre=titre,
        statut=S.CONSTATE,
        date_debut=debut,
        date_fin=fin,
        cree_at=maintenant(),
    )
    _write_sources(acte, sources)
    record(
        events.ACTE_CONSTATE,
        cible=acte,
        territoire=territoire.cle,
        by=by,
        apres={"date": format_bornes(debut, fin)},
        date_effet=fin,
    )
    record_etape(
        territoire=territoire,
        fait=FAITS[NatureActe(acte.nature)],
        debut=debut,
        fin=fin,
        source=_join(source.texte for source in sources),
        source_url=sources[0].url,
        objet=acte,
        by=by,
    )
    return acte


def _get_nature(dites: Iterable[str]) -> NatureActe:
    """La nature que toutes les sources disent ; « non précisée » dès que deux se contredisent."""
    natures = set(dites)
    return NatureActe(natures.pop()) if len(natures) == 1 else NatureActe.NON_PRECISE


def _join(textes: Iterable[str]) -> str:
    return "\u00a0; ".join(textes)


def _write_sources(acte: Acte, sources: list[Source]) -> None:
    SourceActe.objects.bulk_create(
        SourceActe(acte=acte, texte=source.texte, url=source.url, nature_dite=source.nature)
        for source in sources
    )


def _add_sources(acte: Acte, sources: list[Source], by: Auteur) -> Acte:
    """Ajoute à un acte constaté les sources qu’il n’a pas ; son étape est corrigée, l’ancienne reste dans l’histoire."""
    connues = set(acte.sources.values_list("texte", "url", "nature_dite"))
    nouvelles = [source for source in sources if (source.texte, source.url, source.nature) not in connues]
    if not nouvelles:
        return acte
    _write_sources(acte, nouvelles)
    toutes = list(acte.sources.all())
    acte.nature = _get_nature(source.nature_dite for source in toutes)
    acte.save(update_fields=["nature"])
    record(
        events.ACTE_SOURCE_AJOUTEE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"sources": [source.texte for source in nouvelles], "nature": NatureActe(acte.nature).label},
    )
    etape = Etape.objects.connues().get(objet_type=acte._meta.label_lower, objet_id=str(acte.pk))
    correct_etape(
        etape=etape,
        fait=FAITS[NatureActe(acte.nature)],
        debut=etape.debut,
        fin=etape.fin,
        source=_join(source.texte for source in toutes),
        source_url=etape.source_url,
        by=by,
        motif="Une autre source parle du même acte.",
    )
    return acte
