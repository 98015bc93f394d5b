"""Ce que R03, R05, R07 et les aides d'État laissent aux octrois d'une fiche, en euros.

Une règle a une seule maison (calcul.financement.regles) : ici on lui demande, sur un plan d'épreuve, si elle joue et
avec quel taux ; puis on en tire un plafond linéaire. Chaque plan proposé est ensuite jugé par les règles elles-mêmes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import floor

from calcul.financement.aides import compute_aides_publiques
from calcul.financement.modele import (
    Categorie,
    CertitudeLigne,
    Ligne,
    NatureLigne,
    OrigineFinanceur,
    Plan,
    TypePorteur,
)
from calcul.financement.regles import REGLES
from calcul.programmation.modele import EURO, Dispositif, Fiche, build_plan_programme

SANS_PLAFOND = 10**15  # euros : plus que tout montant saisi

# Rang d'une aide dans les groupes emboîtés : le groupe r contient les rangs 0 à r.
DOTATION, PUBLIQUE, EUROPEENNE, HORS_GROUPE = range(4)
GROUPES = 3

_REGLES = {regle.IDENTIFIANT: regle for regle in REGLES}
_BASE = 1_000_000  # centimes : le plan d'épreuve


@dataclass(frozen=True, kw_only=True, slots=True)
class Plafonds:
    """Euros encore permis par groupe (dotations, publiques, publiques et européennes) et, quand une subvention du
    budget général de l'État est servie, pour les publiques. Négatif : ce qui est déjà inscrit dépasse la règle.
    `levier` : euros d'aides publiques que R03 permet par euro de part propre (None : R03 ne joue pas)."""

    groupes: tuple[int, int, int]
    avec_budget_general: int
    levier: Fraction | None


@lru_cache(maxsize=4096)
def get_taux_regle(
    regle: str, porteur: TypePorteur, est_investissement: bool, outre_mer: bool, exception: str, jour: date
) -> Fraction | None:
    """Le taux que la règle applique à un plan de ce profil, ou None quand elle ne joue pas."""
    if regle not in _REGLES:
        return None
    origine = OrigineFinanceur.ETAT_DOTATION if regle == "R05" else OrigineFinanceur.ETAT_BUDGET_GENERAL
    lignes = tuple(
        Ligne(
            identifiant=nature.value,
            financeur="épreuve",
            nature=nature,
            origine=o,
            montant=_BASE // 2,
            etat=CertitudeLigne.PRESSENTI,
        )
        for nature, o in (
            (NatureLigne.SUBVENTION, origine),
            (NatureLigne.AUTOFINANCEMENT, OrigineFinanceur.PORTEUR),
        )
    )
    epreuve = Plan(
        cout_total=_BASE,
        depense_eligible=_BASE,
        lignes=lignes,
        porteur=porteur,
        est_investissement=est_investissement,
        outre_mer=outre_mer,
        exception_participation=exception,
        jour=jour,
    )
    taux = _REGLES[regle].evaluer(epreuve).chiffres.get("taux")
    return None if taux is None else Fraction(taux)


@lru_cache(maxsize=512)
def _get_europe_comptee(jour: date) -> bool:
    vide = Plan(
        cout_total=0,
        depense_eligible=None,
        lignes=(),
        porteur=TypePorteur.AUTRE,
        est_investissement=True,
        outre_mer=False,
        exception_participation="",
        jour=jour,
    )
    return Categorie.EUROPE in compute_aides_publiques(vide).categories


def get_rang(dispositif: Dispositif, jour: date) -> int:
    """Le plus petit groupe qui contient cette aide ce jour-là."""
    categorie = dispositif.categorie
    if categorie is Categorie.PUBLIC:
        return DOTATION if dispositif.origine is OrigineFinanceur.ETAT_DOTATION else PUBLIQUE
    if categorie is Categorie.EUROPE:
        return PUBLIQUE if _get_europe_comptee(jour) else EUROPEENNE
    return HORS_GROUPE


def is_budget_general(dispositif: Dispositif) -> bool:
    """L'aide déclenche R07."""
    return (
        dispositif.nature is NatureLigne.SUBVENTION
        and dispositif.origine is OrigineFinanceur.ETAT_BUDGET_GENERAL
    )


def compute_plafonds(fiche: Fiche, dispositifs: Mapping[str, Dispositif]) -> Plafonds:
    """Les plafonds d'une fiche, les octrois déjà accordés déduits. Erreur : ParametreSansValeur."""
    plan = build_plan_programme(fiche, (), dispositifs) if fiche.accordees or fiche.appoint else fiche.plan
    profil = (plan.porteur, plan.est_investissement, plan.outre_mer, plan.exception_participation, plan.jour)
    comptees = (Categorie.PUBLIC, Categorie.EUROPE) if _get_europe_comptee(plan.jour) else (Categorie.PUBLIC,)
    publiques = plan.total(*comptees)
    dotations = publique = aides = budget_general = SANS_PLAFOND
    levier = None
    if (taux := get_taux_regle("R03", *profil)) is not None and 0 < taux < 1:
        levier = (1 - taux) / taux
        publique = (floor(plan.total(Categorie.PROPRE) * levier) - publiques) // EURO
    if (eligible := plan.depense_eligible) is not None:
        if (taux := get_taux_regle("R05", *profil)) is not None:
            inscrites = _total_subventions(plan, OrigineFinanceur.ETAT_DOTATION)
            dotations = (floor(taux * eligible) - inscrites) // EURO
        if (taux := get_taux_regle("R07", *profil)) is not None:
            budget_general = (floor(taux * eligible) - publiques) // EURO
            if _total_subventions(plan, OrigineFinanceur.ETAT_BUDGET_GENERAL):
                publique = min(publique, budget_general)
    if fiche.plafond_aides_etat is not None:
        aides = (fiche.plafond_aides_etat - plan.total(Categorie.PUBLIC, Categorie.EUROPE)) // EURO
    return Plafonds(
        groupes=(min(dotations, publique, aides), min(publique, aides), aides),
        avec_budget_general=min(budget_general, publique, aides),
        levier=levier,
    )


def _total_subventions(plan: Plan, origine: OrigineFinanceur) -> int:
    return sum(
        ligne.montant
        for ligne in plan.lignes_comptees
        if ligne.nature is NatureLigne.SUBVENTION and ligne.origine is origine
    )
