"""Bouclage d'un plan : où il en est, ce qui manque, et la phrase qui le dit.

Règle : un plan est bouclé quand les ressources accordées par leurs propres payeurs égalent le coût au centime et
qu'aucune règle bloquante n'est violée. 0 = 0 ne boucle rien : un plan sans coût est « non chiffré », un plan déclaré
« sans besoin » n'est jamais bouclé. Ce qui est seulement attesté par pièce est compté à part, jamais comme accordé.
L'autofinancement, l'emprunt et l'argent privé doivent être confirmés par leur payeur, comme une aide.

Source : convention de la plateforme (« chaque financeur fait seul avancer sa ligne »). Les garanties et les services
n'apportent pas d'argent et ne sont comptés nulle part ici. Unités : centimes entiers.
"""

from dataclasses import dataclass
from enum import StrEnum

from calcul.financement.modele import (
    SANS_ARGENT,
    CertitudeLigne,
    Ligne,
    NatureLigne,
    OrigineFinanceur,
    Plan,
)
from calcul.financement.regles import evaluer_tout
from calcul.financement.verdict import Verdict
from calcul.francais import accorde, enumere, typographie, with_article, with_preposition_a
from calcul.montants import format_montant


class CodeBouclage(StrEnum):
    """Où en est le financement. PRESENTE : tout est demandé, rien n'est ferme."""

    NON_CHIFFREE = "non_chiffree"
    SANS_BESOIN = "sans_besoin"
    A_COMPLETER = "a_completer"
    PRESENTE = "presente"
    PARTIELLEMENT_CONFIRME = "partiellement_confirme"
    BOUCLE = "boucle"
    BOUCLAGE_EMPECHE = "bouclage_empeche"


# Ce que le territoire a demandé et que rien ne confirme encore ; une annonce n'est pas une décision.
DEMANDES = (CertitudeLigne.DEMANDE, CertitudeLigne.ANNONCE)

# Ce que les accords atteignent : (ils égalent le coût, une règle bloque) -> code
CODES_ATTEINTS = {
    (True, False): CodeBouclage.BOUCLE,
    (True, True): CodeBouclage.BOUCLAGE_EMPECHE,
    (False, False): CodeBouclage.BOUCLAGE_EMPECHE,
    (False, True): CodeBouclage.BOUCLAGE_EMPECHE,
}
# Tant qu'il manque des accords : (tout le coût est au moins demandé, quelque chose est accordé) -> code
CODES_OUVERTS = {
    (False, False): CodeBouclage.A_COMPLETER,
    (False, True): CodeBouclage.A_COMPLETER,
    (True, False): CodeBouclage.PRESENTE,
    (True, True): CodeBouclage.PARTIELLEMENT_CONFIRME,
}


@dataclass(frozen=True, kw_only=True)
class Bouclage:
    """Où en est un plan. Centimes : `atteste` (par pièce), `demande` (annonces comprises) et `pressenti` ne sont jamais dans `obtenu` ;
    `reste_a_demander` est la part du coût qui n'est ni accordée, ni attestée, ni demandée (pressentie ou à trouver)."""

    code: CodeBouclage
    phrase: str
    cout: int
    obtenu: int
    atteste: int
    demande: int
    pressenti: int
    reste_a_demander: int
    verdicts: tuple[Verdict, ...]

    @property
    def is_boucle(self) -> bool:
        return self.code is CodeBouclage.BOUCLE

    @property
    def manque(self) -> int:
        """Centimes du coût que personne n'a encore accordés."""
        return max(self.cout - self.obtenu, 0)


