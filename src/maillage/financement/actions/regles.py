"""Actes qui disent ce que les règles demandent : précisions d’un plan, d’une ligne, aides de minimis déclarées."""

from datetime import date
from typing import Any

from django.db import models, transaction

from calcul.montants import format_montant
from maillage.fiches.actions import check_date_effet
from maillage.fiches.models import FicheAction
from maillage.financement import events
from maillage.financement.actions.plan import check_montant, lock_plan, open_plan, refresh_bouclage
from maillage.financement.models import (
    AideDeMinimisRecue,
    LigneFinancement,
    PrecisionLigne,
    PrecisionPlan,
)
from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Commune
from maillage.socle.champs import MontantField
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui

CONFLIT = (
    "Quelqu’un d’autre a répondu entre-temps. Vos réponses sont gardées ci-dessous\u00a0: relisez-les, puis enregistrez de "
    "nouveau."
)
CHAMPS_TAUX = ("taux", "intensite")


@transaction.atomic
def update_precision_plan(
    *, fiche: FicheAction, by: Auteur, version_lue: int, code_commune: str | None = None, **champs: Any
) -> PrecisionPlan:
    """Répond à ce que les règles demandent sur l’opération (champs de PrecisionPlan) ; None ou vide : pas encore dit.

    `code_commune` : code INSEE de la commune du projet (vide : inconnue ; None : inchangée).
    ActionImpossible pour une commune inconnue ; ConflitEdition si quelqu’un a répondu entre-temps.
    """
    plan = lock_plan(open_plan(fiche=fiche, by=by).pk)
    precision, _ = PrecisionPlan.objects.select_related("commune").get_or_create(plan=plan)
    _check_version(precision, version_lue)
    if code_commune is not None:
        champs["commune"] = _find_commune(code_commune)
    precisions = _change(precision, champs)
    if precisions:
        record(
            events.PLAN_PRECISE,
            cible=plan,
            territoire=fiche.territoire.cle,
            by=by,
            apres={"precisions": precisions},
        )
        refresh_bouclage(lock_plan(plan.pk), by, check_date_effet(None))
    return precision


@transaction.atomic
def update_precision_ligne(
    *, ligne: LigneFinancement, by: Auteur, version_lue: int, **champs: Any
) -> PrecisionLigne:
    """Répond à ce que les règles demandent sur une aide (champs de PrecisionLigne ; taux en dix-millièmes, centimes).

    ActionImpossible pour une avance plus grande que ce qui est accordé ; ConflitEdition si quelqu’un a répondu entre-temps.
    """
    plan = lock_plan(ligne.plan_id)
    ligne = LigneFinancement.objects.select_related("financeur").get(pk=ligne.pk)
    ligne.plan = plan
    precision, _ = PrecisionLigne.objects.get_or_create(ligne=ligne)
    _check_version(precision, version_lue)
    if champs.get("avance", 0) > ligne.montant_accorde:
        raise ActionImpossible(
            f"L’avance dépasse ce qui est accordé ({format_montant(ligne.montant_accorde)})\u00a0: vérifiez-la."
        )
    precisions = _change(precision, champs)
    if precisions:
        record(
            events.LIGNE_PRECISEE,
            cible=ligne,
            territoire=plan.fiche.territoire.cle,
            by=by,
            apres={
                "precisions": precisions,
                "financeur": ligne.financeur.nom,
                "fiche": str(plan.fiche),
            },
        )
        refresh_bouclage(plan, by, check_date_effet(None))
    return precision


@transaction.atomic
def add_aide_recue(
    *, fiche: FicheAction, by: Auteur, jour: date, montant: int, financeur: str, is_sieg: bool = False
) -> AideDeMinimisRecue:
    """Inscrit une aide de minimis que l’entreprise unique déclare avoir reçue (centimes d’équivalent-subvention, > 0)."""
    check_montant(montant)
    if jour > aujourdhui():
        raise ActionImpossible("Une aide déjà reçue ne peut pas dater de l’avenir\u00a0: vérifiez le jour.")
    if not financeur.strip():
        raise ActionImpossible("Dites qui a accordé cette aide.")
    plan = lock_plan(open_plan(fiche=fiche, by=by).pk)
    aide = AideDeMinimisRecue.objects.create(
        plan=plan, jour=jour, montant=montant, financeur=financeur.strip(), is_sieg=is_sieg
    )
    record(
        events.AIDE_RECUE_AJOUTEE,
        cible=plan,
        territoire=fiche.territoire.cle,
        by=by,
        apres={"financeur": aide.financeur, "montant": montant, "jour": str(jour)},
    )
    refresh_bouclage(plan, by, check_date_effet(None))
    return aide


@transaction.atomic
def delete_aide_recue(*, aide: AideDeMinimisRecue, by: Auteur) -> None:
    """Retire une aide de minimis de la déclaration ; le journal garde son montant."""
    plan = lock_plan(aide.plan_id)
    aide = AideDeMinimisRecue.objects.filter(pk=aide.pk).first()  # type: ignore[assignment]
    if aide is None:
        raise ActionImpossible("Quelqu’un a retiré cette aide entre-temps\u00a0: relisez la liste.")
    avant = {"financeur": aide.financeur, "montant": aide.montant}
    aide.delete()
    record(events.AIDE_RECUE_RETIREE, cible=plan, territoire=plan.fiche.territoire.cle, by=by, avant=avant)
    refresh_bouclage(plan, by, check_date_effet(None))


def _check_version(precision: PrecisionPlan | PrecisionLigne, version_lue: int) -> None:
    if precision.version != version_lue:
        raise ConflitEdition(CONFLIT)


def _find_commune(code: str) -> Commune | None:
    if not code.strip():
        return None
    commune = Commune.objects.filter(pk=code.strip().upper()).first()
    if commune is None:
        raise ActionImpossible(
            f"Aucune commune n’a le code «\u00a0{code.strip()}\u00a0»\u00a0: écrivez son code INSEE, par exemple 52121."
        )
    return commune


def _change(precision: PrecisionPlan | PrecisionLigne, champs: dict[str, Any]) -> dict[str, str]:
    """Écrit ce qui change ; rend chaque réponse nouvelle en mots, par intitulé."""
    precisions = {}
    for nom, valeur in champs.items():
        if getattr(precision, nom) != valeur:
            setattr(precision, nom, valeur)
            champ = precision._meta.get_field(nom)
            precisions[str(champ.verbose_name)] = _say(champ, valeur)  # type: ignore[union-attr]
    if precisions:
        precision.version += 1
        precision.save()
    return precisions


def _say(champ: Any, valeur: Any) -> str:
    if valeur is None or valeur == "":
        return "plus dit"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, date):
        return format_jour(valeur)
    if isinstance(champ, MontantField):
        return format_montant(valeur)
    if champ.name in CHAMPS_TAUX:
        return f"{valeur / 100:.2f}\u00a0%".replace(".", ",")
    if isinstance(champ, models.CharField) and champ.choices:
        return str(dict(champ.flatchoices)[valeur])
    return str(valeur)
