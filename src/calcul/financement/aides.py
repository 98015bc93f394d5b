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
    """Les subventions publiques inscrites au plan ; avant la première date connue, l'Europe compte sans certitude."""
    europe = PARAMETRES["europe_compte_comme_argent_public"].find(plan.jour)
    hors_europe = (Categorie.PUBLIC,)
    avec_europe = (Categorie.PUBLIC, Categorie.EUROPE)
    categories = avec_europe if europe is None or europe.valeur else hors_europe
    return AidesPubliques(
        total=plan.total(*categories),
        certain=plan.total(*(categories if europe is not None and europe.is_verifiee else hors_europe)),
        categories=categories,
        lignes=tuple(ligne for ligne in plan.lignes_comptees if ligne.categorie in categories),
    )
