"""R11 — Demander l'aide avant de commencer.

Règle : l'entreprise demande par écrit une aide exemptée avant le début des travaux (effet incitatif). Les travaux aidés par
une subvention de l'État commencent au plus tôt le jour où l'État reçoit la demande ; cette réception ne promet rien.

Source : règlement (UE) n° 651/2014, article 6 ; décret n° 2018-514 du 25 juin 2018 (demandes reçues depuis le 1er octobre
2018). Les études préalables et l'achat du terrain ne sont pas un début des travaux.

Formule : jour de la demande (de sa réception par l'État, quand elle est connue) ≤ jour du début des travaux. Le même jour
convient. Si les travaux ont commencé, une aide qui n'est pas encore demandée ne pourra plus l'être à temps.

Remède : si les travaux n'ont pas commencé, les commencer après la demande ; sinon, remplacer l'aide par de
l'autofinancement. Une aide accordée, ou attestée par pièce, n'est jamais réduite.

Unités : jours.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from calcul.financement.aide_etat import RegimeAide
from calcul.financement.modele import CertitudeLigne, Ligne, Plan
from calcul.financement.remedes import build_demarche, chain, find_remede_plafond
from calcul.financement.reponses import (
    HORS_PERIODE,
    get_identifiants,
    repond_hors_periode,
    say_acquis,
    say_lignes,
    total,
)
from calcul.financement.verdict import (
    Severite,
    Verdict,
    build_a_verifier,
    build_sans_objet,
    build_verdict,
)
from calcul.francais import enumere, format_jour
from calcul.parametres import PARAMETRES, ValeurDatee

IDENTIFIANT = "R11"
TITRE = "Demander l’aide avant de commencer"
PARAMETRES_SUIVIS: tuple[str, ...] = ("effet_incitatif", "demarrage_apres_demande")
CODES: tuple[str, ...] = ("sans_aide", "respectee", "dates_inconnues", "commence_trop_tot", HORS_PERIODE)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare le jour de chaque demande à celui du début des travaux."""
    soumises = [
        li
        for li in plan.aides_publiques
        if (li.is_budget_general and plan.est_investissement) or li.aide.regime is RegimeAide.EXEMPTE
    ]
    if not soumises:
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="sans_aide",
            phrase="Aucune aide qui se demande avant les travaux n’est inscrite.",
        )
    sources = _get_sources(plan, soumises)
    texte = "\u00a0; ".join(source.citation for source in sources)
    debut = plan.debut_travaux
    if debut is None:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="dates_inconnues",
            phrase=f"Ces aides se demandent avant le début des travaux\u00a0: {say_lignes(soumises)}.",
            texte=texte,
            manquantes=["le jour, prévu ou constaté, du début des travaux"],
            lignes=get_identifiants(soumises),
        )
    tardives = [li for li in soumises if _is_tardive(plan, li, debut)]
    if tardives:
        return _refuse(plan, tardives, debut, sources)
    inconnues = [
        li for li in soumises if _get_demande(li) is None and li.etat is not CertitudeLigne.PRESSENTI
    ]
    if inconnues:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="dates_inconnues",
            phrase=f"Les travaux commencent le {format_jour(debut)}.",
            texte=texte,
            manquantes=[f"le jour de la demande à {say_lignes(inconnues)}"],
            lignes=get_identifiants(inconnues),
        )
    pressenties = [li for li in soumises if _get_demande(li) is None]
    suite = f" Demandez avant ce jour {say_lignes(pressenties)}." if pressenties else ""
    return build_verdict(
        regle=IDENTIFIANT,
        code="respectee",
        severite=Severite.RAPPEL if pressenties else Severite.INFORMATION,
        respectee=True,
        texte=texte,
        phrase=f"Début des travaux le {format_jour(debut)}, après les demandes.{suite}",
    )


def _get_demande(ligne: Ligne) -> date | None:
    """Le jour qui compte : pour l'État, la réception quand elle est connue."""
    if ligne.is_budget_general and ligne.dates.reception is not None:
        return ligne.dates.reception
    return ligne.dates.demande


def _is_tardive(plan: Plan, ligne: Ligne, debut: date) -> bool:
    demande = _get_demande(ligne)
    if demande is not None:
        return demande > debut
    # Pas encore demandée : elle le sera au plus tôt au jour du plan.
    return ligne.etat is CertitudeLigne.PRESSENTI and debut < plan.jour


def _get_sources(plan: Plan, lignes: Sequence[Ligne]) -> list[ValeurDatee]:
    cles = {
        "demarrage_apres_demande": any(li.is_budget_general for li in lignes),
        "effet_incitatif": any(li.aide.regime is RegimeAide.EXEMPTE for li in lignes),
    }
    return [PARAMETRES[cle].at(plan.jour) for cle, is_suivie in cles.items() if is_suivie]


def _refuse(plan: Plan, tardives: list[Ligne], debut: date, sources: list[ValeurDatee]) -> Verdict:
    demandes = [demande for li in tardives if (demande := _get_demande(li)) is not None]
    report = None
    if debut > plan.jour and demandes:
        report = build_demarche(
            plan=replace(plan, debut_travaux=max(demandes)),
            phrase=f"Commencer les travaux le {format_jour(max(demandes))} au plus tôt.",
        )
    retrait = find_remede_plafond(plan=plan, lignes=tardives, exces=total(tardives))
    remede = chain([report, retrait])
    jours = enumere([format_jour(demande) for demande in demandes]) or "pas encore faite"
    phrase = f"Les travaux commencent le {format_jour(debut)}, avant la demande ({jours})\u00a0: {say_lignes(tardives)}."
    return build_verdict(
        regle=IDENTIFIANT,
        code="commence_trop_tot",
        severite=Severite.BLOQUANT
        if all(source.is_verifiee for source in sources)
        else Severite.AVERTISSEMENT,
        respectee=False,
        texte="\u00a0; ".join(source.citation for source in sources),
        phrase=phrase if remede else phrase + say_acquis(tardives),
        remede=remede,
        lignes=get_identifiants(tardives),
    )
