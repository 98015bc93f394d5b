"""Seuls actes qui écrivent un dossier d’instruction : transmettre, recevoir, demander, donner un avis, conclure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from maillage.comptes.models import Organisation, Personne
from maillage.documents.models import Piece
from maillage.fiches.actions import check_date_effet, freeze_plan_actions, move_fiche
from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.gouvernance.actions import add_point, record_decision
from maillage.gouvernance.enums import NatureDecision, Portee, Sens
from maillage.gouvernance.models import Decision, Seance
from maillage.instruction import events, policies
from maillage.instruction.enums import SensAvisPlan, StatutDossier
from maillage.instruction.models import AvisFiche, AvisPlan, DossierPlan, LectureDossier, TransmissionPlan
from maillage.instruction.selectors import (
    find_avis_attendus,
    find_organisation_of_region,
    find_regions_attendues,
    get_dossier_ouvert,
    get_sens_fiches,
    get_transmission,
)
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import close_attente, open_attente, send_courriel
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fait, Fiabilite
from maillage.territoires.models import Territoire

S = StatutDossier
ATTENTE_SUITE, ATTENTE_AVIS = "instruction.suite", "instruction.avis"
# Qui est attendu dans chaque état, et pour quoi. Les avis ont leurs propres attentes, avec leur échéance.
ATTENTES: dict[StatutDossier, tuple[str, str]] = {
    S.TRANSMIS: ("region", "Accuser réception du plan d’actions"),
    S.RECU: ("region", "Vérifier que le plan d’actions est complet"),
    S.A_COMPLETER: ("chef_projet", "Compléter, puis transmettre de nouveau le plan d’actions"),
    S.A_DECIDER: ("region", "Mettre le plan d’actions à l’ordre du jour du comité de pilotage"),
    S.AJOURNE: ("region", "Représenter au comité de pilotage le plan d’actions ajourné"),
    S.REFUSE: ("chef_projet", "Reprendre, après le refus, le plan d’actions"),
}


def _lock(dossier: DossierPlan) -> DossierPlan:
    return (
        DossierPlan.objects.select_for_update(of=("self",))
        .select_related("territoire__vague", "territoire__region")
        .get(pk=dossier.pk)
    )


def _move(dossier: DossierPlan, vers: StatutDossier, *, motif: str = "", jour: date | None = None) -> None:
    """Change l’état et ce qu’on attend ; l’écriture du reste du dossier est à l’acte qui appelle."""
    policies.check_can_move(dossier, vers)
    dossier.statut = vers
    dossier.save()
    _open_attente(dossier, motif=motif, jour=jour)


def _open_attente(dossier: DossierPlan, *, motif: str = "", jour: date | None = None) -> None:
    close_attente(code=ATTENTE_SUITE, objet=dossier)
    attente = ATTENTES.get(S(dossier.statut))
    if attente is None:
        return
    role, phrase = attente
    open_attente(
        code=ATTENTE_SUITE,
        objet=dossier,
        role=role,
        territoire=dossier.territoire.cle,
        territoire_nom=dossier.territoire.nom,
        libelle=f"{phrase} de «\u00a0{dossier.territoire.nom}\u00a0»",
        motif=motif.strip(),
        url=dossier.get_absolute_url(),
        depuis=jour,
    )


@transaction.atomic
def transmit_plan(
    *,
    territoire: Territoire,
    fiches: Iterable[FicheAction],
    by: Auteur,
    message: str = "",
    date_effet: date | None = None,
) -> DossierPlan:
    """Transmet un plan d’actions à la Région : les fiches retenues passent à « transmise », leurs versions sont figées.

    Un dossier « à compléter » reçoit un tour de plus ; sinon un dossier s’ouvre. L’avis de chaque Région du territoire est
    attendu. Une fiche sans porteur, ou un plan déjà devant la Région : ActionImpossible.
    """
    jour = check_date_effet(date_effet)
    Territoire.objects.select_for_update(of=("self",)).get(pk=territoire.pk)
    dossier = get_dossier_ouvert(territoire)
    cles = [fiche.pk for fiche in fiches]
    presentes = list(territoire.fiches.filter(pk__in=cles).select_related("porteur").order_by("rang", "id"))
    if len(presentes) != len(set(cles)):
        raise ActionImpossible("Une des fiches choisies n’est pas, ou n’est plus, de ce territoire.")
    policies.check_can_transmit(dossier, presentes)
    transmises = [
        move_fiche(fiche=fiche, vers=StatutFiche.TRANSMISE, by=by, date_effet=_not_before(fiche, jour))
        if fiche.statut in policies.A_TRANSMETTRE
        else fiche
        for fiche in presentes
    ]
    if dossier is None:
        dossier = DossierPlan.objects.create(territoire=territoire, statut=S.TRANSMIS, ouvert_at=maintenant())
        _open_attente(dossier, jour=jour)
    else:
        dossier = _lock(dossier)
        _move(dossier, S.TRANSMIS, jour=jour)
    numero = (dossier.transmissions.aggregate(m=Max("numero"))["m"] or 0) + 1
    transmission = TransmissionPlan.objects.create(
        dossier=dossier,
        numero=numero,
        plan_actions=freeze_plan_actions(
            territoire=territoire,
            fiches=transmises,
            titre=f"Plan d’actions transmis à la Région, tour {numero}",
            date_effet=jour,
            by=by,
        ),
        message=message.replace("\r\n", "\n").strip(),
        transmis_le=jour,
        transmis_at=maintenant(),
        transmis_by=str(by)[:200],
    )
    _expect_regions(dossier, by, jour)
    record_etape(
        territoire=territoire,
        fait=Fait.PLAN_TRANSMIS,
        debut=jour,
        source=f"Plan d’actions transmis sur la plateforme, tour {numero}",
        fiabilite=Fiabilite.PLATEFORME,
        objet=transmission,
        by=by,
    )
    record(
        events.PLAN_TRANSMIS,
        cible=dossier,
        territoire=territoire.cle,
        by=by,
        motif=transmission.message,
        apres={"fiches": len(transmises), "tour": numero},
        date_effet=jour,
    )
    return dossier


def _not_before(fiche: FicheAction, jour: date) -> date:
    """Le jour dit, ou celui du dernier état de la fiche s’il est plus récent : un fait ne remonte pas le temps."""
    dernier = fiche.faits.filter(champ=ChampDate.STATUT).aggregate(m=Max("date_effet"))["m"]
    return max(jour, dernier or jour)


def _expect_regions(dossier: DossierPlan, by: Auteur, jour: date) -> None:
    """Chaque Région du territoire doit un avis sur ce tour ; celle qui n’avait pas répondu au tour d’avant est toujours attendue."""
    attendues = {avis.region_id for avis in find_avis_attendus(dossier) if avis.is_requis}
    for region in dossier.territoire.regions.order_by("nom"):
        if region.pk not in attendues:
            AvisPlan.objects.create(dossier=dossier, region=region, demande_le=jour, demande_by=str(by)[:200])


@transaction.atomic
def withdraw_dossier(*, dossier: DossierPlan, motif: str, by: Auteur) -> DossierPlan:
    """Le territoire retire son plan de l’instruction ; ses fiches gardent leur état, les avis rendus restent lisibles."""
    dossier = _lock(dossier)
    if not motif.strip():
        raise ActionImpossible(
            "Dites pourquoi le plan est retiré\u00a0: la Région lit cette phrase.", champ="motif"
        )
    _move(dossier, S.RETIRE)
    _close_avis(dossier)
    record(
        events.DOSSIER_RETIRE, cible=dossier, territoire=dossier.territoire.cle, by=by, motif=motif.strip()
    )
    return dossier


def _close_avis(dossier: DossierPlan) -> None:
    for avis in find_avis_attendus(dossier):
        close_attente(code=ATTENTE_AVIS, objet=avis)


@transaction.atomic
def receive_dossier(
    *, dossier: DossierPlan, by: Auteur, recu_le: date | None = None, echeance: date | None = None
) -> DossierPlan:
    """La Région accuse réception. `echeance` : le jour où elle compte rendre son avis ; le territoire le lit."""
    dossier = _lock(dossier)
    jour = check_date_effet(recu_le)
    transmis_le = get_transmission(dossier).transmis_le
    if jour < transmis_le:
        raise ActionImpossible(
            f"Le plan a été transmis le {format_jour(transmis_le)}\u00a0: il n’a pas pu être reçu avant.",
            champ="recu_le",
        )
    if echeance and echeance < jour:
        raise ActionImpossible(
            "L’avis est attendu après la réception\u00a0: changez la date.", champ="echeance"
        )
    dossier.recu_le, dossier.echeance = jour, echeance
    _move(dossier, S.RECU, jour=jour)
    record(events.DOSSIER_RECU, cible=dossier, territoire=dossier.territoire.cle, by=by, date_effet=jour)
    return dossier


@transaction.atomic
def declare_complet(*, dossier: DossierPlan, by: Auteur) -> DossierPlan:
    """Le dossier est complet : chaque Région est prévenue que son avis est attendu, à l’échéance donnée."""
    dossier = _lock(dossier)
    _move(dossier, S.EN_INSTRUCTION)
    for avis in find_avis_attendus(dossier):
        if not avis.is_requis:
            continue
        if avis.echeance != dossier.echeance:
            avis.echeance = dossier.echeance
            avis.save(update_fields=["echeance"])
        _await_avis(avis, dossier)
    record(events.DOSSIER_COMPLET, cible=dossier, territoire=dossier.territoire.cle, by=by)
    return dossier


def _await_avis(avis: AvisPlan, dossier: DossierPlan) -> None:
    organisation = avis.organisation or (find_organisation_of_region(avis.region) if avis.region else None)
    open_attente(
        code=ATTENTE_AVIS,
        objet=avis,
        organisation=organisation,
        role="" if organisation else "region",
        territoire=dossier.territoire.cle,
        territoire_nom=dossier.territoire.nom,
        libelle=f"Donner un avis sur le plan d’actions de «\u00a0{dossier.territoire.nom}\u00a0»",
        motif=avis.question,
        url=dossier.get_absolute_url(),
        echeance=avis.echeance,
    )


@transaction.atomic
def ask_complements(
    *, dossier: DossierPlan, motif: str, by: Auteur, fiches: Mapping[int, str] | None = None
) -> DossierPlan:
    """Demande des compléments : sur le dossier, et fiche par fiche (`fiches` : clé de la fiche → ce qui manque).

    Les fiches nommées passent à « à compléter » ; les autres ne bougent pas.
    """
    dossier = _lock(dossier)
    demandes = {cle: texte.strip() for cle, texte in (fiches or {}).items() if texte.strip()}
    if not motif.strip() and not demandes:
        raise ActionImpossible("Dites ce qui manque, sur le plan ou sur une fiche.", champ="motif")
    lignes = get_transmission(dossier).plan_actions.lignes.select_related("version__fiche")
    du_plan = {ligne.version.fiche_id: ligne.version.fiche for ligne in lignes}
    if set(demandes) - set(du_plan):
        raise ActionImpossible("Une des fiches nommées n’est pas dans le plan transmis.")
    _move(dossier, S.A_COMPLETER, motif=motif)
    for cle, texte in demandes.items():
        if du_plan[cle].statut == StatutFiche.TRANSMISE:
            move_fiche(
                fiche=du_plan[cle],
                vers=StatutFiche.A_COMPLETER,
                by=by,
                motif=texte,
                date_effet=_not_before(du_plan[cle], aujourdhui()),
            )
    record(
        events.COMPLEMENTS_DEMANDES,
        cible=dossier,
        territoire=dossier.territoire.cle,
        by=by,
        motif=motif.strip(),
        apres={"fiches": len(demandes)},
    )
    return dossier


@transaction.atomic
def ask_avis(
    *,
    dossier: DossierPlan,
    organisation: Organisation,
    by: Auteur,
    question: str = "",
    echeance: date | None = None,
    demande_le: date | None = None,
    fiches: Iterable[FicheAction] | None = None,
) -> AvisPlan:
    """Demande l’avis d’un service ou d’un opérateur, sur tout le plan (défaut) ou sur certaines fiches.

    Il ne lira que les fiches qui lui sont soumises.
    """
    dossier = _lock(dossier)
    jour = check_date_effet(demande_le)
    if S(dossier.statut) in policies.CLOS:
        raise ActionImpossible(
            f"Le dossier est «\u00a0{S(dossier.statut).label}\u00a0»\u00a0: il n’attend plus d’avis."
        )
    if dossier.avis.filter(organisation=organisation, sens="").exists():
        raise ActionImpossible(
            f"L’avis de {organisation} est déjà demandé\u00a0: relancez-le s’il tarde.", champ="organisation"
        )
    if echeance and echeance < jour:
        raise ActionImpossible("L’échéance est passée\u00a0: donnez un jour à venir.", champ="echeance")
    du_plan = [
        ligne.version.fiche_id
        for ligne in get_transmission(dossier).plan_actions.lignes.select_related("version")
    ]
    soumises = [fiche.pk for fiche in fiches] if fiches is not None else du_plan
    if not soumises or set(soumises) - set(du_plan):
        raise ActionImpossible("Choisissez au moins une fiche du plan transmis.", champ="fiches")
    avis = AvisPlan.objects.create(
        dossier=dossier,
        organisation=organisation,
        question=question.replace("\r\n", "\n").strip(),
        demande_le=jour,
        demande_by=str(by)[:200],
        echeance=echeance,
    )
    AvisFiche.objects.bulk_create(AvisFiche(avis=avis, fiche_id=cle) for cle in soumises)
    _await_avis(avis, dossier)
    record(
        events.AVIS_DEMANDE,
        cible=avis,
        territoire=dossier.territoire.cle,
        by=by,
        motif=avis.question,
        apres={"de": avis.de, "fiches": len(soumises)},
        date_effet=jour,
    )
    return avis


@dataclass(frozen=True)
class AvisSurFiche:
    """Ce qu’un avis dit d’une fiche."""

    sens: SensAvisPlan
    texte: str = ""
    conditions: str = ""


@transaction.atomic
def render_avis(
    *,
    avis: AvisPlan,
    sens: SensAvisPlan,
    by: Auteur,
    texte: str = "",
    cadres: str = "",
    conditions: str = "",
    fiches: Mapping[int, AvisSurFiche] | None = None,
    rendu_le: date | None = None,
    piece: Piece | None = None,
) -> AvisPlan:
    """Rend un avis sur le plan et, si l’on veut, fiche par fiche (clé de la fiche → avis).

    L’avis de la Région chef de file vient après ceux des autres Régions, et conclut l’instruction : le dossier est à décider.
    `piece` : l’avis reçu par courrier, quand une autre personne le dépose.
    """
    dossier = _lock(avis.dossier)
    avis = (
        AvisPlan.objects.select_for_update(of=("self",))
        .select_related("region", "organisation")
        .get(pk=avis.pk)
    )
    avis.dossier = dossier
    jour = check_date_effet(rendu_le)
    sens = SensAvisPlan(sens)
    attendus = find_regions_attendues(dossier, sauf=avis)
    policies.check_can_render(avis, sens, texte=texte, conditions=conditions, attendus=attendus)
    if jour < avis.demande_le:
        raise ActionImpossible(
            f"L’avis a été demandé le {format_jour(avis.demande_le)}\u00a0: il n’a pas pu être rendu avant.",
            champ="rendu_le",
        )
    transmission = get_transmission(dossier)
    _write_fiches(avis, transmission, fiches or {})
    avis.sens, avis.transmission = sens, transmission
    avis.texte, avis.cadres, avis.conditions = (
        valeur.replace("\r\n", "\n").strip() for valeur in (texte, cadres, conditions)
    )
    avis.piece, avis.rendu_le, avis.rendu_at, avis.rendu_by = piece, jour, maintenant(), str(by)[:200]
    avis.save()
    close_attente(code=ATTENTE_AVIS, objet=avis)
    record(
        events.AVIS_RENDU,
        cible=avis,
        territoire=dossier.territoire.cle,
        by=by,
        motif=avis.texte,
        apres={"de": avis.de, "sens": sens.label},
        date_effet=jour,
    )
    if avis.region_id and avis.region_id == dossier.territoire.region_id:
        _move(dossier, S.A_DECIDER, jour=jour)
    return avis


def _write_fiches(avis: AvisPlan, transmission: TransmissionPlan, fiches: Mapping[int, AvisSurFiche]) -> None:
    """Écrit les avis par fiche ; une fiche hors du plan, ou non soumise à ce service, est refusée."""
    du_plan = {
        ligne.version.fiche_id: ligne.version.fiche
        for ligne in transmission.plan_actions.lignes.select_related("version__fiche")
    }
    soumises = {ligne.fiche_id: ligne for ligne in avis.fiches.all()}
    permises = set(du_plan) if avis.is_requis else set(soumises) & set(du_plan)
    for cle, dit in fiches.items():
        if cle not in permises:
            raise ActionImpossible(
                "Une fiche de cet avis n’est pas, ou n’est plus, dans le plan qui vous est soumis."
            )
        if dit.sens == SensAvisPlan.DEFAVORABLE and not dit.texte.strip():
            raise ActionImpossible(f"Dites pourquoi l’avis est défavorable sur {du_plan[cle]}.")
        if dit.sens == SensAvisPlan.CONDITIONS and not dit.conditions.strip():
            raise ActionImpossible(f"Écrivez les conditions sur {du_plan[cle]}.")
        ligne = soumises.get(cle) or AvisFiche(avis=avis, fiche_id=cle)
        ligne.sens, ligne.texte, ligne.conditions = dit.sens, dit.texte.strip(), dit.conditions.strip()
        ligne.save()


@transaction.atomic
def remind_avis(*, avis: AvisPlan, by: Auteur) -> AvisPlan:
    """Relance un avis attendu, une fois par jour : par courriel à l’adresse de contact de l’organisation, si elle en a une."""
    avis = (
        AvisPlan.objects.select_for_update(of=("self",))
        .select_related("region", "organisation", "dossier__territoire__vague")
        .get(pk=avis.pk)
    )
    if avis.sens:
        raise ActionImpossible(f"{avis} est déjà rendu\u00a0: il n’y a rien à relancer.")
    if avis.relance_le == aujourdhui():
        raise ActionImpossible(f"{avis} a déjà été relancé ce jour. Laissez-lui le temps de répondre.")
    organisation = avis.organisation or (find_organisation_of_region(avis.region) if avis.region else None)
    if organisation is None or not organisation.courriel:
        raise ActionImpossible(
            f"Aucune adresse de contact n’est connue pour {avis.de}\u00a0: appelez, ou demandez à la délégation nationale de la donner."
        )
    avis.relance_le = aujourdhui()
    avis.save(update_fields=["relance_le"])
    send_courriel(
        destinataire=organisation.courriel,
        gabarit="relance_avis",
        contexte={
            "avis": avis,
            "territoire": avis.dossier.territoire,
            "url": settings.ADRESSE_PUBLIQUE + avis.dossier.get_absolute_url(),
        },
        motif=f"l’avis de {avis.de} est attendu",
    )
    record(
        events.AVIS_RELANCE, cible=avis, territoire=avis.dossier.territoire.cle, by=by, apres={"de": avis.de}
    )
    return avis


@transaction.atomic
def mark_lu(*, dossier: DossierPlan, by: Personne) -> None:
    """Note que la personne a lu le dossier jusqu’ici ; ce qui vient après lui sera signalé."""
    LectureDossier.objects.update_or_create(
        dossier=dossier,
        personne=by,
        defaults={"transmission": get_transmission(dossier), "lu_at": maintenant()},
    )


# --- comité de pilotage ----------------------------------------------------------------------------------------------


def _check_lot(dossiers: list[DossierPlan], seance: Seance) -> None:
    if not dossiers:
        raise ActionImpossible("Choisissez au moins un plan.")
    for dossier in dossiers:
        if dossier.territoire.region_id != seance.comite.region_id:
            raise ActionImpossible(
                f"«\u00a0{dossier.territoire}\u00a0» ne relève pas de ce comité\u00a0: choisissez une séance du comité de sa Région."
            )


@transaction.atomic
def put_on_agenda(*, dossiers: list[DossierPlan], seance: Seance, by: Auteur) -> int:
    """Met plusieurs plans à l’ordre du jour d’un comité de pilotage régional ; rend le nombre de points ajoutés.

    Un plan déjà inscrit à cette séance ne l’est pas deux fois.
    """
    _check_lot(dossiers, seance)
    deja = set(
        seance.points.filter(nature=NatureDecision.PLAN_VALIDE).values_list("territoire_id", flat=True)
    )
    nombre = 0
    for dossier in dossiers:
        if dossier.territoire_id in deja:
            continue
        add_point(
            seance=seance,
            titre=f"Valider le plan d’actions de {dossier.territoire.nom}",
            nature=NatureDecision.PLAN_VALIDE,
            territoire=dossier.territoire,
            url=dossier.get_absolute_url(),
            by=by,
        )
        nombre += 1
    return nombre


@transaction.atomic
def decide_dossiers(
    *, dossiers: list[DossierPlan], seance: Seance, sens: Sens, by: Auteur, texte: str = ""
) -> list[Decision]:
    """Enregistre la même décision du comité pour plusieurs plans, tous ou aucun. Chaque décision fait avancer son dossier."""
    _check_lot(dossiers, seance)
    for dossier in dossiers:
        if S(dossier.statut) not in policies.A_DECIDER:
            raise ActionImpossible(
                f"Le plan de «\u00a0{dossier.territoire}\u00a0» est «\u00a0{S(dossier.statut).label}\u00a0»\u00a0: la Région rend d’abord son avis."
            )
    if sens is not Sens.ADOPTEE and not texte.strip():
        raise ActionImpossible("Dites pourquoi\u00a0: chaque territoire lit cette phrase.", champ="texte")
    points = {point.territoire_id: point for point in seance.points.filter(nature=NatureDecision.PLAN_VALIDE)}
    return [
        record_decision(
            seance=seance,
            nature=NatureDecision.PLAN_VALIDE,
            sens=sens,
            texte=texte,
            point=points.get(dossier.territoire_id),
            territoire=dossier.territoire,
            by=by,
        )
        for dossier in dossiers
    ]


_SUITES = {Sens.ADOPTEE: S.VALIDE, Sens.REJETEE: S.REFUSE, Sens.AJOURNEE: S.AJOURNE}


def follow_decision(sender: Any, *, decision: Decision, by: Auteur, **autres: Any) -> None:
    """Un comité de pilotage régional s’est prononcé sur un plan : son dossier et ses fiches suivent, à la date de la séance.

    Une consultation (pas de quorum) ne conclut rien. Une fiche que la Région juge défavorable est refusée, les autres validées.
    """
    comite = decision.seance.comite
    if decision.nature != NatureDecision.PLAN_VALIDE or not comite.region_id or decision.territoire is None:
        return
    dossier = get_dossier_ouvert(decision.territoire)
    if (
        dossier is None
        or decision.portee != Portee.DECISION
        or comite.region_id != dossier.territoire.region_id
    ):
        return
    dossier = _lock(dossier)
    vers, jour = _SUITES[Sens(decision.sens)], decision.seance.jour
    if vers is not S.AJOURNE:
        dossier.decision, dossier.decide_le = decision, jour
    _move(dossier, vers, motif=decision.texte, jour=jour)
    if vers is not S.AJOURNE:
        _close_avis(dossier)
        _move_fiches(dossier, decision, by)
    record(
        events.DOSSIER_DECIDE,
        cible=dossier,
        territoire=dossier.territoire.cle,
        by=by,
        motif=decision.texte,
        apres={"statut": vers.label},
        date_effet=jour,
    )


def _move_fiches(dossier: DossierPlan, decision: Decision, by: Auteur) -> None:
    avis = get_sens_fiches(dossier)
    source = f"Décision du {decision.seance.comite.nom} du {format_jour(decision.seance.jour)}"
    lignes = get_transmission(dossier).plan_actions.lignes.select_related("version__fiche")
    for ligne in lignes.order_by("rang", "id"):
        fiche = ligne.version.fiche
        if fiche.statut != StatutFiche.TRANSMISE:
            continue  # déjà instruite une à une, ou reprise par le territoire
        dit = avis.get(fiche.pk)
        refusee = dossier.statut == S.REFUSE or (dit is not None and dit.sens == SensAvisPlan.DEFAVORABLE)
        raison = (dit.texte if dit and dit.sens == SensAvisPlan.DEFAVORABLE else decision.texte) or source
        move_fiche(
            fiche=fiche,
            vers=StatutFiche.REFUSEE if refusee else StatutFiche.VALIDEE,
            by=by,
            motif=raison if refusee else "",
            date_effet=_not_before(fiche, decision.seance.jour),
        )
