"""R09 — Aide exemptée à une entreprise : l'intensité de son article.

Règle : une aide accordée sous un article du règlement général d'exemption ne dépasse pas la part des coûts admissibles que
cet article permet, selon la taille de l'entreprise, la zone et les majorations demandées. Les aides du même article aux
mêmes coûts s'additionnent.

Source : règlement (UE) n° 651/2014 (règlement général d'exemption par catégorie), article par article ; décret n° 2022-968
du 30 juin 2022 pour les zones d'aide à finalité régionale.

Formule : Σ des équivalents-subvention bruts ≤ intensité(article, taille, zone, majorations) × E, où E est le coût
admissible de la ligne, à défaut la dépense éligible du plan.

Prudence : les valeurs n'ont pas été relues dans le texte consolidé ; la règle avertit, et bloquera quand un juriste les
aura confirmées. Une donnée n'est demandée que si elle change la réponse.

Remède : ramener les aides à l'intensité permise, la différence en autofinancement.

Unités : centimes entiers ; parts exactes, comparées sans arrondi.
"""

from calcul.financement.aide_etat import RegimeAide
from calcul.financement.cumul import (
    Groupe,
    conclude_groupes,
    get_eligible,
    get_intensite,
    group_by_assiette,
)
from calcul.financement.intensites import ARTICLES
from calcul.financement.modele import Ligne, Plan, TypePorteur
from calcul.financement.reponses import HORS_PERIODE, repond_hors_periode, say_lignes
from calcul.financement.verdict import Verdict, build_sans_objet
from calcul.parametres import PARAMETRES

IDENTIFIANT = "R09"
TITRE = "Aide exemptée\u00a0: l’intensité de son article"
PREFIXES = (
    "intensite_",
    "majoration_",
    "plafond_recherche",
    "plafond_formation",
    "plafond_investissement_afr",
)
PARAMETRES_SUIVIS: tuple[str, ...] = (
    "confirmation_juriste.r09",
    *(cle for cle in PARAMETRES if cle.startswith(PREFIXES)),
)
CODES: tuple[str, ...] = (
    "respectee",
    "depassement",
    "donnees_manquantes",
    "sans_aide_exemptee",
    HORS_PERIODE,
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare les aides exemptées, article par article, à l'intensité permise ; chiffres en centimes."""
    exemptees = [li for li in plan.aides_publiques if li.aide.regime is RegimeAide.EXEMPTE]
    sans_regime = [
        li for li in plan.aides_publiques if li.aide.regime is None and plan.porteur is TypePorteur.ENTREPRISE
    ]
    if not exemptees and not sans_regime:
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="sans_aide_exemptee",
            phrase="Aucune aide exemptée n’est inscrite.",
        )
    groupes = [
        Groupe(
            intitule=ARTICLES.get(article, "Article à préciser"),
            lignes=tuple(lignes),
            intensite=get_intensite(plan, lignes, lignes[0]),
            eligible=get_eligible(plan, lignes),
        )
        for assiette in group_by_assiette(exemptees)
        for article, lignes in _group_by_article(assiette).items()
    ]
    manquantes = [f"le régime d’aide d’État de {say_lignes(sans_regime)}"] if sans_regime else []
    return conclude_groupes(regle=IDENTIFIANT, plan=plan, groupes=groupes, manquantes=manquantes)


def _group_by_article(lignes: list[Ligne]) -> dict[str, list[Ligne]]:
    """Les lignes d'un même article, ensemble."""
    groupes: dict[str, list[Ligne]] = {}
    for ligne in lignes:
        groupes.setdefault(ligne.aide.article, []).append(ligne)
    return groupes
