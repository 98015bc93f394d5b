"""Ce que le porteur a reçu, les années d’une ressource, le plan publié."""

from datetime import date
from typing import Any

from django.db import transaction

from calcul.montants import format_montant
from maillage.fiches.actions import check_date_effet
from maillage.fiches.models import FicheAction
from maillage.financement import events, policies
from maillage.financement.actions.echeances import sync_echeances
from maillage.financement.actions.lignes import lock_ligne
from maillage.financement.actions.plan import check_montant, lock_plan, open_plan
from maillage.financement.actions.regles import update_precision_plan
from maillage.financement.composition import compose_contenu
from maillage.financement.models import AnneeLigne, LigneFinancement, PublicationPlan, VersementRecu
from maillage.financement.permissions import (
    check_user_can_declare_recu,
    check_user_can_precise_ligne,
    check_user_can_update_plan,
)
from maillage.financement.selectors import get_montant_compte
from maillage.financement.selectors_plans import read_plan
from maillage.financement.selectors_regles import get_precision_plan
from maillage.journal.actions import record
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant


@transaction.atomic
def declare_versement_recu(
    *, ligne: LigneFinancement, montant: int, by: Any, jour: date | None = None, motif: str = ""
) -> VersementRecu:
    """Le porteur (ou l’équipe du territoire pour lui) dit avoir reçu une somme (centimes) ce jour-là ; une somme négative
    corrige, avec son motif.

    Ne change rien à ce que le financeur déclare versé : la différence se montre. AccesRefuse à un autre ;
    ActionImpossible avant tout accord, pour une correction sans motif, ou au-delà de ce qui a été déclaré reçu.
    """
    jour = check_date_effet(jour)
    ligne = lock_ligne(ligne)
    check_user_can_declare_recu(by, ligne)
    if ligne.is_service or ligne.decide_le is None:
        raise ActionImpossible(
            "Rien n’est encore accordé sur cette ligne\u00a0: aucune somme n’a pu en être reçue."
        )
    if jour < ligne.decide_le:
        raise ActionImpossible(
            f"La décision date du {ligne.decide_le:%d/%m/%Y}\u00a0: la somme n’a pas pu être reçue avant.",
            champ="jour",
        )
    if montant < 0 and not motif.strip():
        raise ActionImpossible("Dites pourquoi vous corrigez ce qui a été déclaré.", champ="motif")
    if montant >= 0:
        check_montant(montant)
    elif ligne.montant_recu + montant < 0:
        raise ActionImpossible(
            f"La correction dépasse ce qui a été déclaré reçu ({format_montant(ligne.montant_recu)}).",
            champ="montant",
        )
    recu = VersementRecu.objects.create(
        ligne=ligne,
        montant=montant,
        jour=jour,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
        motif=motif.strip(),
    )
    ligne.montant_recu += montant
    ligne.save(update_fields=["montant_recu"])
    record(
        events.VERSEMENT_RECU,
        cible=ligne,
        territoire=ligne.plan.fiche.territoire.cle,
        by=by,
        motif=motif,
        apres={"montant": montant, "financeur": ligne.financeur.nom, "fiche": str(ligne.plan.fiche)},
        date_effet=jour,
    )
    return recu


@transaction.atomic
def update_annees(*, ligne: LigneFinancement, annees: dict[int, int], by: Any) -> LigneFinancement:
    """Répartit une ressource par année (année → centimes) ; vide : plus de répartition.

    ActionImpossible si la somme n’est pas le montant qui compte aujourd’hui, ou si une année est impossible.
    """
    ligne = lock_ligne(ligne)
    check_user_can_precise_ligne(by, ligne)
    if ligne.is_service:
        raise ActionImpossible("Un service n’a pas de montant à répartir.")
    annees = {annee: montant for annee, montant in annees.items() if montant}
    if any(montant < 0 for montant in annees.values()):
        raise ActionImpossible("Une année ne reçoit jamais une somme négative.")
    if any(not 2000 <= annee <= 2100 for annee in annees):
        raise ActionImpossible("Une année est entre 2000 et 2100.")
    attendu, somme = get_montant_compte(ligne), sum(annees.values())
    if annees and somme != attendu:
        raise ActionImpossible(
            f"Les années font {format_montant(somme)}, et la ligne {format_montant(attendu)}\u00a0: corrigez l’écart de "
            f"{format_montant(abs(attendu - somme))}."
        )
    avant = dict(ligne.annees.values_list("annee", "montant"))
    if avant == annees:
        return ligne
    ligne.annees.all().delete()
    AnneeLigne.objects.bulk_create(
        AnneeLigne(ligne=ligne, annee=annee, montant=montant) for annee, montant in sorted(annees.items())
    )
    record(
        events.ANNEES_REPARTIES,
        cible=ligne,
        territoire=ligne.plan.fiche.territoire.cle,
        by=by,
        avant={"annees": {str(annee): montant for annee, montant in avant.items()}},
        apres={
            "annees": {str(annee): montant for annee, montant in sorted(annees.items())},
            "financeur": ligne.financeur.nom,
            "fiche": str(ligne.plan.fiche),
        },
    )
    return ligne


@transaction.atomic
def remind_plan(*, plan_id: int) -> int:
    """Le rappel du jour d’un plan : ce que font tous ses actes, sans qu’aucun ait eu lieu."""
    return sync_echeances(plan=lock_plan(plan_id), jour=aujourdhui())


def remind_echeances() -> int:
    """Rappelle les délais de droit de tous les plans qui en ont (à lancer chaque jour) ; rend combien sont ouverts."""
    plans = (
        LigneFinancement.objects.filter(origine__in=policies.ORIGINES_ETAT)
        .exclude(statut__in=policies.FINIS)
        .order_by("plan")
        .values_list("plan", flat=True)
        .distinct()
    )
    return sum(remind_plan(plan_id=plan) for plan in plans)


@transaction.atomic
def publish_plan(*, fiche: FicheAction, by: Any) -> PublicationPlan:
    """Publie le plan de financement, figé tel qu’il est : page publique, affiche de chantier. R18 le sait aussitôt.

    Source : CGCT L. 1111-11 et D. 1111-8 (coût total et montant de chaque subvention publique). Une nouvelle publication
    remplace la précédente, qui reste. ActionImpossible si le porteur n’est pas une collectivité, si rien n’est accordé
    par une personne publique, ou sans coût.
    """
    check_user_can_update_plan(by, fiche)
    plan = lock_plan(open_plan(fiche=fiche, by=by).pk)
    lu = read_plan(plan.fiche)
    policies.check_can_publish(plan, lu.lignes)
    publication = PublicationPlan.objects.create(
        plan=plan,
        jour=aujourdhui(),
        contenu=compose_contenu(lu),
        enregistre_at=maintenant(),
        enregistre_by=str(by),
    )
    record(
        events.PLAN_PUBLIE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        apres={"numero": publication.pk},
    )
    precision = get_precision_plan(lu.plan)
    if precision.publication is None:
        update_precision_plan(
            fiche=plan.fiche, by=by, version_lue=precision.version, publication=publication.jour
        )
    return publication
