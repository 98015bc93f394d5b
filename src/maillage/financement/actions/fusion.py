"""Fusionner et scinder une fiche avec son argent. Ce qui a été demandé à un financeur ne se déplace pas sans lui."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from maillage.fiches.actions_codes import Morceau, absorb_fiche, divide_fiche
from maillage.fiches.models import FicheAction
from maillage.financement.actions.lignes import add_ligne, add_service, move_ligne
from maillage.financement.actions.plan import add_depense
from maillage.financement.enums import (
    NatureDepense,
    NatureLigne,
    OrigineFinanceur,
    StatutLigne,
    TypeService,
)
from maillage.financement.models import LigneFinancement
from maillage.financement.policies import PARTS_PROPRES, PERDUS
from maillage.socle.erreurs import ActionImpossible


@transaction.atomic
def merge_fiche(*, fiche: FicheAction, dans: FicheAction, by: Any, motif: str = "") -> FicheAction:
    """Fusionne une fiche dans une autre du même territoire ; rend la fiche abandonnée.

    Ses dépenses et ses lignes pressenties passent à l’autre. Une ligne déjà demandée à un financeur l’empêche.
    """
    pressenties = _check_argent(fiche)
    absorbee = absorb_fiche(fiche=fiche, dans=dans, by=by, motif=motif)
    _hand_over(fiche, dans, pressenties, by)
    return absorbee


@transaction.atomic
def split_fiche(
    *, fiche: FicheAction, morceaux: Sequence[Morceau], by: Any, motif: str = ""
) -> list[FicheAction]:
    """Scinde une fiche ; rend les fiches nées. Dépenses et lignes pressenties passent à la première, à répartir ensuite."""
    pressenties = _check_argent(fiche)
    nees = divide_fiche(fiche=fiche, morceaux=morceaux, by=by, motif=motif)
    _hand_over(fiche, nees[0], pressenties, by)
    return nees


def _check_argent(fiche: FicheAction) -> list[LigneFinancement]:
    """Les lignes encore pressenties ; ActionImpossible si une autre est entre les mains d’un financeur."""
    lignes = list(
        LigneFinancement.objects.filter(plan__fiche=fiche)
        .exclude(statut__in=PERDUS)
        .select_related("financeur", "dispositif")
    )
    engagees = [ligne for ligne in lignes if ligne.statut != StatutLigne.PRESSENTI]
    if engagees:
        noms = ", ".join(f"{ligne.financeur} ({ligne.get_statut_display().lower()})" for ligne in engagees)
        raise ActionImpossible(
            f"Un financeur a déjà cette fiche entre les mains\u00a0: {noms}. Attendez sa réponse, ou retirez la demande d’abord\u00a0: "
            "une demande ne change pas de fiche sans lui."
        )
    return lignes


def _hand_over(fiche: FicheAction, vers: FicheAction, lignes: list[LigneFinancement], by: Any) -> None:
    plan = getattr(fiche, "plan", None)
    cible = getattr(vers, "plan", None)
    if plan is None or (cible is not None and cible.sans_besoin_depuis):
        return
    for depense in plan.depenses.all():
        add_depense(
            fiche=vers,
            nature=NatureDepense(depense.nature),
            libelle=depense.libelle,
            montant=depense.montant,
            annee=depense.annee,
            by=by,
        )
    for ligne in lignes:
        if ligne.is_service:
            if vers.porteur_id != ligne.financeur_id:
                add_service(
                    fiche=vers,
                    financeur=ligne.financeur,
                    service=TypeService(ligne.service),
                    objet=ligne.objet,
                    dispositif=ligne.dispositif,
                    dispositif_libelle=ligne.dispositif_libelle,
                    by=by,
                )
        # La part du porteur n’a de sens que si le porteur est le même.
        elif ligne.nature not in PARTS_PROPRES or vers.porteur_id == ligne.financeur_id:
            add_ligne(
                fiche=vers,
                financeur=ligne.financeur,
                nature=NatureLigne(ligne.nature),
                montant=ligne.montant_pressenti,
                origine=OrigineFinanceur(ligne.origine),
                dispositif=ligne.dispositif,
                dispositif_libelle=ligne.dispositif_libelle,
                by=by,
            )
        move_ligne(
            ligne=ligne,
            vers=StatutLigne.RETIRE,
            by=by,
            motif=f"La fiche est reprise par «\u00a0{vers}\u00a0».",
        )
