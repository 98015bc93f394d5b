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

from fractions import Fraction
from math import floor

from calcul.financement.aides import compute_aides_publiques
from calcul.financement.modele import NatureLigne, OrigineFinanceur, Plan
from calcul.financement.remedes import build_remede, compute_reductible
from calcul.financement.verdict import Severite, Verdict
from calcul.francais import typographie
from calcul.montants import format_montant, format_taux
from calcul.parametres import PARAMETRES, ParametreSansValeur, ValeurDatee

IDENTIFIANT = "R07"
TITRE = "Aides publiques et dépense éligible, avec une subvention de l’État"
PARAMETRES_SUIVIS: tuple[str, ...] = (
    "plafond_aides_publiques_subvention_etat",
    "europe_compte_comme_argent_public",
)

# (respectée selon la lecture par défaut, respectée selon la lecture la plus favorable) -> code, sévérité, respectée
MATRICE: dict[tuple[bool, bool], tuple[str, Severite, bool]] = {
    (True, True): ("respectee", Severite.INFORMATION, True),
    (False, True): ("depassement_a_verifier", Severite.AVERTISSEMENT, False),
    (False, False): ("depassement", Severite.BLOQUANT, False),
}
SANS_OBJET = {
    "fonctionnement": "Le plafond ne concerne que les projets d’investissement.",
    "sans_subvention_etat": "Aucune subvention de l’État sur son budget général n’est inscrite\u00a0: le plafond ne joue pas.",
    "hors_periode": "Aucune version du texte n’est connue à cette date\u00a0: {raison}",
}
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


def evaluer(plan: Plan) -> Verdict:
    """Compare le total des aides publiques à la dépense éligible ; chiffres en centimes."""
    try:
        taux = PARAMETRES["plafond_aides_publiques_subvention_etat"].at(plan.jour)
    except ParametreSansValeur as absence:
        return _build_sans_objet("hors_periode", texte="", raison=str(absence))
    if not plan.est_investissement:
        return _build_sans_objet("fonctionnement", texte=taux.citation)
    if not any(
        li.nature is NatureLigne.SUBVENTION and li.origine is OrigineFinanceur.ETAT_BUDGET_GENERAL
        for li in plan.lignes_comptees
    ):
        return _build_sans_objet("sans_subvention_etat", texte=taux.citation)
    if plan.depense_eligible is None:
        public = compute_aides_publiques(plan).total
        return Verdict(
            regle=IDENTIFIANT,
            code="depense_eligible_inconnue",
            severite=Severite.AVERTISSEMENT,
            respectee=None,
            chiffres={"public": public},
            texte=typographie(taux.citation),
            phrase=typographie(PHRASE_A_COMPLETER.format(public=format_montant(public))),
        )
    return _compare(plan, taux, plan.depense_eligible)


def _build_sans_objet(code: str, *, texte: str, **valeurs: str) -> Verdict:
    return Verdict(
        regle=IDENTIFIANT,
        code=code,
        severite=Severite.INFORMATION,
        respectee=None,
        chiffres={},
        texte=typographie(texte),
        phrase=typographie(SANS_OBJET[code].format(**valeurs)),
    )


def _compare(plan: Plan, taux: ValeurDatee, eligible: int) -> Verdict:
    aides = compute_aides_publiques(plan)
    plafond = floor(taux.valeur * eligible)
    respectee = aides.total <= plafond
    favorable = respectee or not taux.is_verifiee or aides.certain <= plafond
    code, severite, is_respectee = MATRICE[respectee, favorable]
    depassement = max(aides.total - plafond, 0)
    chiffres: dict[str, int | Fraction] = {
        "public": aides.total,
        "eligible": eligible,
        "taux": taux.valeur,
        "plafond": plafond,
        "depassement": depassement,
    }
    phrase = PHRASE.format(
        public=format_montant(aides.total),
        plafond=format_montant(plafond),
        taux=format_taux(taux.valeur),
        eligible=format_montant(eligible),
    )
    remede = None
    if not is_respectee:
        phrase += PHRASE_DEPASSEMENT.format(depassement=format_montant(depassement))
        if code == "depassement_a_verifier":
            phrase += PHRASE_A_VERIFIER
        reductible = compute_reductible(plan, aides)
        if depassement <= reductible:
            remede = build_remede(plan=plan, aides=aides, retire=depassement, ajoute=depassement)
        else:
            phrase += PHRASE_SANS_REMEDE.format(acquis=format_montant(aides.total - reductible))
    return Verdict(
        regle=IDENTIFIANT,
        code=code,
        severite=severite,
        respectee=is_respectee,
        chiffres=chiffres,
        texte=typographie(taux.citation),
        phrase=typographie(phrase),
        remede=remede,
    )
