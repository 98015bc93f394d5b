"""Ce que les pages d’une fiche disent : verbes des passages, prochain pas, argent d’une ligne de liste."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from calcul.financement.bouclage import CodeBouclage
from calcul.francais import with_article
from maillage.comptes.permissions import Permission
from maillage.fiches.completude import compute_completude, get_partie, get_titre
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import transitions_for
from maillage.fiches.policies import PAR_ACTE, TRANSITIONS, check_can_move, needs_motif
from maillage.fiches.rubriques import ESSENTIEL
from maillage.financement.selectors import LIBELLES_BOUCLAGE, ZERO, Barre, attentes_of_fiche, compute_barre
from maillage.financement.selectors_plans import PlanLu
from maillage.notifications.models import Attente
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.selectors import attentes_for

S = StatutFiche

VERBES: dict[StatutFiche, str] = {
    S.BROUILLON: "Mettre au brouillon",
    S.PROPOSEE: "Proposer au comité de projet",
    S.RETENUE: "Retenir",
    S.TRANSMISE: "Transmettre à la Région",
    S.A_COMPLETER: "Demander un complément",
    S.VALIDEE: "Valider",
    S.REFUSEE: "Refuser",
    S.EN_COURS: "Démarrer",
    S.REALISEE: "Déclarer réalisée",
    S.EVALUEE: "Déclarer évaluée",
    S.ABANDONNEE: "Abandonner",
}
VERBES_RETOUR: dict[tuple[StatutFiche, StatutFiche], str] = {
    (S.PROPOSEE, S.BROUILLON): "Renvoyer au brouillon",
    (S.RETENUE, S.BROUILLON): "Renvoyer au brouillon",
    (S.REFUSEE, S.BROUILLON): "Reprendre le brouillon",
    (S.ABANDONNEE, S.BROUILLON): "Rouvrir",
    (S.A_COMPLETER, S.TRANSMISE): "Transmettre de nouveau à la Région",
}
# Qui fait d’ordinaire un passage, quand aucune attente ne le dit.
ACTEURS: dict[Permission, str] = {
    Permission.FICHE_UPDATE: "l’équipe du territoire",
    Permission.FICHE_RETAIN: "le binôme",
    Permission.FICHE_TRANSMIT: "l’équipe du territoire",
    Permission.FICHE_INSTRUCT: "la Région",
    Permission.ACTE_PREPARE: "l’équipe du territoire",
}

# Les rôles à qui `fiches.actions.ATTENTES` adresse une attente.
DESTINATAIRES = {"elu": "le binôme", "chef_projet": "l’équipe du territoire", "region": "la Région"}


TITRES_MOTIF: dict[StatutFiche, str] = {
    S.BROUILLON: "Pourquoi la fiche est revenue au brouillon",
    S.A_COMPLETER: "Ce que la Région demande",
    S.REFUSEE: "Pourquoi la Région a refusé la fiche",
    S.ABANDONNEE: "Pourquoi la fiche est abandonnée",
}


def get_verbe(depuis: StatutFiche, vers: StatutFiche) -> str:
    return VERBES_RETOUR.get((depuis, vers)) or VERBES[vers]


@dataclass(frozen=True)
class Passage:
    """Un passage que la personne peut faire. `empechement` : ce qui manque encore, en une phrase."""

    vers: StatutFiche
    verbe: str
    with_motif: bool
    empechement: str


def list_passages(user: Any, fiche: FicheAction) -> list[Passage]:
    depuis = S(fiche.statut)
    passages = []
    for vers in transitions_for(user, fiche):
        try:
            check_can_move(fiche, vers)
        except ActionImpossible as manque:
            empechement = str(manque)
        else:
            empechement = ""
        passages.append(Passage(vers, get_verbe(depuis, vers), needs_motif(depuis, vers), empechement))
    return passages


@dataclass(frozen=True)
class ProchainPas:
    phrase: str
    attendu_de: str
    depuis: date | None
    url: str
    bouton: str


def get_prochain_pas(user: Any, fiche: FicheAction, passages: list[Passage]) -> ProchainPas | None:
    """Ce qu’on attend : l’attente ouverte (la mienne d’abord), sinon le premier passage de la table ; None s’il n’y en a plus."""
    attentes = list(attentes_of_fiche(fiche))
    miennes = (
        set(attentes_for(user).filter(pk__in=[a.pk for a in attentes]).values_list("pk", flat=True))
        if attentes
        else set()
    )
    if attentes:
        attente = next((a for a in attentes if a.pk in miennes), attentes[0])
        is_mienne = attente.pk in miennes
        url = "#passages" if attente.url == fiche.get_absolute_url() else attente.url
        return ProchainPas(
            attente.libelle,
            _say_destinataire(attente),
            attente.depuis,
            url if is_mienne else "",
            "Répondre" if is_mienne else "",
        )
    for vers, permission in TRANSITIONS[S(fiche.statut)].items():
        if vers is S.ABANDONNEE:
            continue
        if vers in PAR_ACTE:
            return ProchainPas("Inscrire la fiche à un acte et le signer", ACTEURS[permission], None, "", "")
        passage = next((p for p in passages if p.vers is vers), None)
        phrase = get_verbe(S(fiche.statut), vers)
        if passage is None:
            return ProchainPas(phrase, ACTEURS[permission], None, "", "")
        if passage.empechement:
            return ProchainPas(passage.empechement, "", None, _get_update_url(fiche), "Compléter la fiche")
        return ProchainPas(phrase, "vous", None, "#passages", "Voir les passages possibles")
    return None


def _get_update_url(fiche: FicheAction) -> str:
    return reverse("fiche-update", args=[fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk])


def _say_destinataire(attente: Attente) -> str:
    if attente.organisation:
        return with_article(attente.organisation.nom)
    return DESTINATAIRES[attente.role]


@dataclass(frozen=True)
class ManqueLu:
    """Ce qui manque à un lecteur, avec la porte où l’écrire."""

    nom: str
    remplis: int
    total: int
    champs: list[tuple[str, str]]


@dataclass(frozen=True)
class CompletudeLue:
    remplis: int
    total: int
    lecteurs: list[ManqueLu]

    @property
    def is_complete(self) -> bool:
        return self.remplis == self.total


def read_completude(fiche: FicheAction, contenu: dict[str, Any], plan: PlanLu) -> CompletudeLue:
    """La complétude d’une fiche avec ce que son plan sait : un coût (ou pas besoin d’argent), des financeurs."""
    sans_besoin = bool(plan.plan.sans_besoin_motif)
    faits = {"cout"} if plan.barre.cout or sans_besoin else set()
    faits |= {"financeurs"} if plan.lignes or sans_besoin else set()
    completude = compute_completude(fiche, contenu, faits)
    return CompletudeLue(
        completude.remplis,
        completude.total,
        [
            ManqueLu(
                manque.exigence.nom,
                manque.remplis,
                manque.total,
                [(get_titre(nom), _get_porte(fiche, nom)) for nom in manque.champs],
            )
            for manque in completude.manques
        ],
    )


def _get_porte(fiche: FicheAction, nom: str) -> str:
    args = [fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk]
    partie = get_partie(nom)
    if not partie:
        return reverse("plan-detail", args=args)
    if partie == ESSENTIEL.code:
        return f"{reverse('fiche-update', args=args)}#id_{'debut_prevu' if nom == 'calendrier' else nom}"
    return f"{reverse('fiche-partie', args=[*args, partie])}"


class Argent:
    """L’argent d’une fiche dans une liste : état du bouclage en mots (ce qu’on exporte) et barre (ce qu’on dessine)."""

    def __init__(self, fiche: FicheAction) -> None:
        plan = getattr(fiche, "plan", None)
        self.code = plan.code_bouclage if plan else CodeBouclage.NON_CHIFFREE.value
        self.libelle = LIBELLES_BOUCLAGE[self.code]
        self.barre: Barre = compute_barre(plan) if plan else ZERO
        self.titre = f"Financement de {fiche}"

    def __str__(self) -> str:
        return self.libelle

    def get_montant(self, part: str) -> int | None:
        """Une part de la barre, en centimes ; None, et non zéro, là où rien n’est chiffré."""
        montant: int = getattr(self.barre, part)
        return montant if montant or self.code != CodeBouclage.NON_CHIFFREE else None
