"""R16 — Fonds vert Territoires d'industrie : périmètre, accord de la gouvernance, un seul fonds vert.

Règle : le projet est dans le périmètre d'un Territoire d'industrie, la gouvernance de ce territoire a donné son accord écrit,
et aucun autre fonds vert ne finance le même projet.

Source : cahier d'accompagnement du fonds vert, axe 3, « Territoires d'industrie en transition écologique », édition 2024 ;
pour le double financement, instruction du 28 février 2025, NOR ATDB2506163J.

Formule : fonds vert Territoires d'industrie > 0 ⇒ périmètre et accord et un seul dossier de fonds vert. Deux lignes au même
numéro de dossier sont un seul fonds vert. Ce qui n'est pas dit est demandé.

Remède : obtenir l'accord écrit de la gouvernance ; hors périmètre, ou à deux fonds verts, remplacer l'aide par de
l'autofinancement, la moins élevée d'abord.

Unités : centimes entiers.
"""

from collections.abc import Sequence
from dataclasses import replace

from calcul.financement.modele import FONDS_VERT, Ligne, Plan, Programme
from calcul.financement.remedes import build_demarche, chain, find_remede_plafond
from calcul.financement.reponses import (
    HORS_PERIODE,
    PROGRAMMES,
    get_identifiants,
    repond_hors_periode,
    say_acquis,
    say_lignes,
    total,
)
from calcul.financement.verdict import (
    Remede,
    Severite,
    Verdict,
    build_a_verifier,
    build_sans_objet,
    build_verdict,
)
from calcul.francais import enumere
from calcul.parametres import PARAMETRES

IDENTIFIANT = "R16"
TITRE = "Fonds vert Territoires d’industrie\u00a0: périmètre, accord, un seul fonds vert"
PARAMETRES_SUIVIS: tuple[str, ...] = ("fonds_vert_ti_conditions",)
CODES: tuple[str, ...] = (
    "sans_fonds_vert",
    "respectee",
    "donnees_manquantes",
    "interdit",
    HORS_PERIODE,
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Vérifie les trois conditions du fonds vert Territoires d'industrie."""
    dossiers = _group_dossiers([li for li in plan.aides_publiques if li.programme in FONDS_VERT])
    du_ti = [lignes for lignes in dossiers if lignes[0].programme is Programme.FONDS_VERT_TI]
    if not du_ti:
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="sans_fonds_vert",
            phrase="Aucun fonds vert Territoires d’industrie n’est inscrit.",
        )
    regle = PARAMETRES["fonds_vert_ti_conditions"].at(plan.jour)
    lignes = [ligne for dossier in dossiers for ligne in dossier]
    fautes = []
    if plan.perimetre_ti is False:
        fautes.append("le projet n’est pas dans le périmètre d’un Territoire d’industrie")
    if plan.accord_gouvernance is False:
        fautes.append("la gouvernance du territoire n’a pas donné son accord écrit")
    if len(dossiers) > 1:
        fautes.append(f"plusieurs fonds verts financent le même projet, {say_lignes(lignes)}")
    if fautes:
        remede = _find_remede(plan, dossiers, du_ti)
        phrase = f"Le fonds vert Territoires d’industrie n’est pas permis\u00a0: {enumere(fautes)}."
        return build_verdict(
            regle=IDENTIFIANT,
            code="interdit",
            severite=Severite.BLOQUANT if regle.is_verifiee else Severite.AVERTISSEMENT,
            respectee=False,
            texte=regle.citation,
            phrase=phrase if remede else phrase + say_acquis(lignes),
            remede=remede,
            lignes=get_identifiants(lignes),
        )
    manquantes = _get_manquantes(plan)
    if manquantes:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="donnees_manquantes",
            phrase=f"Le périmètre et l’accord écrit de la gouvernance sont exigés pour {say_lignes(lignes)}.",
            texte=regle.citation,
            manquantes=manquantes,
            lignes=get_identifiants(lignes),
        )
    return build_verdict(
        regle=IDENTIFIANT,
        code="respectee",
        severite=Severite.INFORMATION,
        respectee=True,
        texte=regle.citation,
        phrase="Le projet est dans le périmètre, la gouvernance a donné son accord, un seul fonds vert est inscrit.",
    )


def _get_manquantes(plan: Plan) -> list[str]:
    manquantes = []
    if plan.perimetre_ti is None:
        manquantes.append("si le projet est dans le périmètre d’un Territoire d’industrie")
    if plan.accord_gouvernance is None:
        manquantes.append("l’accord écrit de la gouvernance du territoire")
    return manquantes


def _group_dossiers(lignes: Sequence[Ligne]) -> list[list[Ligne]]:
    """Les lignes par dossier ; sans numéro, chaque ligne est un dossier."""
    dossiers: dict[tuple[Programme, str], list[Ligne]] = {}
    for ligne in lignes:
        numero = ligne.numero_dossier.strip() or f"ligne {ligne.identifiant}"
        dossiers.setdefault((ligne.programme, numero), []).append(ligne)
    return list(dossiers.values())


def _find_remede(plan: Plan, dossiers: list[list[Ligne]], du_ti: list[list[Ligne]]) -> Remede | None:
    """Retirer ce qui n'est pas permis, ou demander l'accord quand lui seul manque."""
    if plan.perimetre_ti is False:
        return _find_retrait(plan, du_ti)
    if len(dossiers) == 1:
        demarche = build_demarche(
            plan=replace(plan, accord_gouvernance=True, perimetre_ti=True),
            phrase="Soumettre le projet à la gouvernance du territoire et joindre son accord écrit\u00a0: les montants ne changent "
            "pas.",
        )
        return chain([demarche if plan.perimetre_ti else None, _find_retrait(plan, du_ti)])
    if plan.accord_gouvernance and plan.perimetre_ti:
        # Un seul dossier reste : le plus élevé que rien n'oblige à quitter.
        options = [
            _find_retrait(plan, [autre for autre in dossiers if autre is not garde])
            for garde in sorted(dossiers, key=lambda dossier: -sum(li.montant for li in dossier))
        ]
        return chain(options)
    return _find_retrait(plan, du_ti)


def _find_retrait(plan: Plan, dossiers: list[list[Ligne]]) -> Remede | None:
    lignes = [ligne for dossier in dossiers for ligne in dossier]
    noms = enumere([_say_dossier(ligne) for ligne in lignes])
    return find_remede_plafond(plan=plan, lignes=lignes, exces=total(lignes), quoi=f"de fonds vert ({noms})")


def _say_dossier(ligne: Ligne) -> str:
    """De quoi reconnaître un fonds vert parmi d'autres : sa mesure, son numéro ou son financeur."""
    return f"{PROGRAMMES[ligne.programme.value]}, {ligne.numero_dossier or ligne.financeur}"