def compute_bouclage(
    plan: Plan, verdicts: tuple[Verdict, ...] | None = None, sans_besoin: bool = False
) -> Bouclage:
    """Où en est ce plan. `verdicts` : ceux de `evaluer_tout(plan)`, calculés ici s'ils ne sont pas donnés."""
    verdicts = evaluer_tout(plan) if verdicts is None else verdicts
    obtenu, atteste, demande, pressenti = (
        _total(plan, *etats)
        for etats in (
            (CertitudeLigne.ACCORDE,),
            (CertitudeLigne.ATTESTE,),
            DEMANDES,
            (CertitudeLigne.PRESSENTI,),
        )
    )
    reste_a_demander = max(plan.cout_total - obtenu - atteste - demande, 0)
    bloquants = tuple(verdict for verdict in verdicts if verdict.is_bloquant)
    code = _get_code(
        plan,
        obtenu=obtenu,
        reste_a_demander=reste_a_demander,
        is_bloque=bool(bloquants),
        sans_besoin=sans_besoin,
    )
    return Bouclage(
        code=code,
        phrase=typographie(_PHRASES[code](plan, bloquants)),
        cout=plan.cout_total,
        obtenu=obtenu,
        atteste=atteste,
        demande=demande,
        pressenti=pressenti,
        reste_a_demander=reste_a_demander,
        verdicts=verdicts,
    )


def _get_lignes(plan: Plan, etat: CertitudeLigne) -> tuple[Ligne, ...]:
    return tuple(li for li in plan.lignes if li.etat is etat and li.categorie not in SANS_ARGENT)


def _total(plan: Plan, *etats: CertitudeLigne) -> int:
    return sum(li.montant for etat in etats for li in _get_lignes(plan, etat))


def _get_code(
    plan: Plan, *, obtenu: int, reste_a_demander: int, is_bloque: bool, sans_besoin: bool
) -> CodeBouclage:
    if sans_besoin:
        return CodeBouclage.SANS_BESOIN
    if plan.cout_total == 0:
        return CodeBouclage.NON_CHIFFREE
    if obtenu >= plan.cout_total:
        return CODES_ATTEINTS[obtenu == plan.cout_total, is_bloque]
    return CODES_OUVERTS[reste_a_demander == 0, obtenu > 0]


def _say_non_chiffree(plan: Plan, bloquants: tuple[Verdict, ...]) -> str:
    return "Aucun coût n’est inscrit\u00a0: ce plan n’est pas chiffré. Inscrivez les dépenses prévues."


def _say_sans_besoin(plan: Plan, bloquants: tuple[Verdict, ...]) -> str:
    phrase = "Sans besoin financier, par déclaration\u00a0: il n’y a rien à boucler."
    if plan.cout_total or plan.ressources:
        phrase += " Des montants sont pourtant inscrits\u00a0: retirez-les, ou levez la déclaration."
    return phrase


def _say_boucle(plan: Plan, bloquants: tuple[Verdict, ...]) -> str:
    phrase = f"Plan bouclé\u00a0: le coût, {format_montant(plan.cout_total)}, est entièrement accordé par ses financeurs."
    if surplus := _total(plan, CertitudeLigne.ATTESTE, *DEMANDES):
        phrase += (
            f" {format_montant(surplus)} {accorde(surplus, 'est encore demandé', 'sont encore demandés')} ou "
            f"{accorde(surplus, 'attesté', 'attestés')} au-delà du coût\u00a0: retirez ces lignes ou révisez le coût."
        )
    return phrase


def _say_empeche(plan: Plan, bloquants: tuple[Verdict, ...]) -> str:
    exces = _total(plan, CertitudeLigne.ACCORDE) - plan.cout_total
    if exces:
        debut = (
            f"Les ressources accordées dépassent le coût de {format_montant(exces)}\u00a0: révisez le coût, ou faites réduire "
            "une ressource."
        )
    else:
        debut = "Les ressources accordées égalent le coût, mais le plan ne peut pas être bouclé."
    return " ".join([debut, *(f"{verdict.regle}\u00a0: {verdict.phrase}" for verdict in bloquants)])


