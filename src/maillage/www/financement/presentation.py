"""Verbes des pas d’une ligne, badges des verdicts, libellés des chiffres."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.urls import reverse

from calcul.financement.remedes import flatten
from calcul.financement.verdict import Echeance, Severite, Verdict
from calcul.francais import accorde, with_article
from calcul.montants import format_montant, format_taux
from maillage.financement.composition import OBJETS
from maillage.financement.enums import NatureEchange, StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.financement.permissions import moves_for, user_can_reply, user_is_financeur_of
from maillage.financement.policies import (
    CORRIGIBLES,
    EN_ATTENTE_DU_FINANCEUR,
    has_question_ouverte,
    say_remede_impossible,
)
from maillage.financement.selectors import get_cle_remede
from maillage.financement.selectors_plans import PlanLu
from maillage.financement.selectors_regles import Bloc, get_regles_lues
from maillage.socle.horloge import aujourdhui
from maillage.www.financement.forms import MouvementLigneForm
from maillage.www.financement.forms_suivi import EchangeForm

S = StatutLigne

VERBES: dict[StatutLigne, str] = {
    S.SOLLICITE: "Demander le financement",
    S.DOSSIER_COMPLET: "Déclarer le dossier complet",
    S.ANNONCE: "Annoncer un montant",
    S.ATTESTE: "Déposer une pièce reçue du financeur",
    S.ACCORDE: "Accorder",
    S.CONVENTIONNE: "Enregistrer la convention",
    S.VERSE_PARTIEL: "Enregistrer un versement",
    S.SOLDE: "Solder",
    S.REFUSE: "Refuser",
    S.RETIRE: "Retirer la ligne",
    S.CADUC: "Constater la caducité",
}
EXPLICATIONS: dict[StatutLigne, str] = {
    S.SOLLICITE: "La demande part au financeur\u00a0: la fiche lui est ouverte et la réponse est attendue de lui.",
    S.DOSSIER_COMPLET: "Vous avez reçu tout ce qu’il faut pour décider. Rien n’est encore promis.",
    S.ANNONCE: "Une intention rendue publique. Elle n’est pas comptée comme accordée.",
    S.ATTESTE: "La ligne sera «\u00a0attestée par pièce, à confirmer\u00a0»\u00a0: comptée à part, jamais comme accordée.",
    S.ACCORDE: "Votre décision, avec sa pièce. C’est elle qui compte dans le bouclage.",
    S.CONVENTIONNE: "Au plus le montant accordé. Si la convention prévoit moins, l’accord est ramené à ce montant.",
    S.VERSE_PARTIEL: "Le cumul des versements ne dépasse jamais la convention, ou l’accord.",
    S.SOLDE: "Plus rien ne sera versé.",
    S.REFUSE: "La demande reste dans l’histoire de la fiche.",
    S.RETIRE: "La ligne sort du plan\u00a0; son histoire reste.",
    S.CADUC: "Le délai est passé\u00a0: ce qui n’est pas versé sort du plan.",
}


VERBES_CORRECTION: dict[StatutLigne, str] = {
    S.ACCORDE: "Corriger le montant accordé",
    S.CONVENTIONNE: "Corriger le montant conventionné",
}
EXPLICATION_CORRECTION = "Une erreur, ou une décision qui change. La pièce dit le bon montant\u00a0; l’ancien reste dans l’histoire."


VERBES_SERVICE: dict[StatutLigne, str] = {
    S.SOLLICITE: "Demander le service",
    S.ACCORDE: "Accepter",
    S.ATTESTE: "Déposer une réponse reçue",
    S.SOLDE: "Constater le service rendu",
}
EXPLICATIONS_SERVICE: dict[StatutLigne, str] = {
    S.SOLLICITE: "La demande part à l’organisme\u00a0: la fiche lui est ouverte et la réponse est attendue de lui.",
    S.ATTESTE: "La ligne sera «\u00a0attestée par pièce, à confirmer\u00a0» par l’organisme.",
    S.ACCORDE: "Vous vous engagez à rendre ce service, avec une pièce qui le dit.",
    S.SOLDE: "Le service est rendu\u00a0; une pièce le montre.",
    S.CADUC: "Le délai est passé\u00a0: le service ne sera pas rendu.",
}


@dataclass(frozen=True)
class PasPossible:
    """Un pas que la personne peut faire, avec son formulaire ; `is_ouvert` : celui qui vient d’être refusé."""

    vers: StatutLigne
    verbe: str
    explication: str
    form: MouvementLigneForm
    is_ouvert: bool

    @property
    def has_lettre(self) -> bool:
        """Une réponse du financeur s’écrit aussi : la lettre se prépare avant d’être signée."""
        return self.vers in OBJETS


def list_pas(
    user: Any, ligne: LigneFinancement, etape_lue: int, refuse: tuple[StatutLigne, MouvementLigneForm] | None
) -> list[PasPossible]:
    """Les pas que la personne peut faire sur la ligne ; `refuse` : le formulaire à rendre avec ses erreurs."""
    pas = []
    for vers in moves_for(user, ligne):
        is_ouvert = refuse is not None and refuse[0] is vers
        form = (
            refuse[1]
            if refuse and is_ouvert
            else MouvementLigneForm(ligne=ligne, vers=vers, etape_lue=etape_lue)
        )
        verbe, explication = VERBES[vers], EXPLICATIONS[vers]
        if ligne.is_service:
            verbe = VERBES_SERVICE.get(vers, verbe)
            explication = EXPLICATIONS_SERVICE.get(vers, explication)
        if vers == ligne.statut and vers in CORRIGIBLES:
            verbe, explication = VERBES_CORRECTION[vers], EXPLICATION_CORRECTION
        pas.append(PasPossible(vers, verbe, explication, form, is_ouvert))
    return pas


def build_echanges(user: Any, ligne: LigneFinancement, refuse: EchangeForm | None) -> dict[str, Any]:
    """Les formulaires d’échange que la personne peut remplir ; `refuse` : celui à rendre avec ses erreurs."""
    N = NatureEchange  # noqa: N806
    permis = {
        N.QUESTION: user_is_financeur_of(user, ligne) and S(ligne.statut) in EN_ATTENTE_DU_FINANCEUR,
        N.REPONSE: has_question_ouverte(list(ligne.echanges.all())) and user_can_reply(user, ligne),
    }
    permis[N.AVIS] = permis[N.QUESTION]
    return {
        f"form_{nature.value}": refuse
        if refuse and refuse.prefix == nature.value
        else (EchangeForm(nature=nature) if permis[nature] else None)
        for nature in N
    }


def say_main(ligne: LigneFinancement) -> str:
    """Qui seul peut faire avancer la ligne, en une phrase."""
    if ligne.is_service:
        return (
            f"Ce service n’est accepté, puis rendu, que par {with_article(ligne.financeur.nom)}, avec une pièce. Aucun montant "
            "n’y est attaché\u00a0: il ne compte ni dans le plan, ni dans son bouclage."
        )
    return (
        f"Cette ligne ne passe à «\u00a0Accordé\u00a0» et au-delà que par {with_article(ligne.financeur.nom)}, avec une pièce. Le "
        "territoire demande, retire, ou dépose la pièce qu’il a reçue\u00a0: la ligne est alors «\u00a0attestée, à confirmer\u00a0»."
    )


def say_pas_fait(ligne: LigneFinancement, depuis: StatutLigne, montant: int | None) -> str:
    """Ce qui vient d’être fait. `ligne` : après le pas ; `depuis` : son état d’avant ; `montant` : celui du pas (centimes)."""
    statut = S(ligne.statut)
    if statut is S.VERSE_PARTIEL:
        phrase = f"Versement de {format_montant(montant or 0)} enregistré"
        reste = ligne.montant_accorde - ligne.montant_verse
        return (
            f"{phrase}\u00a0; {format_montant(reste)} {accorde(reste, 'reste', 'restent')} à verser."
            if reste
            else f"{phrase}\u00a0: tout est versé, vous pouvez solder."
        )
    if statut is depuis:
        return f"Le montant {statut.label.lower()} est corrigé\u00a0: {format_montant(montant or 0)}."
    return (
        f"La ligne est passée de «\u00a0{depuis.label}\u00a0» à «\u00a0{ligne.get_statut_display()}\u00a0»."
    )


BADGES: dict[tuple[bool | None, Severite], tuple[str, str]] = {
    (False, Severite.BLOQUANT): ("Bloque le bouclage", "erreur"),
    (False, Severite.AVERTISSEMENT): ("À vérifier", "attention"),
    (False, Severite.RAPPEL): ("Délai passé", "attention"),
    (False, Severite.INFORMATION): ("À compléter", "info"),
    (None, Severite.AVERTISSEMENT): ("À vérifier", "attention"),
    (None, Severite.RAPPEL): ("À faire", "info"),
    (None, Severite.INFORMATION): ("Sans objet", "neutre"),
}

# De trop, c’est une certitude : il n’y a rien à vérifier, il faut corriger (R01).
CODE_SUR_FINANCEMENT = "sur_financement"


def get_badge(verdict: Verdict) -> tuple[str, str]:
    """Libellé et ton du badge d’un verdict."""
    if verdict.respectee:
        return "Respectée", "succes"
    if verdict.code == CODE_SUR_FINANCEMENT:
        return "Non respectée", "attention"
    return BADGES[verdict.respectee, verdict.severite]


# Dans quel ordre on lit les règles : ce qui bloque, ce qui manque, ce qui approche, ce qui va.
RANGS: dict[tuple[bool | None, Severite], int] = {
    (False, Severite.BLOQUANT): 0,
    (False, Severite.AVERTISSEMENT): 1,
    (False, Severite.RAPPEL): 2,
    (None, Severite.AVERTISSEMENT): 3,
    (False, Severite.INFORMATION): 4,
    (None, Severite.RAPPEL): 5,
}
RANG_RESPECTEE = 6
# Règles dont une réponse se donne sur l’opération, et règles qui lisent la dépense éligible du cadre.
REGLES_OPERATION = frozenset(
    {"R04", "R06", "R08", "R09", "R10", "R11", "R12", "R13", "R14", "R16", "R17", "R18"}
)
REGLES_CADRE = frozenset({"R02", "R05", "R07", "R09", "R10", "R13"})


@dataclass(frozen=True)
class Lien:
    """Où répondre à une règle."""

    url: str
    libelle: str


@dataclass(frozen=True)
class RemedeMontre:
    """Un remède : sa phrase, ce qui le désigne, et s’il s’applique d’un geste."""

    phrase: str
    cle: str
    is_applicable: bool


@dataclass(frozen=True)
class RegleMontree:
    """Une règle sur la page d’un plan : son verdict, ses remèdes à plat, ses délais à venir, où répondre."""

    verdict: Verdict
    titre: str
    prose: list[Bloc]
    libelle: str
    ton: str
    chiffres: list[tuple[str, str]]
    remedes: list["RemedeMontre"]
    echeances: list[Echeance]
    liens: list[Lien]

    @property
    def is_sans_objet(self) -> bool:
        return self.verdict.respectee is None and self.verdict.severite is Severite.INFORMATION


def list_regles(plan: PlanLu, *, args: Sequence[Any], can_update: bool) -> list[RegleMontree]:
    """Les règles du plan, ce qui demande un geste d’abord. `args` : ceux des adresses de la fiche."""
    lignes = {str(ligne.pk): ligne for ligne in plan.lignes}
    noms = {identifiant: str(ligne.financeur) for identifiant, ligne in lignes.items()}
    montrees = []
    for lue in get_regles_lues(plan.bouclage):
        libelle, ton = get_badge(lue.verdict)
        montrees.append(
            RegleMontree(
                verdict=lue.verdict,
                titre=lue.titre,
                prose=lue.prose,
                libelle=libelle,
                ton=ton,
                chiffres=list_chiffres(lue.verdict),
                remedes=[
                    RemedeMontre(
                        remede.phrase,
                        get_cle_remede(lue.verdict.regle, remede),
                        can_update and not say_remede_impossible(remede, lignes),
                    )
                    for remede in flatten([lue.verdict.remede])
                ],
                echeances=[un for un in lue.verdict.echeances if un.is_a_venir(aujourdhui())],
                liens=_list_liens(lue.verdict, noms, args) if can_update else [],
            )
        )
    return sorted(
        montrees, key=lambda un: RANGS.get((un.verdict.respectee, un.verdict.severite), RANG_RESPECTEE)
    )


def _list_liens(verdict: Verdict, noms: dict[str, str], args: Sequence[Any]) -> list[Lien]:
    """Où saisir ce qui manque ; rien pour une règle qui ne demande rien."""
    if not verdict.manquantes:
        return []
    liens = [
        Lien(
            reverse("ligne-preciser", args=[identifiant]), f"Répondre pour {with_article(noms[identifiant])}"
        )
        for identifiant in verdict.lignes
        if identifiant in noms
    ]
    if verdict.regle in REGLES_OPERATION:
        liens.append(Lien(reverse("plan-preciser", args=args), "Répondre sur l’opération"))
    if verdict.regle in REGLES_CADRE:
        liens.append(Lien("#cadre", "Saisir la dépense éligible"))
    return liens


CHIFFRES = {
    "cout": "Coût",
    "ressources": "Ressources inscrites",
    "ecart": "Écart",
    "propre": "Autofinancement",
    "public": "Aides publiques",
    "taux": "Taux suivi",
    "minimum": "Autofinancement minimal",
    "manque": "Manque",
    "part": "Part du porteur",
    "eligible": "Dépense éligible",
    "plafond": "Plafond",
    "depassement": "Dépassement",
    "dotations": "Dotations de l’État",
    "detr": "DETR",
    "annexe_vii": "Programmes de l’annexe VII",
    "aides": "Aides en cause",
    "cumul": "Aides cumulées",
    "disponible": "Encore disponible",
    "intensite": "Intensité permise",
    "libre": "Libre de soutien public",
}


def list_chiffres(verdict: Verdict) -> list[tuple[str, str]]:
    """Les chiffres d’un verdict, libellés et écrits : montants en euros, parts en pour cent."""
    return [
        (CHIFFRES[cle], format_taux(valeur) if isinstance(valeur, Fraction) else format_montant(valeur))
        for cle, valeur in verdict.chiffres.items()
    ]
