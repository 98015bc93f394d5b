"""Ce que l’état d’une ligne permet, et à qui. La règle qui rend « bouclé » digne de foi :
le territoire déclare « pressenti » et « sollicité » ; le financeur, et lui seul, va à « accordé » et au-delà, pièce à l’appui.
"""

from collections.abc import Mapping
from enum import Enum

from calcul.financement.verdict import Remede
from calcul.francais import with_article
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.financement.enums import (
    NatureEchange,
    NatureLigne,
    OrigineFinanceur,
    StatutLigne,
    TypePorteur,
)
from maillage.financement.models import EchangeLigne, LigneFinancement, PlanFinancement
from maillage.socle.erreurs import ActionImpossible, ConflitEdition

S = StatutLigne


class Main(Enum):
    """Qui a la main sur un passage."""

    TERRITOIRE = "territoire"
    FINANCEUR = "financeur"


T, F = Main.TERRITOIRE, Main.FINANCEUR

TRANSITIONS: dict[StatutLigne, dict[StatutLigne, Main]] = {
    S.PRESSENTI: {S.SOLLICITE: T, S.RETIRE: T},
    S.SOLLICITE: {S.DOSSIER_COMPLET: F, S.ANNONCE: F, S.ACCORDE: F, S.REFUSE: F, S.ATTESTE: T, S.RETIRE: T},
    S.DOSSIER_COMPLET: {S.ANNONCE: F, S.ACCORDE: F, S.REFUSE: F, S.ATTESTE: T, S.RETIRE: T},
    S.ANNONCE: {S.ACCORDE: F, S.REFUSE: F, S.ATTESTE: T, S.RETIRE: T},
    S.ATTESTE: {S.ACCORDE: F, S.REFUSE: F, S.RETIRE: T},
    S.ACCORDE: {S.CONVENTIONNE: F, S.VERSE_PARTIEL: F, S.SOLDE: F, S.ACCORDE: F, S.RETIRE: F, S.CADUC: F},
    S.CONVENTIONNE: {S.VERSE_PARTIEL: F, S.SOLDE: F, S.CONVENTIONNE: F, S.RETIRE: F, S.CADUC: F},
    S.VERSE_PARTIEL: {S.VERSE_PARTIEL: F, S.SOLDE: F, S.RETIRE: F, S.CADUC: F},
    S.SOLDE: {},
    S.REFUSE: {},
    S.RETIRE: {},
    S.CADUC: {},
}

# Ce qui n’a pas de sens pour un service : il n’y a ni somme à annoncer, ni convention d’argent, ni versement.
SANS_SERVICE = {S.ANNONCE, S.CONVENTIONNE, S.VERSE_PARTIEL}

DEMANDE_MONTANT = {S.SOLLICITE, S.ANNONCE, S.ATTESTE, S.ACCORDE, S.CONVENTIONNE, S.VERSE_PARTIEL, S.SOLDE}
DEMANDE_PIECE = {S.ATTESTE, S.ACCORDE, S.CONVENTIONNE, S.VERSE_PARTIEL, S.SOLDE}
DEMANDE_MOTIF = {S.REFUSE, S.RETIRE, S.CADUC}
OBTENUS = {S.ACCORDE, S.CONVENTIONNE, S.VERSE_PARTIEL, S.SOLDE}
EN_ATTENTE_DU_FINANCEUR = {S.SOLLICITE, S.DOSSIER_COMPLET, S.ANNONCE, S.ATTESTE}
# La part du porteur reste à confirmer dans ces états.
PARTS_A_CONFIRMER = {S.PRESSENTI, *EN_ATTENTE_DU_FINANCEUR}
PERDUS = {S.REFUSE, S.RETIRE, S.CADUC}

REPONSES_PAR_LOT = (S.DOSSIER_COMPLET, S.ACCORDE, S.REFUSE)
FINIS = {S.SOLDE, *PERDUS}
ORIGINES_ETAT = (OrigineFinanceur.ETAT_BUDGET_GENERAL, OrigineFinanceur.ETAT_DOTATION)

# Ce qu’un passage date pour la première fois (demande, première réponse, dossier complet, décision, versement).
PREMIERES_FOIS: dict[StatutLigne, tuple[str, ...]] = {
    S.SOLLICITE: ("sollicite_le",),
    S.DOSSIER_COMPLET: ("repondu_le", "complet_le"),
    S.ANNONCE: ("repondu_le",),
    S.ACCORDE: ("repondu_le", "decide_le"),
    S.REFUSE: ("repondu_le", "decide_le"),
    S.VERSE_PARTIEL: ("verse_le",),
    S.SOLDE: ("verse_le",),
}

