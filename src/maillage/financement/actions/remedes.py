"""Appliquer en une fois le remède qu’une règle propose : les mêmes actes qu’à la main, que les mêmes actes défont."""

from django.db import transaction

from calcul.financement.remedes import IDENTIFIANT_AJOUT
from calcul.financement.verdict import Remede
from maillage.comptes.models import Personne
from maillage.fiches.models import FicheAction
from maillage.financement import events, policies
from maillage.financement.actions.lignes import add_ligne, move_ligne, revise_ligne
from maillage.financement.actions.plan import lock_plan, open_plan
from maillage.financement.enums import NatureLigne, StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.financement.selectors import compute_bouclage_plan, find_remede
from maillage.journal.actions import record
from maillage.socle.erreurs import ActionImpossible, ConflitEdition


@transaction.atomic
def apply_remede(*, fiche: FicheAction, regle: str, cle: str, by: Personne) -> Remede:
    """Écrit dans le plan le remède que la page montrait (`cle` : selectors.get_cle_remede) et rend ce remède.

    Une ligne que personne n’a encore accordée est revue, ou retirée si elle tombe à zéro ; la part du porteur est revue,
    ou une ligne « pressentie » lui est ajoutée. ConflitEdition si le plan a changé et ne propose plus ce remède ;
    ActionImpossible si le remède demande une démarche, ou touche un montant que le territoire ne peut plus revoir ;
    AccesRefuse si `by` ne peut pas demander au nom du territoire.
    """
    plan = lock_plan(open_plan(fiche=fiche, by=by).pk)
    remede = find_remede(compute_bouclage_plan(plan), regle=regle, cle=cle)
    if remede is None:
        raise ConflitEdition(
            "Le plan a changé, et cette règle ne propose plus ce remède\u00a0: relisez les règles, puis choisissez de nouveau."
        )
    lignes = {str(ligne.pk): ligne for ligne in plan.lignes.select_related("financeur")}
    if refus := policies.say_remede_impossible(remede, lignes):
        raise ActionImpossible(refus)
    motif = f"Remède de la règle {regle}"
    # Les ajouts d’abord : le plan ne paraît pas un instant manquer d’argent.
    for identifiant, montant in sorted(remede.montants.items(), key=lambda un: -un[1]):
        if identifiant == IDENTIFIANT_AJOUT:
            _add_part(fiche=plan.fiche, montant=montant, by=by)
        elif montant > policies.get_montant_revu(lignes[identifiant]):
            revise_ligne(ligne=lignes[identifiant], montant=montant, motif=motif, by=by)
    for identifiant, ligne in lignes.items():
        if remede.montants[identifiant] < policies.get_montant_revu(ligne):
            _reduce(ligne, remede.montants[identifiant], motif=motif, by=by)
    record(
        events.REMEDE_APPLIQUE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        apres={"regle": regle, "remede": remede.phrase},
    )
    return remede


def _add_part(*, fiche: FicheAction, montant: int, by: Personne) -> None:
    if fiche.porteur is None:
        raise ActionImpossible(
            "Ce remède ajoute de l’autofinancement\u00a0: désignez d’abord le porteur de la fiche, qui le paiera."
        )
    add_ligne(
        fiche=fiche, financeur=fiche.porteur, nature=NatureLigne.AUTOFINANCEMENT, montant=montant, by=by
    )


def _reduce(ligne: LigneFinancement, montant: int, *, motif: str, by: Personne) -> None:
    if montant:
        revise_ligne(ligne=ligne, montant=montant, motif=motif, by=by)
    else:
        move_ligne(ligne=ligne, vers=StatutLigne.RETIRE, motif=motif, by=by)
