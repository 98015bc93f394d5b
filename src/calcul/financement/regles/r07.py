"""R07 — Aides publiques plafonnées à la dépense éligible quand l'État subventionne.

Règle : quand l'État accorde une subvention d'investissement sur son budget général (FNADT, fonds vert, plan de
relance, France 2030…), cette subvention ne peut pas porter le total des aides publiques au-delà de la dépense
éligible prévue (100 %). Les dotations du code général des collectivités territoriales (DETR, DSIL, DSID, DPV) ne
déclenchent pas cette règle, mais comptent dans le total.

Source : décret n° 2018-514 du 25 juin 2018, article 10 (champ : article 1er), pour les demandes reçues depuis le
1er octobre 2018. Il vise les projets d'investissement, matériel ou immatériel : pas le fonctionnement.

Formule : PUB ≤ 100 % × E, où PUB est la somme des subventions publiques inscrites (fonds européens selon un paramètre
daté) et E la dépense éligible. E inconnue : la règle n'est pas évaluée et dit quoi saisir.

Prudence : quand seuls les fonds européens font dépasser le plafond, la règle avertit et ne bloque pas.

Remède : échanger le dépassement contre de l'autofinancement, à total inchangé ; une aide accordée, ou attestée par
pièce, n'est jamais réduite.

Unités : centimes entiers, comparés sans arrondi.
"""

from math import floor

from calcul.financement.aides import compute_aides_publiques
from calcul.financement.modele import Plan
from calcul.financement.remedes import compute_reductible, find_remede_plafond
from calcul.financement.reponses import HORS_PERIODE, LECTURES, repond_hors_periode
from calcul.financement.verdict import Verdict, build_a_verifier, build_sans_objet, build_verdict
from calcul.montants import format_montant, format_taux
from calcul.parametres import PARAMETRES, ValeurDatee

IDENTIFIANT = "R07"
TITRE = "Aides publiques et dépense éligible, avec une subvention de l’État"
PARAMETRES_SUIVIS: tuple[str, ...] = (
    "plafond_aides_publiques_subvention_etat",
    "europe_compte_comme_argent_public",
)
# (respectée selon la lecture par défaut, selon la plus favorable) -> code
CODES_LECTURES = {
    (True, True): "respectee",
    (False, True): "depassement_a_verifier",
    (False, False): "depassement",
}
SANS_OBJET = {
    "fonctionnement": "Le plafond ne concerne que les projets d’investissement.",
    "sans_subvention_etat": "Aucune subvention de l’État sur son budget général n’est inscrite\u00a0: le plafond ne joue pas.",
}
CODES: tuple[str, ...] = (
    *CODES_LECTURES.values(),
    *SANS_OBJET,
    "depense_eligible_inconnue",
    HORS_PERIODE,
)
PHRASE_A_COMPLETER = (
    "La dépense éligible n’est pas connue\u00a0: saisissez-la (c’est la base que l’État retient) pour vérifier que les "
    "{public} d’aides publiques ne la dépassent pas."
)
PHRASE = "Les aides publiques totalisent {public} pour un plafond de {plafond} ({taux} de la dépense éligible, {eligible})."
PHRASE_DEPASSEMENT = " Elles le dépassent de {depassement}."
PHRASE_A_VERIFIER = (
    " Sans les fonds européens, le plafond serait respecté, et aucun texte lu ne dit s’ils comptent\u00a0: c’est un "
    "avertissement, à confirmer avec la préfecture."
)
PHRASE_SANS_REMEDE = (
    " Les aides déjà accordées ou attestées par pièce ({acquis}) dépassent à elles seules ce plafond\u00a0: seul un financeur "
    "peut réduire la sienne, à moins que la dépense éligible ne soit révisée."
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare le total des aides publiques à la dépense éligible ; chiffres en centimes."""
    taux = PARAMETRES["plafond_aides_publiques_subvention_etat"].at(plan.jour)
    raison = None if plan.est_investissement else "fonctionnement"
    if raison is None and not any(li.is_budget_general for li in plan.lignes_comptees):
        raison = "sans_subvention_etat"
    if raison is not None:
        return build_sans_objet(
            regle=IDENTIFIANT, code=raison, phrase=SANS_OBJET[raison], texte=taux.citation
        )
    if plan.depense_eligible is None:
        public = compute_aides_publiques(plan).total
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="depense_eligible_inconnue",
            phrase=PHRASE_A_COMPLETER.format(public=format_montant(public)),
            texte=taux.citation,
            manquantes=["la dépense éligible"],
            chiffres={"public": public},
        )
    return _compare(plan, taux, plan.depense_eligible)


def _compare(plan: Plan, taux: ValeurDatee, eligible: int) -> Verdict:
    aides = compute_aides_publiques(plan)
    plafond = floor(taux.valeur * eligible)
    lecture = aides.total <= plafond
    favorable = lecture or not taux.is_verifiee or aides.certain <= plafond
    severite, respectee = LECTURES[lecture, favorable]
    code = CODES_LECTURES[lecture, favorable]
    depassement = max(aides.total - plafond, 0)
    phrase = PHRASE.format(
        public=format_montant(aides.total),
        plafond=format_montant(plafond),
        taux=format_taux(taux.valeur),
        eligible=format_montant(eligible),
    )
    remede = None
    if not respectee:
        phrase += PHRASE_DEPASSEMENT.format(depassement=format_montant(depassement))
        if code == "depassement_a_verifier":
            phrase += PHRASE_A_VERIFIER
        remede = find_remede_plafond(plan=plan, lignes=aides.lignes, exces=depassement)
        if remede is None:
            acquis = aides.total - compute_reductible(aides.lignes)
            phrase += PHRASE_SANS_REMEDE.format(acquis=format_montant(acquis))
    return build_verdict(
        regle=IDENTIFIANT,
        code=code,
        severite=severite,
        respectee=respectee,
        chiffres={
            "public": aides.total,
            "eligible": eligible,
            "taux": taux.valeur,
            "plafond": plafond,
            "depassement": depassement,
        },
        texte=taux.citation,
        phrase=phrase,
        remede=remede,
    )