# Tant que personne n’a rien promis, le territoire revoit ce qu’il pressent ou demande.
REVISABLES = {S.PRESSENTI, S.SOLLICITE, S.DOSSIER_COMPLET}

# Ce que le porteur de l’action paie lui-même : nul autre ne lui demande cet argent, nul autre ne le confirme.
PARTS_PROPRES = (NatureLigne.AUTOFINANCEMENT, NatureLigne.EMPRUNT)

# Une ligne qui reste dans un de ces états n’avance pas : le financeur y corrige son montant, pièce à l’appui.
CORRIGIBLES = {S.ACCORDE, S.CONVENTIONNE}

# D’où vient, sauf mention contraire, l’argent d’une organisation de ce type (convention de la plateforme, modifiable
# ligne par ligne : une préfecture verse aussi des dotations, une agence peut être privée).
ORIGINES: dict[TypeOrganisation, OrigineFinanceur] = {
    TypeOrganisation.COMMUNE: OrigineFinanceur.COMMUNE,
    TypeOrganisation.EPCI: OrigineFinanceur.EPCI,
    TypeOrganisation.PETR: OrigineFinanceur.AUTRE_PUBLIC,
    TypeOrganisation.DEPARTEMENT: OrigineFinanceur.DEPARTEMENT,
    TypeOrganisation.REGION: OrigineFinanceur.REGION,
    TypeOrganisation.ETAT: OrigineFinanceur.ETAT_BUDGET_GENERAL,
    TypeOrganisation.DELEGATION: OrigineFinanceur.ETAT_BUDGET_GENERAL,
    TypeOrganisation.OPERATEUR: OrigineFinanceur.OPERATEUR,
    TypeOrganisation.EUROPE: OrigineFinanceur.EUROPE,
    TypeOrganisation.AGENCE: OrigineFinanceur.AUTRE_PUBLIC,
    TypeOrganisation.CHAMBRE: OrigineFinanceur.AUTRE_PUBLIC,
    TypeOrganisation.SYNDICAT_MIXTE: OrigineFinanceur.AUTRE_PUBLIC,
    TypeOrganisation.ENTREPRISE: OrigineFinanceur.PRIVE,
    TypeOrganisation.GROUPEMENT: OrigineFinanceur.PRIVE,
    TypeOrganisation.CLUSTER: OrigineFinanceur.PRIVE,
    TypeOrganisation.CABINET: OrigineFinanceur.PRIVE,
    TypeOrganisation.FORMATION: OrigineFinanceur.AUTRE_PUBLIC,
    TypeOrganisation.RECHERCHE: OrigineFinanceur.AUTRE_PUBLIC,
    TypeOrganisation.ASSOCIATION: OrigineFinanceur.PRIVE,
    TypeOrganisation.EPF: OrigineFinanceur.AUTRE_PUBLIC,
}


# Quel porteur est, sauf mention contraire, une organisation de ce type (convention de la plateforme, modifiable plan par
# plan : une agence ou un organisme de formation peut être de droit public ou privé).
TYPES_PORTEUR: dict[TypeOrganisation, TypePorteur] = {
    TypeOrganisation.COMMUNE: TypePorteur.COLLECTIVITE,
    TypeOrganisation.EPCI: TypePorteur.COLLECTIVITE,
    TypeOrganisation.PETR: TypePorteur.COLLECTIVITE,
    TypeOrganisation.DEPARTEMENT: TypePorteur.COLLECTIVITE,
    TypeOrganisation.REGION: TypePorteur.COLLECTIVITE,
    TypeOrganisation.ETAT: TypePorteur.AUTRE,
    TypeOrganisation.DELEGATION: TypePorteur.AUTRE,
    TypeOrganisation.OPERATEUR: TypePorteur.ETABLISSEMENT_PUBLIC,
    TypeOrganisation.EUROPE: TypePorteur.AUTRE,
    TypeOrganisation.AGENCE: TypePorteur.ASSOCIATION,
    TypeOrganisation.CHAMBRE: TypePorteur.ETABLISSEMENT_PUBLIC,
    TypeOrganisation.SYNDICAT_MIXTE: TypePorteur.COLLECTIVITE,
    TypeOrganisation.ENTREPRISE: TypePorteur.ENTREPRISE,
    TypeOrganisation.GROUPEMENT: TypePorteur.ASSOCIATION,
    TypeOrganisation.CLUSTER: TypePorteur.ASSOCIATION,
    TypeOrganisation.CABINET: TypePorteur.ENTREPRISE,
    TypeOrganisation.FORMATION: TypePorteur.AUTRE,
    TypeOrganisation.RECHERCHE: TypePorteur.ETABLISSEMENT_PUBLIC,
    TypeOrganisation.ASSOCIATION: TypePorteur.ASSOCIATION,
    TypeOrganisation.EPF: TypePorteur.ETABLISSEMENT_PUBLIC,
}


