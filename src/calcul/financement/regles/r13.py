"""R13 — Aide à finalité régionale : un quart des coûts sans argent public.

Règle : l'entreprise qui reçoit une aide à finalité régionale à l'investissement apporte au moins 25 % des coûts admissibles,
de ses fonds ou d'un financement extérieur libre de tout soutien public. Outre-mer, quand le taux de la zone est plus haut,
seul ce que ce taux laisse est exigé.

Source : règlement (UE) n° 651/2014, article 14, paragraphe 14, à confirmer.

Formule : autofinancement + emprunts + argent privé ≥ min(25 %, 1 − intensité) × E. Un prêt d'un financeur public n'est pas
libre de soutien public.

Prudence : la règle avertit, et bloquera quand un juriste l'aura confirmée.

Remède : échanger ce qui manque contre des aides, à total inchangé, ou l'ajouter dans ce que le coût attend encore.

Unités : centimes entiers ; parts exactes, comparées sans arrondi.
"""

from fractions import Fraction
from math import ceil

from calcul.financement.aide_etat import RegimeAide
from calcul.financement.cumul import get_eligible, get_intensite
from calcul.financement.intensites import AFR, DONNEE_COUTS, DONNEE_TAILLE, DONNEE_ZONE
from calcul.financement.modele import Ligne, NatureLigne, OrigineFinanceur, Plan
from calcul.financement.remedes import find_remede_part_libre
from calcul.financement.reponses import HORS_PERIODE, get_identifiants, repond_hors_periode, say_acquis
from calcul.financement.verdict import (
    Severite,
    Verdict,
    build_a_verifier,
    build_sans_objet,
    build_verdict,
)
from calcul.montants import format_montant, format_taux
from calcul.parametres import PARAMETRES

IDENTIFIANT = "R13"
TITRE = "Aide à finalité régionale\u00a0: un quart des coûts sans argent public"
PARAMETRES_SUIVIS: tuple[str, ...] = ("fonds_propres_afr", "confirmation_juriste.r13")
CODES: tuple[str, ...] = ("sans_afr", "respectee", "donnees_manquantes", "insuffisante", HORS_PERIODE)
# Ce qui peut être libre de soutien public, s'il vient du porteur ou d'un privé.
NATURES_LIBRES = (
    NatureLigne.AUTOFINANCEMENT,
    NatureLigne.EMPRUNT,
    NatureLigne.PRIVE,
    NatureLigne.PRET,
    NatureLigne.PRISE_PARTICIPATION,
    NatureLigne.SUBVENTION,
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare l'argent libre de soutien public au quart des coûts admissibles ; chiffres en centimes."""
    aides = [
        li for li in plan.aides_publiques if li.aide.regime is RegimeAide.EXEMPTE and li.aide.article == AFR
    ]
    if not aides:
        return build_sans_objet(
            regle=IDENTIFIANT, code="sans_afr", phrase="Aucune aide à finalité régionale n’est inscrite."
        )
    quart = PARAMETRES["fonds_propres_afr"].at(plan.jour)
    eligible = get_eligible(plan, aides)
    libre = sum(li.montant for li in plan.lignes_comptees if _is_libre(li))
    if eligible is None:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="donnees_manquantes",
            phrase=f"{format_montant(libre)} sont libres de soutien public, pour {format_taux(quart.valeur)} au moins des "
            "coûts admissibles.",
            texte=quart.citation,
            manquantes=[DONNEE_COUTS],
            lignes=get_identifiants(aides),
        )
    intensite = get_intensite(plan, aides, aides[0])
    # En métropole, aucun taux de zone ne laisse moins d'un quart ; outre-mer, une zone inconnue peut ne rien exiger.
    is_zone_sure = plan.entreprise.zone is not None or not plan.outre_mer
    haute = intensite.haute if plan.entreprise.zone is not None else Fraction(0 if is_zone_sure else 1)
    basse = intensite.basse if plan.entreprise.zone is not None else Fraction(0)
    exige = ceil(min(quart.valeur, 1 - basse) * eligible[1])
    exige_au_moins = ceil(min(quart.valeur, 1 - haute) * eligible[0])
    chiffres: dict[str, int | Fraction] = {
        "libre": libre,
        "eligible": eligible[0],
        "taux": quart.valeur,
        "minimum": exige,
    }
    phrase = (
        f"{format_montant(libre)} sont libres de soutien public, pour un minimum de {format_montant(exige)} "
        f"({format_montant(eligible[1])} de coûts admissibles)."
    )
    if libre >= exige:
        return build_verdict(
            regle=IDENTIFIANT,
            code="respectee",
            severite=Severite.INFORMATION,
            respectee=True,
            chiffres=chiffres,
            texte=quart.citation,
            phrase=phrase,
        )
    if libre >= exige_au_moins:
        manquantes = [] if is_zone_sure else [DONNEE_ZONE]
        if plan.entreprise.taille is None and intensite.basse < intensite.haute:
            manquantes.append(DONNEE_TAILLE)
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="donnees_manquantes",
            phrase=phrase,
            texte=quart.citation,
            manquantes=manquantes
            or ["les coûts admissibles communs à ces aides, que les lignes disent différents"],
            chiffres=chiffres,
            lignes=get_identifiants(aides),
        )
    manque = exige - libre
    reductibles = [li for li in plan.aides_publiques if li.nature is NatureLigne.SUBVENTION]
    remede = find_remede_part_libre(plan=plan, lignes=reductibles, manque=manque)
    is_sure = quart.is_verifiee and PARAMETRES["confirmation_juriste.r13"].at(plan.jour).valeur == 1
    return build_verdict(
        regle=IDENTIFIANT,
        code="insuffisante",
        severite=Severite.BLOQUANT if is_sure else Severite.AVERTISSEMENT,
        respectee=False,
        chiffres=chiffres | {"manque": manque},
        texte=quart.citation,
        phrase=f"{phrase} Il en manque {format_montant(manque)}."
        + ("" if remede else say_acquis(reductibles)),
        remede=remede,
        lignes=get_identifiants(aides),
    )


def _is_libre(ligne: Ligne) -> bool:
    return ligne.nature in NATURES_LIBRES and ligne.origine in (
        OrigineFinanceur.PORTEUR,
        OrigineFinanceur.PRIVE,
    )
