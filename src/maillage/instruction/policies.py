"""Ce que l’état d’un dossier d’instruction permet. La table est la règle ; docs/etats.md en est tiré."""

from collections.abc import Iterable

from maillage.fiches.enums import EtatPorteur, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.policies import STATUTS_AU_PLAN
from maillage.instruction.enums import SensAvisPlan, StatutDossier
from maillage.instruction.models import AvisPlan, DossierPlan
from maillage.socle.erreurs import ActionImpossible

S = StatutDossier
# Le comité de pilotage peut se prononcer sur tout dossier ouvert : une formalité absente ne bloque personne.
_DECISIONS = (S.VALIDE, S.REFUSE, S.AJOURNE)

TRANSITIONS: dict[StatutDossier, tuple[StatutDossier, ...]] = {
    S.TRANSMIS: (S.RECU, S.RETIRE, *_DECISIONS),
    S.RECU: (S.EN_INSTRUCTION, S.A_COMPLETER, S.RETIRE, *_DECISIONS),
    S.A_COMPLETER: (S.TRANSMIS, S.RETIRE, *_DECISIONS),
    S.EN_INSTRUCTION: (S.A_DECIDER, S.A_COMPLETER, S.RETIRE, *_DECISIONS),
    S.A_DECIDER: (S.A_COMPLETER, S.RETIRE, *_DECISIONS),
    S.AJOURNE: (S.A_COMPLETER, S.A_DECIDER, S.RETIRE, *_DECISIONS),
    S.VALIDE: (),
    S.REFUSE: (),
    S.RETIRE: (),
}
CLOS = frozenset(statut for statut, suite in TRANSITIONS.items() if not suite)
# Dossiers qu’un comité attend : l’avis de la Région chef de file est rendu.
A_DECIDER = (S.A_DECIDER, S.AJOURNE)
# Fiches qu’un plan peut emporter.
TRANSMISSIBLES = (*STATUTS_AU_PLAN, StatutFiche.A_COMPLETER)
# Fiches que la transmission fait passer à « Transmise à la Région ».
A_TRANSMETTRE = (StatutFiche.RETENUE, StatutFiche.A_COMPLETER)


def check_can_move(dossier: DossierPlan, vers: StatutDossier) -> None:
    if vers not in TRANSITIONS[S(dossier.statut)]:
        raise ActionImpossible(
            f"Un dossier «\u00a0{S(dossier.statut).label}\u00a0» ne peut pas passer à «\u00a0{S(vers).label}\u00a0»."
        )


def can_move(dossier: DossierPlan, vers: StatutDossier) -> bool:
    return vers in TRANSITIONS[S(dossier.statut)]


def check_can_transmit(dossier: DossierPlan | None, fiches: Iterable[FicheAction]) -> None:
    """On transmet un plan qui n’est pas déjà devant la Région, dont chaque fiche est retenue et a un porteur."""
    if dossier is not None and dossier.statut != S.A_COMPLETER:
        raise ActionImpossible(
            f"Le plan est déjà devant la Région, à l’état «\u00a0{S(dossier.statut).label}\u00a0»\u00a0: retirez-le d’abord, ou attendez "
            "qu’elle demande des compléments."
        )
    fiches = list(fiches)
    if not fiches:
        raise ActionImpossible("Choisissez au moins une fiche\u00a0: un plan transmis en contient une.")
    if dehors := [f for f in fiches if f.statut not in TRANSMISSIBLES]:
        raise ActionImpossible(
            f"{_noms(dehors)}\u00a0: seules les fiches retenues par le comité de projet se transmettent."
        )
    sans_porteur = [
        f for f in fiches if f.statut in A_TRANSMETTRE and f.etat_porteur == EtatPorteur.A_DESIGNER
    ]
    if sans_porteur:
        raise ActionImpossible(
            f"Désignez d’abord un porteur, ou laissez hors du plan\u00a0: {_noms(sans_porteur)}."
        )


def _noms(fiches: Iterable[FicheAction]) -> str:
    return ", ".join(f.code or f.titre for f in fiches)


def check_can_render(
    avis: AvisPlan, sens: SensAvisPlan, *, texte: str, conditions: str, attendus: list[AvisPlan]
) -> None:
    """Un avis se rend une fois, sur un dossier ouvert ; défavorable, il se motive ; sous conditions, il les dit.

    `attendus` : avis d’autres Régions encore à rendre, que l’avis de la Région chef de file doit attendre.
    """
    if avis.sens:
        raise ActionImpossible(
            f"{avis} est déjà rendu, le {avis.rendu_le:%d/%m/%Y}\u00a0: un autre tour demandera un autre avis."
        )
    statut = S(avis.dossier.statut)
    if statut in CLOS:
        raise ActionImpossible(f"Le dossier est «\u00a0{statut.label}\u00a0»\u00a0: il n’attend plus d’avis.")
    if avis.is_requis and statut in (S.TRANSMIS, S.RECU, S.A_COMPLETER):
        raise ActionImpossible(
            f"Le dossier est «\u00a0{statut.label}\u00a0»\u00a0: la Région rend son avis sur un dossier complet. Déclarez-le complet d’abord."
        )
    if sens == SensAvisPlan.DEFAVORABLE and not texte.strip():
        raise ActionImpossible(
            "Motivez un avis défavorable\u00a0: le territoire lit cette phrase.", champ="texte"
        )
    if sens == SensAvisPlan.CONDITIONS and not conditions.strip():
        raise ActionImpossible(
            "Écrivez les conditions\u00a0: sans elles, le territoire ne sait pas quoi faire.",
            champ="conditions",
        )
    if attendus:
        raise ActionImpossible(
            f"La Région chef de file conclut la dernière\u00a0: on attend encore l’avis de {', '.join(a.de for a in attendus)}."
        )