def get_type_of_porteur(porteur: Organisation | None) -> TypePorteur:
    """Le type d’un porteur d’après son organisation ; sans porteur désigné, une collectivité, que les règles tiennent
    le plus."""
    return TYPES_PORTEUR[TypeOrganisation(porteur.type)] if porteur else TypePorteur.COLLECTIVITE


def get_type_porteur(plan: PlanFinancement) -> TypePorteur:
    """Le type de porteur que les règles lisent : celui que le plan précise, sinon celui du porteur de la fiche."""
    return TypePorteur(plan.type_porteur) if plan.type_porteur else get_type_of_porteur(plan.fiche.porteur)


def get_origine(*, type_organisation: TypeOrganisation, is_porteur: bool) -> OrigineFinanceur:
    """L’origine par défaut d’une ligne : le porteur lui-même, sinon celle du type de l’organisation."""
    return OrigineFinanceur.PORTEUR if is_porteur else ORIGINES[TypeOrganisation(type_organisation)]


def get_transitions(ligne: LigneFinancement) -> dict[StatutLigne, Main]:
    """Les passages permis depuis l’état de la ligne, et qui y a la main ; un service n’a que ceux qui lui conviennent."""
    suites = TRANSITIONS[S(ligne.statut)]
    if not ligne.is_service:
        return suites
    return {
        vers: main for vers, main in suites.items() if vers not in SANS_SERVICE and vers != S(ligne.statut)
    }


def needs_montant(ligne: LigneFinancement, vers: StatutLigne) -> bool:
    """Ce passage porte-t-il une somme ? Jamais pour un service."""
    return vers in DEMANDE_MONTANT and not ligne.is_service


def can_send_lien(ligne: LigneFinancement) -> bool:
    """Un lien personnel ne sert qu’à une ligne dont le financeur a encore quelque chose à dire."""
    return Main.FINANCEUR in get_transitions(ligne).values()


def say_lien_impossible(ligne: LigneFinancement, *, has_compte: bool) -> str:
    """Pourquoi aucun lien ne peut partir au financeur de la ligne, et quoi faire ; vide si rien ne s’y oppose.

    Un lien vaut une décision : il ne part qu’à l’adresse de contact du financeur, jamais à une adresse donnée par le
    territoire, qui pourrait sinon s’accorder l’argent ; et pas à un financeur qui répond avec un compte (`has_compte`).
    """
    if not can_send_lien(ligne):
        return (
            f"La ligne est «\u00a0{S(ligne.statut).label}\u00a0»\u00a0: son financeur n’a rien à y répondre. "
            "Un lien personnel se donne quand le financement est demandé."
        )
    nom = with_article(ligne.financeur.nom)
    if has_compte:
        return (
            f"{nom[:1].upper()}{nom[1:]} répond avec son compte\u00a0: la demande l’attend dans son espace. "
            "Un lien personnel n’est pas nécessaire."
        )
    if not ligne.financeur.courriel:
        return (
            "Aucune adresse de contact n’est connue. Demandez à la délégation nationale d’enregistrer l’adresse de "
            f"contact de {ligne.financeur.nom}\u00a0: le lien ne part qu’à cette adresse."
        )
    return ""


def can_move(ligne: LigneFinancement, vers: StatutLigne) -> bool:
    return vers in get_transitions(ligne)


def check_can_move(ligne: LigneFinancement, vers: StatutLigne) -> Main:
    """Rend qui a la main sur ce passage ; ActionImpossible s’il n’existe pas."""
    main = get_transitions(ligne).get(vers)
    if main is None:
        raise ActionImpossible(
            f"Une ligne «\u00a0{S(ligne.statut).label}\u00a0» ne peut pas passer à «\u00a0{S(vers).label}\u00a0»."
        )
    return main


def check_etape_lue(ligne: LigneFinancement, *, lue: int, derniere: int) -> None:
    """ConflitEdition si la ligne a une étape plus récente que celle que la personne avait sous les yeux (clés)."""
    if lue != derniere:
        raise ConflitEdition(
            f"Cette ligne a avancé pendant que vous remplissiez le formulaire\u00a0: elle est «\u00a0{S(ligne.statut).label}\u00a0» depuis "
            f"le {ligne.statut_depuis:%d/%m/%Y}. Relisez ses étapes, puis recommencez s’il le faut."
        )


