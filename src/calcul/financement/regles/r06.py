"""R06 — DETR et programme de l'État de l'annexe VII : l'un ou l'autre.

Règle : la DETR ne se cumule pas, sur la même opération, avec une subvention de l'État imputée sur un programme cité à
l'annexe VII du code général des collectivités territoriales, sauf dérogation du préfet.

Source : code général des collectivités territoriales, articles L. 2334-38 et R. 2334-19, annexe VII ; instruction du
28 février 2025, NOR ATDB2506163J.

Formule : DETR = 0, ou aucune autre subvention de l'État de l'annexe VII au-dessus de zéro, ou dérogation du préfet. Si
l'appartenance du programme à l'annexe n'est pas dite, la règle la demande.

Remède : remplacer par de l'autofinancement la moins élevée des deux aides ; ou obtenir la dérogation du préfet.

Unités : centimes entiers.
"""

from dataclasses import replace

from calcul.financement.modele import Ligne, NatureLigne, OrigineFinanceur, Plan, Programme
from calcul.financement.remedes import build_demarche, chain, find_remede_plafond
from calcul.financement.reponses import (
    HORS_PERIODE,
    get_identifiants,
    repond_hors_periode,
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
from calcul.parametres import PARAMETRES

IDENTIFIANT = "R06"
TITRE = "DETR et programme de l’annexe VII\u00a0: l’un ou l’autre"
PARAMETRES_SUIVIS: tuple[str, ...] = ("cumul_detr_annexe_vii",)
CODES: tuple[str, ...] = ("sans_cumul", "derogation", "programme_inconnu", "cumul", HORS_PERIODE)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Cherche la DETR et une autre subvention de l'État de l'annexe VII sur le même plan."""
    detr = [li for li in plan.aides_publiques if li.programme is Programme.DETR]
    autres = [li for li in plan.aides_publiques if _is_autre_etat(li) and li.annexe_vii is not False]
    if not detr or not autres:
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="sans_cumul",
            phrase="Le plan ne réunit pas la DETR et une autre subvention de l’État qui puisse être de l’annexe VII.",
        )
    regle = PARAMETRES["cumul_detr_annexe_vii"].at(plan.jour)
    if plan.derogation_detr:
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="derogation",
            phrase="Le préfet a dérogé à l’interdiction de cumul\u00a0: joignez sa décision.",
            texte=regle.citation,
        )
    interdites = [li for li in autres if li.annexe_vii]
    if not interdites:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="programme_inconnu",
            phrase=f"La DETR ({say_lignes(detr)}) ne se cumule pas avec un programme de l’annexe VII\u00a0: dites si c’est le "
            f"cas de {say_lignes(autres)}.",
            texte=regle.citation,
            manquantes=["l’appartenance de ces programmes à l’annexe VII"],
            lignes=get_identifiants([*detr, *autres]),
        )
    # Ce qui reste dans le doute partirait avec ce qui est interdit, sans quoi le remède ne réglerait rien.
    remedes = [
        find_remede_plafond(plan=plan, lignes=lignes, exces=total(lignes), quoi=quoi)
        for lignes, quoi in sorted(
            [(detr, "de DETR"), (autres, "d’autres aides de l’État")], key=lambda choix: total(choix[0])
        )
    ]
    derogation = build_demarche(
        plan=replace(plan, derogation_detr=True),
        phrase="Demander au préfet de déroger à l’interdiction de cumul, et attendre sa décision\u00a0: les montants ne "
        "changent pas.",
    )
    return build_verdict(
        regle=IDENTIFIANT,
        code="cumul",
        severite=Severite.BLOQUANT if regle.is_verifiee else Severite.AVERTISSEMENT,
        respectee=False,
        chiffres={"detr": total(detr), "annexe_vii": total(interdites)},
        texte=regle.citation,
        phrase=f"La DETR ({say_lignes(detr)}) ne se cumule pas avec un programme de l’annexe VII, sauf dérogation du "
        f"préfet\u00a0: {say_lignes(interdites)}.",
        remede=chain([*remedes, derogation]),
        lignes=get_identifiants([*detr, *interdites]),
    )


def _is_autre_etat(ligne: Ligne) -> bool:
    return (
        ligne.nature is NatureLigne.SUBVENTION
        and ligne.origine in (OrigineFinanceur.ETAT_BUDGET_GENERAL, OrigineFinanceur.ETAT_DOTATION)
        and (ligne.is_budget_general or bool(ligne.annexe_vii))
        and ligne.programme is not Programme.DETR
    )
