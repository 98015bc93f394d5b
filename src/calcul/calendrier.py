"""Dates : délais en années, mois et jours, comptés de date à date.

Règle unique : un délai de deux ans qui part du 15 mars 2024 finit le 15 mars 2026 compris. Quand le jour n'existe pas
(29 février, 31 du mois), le délai finit le dernier jour du mois (règlement (CEE, Euratom) n° 1182/71, article 3).
"""

from calendar import monthrange
from datetime import date


def add_mois(jour: date, mois: int) -> date:
    """Le même jour, `mois` mois plus tard (plus tôt si négatif) ; sinon le dernier jour de ce mois-là."""
    rang = jour.year * 12 + jour.month - 1 + mois
    annee, index = divmod(rang, 12)
    return date(annee, index + 1, min(jour.day, monthrange(annee, index + 1)[1]))


def add_annees(jour: date, annees: int) -> date:
    """Le même jour, `annees` années plus tard (plus tôt si négatif) ; le 29 février devient le 28."""
    return add_mois(jour, 12 * annees)
