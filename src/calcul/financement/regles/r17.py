"""R17 — Avance et acomptes d'une subvention de l'État.

Règle : l'avance versée au démarrage ne dépasse pas 30 % de la subvention, 60 % avec une garantie bancaire, 15 % pour le fonds
vert en 2025. Les acomptes cumulés avant le solde ne dépassent pas 80 % de la subvention, 90 % si l'opération dure plus de
48 mois.

Source : décret n° 2018-514 du 25 juin 2018, article 12 ; pour le fonds vert et les dotations, instruction du 28 février
2025, NOR ATDB2506163J.

Formule : avance ≤ taux × S et versements avant solde ≤ taux × S, où S est la subvention accordée. Les dotations ne suivent
ici que l'avance. La version du texte est celle du jour de la décision, à défaut celle du jour du plan.

Prudence : un versement est l'affaire du financeur ; la règle avertit et ne bloque jamais.

Remède : une avance trop haute sans garantie peut être couverte par une garantie bancaire ; le reste se règle au prochain
versement.

Unités : centimes entiers, comparés sans arrondi.
"""

from dataclasses import dataclass, replace
from math import floor

from calcul.financement.modele import FONDS_VERT, CertitudeLigne, Ligne, Plan
from calcul.financement.remedes import build_demarche, replace_lignes
from calcul.financement.reponses import (
    HORS_PERIODE,
    get_identifiants,
    repond_hors_periode,
    say_ligne,
    say_lignes,
)
from calcul.financement.verdict import (
    Remede,
    Severite,
    Verdict,
    build_a_verifier,
    build_sans_objet,
    build_verdict,
)
from calcul.montants import format_montant, format_taux
from calcul.parametres import PARAMETRES, ValeurDatee

IDENTIFIANT = "R17"
TITRE = "Avance et acomptes d’une subvention de l’État"
PARAMETRES_SUIVIS: tuple[str, ...] = (
    "plafond_avance.sans_garantie",
    "plafond_avance.avec_garantie",
    "plafond_avance_fonds_vert",
    "plafond_acomptes.duree_ordinaire",
    "plafond_acomptes.plus_de_48_mois",
    "duree_longue",
)
CODES: tuple[str, ...] = ("sans_versement", "respectee", "duree_inconnue", "depassement", HORS_PERIODE)


@dataclass(frozen=True, kw_only=True)
class Versement:
    """Ce qui est versé sur une ligne face à ce qui peut l'être, en centimes. `quoi` : « avance » ou « acomptes »."""

    ligne: Ligne
    quoi: str
    verse: int
    taux: ValeurDatee

    @property
    def plafond(self) -> int:
        return floor(self.taux.valeur * self.ligne.montant)

    @property
    def exces(self) -> int:
        return max(self.verse - self.plafond, 0)

    @property
    def phrase(self) -> str:
        return (
            f"{self.quoi} de {say_ligne(self.ligne)}\u00a0: {format_montant(self.verse)} versés, pour "
            f"{format_montant(self.plafond)} au plus ({format_taux(self.taux.valeur)}), soit "
            f"{format_montant(self.exces)} de trop."
        )


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare l'avance et les acomptes de chaque subvention de l'État à leurs plafonds ; chiffres en centimes."""
    lignes = [
        li
        for li in plan.aides_publiques
        if li.etat is CertitudeLigne.ACCORDE
        and (li.is_budget_general or li.is_dotation)
        and li.paiements.cumul
        and not li.paiements.is_solde
    ]
    if not lignes:
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="sans_versement",
            phrase="Aucune subvention de l’État n’a reçu d’avance ni d’acompte.",
        )
    versements = [versement for ligne in lignes for versement in _list_versements(plan, ligne)]
    depasses = [versement for versement in versements if versement.exces]
    texte = "\u00a0; ".join(dict.fromkeys(versement.taux.citation for versement in depasses or versements))
    if depasses:
        return build_verdict(
            regle=IDENTIFIANT,
            code="depassement",
            severite=Severite.AVERTISSEMENT,
            respectee=False,
            chiffres={"depassement": sum(versement.exces for versement in depasses)},
            texte=texte,
            phrase=" ".join(versement.phrase for versement in depasses),
            remede=_find_remede(plan, depasses),
            lignes=get_identifiants(versement.ligne for versement in depasses),
        )
    incertaines = [li for li in lignes if plan.duree_mois is None and _depends_on_duree(plan, li)]
    if incertaines:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="duree_inconnue",
            phrase=f"Les acomptes de {say_lignes(incertaines)} ne sont permis que si l’opération dure plus de 48 mois.",
            texte=texte,
            manquantes=["la durée prévue de l’opération"],
            lignes=get_identifiants(incertaines),
        )
    return build_verdict(
        regle=IDENTIFIANT,
        code="respectee",
        severite=Severite.INFORMATION,
        respectee=True,
        texte=texte,
        phrase="Les avances et les acomptes versés tiennent dans leurs plafonds.",
    )


def _get_taux_avance(plan: Plan, ligne: Ligne) -> ValeurDatee:
    jour = ligne.dates.decision or plan.jour
    if ligne.programme in FONDS_VERT and (taux := PARAMETRES["plafond_avance_fonds_vert"].find(jour)):
        return taux
    garantie = "avec_garantie" if ligne.paiements.garantie_bancaire else "sans_garantie"
    return PARAMETRES[f"plafond_avance.{garantie}"].at(jour)


def _get_taux_acomptes(plan: Plan, ligne: Ligne, duree_mois: int | None) -> ValeurDatee:
    jour = ligne.dates.decision or plan.jour
    # Sans durée connue, le plafond le plus haut : la règle demande la durée si elle change la réponse.
    is_longue = duree_mois is None or duree_mois > PARAMETRES["duree_longue"].at(jour).valeur
    return PARAMETRES[f"plafond_acomptes.{'plus_de_48_mois' if is_longue else 'duree_ordinaire'}"].at(jour)


def _list_versements(plan: Plan, ligne: Ligne) -> list[Versement]:
    versements = [
        Versement(
            ligne=ligne,
            quoi="Avance",
            verse=ligne.paiements.avance,
            taux=_get_taux_avance(plan, ligne),
        )
    ]
    if ligne.is_budget_general:
        taux = _get_taux_acomptes(plan, ligne, plan.duree_mois)
        versements.append(Versement(ligne=ligne, quoi="Acomptes", verse=ligne.paiements.cumul, taux=taux))
    return versements


def _depends_on_duree(plan: Plan, ligne: Ligne) -> bool:
    if not ligne.is_budget_general:
        return False
    courte = _get_taux_acomptes(plan, ligne, 0)
    return ligne.paiements.cumul > courte.valeur * ligne.montant


def _find_remede(plan: Plan, depasses: list[Versement]) -> Remede | None:
    """Une garantie bancaire, quand elle seule suffit à permettre l'avance versée."""
    garanties = [
        replace(v.ligne, paiements=replace(v.ligne.paiements, garantie_bancaire=True)) for v in depasses
    ]
    change = replace_lignes(plan, garanties)
    if any(versement.exces for ligne in garanties for versement in _list_versements(plan, ligne)):
        return None
    if any(plan.duree_mois is None and _depends_on_duree(plan, ligne) for ligne in garanties):
        return None
    return build_demarche(
        plan=change,
        phrase=f"Obtenir une garantie bancaire pour l’avance de {say_lignes(v.ligne for v in depasses)}.",
    )
