"""R21 — Une demande de dotation sans arrêté se dépose de nouveau.

Règle : une demande de DETR, DSIL, DSID ou DPV est réputée rejetée si aucun arrêté n'a été pris à la fin de l'exercice qui
suit celui de la demande.

Source : code général des collectivités territoriales, article R. 2334-25 ; instruction du 28 février 2025, NOR
ATDB2506163J.

Formule : demande de l'année N sans arrêté le 31 décembre N + 1 ⇒ réputée rejetée, à déposer de nouveau. La règle rappelle
avant, et demande ensuite de le constater : elle ne retire aucune ligne.

Unités : jours.
"""

from calcul.financement.delais import compute_validite_demande
from calcul.financement.modele import CertitudeLigne, Plan
from calcul.financement.reponses import (
    HORS_PERIODE,
    conclude_echeances,
    get_identifiants,
    repond_hors_periode,
    say_lignes,
)
from calcul.financement.verdict import Verdict, build_a_verifier, build_sans_objet

IDENTIFIANT = "R21"
TITRE = "Une demande de dotation sans arrêté se dépose de nouveau"
PARAMETRES_SUIVIS: tuple[str, ...] = ("validite_demande_dotation",)
CODES: tuple[str, ...] = (
    "sans_demande",
    "date_inconnue",
    "a_temps",
    "a_faire",
    "en_retard",
    HORS_PERIODE,
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Suit la validité de chaque demande de dotation."""
    lignes = [li for li in plan.aides_publiques if li.is_dotation and li.etat is not CertitudeLigne.PRESSENTI]
    attendues = [li for li in lignes if li.etat is not CertitudeLigne.ACCORDE or li.dates.demande]
    if not attendues:
        return build_sans_objet(
            regle=IDENTIFIANT, code="sans_demande", phrase="Aucune dotation de l’État n’est demandée."
        )
    sans_date = [li for li in attendues if li.dates.demande is None]
    if sans_date:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="date_inconnue",
            phrase="Une demande de dotation vaut jusqu’à la fin de l’année qui suit.",
            texte="",
            manquantes=[f"le jour de la demande de {say_lignes(sans_date)}"],
            lignes=get_identifiants(sans_date),
        )
    echeances = [
        echeance
        for li in attendues
        if not (li.etat is CertitudeLigne.ACCORDE and li.dates.decision is None)
        and (echeance := compute_validite_demande(li)) is not None
    ]
    return conclude_echeances(
        regle=IDENTIFIANT,
        plan=plan,
        echeances=echeances,
        phrase_a_temps="Chaque demande de dotation a reçu sa décision à temps.",
    )
