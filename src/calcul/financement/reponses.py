"""Ce que les règles partagent : la réponse hors période, la lecture prudente, les énumérations de lignes."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps

from calcul.financement.modele import Ligne, Plan
from calcul.financement.verdict import Echeance, Severite, Verdict, build_sans_objet, build_verdict
from calcul.francais import enumere, with_article
from calcul.montants import format_montant
from calcul.parametres import ParametreSansValeur

HORS_PERIODE = "hors_periode"

# (respectée selon la lecture par défaut, respectée selon la lecture la plus favorable) -> sévérité, respectée.
# Une règle ne bloque que si aucune lecture du texte ne sauve le plan.
LECTURES: dict[tuple[bool, bool], tuple[Severite, bool]] = {
    (True, True): (Severite.INFORMATION, True),
    (False, True): (Severite.AVERTISSEMENT, False),
    (False, False): (Severite.BLOQUANT, False),
}


def repond_hors_periode(regle: str) -> Callable[[Callable[[Plan], Verdict]], Callable[[Plan], Verdict]]:
    """Une règle qui ne lève jamais d'erreur : à une date que ses paramètres ne couvrent pas, elle le dit."""

    def decorate(evaluer: Callable[[Plan], Verdict]) -> Callable[[Plan], Verdict]:
        @wraps(evaluer)
        def evaluer_ou_dire(plan: Plan) -> Verdict:
            try:
                return evaluer(plan)
            except ParametreSansValeur as absence:
                return build_sans_objet(
                    regle=regle,
                    code=HORS_PERIODE,
                    phrase=f"Aucune version du texte n’est connue à cette date\u00a0: {absence}",
                )

        return evaluer_ou_dire

    return decorate


def conclude_echeances(
    *, regle: str, plan: Plan, echeances: Sequence[Echeance], phrase_a_temps: str, texte: str = ""
) -> Verdict:
    """Le verdict d'une règle de délai : « en_retard » (à constater), « a_faire » (rappel) ou « a_temps ».

    Un délai passé n'est jamais appliqué ici : la phrase demande à quelqu'un de le constater.
    """
    depassees = [echeance for echeance in echeances if echeance.is_depassee(plan.jour)]
    a_venir = [echeance for echeance in echeances if echeance.is_a_venir(plan.jour)]
    citations = [echeance.texte for echeance in depassees or a_venir or echeances]
    texte = "\u00a0; ".join(dict.fromkeys(citations)) or texte
    if depassees:
        code, respectee, severite = "en_retard", False, Severite.RAPPEL
        phrase = " ".join(echeance.phrase for echeance in depassees)
        phrase += " Ce délai est passé\u00a0: vérifiez-le et constatez-le\u00a0; rien n’est changé sans vous."
    elif a_venir:
        code, respectee, severite = "a_faire", None, Severite.RAPPEL
        phrase = " ".join(echeance.phrase for echeance in a_venir)
    else:
        code, respectee, severite, phrase = "a_temps", True, Severite.INFORMATION, phrase_a_temps
    return build_verdict(
        regle=regle,
        code=code,
        severite=severite,
        respectee=respectee,
        texte=texte,
        phrase=phrase,
        lignes=tuple(dict.fromkeys(echeance.ligne for echeance in depassees or a_venir if echeance.ligne)),
        echeances=echeances,
    )


def say_ligne(ligne: Ligne) -> str:
    """« la Région Grand Est (40 000 €) » ; avec le programme quand il est précisé."""
    programme = f", {PROGRAMMES.get(ligne.programme.value, ligne.programme.value)}" if ligne.programme else ""
    return f"{with_article(ligne.financeur)}{programme} ({format_montant(ligne.montant)})"


def say_lignes(lignes: Iterable[Ligne]) -> str:
    return enumere([say_ligne(ligne) for ligne in lignes])


def get_identifiants(lignes: Iterable[Ligne]) -> tuple[str, ...]:
    return tuple(ligne.identifiant for ligne in lignes)


def total(lignes: Iterable[Ligne]) -> int:
    """Somme en centimes."""
    return sum(ligne.montant for ligne in lignes)


def say_acquis(lignes: Sequence[Ligne]) -> str:
    """La phrase qui dit qu'aucun remède d'argent n'est dans la main du territoire."""
    return (
        f" {format_montant(total(li for li in lignes if li.is_acquise))} en sont déjà accordés ou attestés par pièce\u00a0: "
        "seul le financeur peut revenir sur sa décision."
    )


PROGRAMMES = {
    "detr": "DETR",
    "dsil": "DSIL",
    "dsid": "DSID",
    "dpv": "DPV",
    "fnadt": "FNADT",
    "fonds_vert_ti": "fonds vert Territoires d’industrie",
    "fonds_vert": "autre fonds vert",
    "plan_relance": "plan de relance",
    "france_2030": "France 2030",
}
