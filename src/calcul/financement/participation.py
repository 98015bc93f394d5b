"""Part minimale du maître d'ouvrage : ce que R03 (20 %) et R04 (30 %) ont en commun.

Formule : OWN ≥ t × (OWN + PUB). Le champ, les exceptions et les doutes sont ceux de l'article L. 1111-10, III, du code
général des collectivités territoriales. Unités : centimes entiers ; parts exactes.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

from calcul.financement.aides import AidesPubliques, compute_aides_publiques
from calcul.financement.modele import (
    Categorie,
    NatureLigne,
    OrigineFinanceur,
    Plan,
    TypePorteur,
    get_exceptions,
    get_valeur_exception,
)
from calcul.financement.remedes import build_remede, compute_reductible
from calcul.financement.verdict import Remede
from calcul.montants import format_taux
from calcul.parametres import PARAMETRES, ParametreSansValeur, ValeurDatee

PARAMETRES_COMMUNS: tuple[str, ...] = (
    "europe_compte_comme_argent_public",
    "exemption_outre_mer",
    *(f"exception_participation_{code}" for code in get_exceptions()),
)
SANS_OBJET = {
    "porteur_non_concerne": "La part minimale ne concerne que les collectivités et leurs groupements.",
    "fonctionnement": "La part minimale ne concerne que les opérations d’investissement.",
    "outre_mer": "La part minimale ne s’applique pas aux collectivités d’outre-mer.",
    "exception": "Exception invoquée\u00a0: {exception}. Aucune part minimale n’est vérifiée ici\u00a0; joignez la décision.",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """La part du maître d'ouvrage face à un taux, en centimes. `favorable` : respectée selon la lecture la plus
    favorable des `doutes`, les points qu'aucun texte lu ne tranche."""

    propre: int
    aides: AidesPubliques
    minimum: int
    is_respectee: bool
    is_favorable: bool
    doutes: tuple[str, ...]

    @property
    def manque(self) -> int:
        return max(self.minimum - self.propre, 0)

    @property
    def part(self) -> Fraction | None:
        """La part dans l'argent public ; None sans aide publique."""
        return Fraction(self.propre, self.propre + self.aides.total) if self.aides.total else None


def is_suffisante(*, propre: int, public: int, taux: Fraction) -> bool:
    """La formule de la règle, exacte au centime."""
    return propre >= taux * (propre + public)


def get_raison_sans_objet(plan: Plan) -> str | None:
    """Pourquoi aucune part minimale ne s'applique (clé de SANS_OBJET), ou None. Erreur : ParametreSansValeur."""
    if plan.porteur is not TypePorteur.COLLECTIVITE:
        return "porteur_non_concerne"
    if not plan.est_investissement:
        return "fonctionnement"
    if plan.outre_mer and PARAMETRES["exemption_outre_mer"].at(plan.jour).valeur:
        return "outre_mer"
    return None


def get_exception(plan: Plan) -> ValeurDatee | None:
    """La part qui reste sous l'exception invoquée, ou None sans exception connue ce jour-là."""
    if not plan.exception_participation:
        return None
    try:
        return get_valeur_exception(plan.exception_participation, plan.jour)
    except ParametreSansValeur:
        return None


def compute_part(plan: Plan, taux: ValeurDatee) -> Part:
    """La part du maître d'ouvrage face au taux."""
    aides = compute_aides_publiques(plan)
    propre, propre_favorable = plan.total(Categorie.PROPRE), _get_propre_favorable(plan)
    doutes_de_date = _get_doutes_de_date(plan, taux)
    is_respectee = is_suffisante(propre=propre, public=aides.total, taux=taux.valeur)
    doutes = [*doutes_de_date]
    if aides.certain < aides.total:
        doutes.append("si les fonds européens sont de l’argent public")
    if propre < propre_favorable:
        doutes.append("si les avances et les apports en nature du porteur font partie de sa part")
    return Part(
        propre=propre,
        aides=aides,
        minimum=get_minimum(public=aides.total, taux=taux.valeur),
        is_respectee=is_respectee,
        is_favorable=is_respectee
        or bool(doutes_de_date)
        or is_suffisante(propre=propre_favorable, public=aides.certain, taux=taux.valeur),
        doutes=tuple(doutes),
    )


def get_minimum(*, public: int, taux: Fraction) -> int:
    """Le plus petit autofinancement, en centimes, que la règle admet pour ce montant d'aides."""
    return ceil(taux / (1 - taux) * public)


def get_public_possible(plan: Plan, aides: AidesPubliques, taux: Fraction) -> int:
    """Le plus d'aides publiques, en centimes, quand l'autofinancement prend tout ce que le coût lui laisse."""
    ensemble = plan.total(Categorie.PROPRE) + aides.total + plan.marge
    return ensemble - ceil(taux * ensemble)


def format_part(part: Fraction) -> str:
    """Part en pourcentage, arrondie par défaut : 19,999 % ne s'affiche jamais « 20 % »."""
    return format_taux(Fraction(floor(part * 10_000), 10_000))


def find_remede_part(plan: Plan, taux: Fraction) -> Remede | None:
    """Le plus petit changement qui suffit, ou None quand les aides acquises l'interdisent.

    Dans l'ordre : échanger à total inchangé ; ajouter dans ce que le coût attend encore ; les deux à la fois.
    """
    aides = compute_aides_publiques(plan)
    propre, marge, reductible = (
        plan.total(Categorie.PROPRE),
        plan.marge,
        compute_reductible(aides.lignes),
    )
    echange = ceil(taux * (propre + aides.total)) - propre
    ajout = get_minimum(public=aides.total, taux=taux) - propre
    remede = build_remede(plan=plan, lignes=aides.lignes, retire=0, ajoute=ajout) if ajout <= marge else None
    if echange <= reductible:
        return replace(
            build_remede(plan=plan, lignes=aides.lignes, retire=echange, ajoute=echange), alternative=remede
        )
    if remede is not None:
        return remede
    public = get_public_possible(plan, aides, taux)
    if aides.total - public > reductible:
        return None
    return build_remede(
        plan=plan, lignes=aides.lignes, retire=aides.total - public, ajoute=aides.total - public + marge
    )


def _get_doutes_de_date(plan: Plan, taux: ValeurDatee) -> list[str]:
    """Les points qu'aucun texte lu ne tranche au jour du plan, en mots."""
    doutes = [] if taux.is_verifiee else ["le taux suivi"]
    if plan.outre_mer:
        doutes.append("la date de l’exemption d’outre-mer")
    if plan.exception_participation and get_exception(plan) is None:
        doutes.append("la date de l’exception invoquée, inconnue ce jour-là")
    return doutes


def _get_propre_favorable(plan: Plan) -> int:
    nature = sum(
        li.montant
        for li in plan.lignes_comptees
        if li.nature is NatureLigne.NATURE and li.origine is OrigineFinanceur.PORTEUR
    )
    return plan.total(Categorie.PROPRE, Categorie.AVANCE) + nature
