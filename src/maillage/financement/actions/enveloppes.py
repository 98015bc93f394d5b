"""Enveloppes d’un financeur : les ouvrir, dater ce qui y est annoncé et disponible, y imputer les accords."""

from datetime import date

from django.db import transaction

from calcul.montants import format_montant
from maillage.comptes.models import Organisation
from maillage.dispositifs.models import Dispositif
from maillage.fiches.actions import check_date_effet
from maillage.financement import events, policies
from maillage.financement.enums import NatureFaitEnveloppe, RegleEnveloppe
from maillage.financement.models import Enveloppe, FaitEnveloppe, LigneFinancement
from maillage.financement.permissions import check_user_can_manage_enveloppes
from maillage.financement.selectors_enveloppes import enveloppes_for, find_enveloppe, read_enveloppe
from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Region
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant


@transaction.atomic
def create_enveloppe(
    *,
    financeur: Organisation,
    nom: str,
    annee: int,
    regle: RegleEnveloppe,
    by: Auteur,
    region: Region | None = None,
    dispositif: Dispositif | None = None,
    is_fictif: bool = False,
) -> Enveloppe:
    """Ouvre une enveloppe, encore vide : ce qui y est annoncé ou disponible s’y inscrit ensuite, daté.

    AccesRefuse à qui n’est pas du financeur ; ActionImpossible si ce nom est déjà pris cette année-là.
    """
    check_user_can_manage_enveloppes(by, financeur)
    nom = nom.strip()
    if not nom:
        raise ActionImpossible("Donnez un nom à l’enveloppe.")
    deja = Enveloppe.objects.filter(financeur=financeur, annee=annee, is_fictif=is_fictif)
    if deja.filter(nom__iexact=nom).exists():
        raise ActionImpossible(
            f"Vous avez déjà une enveloppe «\u00a0{nom}\u00a0» en {annee}\u00a0: ouvrez-la, ou donnez un autre nom.",
            champ="nom",
        )
    enveloppe = Enveloppe.objects.create(
        financeur=financeur,
        nom=nom,
        annee=annee,
        region=region,
        dispositif=dispositif,
        regle=regle,
        is_fictif=is_fictif,
    )
    record(
        events.ENVELOPPE_OUVERTE,
        cible=enveloppe,
        by=by,
        apres={"nom": str(enveloppe), "regle": enveloppe.get_regle_display()},
    )
    return enveloppe


@transaction.atomic
def record_fait_enveloppe(
    *,
    enveloppe: Enveloppe,
    nature: NatureFaitEnveloppe,
    montant: int,
    by: Auteur,
    motif: str = "",
    date_effet: date | None = None,
) -> FaitEnveloppe:
    """Date ce qui est annoncé, ou disponible : le montant entier (centimes, ≥ 0) à partir de ce jour.

    AccesRefuse à qui n’est pas du financeur ; ActionImpossible pour un montant négatif.
    """
    jour = check_date_effet(date_effet)
    check_user_can_manage_enveloppes(by, enveloppe.financeur)
    if montant < 0:
        raise ActionImpossible("Un montant d’enveloppe n’est jamais négatif.", champ="montant")
    enveloppe = lock_enveloppe(enveloppe)
    fait = FaitEnveloppe.objects.create(
        enveloppe=enveloppe,
        nature=nature,
        montant=montant,
        date_effet=jour,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
        motif=motif.strip(),
    )
    record(
        events.ENVELOPPE_DATEE,
        cible=enveloppe,
        by=by,
        motif=motif,
        apres={"nom": str(enveloppe), "nature": fait.get_nature_display(), "montant": montant},
        date_effet=jour,
    )
    return fait


def lock_enveloppe(enveloppe: Enveloppe) -> Enveloppe:
    """L’enveloppe relue et verrouillée : deux accords sur les derniers euros passent l’un après l’autre."""
    return Enveloppe.objects.select_for_update(of=("self",)).get(pk=enveloppe.pk)


def charge_enveloppe(
    *,
    ligne: LigneFinancement,
    delta: int,
    jour: date,
    by: Auteur,
    enveloppe: Enveloppe | None,
    hors_enveloppe: bool,
) -> Enveloppe | None:
    """L’enveloppe qui paie un accord, vérifiée et verrouillée ; None hors de toute enveloppe. `delta` : centimes de plus.

    Sans choix, la seule qui convienne est prise. ActionImpossible s’il faut choisir entre plusieurs, si celle choisie ne
    convient pas à la ligne, ou si l’accord la dépasse et que sa règle est de refuser.
    """
    if ligne.nature in policies.PARTS_PROPRES or ligne.is_service:
        return None
    if ligne.enveloppe is not None:
        if enveloppe is not None and enveloppe.pk != ligne.enveloppe_id:
            raise ActionImpossible(
                f"Cet accord est déjà imputé à «\u00a0{ligne.enveloppe}\u00a0»\u00a0: il y reste.",
                champ="enveloppe",
            )
        choisie: Enveloppe | None = ligne.enveloppe
    elif hors_enveloppe:
        return None
    elif enveloppe is None:
        choisie = find_enveloppe(ligne, jour)
    else:
        choisie = enveloppes_for(ligne, jour).filter(pk=enveloppe.pk).first()
        if choisie is None:
            raise ActionImpossible(
                f"«\u00a0{enveloppe}\u00a0» ne convient pas\u00a0: il faut une enveloppe de {ligne.financeur}, de l’année {jour.year} et de "
                "cette région et de ce dispositif.",
                champ="enveloppe",
            )
    if choisie is None:
        return None
    choisie = lock_enveloppe(choisie)
    _check_disponible(choisie, ligne, delta, by)
    return choisie


def _check_disponible(enveloppe: Enveloppe, ligne: LigneFinancement, delta: int, by: Auteur) -> None:
    lue = read_enveloppe(enveloppe)
    if delta <= 0 or lue.plafond is None or lue.promis + delta <= lue.plafond:
        return
    reste = max(lue.plafond - lue.promis, 0)
    if enveloppe.regle == RegleEnveloppe.REFUSE:
        raise ActionImpossible(
            f"L’enveloppe «\u00a0{enveloppe}\u00a0» ne suffit pas\u00a0: {format_montant(lue.plafond)} disponibles, "
            f"{format_montant(lue.promis)} déjà promis, il reste {format_montant(reste)}. Accordez au plus ce reste, inscrivez "
            "un disponible plus grand, ou accordez hors enveloppe.",
            champ="montant",
        )
    record(
        events.ENVELOPPE_DEPASSEE,
        cible=enveloppe,
        by=by,
        apres={
            "nom": str(enveloppe),
            "depassement": lue.promis + delta - lue.plafond,
            "fiche": str(ligne.plan.fiche),
        },
    )