def get_premieres_fois(ligne: LigneFinancement, vers: StatutLigne, montant: int | None) -> list[str]:
    """Les champs de la ligne que ce passage date, parce que la chose n’avait pas encore eu lieu."""
    if vers is S.SOLDE and not montant:  # rien n’est versé ce jour-là
        return []
    return [champ for champ in PREMIERES_FOIS.get(vers, ()) if getattr(ligne, champ) is None]


def check_attend_financeur(ligne: LigneFinancement) -> None:
    """Question et avis viennent avant la décision, et après la demande."""
    if S(ligne.statut) not in EN_ATTENTE_DU_FINANCEUR:
        raise ActionImpossible(
            f"La ligne est «\u00a0{ligne.get_statut_display()}\u00a0»\u00a0: une question ou un avis vient après la demande et avant la "
            "décision."
        )


def has_question_ouverte(echanges: list[EchangeLigne]) -> bool:
    """La dernière question posée (échanges dans l’ordre) n’a pas eu de réponse."""
    ouverte = False
    for echange in echanges:
        if echange.nature != NatureEchange.AVIS:
            ouverte = echange.nature == NatureEchange.QUESTION
    return ouverte


def check_can_publish(plan: PlanFinancement, lignes: list[LigneFinancement]) -> None:
    """Une collectivité publie une opération chiffrée, aidée par au moins une subvention publique accordée."""
    if get_type_porteur(plan) is not TypePorteur.COLLECTIVITE:
        raise ActionImpossible(
            "La publication du plan est une obligation des collectivités et de leurs groupements\u00a0: ce porteur n’en est pas."
        )
    if not plan.cout_total:
        raise ActionImpossible("Aucun coût n’est inscrit\u00a0: chiffrez le plan avant de le publier.")
    prives = (OrigineFinanceur.PORTEUR, OrigineFinanceur.PRIVE)
    if not any(ligne.montant_accorde and ligne.origine not in prives for ligne in lignes):
        raise ActionImpossible(
            "Aucune aide publique n’est encore accordée par son financeur\u00a0: il n’y a rien à publier."
        )


def can_revise(ligne: LigneFinancement) -> bool:
    """Le territoire peut-il encore revoir seul le montant de la ligne ?"""
    return S(ligne.statut) in REVISABLES and not ligne.is_service


def check_can_revise(ligne: LigneFinancement) -> None:
    if ligne.is_service:
        raise ActionImpossible("Un service n’a pas de montant à revoir.")
    if not can_revise(ligne):
        nom = with_article(ligne.financeur.nom)
        raise ActionImpossible(
            f"La ligne est «\u00a0{ligne.get_statut_display()}\u00a0»\u00a0: {nom} a déjà répondu, et peut seul changer ce montant."
        )


def get_montant_revu(ligne: LigneFinancement) -> int:
    """Le montant que `revise_ligne` change (centimes) : celui qui est demandé, sinon celui qui est pressenti."""
    return int(ligne.montant_demande or ligne.montant_pressenti)


def say_remede_impossible(remede: Remede, lignes: Mapping[str, LigneFinancement]) -> str:
    """Pourquoi le territoire ne peut pas appliquer seul ce remède d’un geste ; vide s’il le peut. `lignes` : par clé."""
    if not remede.retire and not remede.ajoute:
        return "Ce remède est une démarche, hors de la plateforme\u00a0: faites-la, puis répondez à la règle."
    for identifiant, montant in remede.montants.items():
        ligne = lignes.get(identifiant)
        if ligne is None or S(ligne.statut) in PERDUS | OBTENUS | {S.ATTESTE}:
            continue
        if can_revise(ligne) or ligne.is_service:
            continue
        if montant != ligne.montant_annonce:
            nom = with_article(ligne.financeur.nom)
            return f"Ce remède change une somme déjà annoncée\u00a0: demandez à {nom} de la revoir."
    return ""


def can_confirm_part(ligne: LigneFinancement) -> bool:
    """La part du porteur se confirme d’un geste tant qu’elle n’est ni accordée ni perdue, même jamais demandée."""
    return ligne.nature in PARTS_PROPRES and S(ligne.statut) in PARTS_A_CONFIRMER


def check_can_confirm_part(ligne: LigneFinancement) -> None:
    if ligne.nature not in PARTS_PROPRES:
        raise ActionImpossible(
            "Seules la part du porteur et son emprunt se confirment ainsi\u00a0: pour un autre financement, répondez à la demande."
        )
    if not can_confirm_part(ligne):
        raise ActionImpossible(
            f"Votre part est déjà «\u00a0{S(ligne.statut).label}\u00a0»\u00a0: il n’y a plus rien à confirmer."
        )
