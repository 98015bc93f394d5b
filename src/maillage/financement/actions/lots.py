"""Répondre à plusieurs lignes par une même décision : un document, un montant par ligne, une transaction chacune."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from maillage.comptes.models import Personne
from maillage.documents.actions import store_piece
from maillage.financement import policies
from maillage.financement.actions.lignes import move_ligne
from maillage.financement.enums import StatutLigne
from maillage.financement.models import Enveloppe, LigneFinancement, LigneLot, Lot
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import maintenant


@dataclass(frozen=True)
class Reponse:
    """Ce qu’un lot demande d’une ligne : son montant (centimes ; None s’il n’en faut pas), la dernière étape lue."""

    ligne: LigneFinancement
    montant: int | None
    etape_lue: int


def answer_lot(
    *,
    reponses: Sequence[Reponse],
    vers: StatutLigne,
    by: Personne,
    fichier: "UploadedFile[Any] | None" = None,
    motif: str = "",
    conditions: str = "",
    date_effet: date | None = None,
    enveloppe: Enveloppe | None = None,
    hors_enveloppe: bool = False,
) -> Lot:
    """Répond à ces lignes, l’une après l’autre ; ce qui est refusé pour l’une n’arrête pas les autres.

    Le lot garde ce qu’il est advenu de chacune. ActionImpossible avant toute écriture s’il n’y a pas de ligne, si la
    réponse ne se donne pas par lot, ou si la pièce ou le motif qu’elle demande manque.
    """
    if vers not in policies.REPONSES_PAR_LOT:
        raise ActionImpossible(
            f"«\u00a0{StatutLigne(vers).label}\u00a0» ne se répond pas par lot\u00a0: ouvrez chaque ligne."
        )
    if not reponses:
        raise ActionImpossible("Choisissez au moins une ligne.")
    if vers in policies.DEMANDE_PIECE and fichier is None:
        raise ActionImpossible(
            "Joignez la décision\u00a0: une seule pièce vaut pour toutes les lignes.", champ="fichier"
        )
    if vers in policies.DEMANDE_MOTIF and not motif.strip():
        raise ActionImpossible(
            f"Dites pourquoi les lignes passent à «\u00a0{StatutLigne(vers).label}\u00a0».", champ="motif"
        )
    with transaction.atomic():
        piece = None
        if fichier is not None:
            piece = store_piece(
                contenu=fichier, nom=fichier.name or "", by=by, description="Décision par lot"
            )
        lot = Lot.objects.create(vers=vers, cree_at=maintenant(), cree_by=str(by), personne=by, piece=piece)
    for reponse in reponses:
        try:
            with transaction.atomic():
                ligne = move_ligne(
                    ligne=reponse.ligne,
                    vers=vers,
                    by=by,
                    montant=reponse.montant,
                    piece=piece,
                    motif=motif,
                    conditions=conditions,
                    date_effet=date_effet,
                    etape_lue=reponse.etape_lue,
                    enveloppe=enveloppe,
                    hors_enveloppe=hors_enveloppe,
                )
                LigneLot.objects.create(
                    lot=lot, ligne=ligne, montant=reponse.montant, etape=ligne.etapes.latest("id")
                )
        except (ActionImpossible, AccesRefuse) as erreur:
            LigneLot.objects.create(lot=lot, ligne=reponse.ligne, montant=reponse.montant, refus=str(erreur))
    return lot
