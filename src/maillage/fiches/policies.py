"""Ce que l’état d’une fiche permet. La table est la règle ; docs/etats.md en est tiré."""

from collections.abc import Collection, Iterable

from maillage.comptes.permissions import Permission
from maillage.fiches.enums import EtatPorteur, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.socle.erreurs import ActionImpossible

S, P = StatutFiche, Permission

# état -> {état suivant: permission qu’il faut}
TRANSITIONS: dict[StatutFiche, dict[StatutFiche, Permission]] = {
    S.IDEE: {S.BROUILLON: P.FICHE_UPDATE, S.ABANDONNEE: P.FICHE_RETAIN},
    S.BROUILLON: {S.PROPOSEE: P.FICHE_UPDATE, S.ABANDONNEE: P.FICHE_RETAIN},
    S.PROPOSEE: {S.RETENUE: P.FICHE_RETAIN, S.BROUILLON: P.FICHE_RETAIN, S.ABANDONNEE: P.FICHE_RETAIN},
    S.RETENUE: {S.TRANSMISE: P.FICHE_TRANSMIT, S.BROUILLON: P.FICHE_RETAIN, S.ABANDONNEE: P.FICHE_RETAIN},
    S.TRANSMISE: {S.VALIDEE: P.FICHE_INSTRUCT, S.A_COMPLETER: P.FICHE_INSTRUCT, S.REFUSEE: P.FICHE_INSTRUCT},
    S.A_COMPLETER: {S.TRANSMISE: P.FICHE_TRANSMIT, S.ABANDONNEE: P.FICHE_RETAIN},
    S.VALIDEE: {S.EN_COURS: P.FICHE_UPDATE, S.INSCRITE: P.ACTE_PREPARE, S.ABANDONNEE: P.FICHE_RETAIN},
    S.REFUSEE: {S.BROUILLON: P.FICHE_UPDATE, S.ABANDONNEE: P.FICHE_RETAIN},
    S.INSCRITE: {S.EN_COURS: P.FICHE_UPDATE, S.ABANDONNEE: P.FICHE_RETAIN},
    S.EN_COURS: {S.REALISEE: P.FICHE_UPDATE, S.ABANDONNEE: P.FICHE_RETAIN},
    S.REALISEE: {S.EVALUEE: P.FICHE_UPDATE},
    S.EVALUEE: {},
    S.ABANDONNEE: {S.BROUILLON: P.FICHE_RETAIN},
}

# Un renvoi rend la fiche à qui l’écrit : il dit pourquoi, comme un abandon, un refus ou une demande de complément.
DEMANDE_MOTIF = {S.ABANDONNEE, S.REFUSEE, S.A_COMPLETER}
RENVOIS = {(S.PROPOSEE, S.BROUILLON), (S.RETENUE, S.BROUILLON)}
# Passages que la signature d’un acte fait seule : personne ne les fait de sa main.
PAR_ACTE = {S.INSCRITE}

# Fiches qui font le plan d’actions d’un territoire : retenues ou au-delà, et pas encore achevées.
STATUTS_AU_PLAN = (S.RETENUE, S.TRANSMISE, S.VALIDEE, S.INSCRITE, S.EN_COURS)

CONTENU_FIGE = {S.REALISEE, S.EVALUEE, S.ABANDONNEE}


def check_can_move(fiche: FicheAction, vers: StatutFiche) -> None:
    """Refuse un passage que la table n’a pas, ou dont les conditions manquent : code et axe pour quitter « idée »,
    porteur pour transmettre (« non publié » vaut pour une fiche historique)."""
    if vers not in TRANSITIONS[S(fiche.statut)]:
        raise ActionImpossible(
            f"Une fiche «\u00a0{S(fiche.statut).label}\u00a0» ne peut pas passer à «\u00a0{S(vers).label}\u00a0»."
        )
    if vers is not S.ABANDONNEE and (not fiche.code or fiche.axe_id is None):
        manque = [
            nom for nom, absent in (("un code", not fiche.code), ("un axe", fiche.axe_id is None)) if absent
        ]
        raise ActionImpossible(
            f"Pour quitter l’état «\u00a0Idée\u00a0», donnez à la fiche {' et '.join(manque)}."
        )
    if vers is S.TRANSMISE and fiche.etat_porteur == EtatPorteur.A_DESIGNER:
        raise ActionImpossible("Pour transmettre la fiche à la Région, désignez son porteur.")


def get_statut_initial(*, code: str, axe: object) -> StatutFiche:
    """Avec un code et un axe une fiche naît « Brouillon » ; sinon c’est encore une idée."""
    return S.BROUILLON if code and axe else S.IDEE


def needs_motif(depuis: StatutFiche, vers: StatutFiche) -> bool:
    """Vrai si ce passage demande d’écrire pourquoi."""
    return vers in DEMANDE_MOTIF or (depuis, vers) in RENVOIS


def can_move(fiche: FicheAction, vers: StatutFiche) -> bool:
    try:
        check_can_move(fiche, vers)
    except ActionImpossible:
        return False
    return True


def check_can_edit(fiche: FicheAction, champs: Iterable[str] = (), rouverts: Collection[str] = ()) -> None:
    """Une fiche réalisée, évaluée ou abandonnée ne se modifie plus, sauf les `champs` qu’une correction demandée a rouverts."""
    if S(fiche.statut) not in CONTENU_FIGE:
        return
    demandes = set(champs)
    if demandes and demandes <= set(rouverts) and fiche.statut != S.ABANDONNEE:
        return
    suite = (
        "Rouvrez-la d’abord si c’est une erreur."
        if fiche.statut == S.ABANDONNEE
        else "Demandez une correction sur un champ\u00a0: elle rouvrira ce champ seul."
    )
    raise ActionImpossible(
        f"La fiche est «\u00a0{S(fiche.statut).label}\u00a0»\u00a0: son contenu ne change plus. {suite}"
    )


def check_can_merge(fiche: FicheAction, dans: FicheAction) -> None:
    """Deux fiches vivantes du même territoire, et pas elle-même."""
    if fiche.pk == dans.pk:
        raise ActionImpossible("Une fiche ne se fusionne pas dans elle-même.", champ="dans")
    if fiche.territoire_id != dans.territoire_id:
        raise ActionImpossible("Cette fiche est celle d’un autre territoire.", champ="dans")
    _check_vivante(fiche, "se fusionner")
    if S(dans.statut) in CONTENU_FIGE:
        raise ActionImpossible(
            f"«\u00a0{dans}\u00a0» est «\u00a0{S(dans.statut).label}\u00a0»\u00a0: elle ne reprend plus rien. Choisissez-en une autre.",
            champ="dans",
        )


def check_can_split(fiche: FicheAction) -> None:
    _check_vivante(fiche, "se scinder")


def _check_vivante(fiche: FicheAction, verbe: str) -> None:
    if S.ABANDONNEE not in TRANSITIONS[S(fiche.statut)]:
        raise ActionImpossible(f"Une fiche «\u00a0{S(fiche.statut).label}\u00a0» ne peut plus {verbe}.")
