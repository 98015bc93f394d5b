"""Consigner une décision ; elle agit au même instant."""

from django.db import IntegrityError, transaction
from django.db.models import Max

from maillage.fiches.actions import freeze_plan_actions, move_fiche
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.gouvernance import events, policies
from maillage.gouvernance.actions.communs import has_releve, lock_seance
from maillage.gouvernance.enums import (
    SUR_UNE_FICHE,
    NatureDecision,
    Portee,
    Sens,
)
from maillage.gouvernance.models import (
    Decision,
    PointOrdreJour,
    Seance,
)
from maillage.gouvernance.selectors import (
    fiches_du_plan,
    get_etat_quorum,
    get_regle,
)
from maillage.gouvernance.signals import decision_prise
from maillage.journal.actions import Auteur, record
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fait, Fiabilite
from maillage.territoires.models import Territoire

# Ce qu’une décision adoptée fait à la fiche.
PASSAGES = {
    NatureDecision.FICHE_RETENUE: StatutFiche.RETENUE,
    NatureDecision.FICHE_RENVOYEE: StatutFiche.BROUILLON,
    NatureDecision.FICHE_ECARTEE: StatutFiche.ABANDONNEE,
}


@transaction.atomic
def record_decision(
    *,
    seance: Seance,
    nature: NatureDecision,
    sens: Sens,
    by: Auteur,
    intitule: str = "",
    texte: str = "",
    point: PointOrdreJour | None = None,
    fiche: FicheAction | None = None,
    territoire: Territoire | None = None,
    pour: int | None = None,
    contre: int | None = None,
    abstentions: int | None = None,
    remplace: Decision | None = None,
) -> Decision:
    """Enregistre ce que la séance a décidé, et le fait : une fiche est retenue, un plan validé, à la date de la séance.

    Sans quorum (ou sans parité exigée), la règle du comité dit si la décision est refusée (ActionImpossible) ou si elle
    n’est qu’une consultation ; une consultation, un rejet ou un ajournement ne changent rien d’autre.
    """
    seance = lock_seance(seance)
    comite, nature, sens = seance.comite, NatureDecision(nature), Sens(sens)
    policies.check_can_record(seance, has_releve=has_releve(seance))
    policies.check_nature(comite, nature, has_fiche=fiche is not None, has_territoire=territoire is not None)
    if fiche and comite.territoire_id and fiche.territoire_id != comite.territoire_id:
        raise ActionImpossible("Cette fiche est celle d’un autre territoire.")
    if nature not in SUR_UNE_FICHE and nature != NatureDecision.LIBRE:
        fiche = None
    if point and point.seance_id != seance.pk:
        raise ActionImpossible("Ce point est celui d’une autre séance.")
    etat = get_etat_quorum(seance)
    portee = policies.get_portee(get_regle(comite, seance.jour), etat, sens)
    _check_votes(etat, pour, contre, abstentions)
    decision = Decision(
        seance=seance,
        point=point,
        numero=(seance.decisions.aggregate(m=Max("numero"))["m"] or 0) + 1,
        nature=nature,
        intitule=(intitule.strip() or _get_intitule(nature, fiche, territoire))[:300],
        texte=texte.replace("\r\n", "\n").strip(),
        sens=sens,
        portee=portee,
        pour=pour,
        contre=contre,
        abstentions=abstentions,
        quorum=etat.to_json(),
        fiche=fiche,
        territoire=territoire if comite.region_id else comite.territoire,
        remplace=remplace,
        enregistre_at=maintenant(),
        enregistre_by=str(by)[:200],
    )
    if not decision.intitule:
        raise ActionImpossible("Écrivez ce que le comité a décidé.")
    try:
        with transaction.atomic():
            decision.save()
    except IntegrityError as erreur:
        raise ActionImpossible("Cette décision a déjà été remplacée par une autre.") from erreur
    record(
        events.DECISION_PRISE,
        cible=decision,
        territoire=comite.cle or (territoire.cle if territoire else ""),
        by=by,
        apres={
            "nature": nature.label,
            "sens": sens.label,
            "portee": Portee(portee).label,
            "quorum": policies.describe_quorum(etat),
        },
        date_effet=seance.jour,
    )
    if sens is Sens.ADOPTEE and portee == Portee.DECISION:
        _apply(decision, by)
    decision_prise.send(sender=Decision, decision=decision, by=by)
    return decision


def _check_votes(
    etat: policies.EtatQuorum, pour: int | None, contre: int | None, abstentions: int | None
) -> None:
    total = sum(voix or 0 for voix in (pour, contre, abstentions))
    if etat.sieges and total > etat.presentes:
        raise ActionImpossible(
            f"{total} voix comptées pour {etat.presentes} {'présente' if etat.presentes <= 1 else 'présentes'}\u00a0: relevez d’abord "
            "les présences, ou corrigez le compte."
        )


def _get_intitule(nature: NatureDecision, fiche: FicheAction | None, territoire: Territoire | None) -> str:
    if nature == NatureDecision.LIBRE:
        return ""
    if nature in SUR_UNE_FICHE:
        return f"{nature.label}\u00a0: «\u00a0{fiche}\u00a0»"
    return f"{nature.label} de {territoire.nom}" if territoire else str(nature.label)


def _apply(decision: Decision, by: Auteur) -> None:
    """Fait ce que la décision décide, par les actes des applications du dessous, à la date de la séance."""
    seance, nature = decision.seance, NatureDecision(decision.nature)
    jour, source = seance.jour, f"décision du {seance.comite.nom} du {format_jour(seance.jour)}"
    if nature in PASSAGES and decision.fiche:
        move_fiche(
            fiche=decision.fiche,
            vers=PASSAGES[nature],
            by=by,
            date_effet=jour,
            motif=decision.texte or f"Par {source}.",
        )
    elif nature == NatureDecision.PLAN_VALIDE and seance.comite.region_id and decision.territoire:
        record_etape(
            territoire=decision.territoire,
            fait=Fait.PLAN_VALIDE,
            debut=jour,
            source=f"Plan d’actions validé, {source}",
            fiabilite=Fiabilite.PLATEFORME,
            objet=decision,
            by=by,
        )
    elif nature == NatureDecision.PLAN_VALIDE and decision.territoire:
        fiches = list(fiches_du_plan(decision.territoire))
        if not fiches:
            raise ActionImpossible(
                "Aucune fiche n’est retenue\u00a0: le plan d’actions serait vide. Retenez d’abord des fiches."
            )
        decision.plan_actions = freeze_plan_actions(
            territoire=decision.territoire,
            fiches=fiches,
            titre=f"Plan d’actions, {source}"[:200],
            date_effet=jour,
            by=by,
        )
        decision.save(update_fields=["plan_actions"])
