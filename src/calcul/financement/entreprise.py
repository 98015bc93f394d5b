"""Taille d'une entreprise au sens européen : micro, petite, moyenne, grande.

Règle : l'effectif est sous le seuil de la taille, et le chiffre d'affaires ou le total du bilan ne dépasse pas le sien. Les
entreprises liées comptent pour toutes leurs données, les entreprises partenaires (de 25 % à moins de 50 %) au prorata.
Un dépassement ne change la taille qu'après deux exercices de suite.

Source : règlement (UE) n° 651/2014, annexe I, articles 2 à 6. Les seuils sont lus ; le prorata et les deux exercices sont
à confirmer.

Unités : effectifs en unités de travail par an (fractions exactes), centimes entiers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from calcul.financement.aide_etat import TailleEntreprise
from calcul.parametres import PARAMETRES

_TAILLES = (TailleEntreprise.MICRO, TailleEntreprise.PETITE, TailleEntreprise.MOYENNE)
PART_LIEE = Fraction(1, 2)
PART_PARTENAIRE = Fraction(1, 4)


@dataclass(frozen=True, kw_only=True)
class Exercice:
    """Les données d'un exercice clos : unités de travail par an, centimes. Erreur : ValueError pour une valeur négative."""

    effectif: Fraction
    chiffre_affaires: Fraction
    bilan: Fraction

    def __post_init__(self) -> None:
        if min(self.effectif, self.chiffre_affaires, self.bilan) < 0:
            raise ValueError("ni l’effectif, ni le chiffre d’affaires, ni le bilan ne sont négatifs")


@dataclass(frozen=True, kw_only=True)
class Participation:
    """Une autre entreprise et la part du capital ou des voix, la plus élevée des deux, qui la relie à celle-ci."""

    part: Fraction
    exercice: Exercice


def consolidate(exercice: Exercice, participations: Iterable[Participation]) -> Exercice:
    """L'exercice de l'entreprise avec celles qui lui sont liées (plus de 50 %) et ses partenaires (25 % à 50 %)."""
    effectif, chiffre_affaires, bilan = exercice.effectif, exercice.chiffre_affaires, exercice.bilan
    for participation in participations:
        if participation.part < PART_PARTENAIRE:
            continue
        part = Fraction(1) if participation.part > PART_LIEE else participation.part
        effectif += part * participation.exercice.effectif
        chiffre_affaires += part * participation.exercice.chiffre_affaires
        bilan += part * participation.exercice.bilan
    return Exercice(effectif=effectif, chiffre_affaires=chiffre_affaires, bilan=bilan)


def compute_taille(exercice: Exercice, *, jour: date) -> TailleEntreprise:
    """La taille que donne un seul exercice, aux seuils du jour. Erreur : ParametreSansValeur."""
    for taille in _TAILLES:
        effectif, chiffre_affaires, bilan = (
            PARAMETRES[f"{cle}.{taille}"].at(jour).valeur
            for cle in ("pme_effectif", "pme_chiffre_affaires", "pme_bilan")
        )
        if exercice.effectif < effectif and (
            exercice.chiffre_affaires <= chiffre_affaires or exercice.bilan <= bilan
        ):
            return taille
    return TailleEntreprise.GRANDE


def compute_taille_acquise(exercices: Sequence[Exercice], *, jour: date) -> TailleEntreprise:
    """La taille après ces exercices, du plus ancien au plus récent : un changement vaut au bout de deux de suite.

    Deux exercices hors de la taille acquise suffisent, même s'ils en donnent deux autres ; la plus récente vaut alors.
    Erreur : ValueError sans exercice, ParametreSansValeur.
    """
    if not exercices:
        raise ValueError("la taille d’une entreprise se lit sur au moins un exercice")
    tailles = [compute_taille(exercice, jour=jour) for exercice in exercices]
    acquise, precedente = tailles[0], tailles[0]
    for taille in tailles[1:]:
        if acquise not in (taille, precedente):
            acquise = taille
        precedente = taille
    return acquise
