"""À partir de quand un silence devient un signe : des seuils datés, en mois, tenus comme des données (`parametres/`)."""

from calendar import monthrange
from datetime import date
from pathlib import Path

from calcul.parametres import load_parametres

SEUILS = load_parametres(Path(__file__).parent / "parametres")


def subtract_mois(jour: date, mois: int) -> date:
    """Le même jour `mois` mois plus tôt, ou le dernier du mois s’il n’existe pas (31 mars − 1 mois : 28 ou 29 février)."""
    annee, rang = divmod(jour.year * 12 + jour.month - 1 - mois, 12)
    return date(annee, rang + 1, min(jour.day, monthrange(annee, rang + 1)[1]))


def get_mois(cle: str, au: date) -> int:
    """Le seuil en mois en vigueur ce jour-là. Erreur : ParametreSansValeur avant la première date."""
    return int(SEUILS[cle].at(au).valeur)


def get_limite(cle: str, au: date) -> date:
    """Le jour à partir duquel un dernier fait est trop ancien : un fait de ce jour-là ou d’avant fait signe."""
    return subtract_mois(au, get_mois(cle, au))
