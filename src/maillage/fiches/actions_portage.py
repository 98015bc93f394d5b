"""Confier une action à un binôme (« chaque binôme porte une action »), et la lui reprendre."""

from datetime import date

from django.db import transaction

from maillage.fiches import events
from maillage.fiches.models import FicheAction, Portage
from maillage.journal.actions import Auteur, record
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.actions_mandats import lock_fait, replace_fait
from maillage.territoires.models import Binome
from maillage.territoires.policies_mandats import check_periode, find_chevauchement, format_periode


@transaction.atomic
def give_portage(
    *,
    fiche: FicheAction,
    binome: Binome,
    by: Auteur,
    debut: date | None = None,
    fin: date | None = None,
    source: str = "",
) -> Portage:
    """Confie l’action au binôme ; deux binômes peuvent la porter ensemble, aucun deux fois aux mêmes jours."""
    check_periode(debut, fin)
    if fiche.territoire_id != binome.territoire_id:
        raise ActionImpossible("Cette action est celle d’un autre territoire.", champ="fiche")
    deja = Portage.objects.connus().filter(fiche=fiche, binome=binome)
    if double := find_chevauchement(deja, debut, fin):
        raise ActionImpossible(
            f"Ce binôme porte déjà cette action ({format_periode(double)}).", champ="fiche"
        )
    portage = Portage.objects.create(fiche=fiche, binome=binome, debut=debut, fin=fin, source=source.strip())
    record(events.PORTAGE_CONFIE, cible=portage, territoire=fiche.territoire.cle, by=by, date_effet=debut)
    return portage


@transaction.atomic
def end_portage(*, portage: Portage, fin: date, by: Auteur, motif: str = "") -> Portage:
    """Le binôme ne porte plus l’action depuis le jour `fin` (exclu) ; le passé reste."""
    portage = lock_fait(portage)
    check_periode(portage.debut, fin)
    nouveau = replace_fait(portage, fin=fin)
    record(
        events.PORTAGE_FINI,
        cible=nouveau,
        territoire=nouveau.territoire.cle,
        by=by,
        motif=motif,
        date_effet=fin,
    )
    return nouveau
