"""Ce qu’un pas d’une ligne change à l’argent : mouvements signés et totaux du jour. Montants en centimes."""

from datetime import date
from typing import Any

from django.db.models import F

from calcul.montants import format_montant
from maillage.financement import policies
from maillage.financement.enums import Mesure, Periode, StatutLigne
from maillage.financement.models import EtapeLigne, LigneFinancement, Mouvement, TotalJour, TotalPeriode
from maillage.financement.totaux import get_debut
from maillage.socle.erreurs import ActionImpossible

S = StatutLigne


def compute_deltas(ligne: LigneFinancement, vers: StatutLigne, montant: int | None) -> dict[Mesure, int]:
    """Ce qu’un pas change à chaque mesure (centimes signés). Les montants sont cumulés : une demande refusée reste
    demandée ; un accord retiré ou caduc sort de l’accordé et du conventionné, sauf ce qui est déjà versé. La convention
    ramène l’accordé à ce qu’elle prévoit, car le reste ne pourra pas être versé ; corrigée, elle peut remonter jusqu’à
    la dernière décision du financeur."""
    somme = montant or 0
    deltas: dict[Mesure, int] = {}
    if vers is S.SOLLICITE:
        deltas[Mesure.DEMANDE] = somme - ligne.montant_demande
    elif vers is S.ANNONCE:
        deltas[Mesure.ANNONCE] = somme - ligne.montant_annonce
    elif vers is S.ATTESTE:
        deltas[Mesure.ATTESTE] = somme - ligne.montant_atteste
    elif vers is S.ACCORDE:
        deltas[Mesure.ACCORDE] = somme - ligne.montant_accorde
        deltas[Mesure.ATTESTE] = -ligne.montant_atteste
    elif vers is S.CONVENTIONNE:
        decide = _get_montant_decide(ligne)
        if somme > decide:
            raise ActionImpossible(
                f"Le montant conventionné ({format_montant(somme)}) dépasse le montant accordé ({format_montant(decide)})."
            )
        deltas[Mesure.CONVENTIONNE] = somme - ligne.montant_conventionne
        deltas[Mesure.ACCORDE] = somme - ligne.montant_accorde
    elif vers in (S.VERSE_PARTIEL, S.SOLDE):
        plafond = ligne.montant_conventionne or ligne.montant_accorde
        if ligne.montant_verse + somme > plafond:
            raise ActionImpossible(
                f"Avec ce versement, {format_montant(ligne.montant_verse + somme)} seraient versés pour "
                f"{format_montant(plafond)} {'conventionnés' if ligne.montant_conventionne else 'accordés'}."
            )
        deltas[Mesure.VERSE] = somme
        if vers is S.SOLDE:
            verse = ligne.montant_verse + somme
            deltas[Mesure.ACCORDE] = verse - ligne.montant_accorde
            if ligne.montant_conventionne:
                deltas[Mesure.CONVENTIONNE] = verse - ligne.montant_conventionne
    elif vers in policies.PERDUS:
        deltas[Mesure.ATTESTE] = -ligne.montant_atteste
        if ligne.montant_accorde:
            deltas[Mesure.ACCORDE] = ligne.montant_verse - ligne.montant_accorde
        if ligne.montant_conventionne:
            deltas[Mesure.CONVENTIONNE] = ligne.montant_verse - ligne.montant_conventionne
    return {mesure: delta for mesure, delta in deltas.items() if delta}


def _get_montant_decide(ligne: LigneFinancement) -> int:
    """Ce que la dernière décision du financeur accorde (centimes), avant que la convention ne le ramène."""
    return int(ligne.etapes.filter(vers=S.ACCORDE).latest("id").montant or 0)


def write_mouvement(
    etape: EtapeLigne, ligne: LigneFinancement, mesure: Mesure, delta: int, jour: date
) -> None:
    territoire = ligne.plan.fiche.territoire
    dimensions: dict[str, Any] = {
        "financeur_id": ligne.financeur_id,
        "region_id": territoire.region_id,
        "vague_id": territoire.vague_id,
        "is_fictif": territoire.is_fictif,
        "is_part_propre": ligne.nature in policies.PARTS_PROPRES,
        "mesure": mesure,
        "jour": jour,
    }
    Mouvement.objects.create(
        etape=etape,
        ligne=ligne,
        centimes=delta,
        enregistre_at=etape.enregistre_at,
        territoire=territoire,
        enveloppe_id=ligne.enveloppe_id,
        **dimensions,
    )
    total, _ = TotalJour.objects.get_or_create(**dimensions)
    TotalJour.objects.filter(pk=total.pk).update(centimes=F("centimes") + delta)
    del dimensions["jour"]
    for periode in Periode:
        tenu, _ = TotalPeriode.objects.get_or_create(
            periode=periode, debut=get_debut(periode, jour), **dimensions
        )
        TotalPeriode.objects.filter(pk=tenu.pk).update(centimes=F("centimes") + delta)
