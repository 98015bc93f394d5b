"""R12 — Entreprise en difficulté : pas d'aide hors de minimis.

Règle : une entreprise en difficulté ne reçoit pas d'aide exemptée ou notifiée ; les aides de minimis restent possibles. Le
fonds vert Territoires d'industrie l'exclut aussi, sauf à prouver à l'ADEME, avant la décision, qu'elle ne l'est plus.

Source : règlement (UE) n° 651/2014, article 1er, paragraphe 4, et article 2, point 18.

Formule : entreprise en difficulté ⇒ Σ des aides exemptées et notifiées = 0. Si la situation de l'entreprise n'est pas
dite, la règle la demande.

Remède : remplacer ces aides par de l'autofinancement ; une aide accordée, ou attestée par pièce, n'est jamais réduite.

Unités : centimes entiers.
"""

from calcul.financement.aide_etat import RegimeAide
from calcul.financement.modele import Plan
from calcul.financement.remedes import find_remede_plafond
from calcul.financement.reponses import (
    HORS_PERIODE,
    get_identifiants,
    repond_hors_periode,
    say_acquis,
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

IDENTIFIANT = "R12"
TITRE = "Entreprise en difficulté\u00a0: pas d’aide hors de minimis"
PARAMETRES_SUIVIS: tuple[str, ...] = ("entreprise_en_difficulte",)
CODES: tuple[str, ...] = ("sans_aide", "respectee", "situation_inconnue", "interdite", HORS_PERIODE)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Cherche une aide exemptée ou notifiée à une entreprise en difficulté."""
    aides = [li for li in plan.aides_publiques if li.aide.regime in (RegimeAide.EXEMPTE, RegimeAide.NOTIFIE)]
    if not aides:
        return build_sans_objet(
            regle=IDENTIFIANT, code="sans_aide", phrase="Aucune aide exemptée ou notifiée n’est inscrite."
        )
    regle = PARAMETRES["entreprise_en_difficulte"].at(plan.jour)
    if plan.entreprise.en_difficulte is None:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="situation_inconnue",
            phrase=f"Une entreprise en difficulté ne peut pas recevoir {say_lignes(aides)}.",
            texte=regle.citation,
            manquantes=["si l’entreprise est en difficulté au sens européen"],
            lignes=get_identifiants(aides),
        )
    if not plan.entreprise.en_difficulte:
        return build_verdict(
            regle=IDENTIFIANT,
            code="respectee",
            severite=Severite.INFORMATION,
            respectee=True,
            texte=regle.citation,
            phrase="L’entreprise n’est pas en difficulté.",
        )
    remede = find_remede_plafond(plan=plan, lignes=aides, exces=total(aides), quoi="d’aides à l’entreprise")
    return build_verdict(
        regle=IDENTIFIANT,
        code="interdite",
        severite=Severite.BLOQUANT if regle.is_verifiee else Severite.AVERTISSEMENT,
        respectee=False,
        chiffres={"aides": total(aides)},
        texte=regle.citation,
        phrase=f"L’entreprise est en difficulté\u00a0: elle ne peut pas recevoir {say_lignes(aides)}."
        + ("" if remede else say_acquis(aides)),
        remede=remede,
        lignes=get_identifiants(aides),
    )