def _say_ouvert(plan: Plan, bloquants: tuple[Verdict, ...]) -> str:
    manque = plan.cout_total - _total(plan, CertitudeLigne.ACCORDE)
    attendu = _total(plan, CertitudeLigne.ATTESTE, *DEMANDES)
    a_demander = max(manque - attendu, 0)
    pressenti = min(_total(plan, CertitudeLigne.PRESSENTI), a_demander)
    a_trouver = a_demander - pressenti
    parties = [
        *_say_attentes(plan, CertitudeLigne.ATTESTE),
        *_say_attentes(plan, CertitudeLigne.ANNONCE),
        *_say_attentes(plan, CertitudeLigne.DEMANDE),
    ]
    if pressenti:
        parties.append(
            f"{format_montant(pressenti)} {accorde(pressenti, 'pressenti n’est pas encore demandé', 'pressentis ne sont pas encore demandés')}"
        )
    if a_trouver:
        parties.append(f"{format_montant(a_trouver)} {accorde(a_trouver, 'reste', 'restent')} à trouver")
    phrase = f"Il manque {format_montant(manque)}\u00a0: {enumere(parties)}."
    if attendu > manque:
        phrase += f" Si tout était accordé, le coût serait dépassé de {format_montant(attendu - manque)}."
    if bloquants:
        regles = enumere([verdict.regle for verdict in bloquants])
        sujet = (
            f"la règle {regles} empêcherait" if len(bloquants) == 1 else f"les règles {regles} empêcheraient"
        )
        phrase += f" En l’état, {sujet} le bouclage."
    return phrase


def _say_attentes(plan: Plan, etat: CertitudeLigne) -> list[str]:
    """Une proposition par payeur : qui doit répondre, pour combien."""
    sommes: dict[tuple[str, str], int] = {}
    for ligne in _get_lignes(plan, etat):
        cle = (_get_sorte(ligne), ligne.financeur)
        sommes[cle] = sommes.get(cle, 0) + ligne.montant
    return [
        _say_attente(etat, sorte, financeur, somme) for (sorte, financeur), somme in sommes.items() if somme
    ]


def _get_sorte(ligne: Ligne) -> str:
    if ligne.nature is NatureLigne.AUTOFINANCEMENT:
        return "d’autofinancement"
    if ligne.nature is NatureLigne.EMPRUNT:
        return "d’emprunt"
    if ligne.nature is NatureLigne.NATURE:
        return "d’apport en nature"
    return "d’argent privé" if ligne.origine is OrigineFinanceur.PRIVE else ""


def _say_attente(etat: CertitudeLigne, sorte: str, financeur: str, somme: int) -> str:
    montant, reste = format_montant(somme), accorde(somme, "reste", "restent")
    if etat is CertitudeLigne.ATTESTE:
        atteste = accorde(somme, "attesté", "attestés")
        return f"{montant} {f'{sorte} ' if sorte else ''}{atteste} par pièce {reste} à confirmer par {with_article(financeur)}"
    if etat is CertitudeLigne.ANNONCE:
        annonce = accorde(somme, "annoncé", "annoncés")
        suite = accorde(somme, "n’est pas encore accordé", "ne sont pas encore accordés")
        return f"{montant} {f'{sorte} ' if sorte else ''}{annonce} par {with_article(financeur)} {suite}"
    if sorte:
        return f"{montant} {sorte} {reste} à confirmer par {with_article(financeur)}"
    return f"{montant} {accorde(somme, 'demandé', 'demandés')} {with_preposition_a(financeur)} {reste} sans réponse"


_PHRASES = {
    CodeBouclage.NON_CHIFFREE: _say_non_chiffree,
    CodeBouclage.SANS_BESOIN: _say_sans_besoin,
    CodeBouclage.A_COMPLETER: _say_ouvert,
    CodeBouclage.PRESENTE: _say_ouvert,
    CodeBouclage.PARTIELLEMENT_CONFIRME: _say_ouvert,
    CodeBouclage.BOUCLE: _say_boucle,
    CodeBouclage.BOUCLAGE_EMPECHE: _say_empeche,
}
