"""R01 — Les ressources égalent le coût, au centime.

Règle : un plan ne peut être bouclé que si la somme de ses ressources égale son coût total, au centime près. Sinon
l'écart est montré : ce qui manque, ou ce qui est en trop (sur-financement).

Formule : écart = T − Σ, où T est le coût total et Σ la somme des lignes inscrites au plan, sauf celles refusées,
retirées ou caduques. Ni les garanties (elles couvrent un risque) ni les services ne sont dans Σ :
ils n'apportent pas d'argent.

Unités : centimes entiers. Source : arithmétique ; ce n'est pas une règle de droit, elle ne commande que le statut.
"""

from calcul.financement.modele import Categorie, Plan
from calcul.financement.verdict import Severite, Verdict, build_verdict
from calcul.montants import format_montant

IDENTIFIANT = "R01"
TITRE = "Les ressources égalent le coût"
PARAMETRES_SUIVIS: tuple[str, ...] = ()

# (le coût est connu, signe de l'écart T − Σ) -> code, sévérité, respectée
MATRICE: dict[tuple[bool, int], tuple[str, Severite, bool | None]] = {
    (False, 0): ("non_chiffree", Severite.INFORMATION, None),
    (False, -1): ("non_chiffree", Severite.INFORMATION, None),
    (True, 0): ("equilibre", Severite.INFORMATION, True),
    (True, 1): ("manque", Severite.INFORMATION, False),
    (True, -1): ("sur_financement", Severite.AVERTISSEMENT, False),
}
CODES: tuple[str, ...] = tuple(dict.fromkeys(code for code, _, _ in MATRICE.values()))
PHRASES = {
    "non_chiffree": "Aucun coût n’est inscrit\u00a0: l’équilibre ne peut pas être vérifié. Inscrivez les dépenses prévues.",
    "equilibre": "Les ressources inscrites égalent le coût, {cout}, au centime.",
    "manque": "Il manque {ecart}\u00a0: {ressources} de ressources inscrites pour un coût de {cout}.",
    "sur_financement": "Les ressources inscrites ({ressources}) dépassent le coût ({cout}) de {ecart}\u00a0: "
    "réduisez une ligne ou révisez le coût.",
}


def evaluer(plan: Plan) -> Verdict:
    """Compare les ressources inscrites au coût total ; chiffres en centimes, `ecart` positif quand il manque."""
    ecart = plan.cout_total - plan.ressources
    code, severite, respectee = MATRICE[plan.cout_total > 0, (ecart > 0) - (ecart < 0)]
    phrase = PHRASES[code].format(
        cout=format_montant(plan.cout_total),
        ressources=format_montant(plan.ressources),
        ecart=format_montant(abs(ecart)),
    )
    if garanties := plan.total(Categorie.GARANTIE):
        phrase += (
            f" Les garanties ({format_montant(garanties)}) n’apportent pas d’argent et ne sont pas comptées."
        )
    return build_verdict(
        regle=IDENTIFIANT,
        code=code,
        severite=severite,
        respectee=respectee,
        chiffres={"cout": plan.cout_total, "ressources": plan.ressources, "ecart": ecart},
        texte="Arithmétique\u00a0: la somme des ressources égale le coût total",
        phrase=phrase,
    )
