"""R10 — Plusieurs régimes sur les mêmes coûts : l'intensité la plus haute.

Règle : quand plusieurs régimes d'aide d'État aident les mêmes coûts, la somme des aides, de minimis comprises, ne dépasse pas
la plus haute des intensités que ces régimes permettent. Des coûts distincts et identifiables se cumulent librement.

Source : règlement (UE) n° 651/2014, article 8 ; règlement (UE) 2023/2831, article 5. À confirmer dans les textes.

Formule : Σ des équivalents-subvention bruts, tous régimes, ≤ max(intensités) × E, coûts par coûts. Une aide qui n'est pas
une aide d'État (investisseur avisé, hors champ) ne compte pas.

Prudence : la règle avertit, et bloquera quand un juriste l'aura confirmée. Deux lignes sans nom de coûts sont supposées
aider les mêmes.

Remède : ramener les aides à l'intensité la plus haute, la différence en autofinancement.

Unités : centimes entiers ; parts exactes, comparées sans arrondi.
"""

from collections.abc import Sequence

from calcul.financement.aide_etat import RegimeAide
from calcul.financement.cumul import (
    Groupe,
    conclude_groupes,
    get_eligible,
    get_intensite,
    group_by_assiette,
)
from calcul.financement.intensites import Intensite
from calcul.financement.modele import Ligne, Plan
from calcul.financement.reponses import HORS_PERIODE, repond_hors_periode
from calcul.financement.verdict import Verdict, build_sans_objet

IDENTIFIANT = "R10"
TITRE = "Plusieurs régimes sur les mêmes coûts\u00a0: l’intensité la plus haute"
PARAMETRES_SUIVIS: tuple[str, ...] = ("confirmation_juriste.r10",)
CODES: tuple[str, ...] = (
    "respectee",
    "depassement",
    "donnees_manquantes",
    "sans_cumul",
    HORS_PERIODE,
)
# Les régimes qui portent une intensité ; une aide de minimis n'en a pas.
REGIMES_A_INTENSITE = (RegimeAide.EXEMPTE, RegimeAide.NOTIFIE)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare, coûts par coûts, la somme des aides à l'intensité la plus haute ; chiffres en centimes."""
    aides = [li for li in plan.aides_publiques if li.is_aide_etat]
    groupes = [
        Groupe(
            intitule=f"Cumul sur les coûts «\u00a0{lignes[0].aide.assiette}\u00a0»"
            if lignes[0].aide.assiette
            else "Cumul sur les mêmes coûts",
            lignes=tuple(lignes),
            intensite=_get_plus_haute(
                [get_intensite(plan, lignes, li) for li in lignes if li.aide.regime in REGIMES_A_INTENSITE]
            ),
            eligible=get_eligible(plan, lignes),
        )
        for lignes in group_by_assiette(aides)
        if _is_cumul(lignes)
    ]
    if not groupes:
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="sans_cumul",
            phrase="Les mêmes coûts ne reçoivent pas d’aides de plusieurs régimes.",
        )
    return conclude_groupes(regle=IDENTIFIANT, plan=plan, groupes=groupes)


def _is_cumul(lignes: Sequence[Ligne]) -> bool:
    regimes = {(li.aide.regime, li.aide.article) for li in lignes}
    return len(regimes) > 1 and any(regime in REGIMES_A_INTENSITE for regime, _ in regimes)


def _get_plus_haute(intensites: Sequence[Intensite]) -> Intensite:
    return Intensite(
        basse=max(intensite.basse for intensite in intensites),
        haute=max(intensite.haute for intensite in intensites),
        manquantes=tuple(dict.fromkeys(donnee for un in intensites for donnee in un.manquantes)),
        is_verifiee=all(intensite.is_verifiee for intensite in intensites),
        citation="\u00a0; ".join(dict.fromkeys(intensite.citation for intensite in intensites)),
    )
