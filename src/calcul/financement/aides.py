"""Le total des aides publiques d'un plan, fonds européens compris selon le paramètre du jour."""

from dataclasses import dataclass

from calcul.financement.modele import Categorie, Ligne, Plan
from calcul.parametres import PARAMETRES


@dataclass(frozen=True, kw_only=True)
class AidesPubliques:
    """Centimes. `total` suit la lecture par défaut ; `certain` ne compte l'Europe que si un texte lu le dit."""

    total: int
    certain: int
    categories: tuple[Categorie, ...]
    lignes: tuple[Ligne, ...]


def compute_aides_publiques(plan: Plan) -> AidesPubliques:
    """Les subventions publiques inscrites au plan. Erreur : ParametreSansValeur avant la première date connue."""
    europe = PARAMETRES["europe_compte_comme_argent_public"].at(plan.jour)
    hors_europe = (Categorie.PUBLIC,)
    avec_europe = (Categorie.PUBLIC, Categorie.EUROPE)
    categories = avec_europe if europe.valeur else hors_europe
    return AidesPubliques(
        total=plan.total(*categories),
        certain=plan.total(*(categories if europe.is_verifiee else hors_europe)),
        categories=categories,
        lignes=tuple(ligne for ligne in plan.lignes_comptees if ligne.categorie in categories),
    )
