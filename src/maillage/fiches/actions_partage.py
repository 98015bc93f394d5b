"""Une action portée par plusieurs territoires : un chef de file propose, chaque partenaire accepte, chacun dit sa part."""

from datetime import date

from django.db import transaction
from django.db.models import Sum

from maillage.fiches import events
from maillage.fiches.actions import check_date_effet
from maillage.fiches.enums import EtatPartage, StatutFiche
from maillage.fiches.models import FicheAction, PartageFiche
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import close_attente, open_attente
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire

E = EtatPartage


@transaction.atomic
def propose_partage(
    *,
    fiche: FicheAction,
    territoire: Territoire,
    by: Auteur,
    role: str = "",
    part: int | None = None,
    date_effet: date | None = None,
) -> PartageFiche:
    """Propose à un autre territoire de porter la fiche aussi. `part` : ce qu’il porterait de l’action, en % (facultatif).

    Un refus ou un retrait n’empêche pas de proposer de nouveau. ActionImpossible si c’est le chef de file, un territoire
    déjà associé, ou si les parts passent 100 %.
    """
    if territoire.pk == fiche.territoire_id:
        raise ActionImpossible("Ce territoire est le chef de file de la fiche.", champ="territoire")
    if territoire.is_fictif != fiche.territoire.is_fictif:
        raise ActionImpossible(
            "Un espace fictif et un territoire réel ne partagent pas de fiche.", champ="territoire"
        )
    if fiche.statut == StatutFiche.ABANDONNEE:
        raise ActionImpossible("La fiche est abandonnée\u00a0: rouvrez-la d’abord.")
    _check_parts(fiche, territoire, part)
    partage = PartageFiche.objects.filter(fiche=fiche, territoire=territoire).first()
    if partage and partage.etat in (E.PROPOSE, E.ACCEPTE):
        raise ActionImpossible(
            f"{territoire} a déjà cette fiche\u00a0: {partage.get_etat_display().lower()}.",
            champ="territoire",
        )
    partage = partage or PartageFiche(fiche=fiche, territoire=territoire)
    partage.etat, partage.role, partage.part, partage.motif = E.PROPOSE, role.strip()[:300], part, ""
    partage.depuis = check_date_effet(date_effet)
    partage.save()
    open_attente(
        code="fiches.partage",
        objet=partage,
        role="chef_projet",
        territoire=territoire.cle,
        territoire_nom=territoire.nom,
        libelle=f"Répondre à {fiche.territoire}\u00a0: porter ensemble la fiche «\u00a0{fiche}\u00a0»",
        url=f"{fiche.get_absolute_url()}#territoires",
    )
    _record(events.PARTAGE_PROPOSE, partage, by)
    return partage


def _check_parts(fiche: FicheAction, territoire: Territoire, part: int | None) -> None:
    if part is None:
        return
    autres = fiche.partages.filter(etat__in=(E.PROPOSE, E.ACCEPTE)).exclude(territoire=territoire)
    total = (autres.aggregate(s=Sum("part"))["s"] or 0) + part
    if not 0 < part <= 100 or total > 100:
        raise ActionImpossible(
            f"Les parts des partenaires feraient {total}\u00a0%\u00a0: elles vont de 1 à 100\u00a0%, et ne passent pas 100\u00a0% ensemble.",
            champ="part",
        )


@transaction.atomic
def answer_partage(
    *,
    partage: PartageFiche,
    accepte: bool,
    by: Auteur,
    motif: str = "",
    date_effet: date | None = None,
) -> PartageFiche:
    """Le territoire répond à la proposition. Un refus dit pourquoi."""
    partage = _lock(partage)
    if partage.etat != E.PROPOSE:
        raise ActionImpossible(
            f"Cette proposition est déjà «\u00a0{partage.get_etat_display().lower()}\u00a0»\u00a0: rien n’a été changé."
        )
    if not accepte and not motif.strip():
        raise ActionImpossible("Dites pourquoi\u00a0: le chef de file lira cette phrase.", champ="motif")
    partage.etat, partage.motif = (E.ACCEPTE if accepte else E.REFUSE), motif.strip()[:300]
    partage.depuis = check_date_effet(date_effet)
    partage.save()
    close_attente(code="fiches.partage", objet=partage)
    _record(events.PARTAGE_REPONDU, partage, by, accepte=accepte)
    return partage


@transaction.atomic
def withdraw_partage(*, partage: PartageFiche, by: Auteur) -> PartageFiche:
    """Le chef de file retire sa proposition, ou l’un des deux met fin au partage."""
    partage = _lock(partage)
    if partage.etat not in (E.PROPOSE, E.ACCEPTE):
        raise ActionImpossible(
            "Cette fiche n’est plus partagée avec ce territoire\u00a0: rien n’a été changé."
        )
    partage.etat, partage.depuis = E.RETIRE, aujourdhui()
    partage.save()
    close_attente(code="fiches.partage", objet=partage)
    _record(events.PARTAGE_RETIRE, partage, by)
    return partage


def _lock(partage: PartageFiche) -> PartageFiche:
    return (
        PartageFiche.objects.select_for_update(of=("self",))
        .select_related("fiche__territoire__vague", "territoire__vague")
        .get(pk=partage.pk)
    )


def _record(code: str, partage: PartageFiche, by: Auteur, **apres: bool) -> None:
    """La même ligne dans le journal des deux territoires."""
    for territoire in (partage.fiche.territoire, partage.territoire):
        record(
            code,
            cible=partage.fiche,
            territoire=territoire.cle,
            by=by,
            motif=partage.motif,
            date_effet=partage.depuis,
            apres={"territoire": partage.territoire.nom} | apres,
        )
