"""R15 — Un Département n'aide pas une entreprise.

Règle : depuis le 1er janvier 2016, un Département n'a plus de compétence générale pour aider les entreprises. Une commune ou
un groupement peut toutefois lui déléguer l'aide à l'immobilier d'entreprise.

Source : code général des collectivités territoriales, articles L. 1511-2 et L. 1511-3 (loi n° 2015-991 du 7 août 2015,
article 3). La délégation de l'immobilier est à confirmer.

Formule : bénéficiaire = entreprise et financeur = Département ⇒ aide = 0 (subventions, avances et prêts).

Prudence : si l'aide est déclarée porter sur l'immobilier, la règle avertit : il faut la convention de délégation.

Remède : remplacer l'aide par de l'autofinancement ; une aide accordée, ou attestée par pièce, n'est jamais réduite.

Unités : centimes entiers.
"""

from calcul.financement.modele import OrigineFinanceur, Plan, TypePorteur
from calcul.financement.regles.r14 import NATURES
from calcul.financement.remedes import find_remede_plafond
from calcul.financement.reponses import (
    HORS_PERIODE,
    get_identifiants,
    repond_hors_periode,
    say_acquis,
    say_lignes,
    total,
)
from calcul.financement.verdict import Severite, Verdict, build_sans_objet, build_verdict
from calcul.parametres import PARAMETRES

IDENTIFIANT = "R15"
TITRE = "Un Département n’aide pas une entreprise"
PARAMETRES_SUIVIS: tuple[str, ...] = (
    "aide_departement_entreprise",
    "delegation_immobilier_departement",
)
SANS_OBJET = {
    "porteur_non_concerne": "Le bénéficiaire n’est pas une entreprise.",
    "sans_aide": "Aucun Département n’aide l’entreprise.",
}
CODES: tuple[str, ...] = (*SANS_OBJET, "delegation_a_verifier", "interdite", HORS_PERIODE)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Cherche une aide d'un Département à une entreprise."""
    aides = [
        li
        for li in plan.aides_publiques
        if li.nature in NATURES and li.origine is OrigineFinanceur.DEPARTEMENT
    ]
    raison = None
    if plan.porteur is not TypePorteur.ENTREPRISE:
        raison = "porteur_non_concerne"
    elif not aides:
        raison = "sans_aide"
    if raison is not None:
        return build_sans_objet(regle=IDENTIFIANT, code=raison, phrase=SANS_OBJET[raison])
    regle = PARAMETRES["aide_departement_entreprise"].at(plan.jour)
    delegation = PARAMETRES["delegation_immobilier_departement"].at(plan.jour)
    is_delegable = bool(plan.objet_immobilier and delegation.valeur)
    phrase = f"Un Département n’a pas de compétence pour aider une entreprise\u00a0: {say_lignes(aides)}."
    if is_delegable:
        phrase += (
            " L’aide porte sur l’immobilier\u00a0: elle n’est permise que si la commune ou l’intercommunalité l’a déléguée au "
            "Département\u00a0; joignez la convention."
        )
    remede = find_remede_plafond(plan=plan, lignes=aides, exces=total(aides), quoi="d’aides du Département")
    return build_verdict(
        regle=IDENTIFIANT,
        code="delegation_a_verifier" if is_delegable else "interdite",
        severite=Severite.BLOQUANT if regle.is_verifiee and not is_delegable else Severite.AVERTISSEMENT,
        respectee=False,
        chiffres={"aides": total(aides)},
        texte=regle.citation,
        phrase=phrase if remede else phrase + say_acquis(aides),
        remede=remede,
        lignes=get_identifiants(aides),
    )
