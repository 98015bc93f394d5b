"""R22 — Commencer, achever, demander le solde à temps.

Règle : l'opération aidée par une DETR, une DSIL, une DSID ou une DPV commence dans les deux ans de la notification (trois
avec la prorogation du préfet, demandée deux mois avant la fin), et s'achève dans les quatre ans de son début déclaré (six
avec une prorogation exceptionnelle). Sinon la subvention devient caduque, ou n'est plus payée. Une subvention du budget
général de l'État suit les mêmes deux et quatre ans, et son solde se demande dans les douze mois : à confirmer.

Source : code général des collectivités territoriales, articles R. 2334-24 et R. 2334-29 ; décret n° 2018-514 du 25 juin
2018. Le début est le premier acte qui engage envers un fournisseur ; ni les études préalables ni l'achat du terrain n'en
sont un.

Formule : début ≤ notification + 2 ans (3) et achèvement ≤ début + 4 ans (6), de date à date, dernier jour compris. La règle
rappelle avant, et demande ensuite de le constater : elle ne rend aucune ligne caduque.

Unités : jours.
"""

from calcul.financement.delais import iter_echeances
from calcul.financement.modele import CertitudeLigne, Plan
from calcul.financement.reponses import (
    HORS_PERIODE,
    conclude_echeances,
    get_identifiants,
    repond_hors_periode,
    say_lignes,
)
from calcul.financement.verdict import Verdict, build_a_verifier, build_sans_objet

IDENTIFIANT = "R22"
TITRE = "Commencer, achever, demander le solde à temps"
PARAMETRES_SUIVIS: tuple[str, ...] = (
    "delai_commencement_dotation.ordinaire",
    "delai_commencement_dotation.proroge",
    "delai_prorogation_dotation",
    "delai_achevement_dotation.ordinaire",
    "delai_achevement_dotation.proroge",
    "delai_commencement_budget_general",
    "delai_achevement_budget_general",
    "delai_solde_budget_general",
)
CODES: tuple[str, ...] = (
    "sans_subvention",
    "date_inconnue",
    "a_temps",
    "a_faire",
    "en_retard",
    HORS_PERIODE,
)
CODES_SUIVIS = ("commencement", "demande_prorogation", "achevement", "solde")


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Suit les délais de chaque subvention de l'État accordée."""
    lignes = [
        li
        for li in plan.aides_publiques
        if li.etat is CertitudeLigne.ACCORDE and (li.is_dotation or li.is_budget_general)
    ]
    sans_date = [li for li in lignes if li.is_dotation and li.dates.notification is None]
    if sans_date:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="date_inconnue",
            phrase="Les délais d’une dotation courent de sa notification.",
            texte="",
            manquantes=[f"le jour de la notification de {say_lignes(sans_date)}"],
            lignes=get_identifiants(sans_date),
        )
    echeances = [
        echeance for li in lignes for echeance in iter_echeances(li) if echeance.code in CODES_SUIVIS
    ]
    if not echeances:
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="sans_subvention",
            phrase="Aucune subvention de l’État n’est notifiée\u00a0: aucun délai ne court.",
        )
    return conclude_echeances(
        regle=IDENTIFIANT,
        plan=plan,
        echeances=echeances,
        phrase_a_temps="Chaque opération aidée par l’État a commencé, et s’est achevée, à temps.",
    )
