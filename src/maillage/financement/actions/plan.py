"""Actes sur le plan d’une fiche : ses dépenses, son cadre, « sans besoin », et l’état daté de son bouclage."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Sum

from calcul.financement import modele
from maillage.fiches.actions import check_date_effet
from maillage.fiches.models import FicheAction
from maillage.financement import events, policies
from maillage.financement.actions.echeances import sync_echeances
from maillage.financement.enums import NatureDepense, NatureLigne
from maillage.financement.models import EtatPlan, LigneDepense, PlanFinancement
from maillage.financement.selectors import LIBELLES_BOUCLAGE, compute_bouclage_plan
from maillage.journal.actions import Auteur, record
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui, maintenant


def lock_plan(plan_id: int) -> PlanFinancement:
    return (
        PlanFinancement.objects.select_for_update(of=("self",))
        .select_related("fiche__territoire__vague", "fiche__porteur")
        .get(pk=plan_id)
    )


@transaction.atomic
def open_plan(*, fiche: FicheAction, by: Auteur, date_effet: date | None = None) -> PlanFinancement:
    """Le plan de la fiche, créé s’il n’existe pas encore."""
    plan, cree = PlanFinancement.objects.get_or_create(fiche=fiche)
    if cree:
        record(events.PLAN_OUVERT, cible=plan, territoire=fiche.territoire.cle, by=by, date_effet=date_effet)
        refresh_bouclage(plan, by, check_date_effet(date_effet))
    return plan


@transaction.atomic
def update_plan(*, plan: PlanFinancement, by: Auteur, version_lue: int, **champs: Any) -> PlanFinancement:
    """Change le cadre du plan : type_porteur, is_investissement, depense_eligible (centimes), exception_participation."""
    plan = lock_plan(plan.pk)
    if plan.version != version_lue:
        raise ConflitEdition(
            "Le plan a été enregistré par quelqu’un d’autre entre-temps. Relisez-le, puis enregistrez de nouveau."
        )
    avant = {champ: getattr(plan, champ) for champ in champs}
    changes = {champ: valeur for champ, valeur in champs.items() if avant[champ] != valeur}
    if not changes:
        return plan
    if changes.get("exception_participation", "") not in ("", *modele.get_exceptions()):
        raise ActionImpossible(
            "Cette exception à la part minimale n’est pas connue\u00a0: choisissez-en une dans la liste."
        )
    for champ, valeur in changes.items():
        setattr(plan, champ, valeur)
    plan.version += 1
    plan.save()
    record(
        events.PLAN_MODIFIE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        avant={champ: avant[champ] for champ in changes},
        apres=changes,
    )
    refresh_bouclage(plan, by, check_date_effet(None))
    return plan


@transaction.atomic
def update_cadre(*, fiche: FicheAction, by: Auteur, version_lue: int, **champs: Any) -> PlanFinancement:
    """Change le cadre du plan de la fiche, ouvert au besoin (mêmes champs et mêmes refus que `update_plan`)."""
    return update_plan(plan=open_plan(fiche=fiche, by=by), by=by, version_lue=version_lue, **champs)


@transaction.atomic
def add_depense(
    *,
    fiche: FicheAction,
    nature: NatureDepense,
    libelle: str,
    montant: int,
    by: Auteur,
    annee: int | None = None,
    date_effet: date | None = None,
) -> LigneDepense:
    """Ajoute une dépense (centimes, > 0) au plan de la fiche."""
    jour = check_date_effet(date_effet)
    plan = lock_plan(open_plan(fiche=fiche, by=by, date_effet=jour).pk)
    check_montant(montant)
    if plan.sans_besoin_depuis:
        raise ActionImpossible(
            "La fiche est déclarée sans besoin financier\u00a0: levez d’abord cette déclaration."
        )
    depense = LigneDepense.objects.create(
        plan=plan, nature=nature, libelle=libelle.strip(), montant=montant, annee=annee
    )
    record(
        events.DEPENSE_AJOUTEE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        apres={"libelle": depense.libelle, "montant": montant},
        date_effet=jour,
    )
    refresh_bouclage(plan, by, jour)
    return depense


@transaction.atomic
def update_depense(
    *, depense: LigneDepense, by: Auteur, nature: NatureDepense, libelle: str, montant: int, annee: int | None
) -> LigneDepense:
    """Change une dépense (centimes, > 0)."""
    plan = lock_plan(depense.plan_id)
    check_montant(montant)
    depense = _get_depense(depense.pk)
    avant = {"libelle": depense.libelle, "montant": depense.montant}
    depense.nature, depense.libelle, depense.montant, depense.annee = nature, libelle.strip(), montant, annee
    depense.save()
    record(
        events.DEPENSE_MODIFIEE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        avant=avant,
        apres={"libelle": depense.libelle, "montant": montant},
    )
    refresh_bouclage(plan, by, check_date_effet(None))
    return depense


@transaction.atomic
def delete_depense(*, depense: LigneDepense, by: Auteur) -> None:
    """Retire une dépense ; le journal garde son libellé et son montant."""
    plan = lock_plan(depense.plan_id)
    depense = _get_depense(depense.pk)
    avant = {"libelle": depense.libelle, "montant": depense.montant}
    depense.delete()
    record(events.DEPENSE_RETIREE, cible=plan, territoire=plan.fiche.territoire.cle, by=by, avant=avant)
    refresh_bouclage(plan, by, check_date_effet(None))


def _get_depense(depense_id: int) -> LigneDepense:
    depense = LigneDepense.objects.filter(pk=depense_id).first()
    if depense is None:
        raise ActionImpossible("Quelqu’un a retiré cette dépense entre-temps\u00a0: relisez le plan.")
    return depense


@transaction.atomic
def declare_sans_besoin(
    *, fiche: FicheAction, motif: str, by: Auteur, date_effet: date | None = None
) -> PlanFinancement:
    """Déclare que la fiche ne demande pas d’argent, avec une raison. Elle ne sera jamais comptée « bouclée »."""
    jour = check_date_effet(date_effet)
    plan = lock_plan(open_plan(fiche=fiche, by=by, date_effet=jour).pk)
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi la fiche n’a pas besoin d’argent.")
    if (
        plan.cout_total
        or plan.lignes.exclude(statut__in=policies.PERDUS).exclude(nature=NatureLigne.SERVICE).exists()
    ):
        raise ActionImpossible(
            "Le plan porte des dépenses ou des financements\u00a0: retirez-les avant de déclarer la fiche sans besoin."
        )
    plan.sans_besoin_motif, plan.sans_besoin_depuis = motif.strip(), jour
    plan.version += 1
    plan.save()
    record(
        events.SANS_BESOIN_DECLARE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        motif=motif,
        date_effet=jour,
    )
    refresh_bouclage(plan, by, jour)
    return plan


@transaction.atomic
def lift_sans_besoin(*, plan: PlanFinancement, by: Auteur) -> PlanFinancement:
    """Lève la déclaration « sans besoin financier »."""
    plan = lock_plan(plan.pk)
    if plan.sans_besoin_depuis is None:
        raise ActionImpossible("La fiche n’est plus déclarée sans besoin financier\u00a0: relisez le plan.")
    plan.sans_besoin_motif, plan.sans_besoin_depuis = "", None
    plan.version += 1
    plan.save()
    record(events.SANS_BESOIN_LEVE, cible=plan, territoire=plan.fiche.territoire.cle, by=by)
    refresh_bouclage(plan, by, check_date_effet(None))
    return plan


def check_montant(montant: int) -> None:
    if montant <= 0:
        raise ActionImpossible("Indiquez un montant supérieur à zéro.")


def refresh_bouclage(plan: PlanFinancement, by: Auteur, jour: date) -> None:
    """Recalcule le coût et l’état du bouclage ; un changement de l’un ou de l’autre est daté, et l’état est raconté.

    L’état tient compte de tous les faits connus : il vaut donc depuis le plus récent d’entre eux, même si celui qu’on
    enregistre est plus ancien.
    """
    dernier = plan.etats.order_by("-date_effet", "-id").first()
    jour = max(jour, dernier.date_effet) if dernier else jour
    plan.cout_total = plan.depenses.aggregate(s=Sum("montant"))["s"] or 0
    avant = plan.code_bouclage
    bouclage = compute_bouclage_plan(plan, jour=jour)
    plan.code_bouclage = bouclage.code.value
    plan.save(update_fields=["cout_total", "code_bouclage"])
    sync_echeances(plan=plan, jour=aujourdhui())
    if dernier is None or (dernier.code, dernier.cout_total) != (plan.code_bouclage, plan.cout_total):
        EtatPlan.objects.create(
            plan=plan,
            code=plan.code_bouclage,
            cout_total=plan.cout_total,
            date_effet=jour,
            enregistre_at=maintenant(),
        )
    if avant != plan.code_bouclage:
        record(
            events.BOUCLAGE_CHANGE,
            cible=plan,
            territoire=plan.fiche.territoire.cle,
            by=by,
            avant={"code": avant, "libelle": LIBELLES_BOUCLAGE[avant]},
            apres={"code": plan.code_bouclage, "libelle": LIBELLES_BOUCLAGE[plan.code_bouclage]},
            date_effet=jour,
        )


def follow_porteur(*, fiche: FicheAction, by: Auteur, jour: date, **_: Any) -> None:
    """Recalcule le bouclage quand le porteur de la fiche change : les règles dépendent de ce qu’il est."""
    plan = PlanFinancement.objects.filter(fiche=fiche).first()
    if plan:
        refresh_bouclage(lock_plan(plan.pk), by, jour)
