"""R05 — Dotations de l'État : 80 % de la dépense éligible au plus.

Règle : la DETR, la DSIL, la DSID et la DPV, seules ou ensemble, ne représentent pas plus de 80 % du montant prévisionnel de
la dépense éligible. Les aides de la Région, du Département et les autres crédits de l'État ne comptent pas ici.

Source : code général des collectivités territoriales, article R. 2334-27, version en vigueur depuis le 6 octobre 2021 ;
instruction du 28 février 2025, NOR ATDB2506163J.

Formule : DETR + DSIL + DSID + DPV ≤ 80 % × E, où E est la dépense éligible que retient l'État (celle de la ligne, à défaut
celle du plan). E inconnue : la règle dit quoi saisir.

Prudence : si les lignes ne retiennent pas la même dépense éligible, la règle ne bloque qu'au-delà de la plus grande.

Remède : échanger le dépassement contre de l'autofinancement, à total inchangé ; une dotation accordée, ou attestée par
pièce, n'est jamais réduite.

Unités : centimes entiers, comparés sans arrondi.
"""

from math import floor

from calcul.financement.modele import Plan
from calcul.financement.remedes import find_remede_plafond
from calcul.financement.reponses import (
    HORS_PERIODE,
    LECTURES,
    get_identifiants,
    repond_hors_periode,
    say_acquis,
    say_lignes,
    total,
)
from calcul.financement.verdict import Verdict, build_a_verifier, build_sans_objet, build_verdict
from calcul.montants import format_montant, format_taux
from calcul.parametres import PARAMETRES

IDENTIFIANT = "R05"
TITRE = "Dotations de l’État\u00a0: 80\u00a0% de la dépense éligible au plus"
PARAMETRES_SUIVIS: tuple[str, ...] = ("plafond_dotations_etat",)
CODES_LECTURES = {
    (True, True): "respectee",
    (False, True): "depassement_a_verifier",
    (False, False): "depassement",
}
CODES: tuple[str, ...] = (
    *CODES_LECTURES.values(),
    "sans_dotation",
    "depense_eligible_inconnue",
    HORS_PERIODE,
)
PHRASE = (
    "Les dotations de l’État totalisent {dotations} pour un plafond de {plafond} ({taux} de la dépense éligible, "
    "{eligible})."
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare la somme des dotations à 80 % de la dépense éligible ; chiffres en centimes."""
    dotations = [li for li in plan.aides_publiques if li.is_dotation]
    if not dotations:
        return build_sans_objet(
            regle=IDENTIFIANT, code="sans_dotation", phrase="Aucune dotation de l’État n’est inscrite."
        )
    taux = PARAMETRES["plafond_dotations_etat"].at(plan.jour)
    somme, bases = total(dotations), plan.get_bases(dotations)
    if bases is None:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="depense_eligible_inconnue",
            phrase=f"Les dotations de l’État totalisent {format_montant(somme)}\u00a0; leur plafond est de "
            f"{format_taux(taux.valeur)} de la dépense éligible, qui n’est pas connue.",
            texte=taux.citation,
            manquantes=["la dépense éligible que l’État retient"],
            chiffres={"dotations": somme, "taux": taux.valeur},
            lignes=get_identifiants(dotations),
        )
    plafond = floor(taux.valeur * bases[0])
    lecture = somme <= plafond
    favorable = somme <= floor(taux.valeur * bases[-1]) or not taux.is_verifiee
    severite, respectee = LECTURES[lecture, favorable]
    depassement = max(somme - plafond, 0)
    phrase = PHRASE.format(
        dotations=format_montant(somme),
        plafond=format_montant(plafond),
        taux=format_taux(taux.valeur),
        eligible=format_montant(bases[0]),
    )
    remede = None
    if not respectee:
        phrase += f" Elles le dépassent de {format_montant(depassement)}\u00a0: {say_lignes(dotations)}."
        if favorable:
            phrase += " Elles ne retiennent pas la même dépense éligible\u00a0: faites préciser laquelle vaut pour toutes."
        remede = find_remede_plafond(
            plan=plan, lignes=dotations, exces=depassement, quoi="de dotations de l’État"
        )
        if remede is None:
            phrase += say_acquis(dotations)
    return build_verdict(
        regle=IDENTIFIANT,
        code=CODES_LECTURES[lecture, favorable],
        severite=severite,
        respectee=respectee,
        chiffres={
            "dotations": somme,
            "eligible": bases[0],
            "taux": taux.valeur,
            "plafond": plafond,
            "depassement": depassement,
        },
        texte=taux.citation,
        phrase=phrase,
        remede=remede,
        lignes=get_identifiants(dotations),
    )
