"""R20 — De minimis : déclaration avant l'octroi, inscription au registre.

Règle : avant d'accorder une aide de minimis, le financeur recueille la déclaration des aides de minimis que l'entreprise
unique a reçues en trois ans. Depuis le 1er janvier 2026, l'aide accordée est inscrite au registre central.

Source : règlement (UE) 2023/2831 du 13 décembre 2023, articles 6 et 7.

Formule : aide accordée ⇒ jour de la déclaration ≤ jour de la décision, et inscription si la décision est de 2026 ou après.

Prudence : une déclaration que personne n'a datée est demandée ; la règle ne bloque que si elle n'a pas été recueillie, ou
l'a été après la décision. L'inscription au registre, dont le délai est à confirmer, est un avertissement.

Remède : recueillir la déclaration ou inscrire l'aide, puis dater l'acte.

Unités : jours.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from calcul.financement.aide_etat import RegimeAide
from calcul.financement.modele import CertitudeLigne, Ligne, Plan
from calcul.financement.remedes import build_demarche, replace_lignes
from calcul.financement.reponses import (
    HORS_PERIODE,
    get_identifiants,
    repond_hors_periode,
    say_lignes,
)
from calcul.financement.verdict import (
    Severite,
    Verdict,
    build_a_verifier,
    build_sans_objet,
    build_verdict,
)
from calcul.francais import enumere
from calcul.parametres import PARAMETRES

IDENTIFIANT = "R20"
TITRE = "De minimis\u00a0: déclaration avant l’octroi, inscription au registre"
PARAMETRES_SUIVIS: tuple[str, ...] = ("declaration_de_minimis", "registre_de_minimis")
CODES: tuple[str, ...] = (
    "sans_de_minimis",
    "a_recueillir",
    "donnees_manquantes",
    "respectee",
    "sans_declaration",
    "hors_registre",
    HORS_PERIODE,
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Vérifie la déclaration et l'inscription de chaque aide de minimis."""
    lignes = [
        li
        for li in plan.aides_publiques
        if li.aide.regime in (RegimeAide.DE_MINIMIS, RegimeAide.DE_MINIMIS_SIEG)
    ]
    if not lignes:
        return build_sans_objet(
            regle=IDENTIFIANT, code="sans_de_minimis", phrase="Aucune aide de minimis n’est inscrite."
        )
    declaration = PARAMETRES["declaration_de_minimis"].at(plan.jour)
    accordees = [li for li in lignes if li.etat is CertitudeLigne.ACCORDE]
    sans_declaration = [li for li in accordees if _is_sans_declaration(li)]
    if sans_declaration:
        return build_verdict(
            regle=IDENTIFIANT,
            code="sans_declaration",
            severite=Severite.BLOQUANT if declaration.is_verifiee else Severite.AVERTISSEMENT,
            respectee=False,
            texte=declaration.citation,
            phrase=f"L’aide de minimis a été accordée sans déclaration préalable de l’entreprise\u00a0: "
            f"{say_lignes(sans_declaration)}. Seul le financeur peut reprendre sa décision.",
            lignes=get_identifiants(sans_declaration),
        )
    inscrites = [li for li in accordees if _is_inscription_due(plan, li)]
    hors_registre = [li for li in inscrites if li.aide.registre is False]
    if hors_registre:
        return _refuse_hors_registre(plan, hors_registre)
    if manquantes := _get_manquantes(accordees, inscrites):
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="donnees_manquantes",
            phrase=f"Aide de minimis accordée\u00a0: {say_lignes(accordees)}.",
            texte=declaration.citation,
            manquantes=manquantes,
            lignes=get_identifiants(accordees),
        )
    a_recueillir = [li for li in lignes if li not in accordees and not li.aide.declaration]
    if a_recueillir:
        return build_verdict(
            regle=IDENTIFIANT,
            code="a_recueillir",
            severite=Severite.RAPPEL,
            respectee=None,
            texte=declaration.citation,
            phrase=f"Avant la décision, l’entreprise déclare ses aides de minimis de trois ans à "
            f"{enumere([li.financeur for li in a_recueillir])}.",
            lignes=get_identifiants(a_recueillir),
        )
    return build_verdict(
        regle=IDENTIFIANT,
        code="respectee",
        severite=Severite.INFORMATION,
        respectee=True,
        texte=declaration.citation,
        phrase="La déclaration de l’entreprise est recueillie, et l’aide inscrite au registre quand il le faut.",
    )


def _is_sans_declaration(ligne: Ligne) -> bool:
    declaration, decision = ligne.aide.declaration, ligne.dates.decision
    if declaration is False:
        return True
    return isinstance(declaration, date) and decision is not None and declaration > decision


def _is_inscription_due(plan: Plan, ligne: Ligne) -> bool:
    registre = PARAMETRES["registre_de_minimis"].find(ligne.dates.decision or plan.jour)
    return registre is not None and registre.valeur == 1


def _get_manquantes(accordees: Sequence[Ligne], inscrites: Sequence[Ligne]) -> list[str]:
    manquantes = []
    if sans_date := [li for li in accordees if li.dates.decision is None]:
        manquantes.append(f"le jour de la décision de {say_lignes(sans_date)}")
    if sans_declaration := [li for li in accordees if li.aide.declaration is None]:
        manquantes.append(f"le jour de la déclaration recueillie pour {say_lignes(sans_declaration)}")
    if sans_registre := [li for li in inscrites if li.aide.registre is None]:
        manquantes.append(f"le jour de l’inscription au registre de {say_lignes(sans_registre)}")
    return manquantes


def _refuse_hors_registre(plan: Plan, lignes: list[Ligne]) -> Verdict:
    inscrites = [
        replace(li, aide=replace(li.aide, registre=max(plan.jour, li.dates.decision or plan.jour)))
        for li in lignes
    ]
    change = replace_lignes(plan, inscrites)
    accordees = [
        li
        for li in change.aides_publiques
        if li.etat is CertitudeLigne.ACCORDE
        and li.aide.regime in (RegimeAide.DE_MINIMIS, RegimeAide.DE_MINIMIS_SIEG)
    ]
    remede = None
    if not _get_manquantes(accordees, [li for li in accordees if _is_inscription_due(plan, li)]):
        remede = build_demarche(
            plan=change,
            phrase=f"Faire inscrire au registre central, par son financeur, {say_lignes(lignes)}.",
        )
    return build_verdict(
        regle=IDENTIFIANT,
        code="hors_registre",
        severite=Severite.AVERTISSEMENT,
        respectee=False,
        texte=PARAMETRES["registre_de_minimis"]
        .at(max(plan.jour, *(li.dates.decision or plan.jour for li in lignes)))
        .citation,
        phrase=f"L’aide de minimis accordée n’est pas inscrite au registre central\u00a0: {say_lignes(lignes)}.",
        remede=remede,
        lignes=get_identifiants(lignes),
    )
