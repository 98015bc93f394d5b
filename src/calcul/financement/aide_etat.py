"""Aides d'État : le fondement d'une aide, l'entreprise qui la reçoit, la zone où elle investit.

Vocabulaire : un « régime » est ce qui rend l'aide compatible avec le marché intérieur ; l'« équivalent-subvention
brut » est ce que vaut une aide qui n'est pas une subvention (prêt bonifié, avance, garantie). Centimes entiers.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from calcul.financement.de_minimis import AideDeMinimis


class RegimeAide(StrEnum):
    """Sur quoi repose une aide publique à une entreprise. MARCHE : investisseur avisé, qui n'est pas une aide."""

    HORS_AIDE = "hors_aide"
    DE_MINIMIS = "de_minimis"
    DE_MINIMIS_SIEG = "de_minimis_sieg"
    EXEMPTE = "exempte"
    NOTIFIE = "notifie"
    MARCHE = "marche"


# Ceux qui comptent dans l'aide d'État reçue par l'entreprise.
REGIMES_AIDE = (RegimeAide.DE_MINIMIS, RegimeAide.DE_MINIMIS_SIEG, RegimeAide.EXEMPTE, RegimeAide.NOTIFIE)


class TailleEntreprise(StrEnum):
    """Au sens de l'annexe I du règlement (UE) n° 651/2014. Une « ETI » y est une grande entreprise."""

    MICRO = "micro"
    PETITE = "petite"
    MOYENNE = "moyenne"
    GRANDE = "grande"


class TypeZoneAfr(StrEnum):
    """Zone d'aide à finalité régionale : « a » (outre-mer), « c » (métropole), ou hors zone."""

    HORS_ZONE = "hors_zone"
    A = "a"
    C = "c"


@dataclass(frozen=True, kw_only=True)
class ZoneAfr:
    """La zone d'un projet et le taux d'une grande entreprise, lus commune par commune, jamais supposés.

    `taux` est vide hors zone. Erreur : ValueError si la zone et le taux se contredisent.
    """

    type: TypeZoneAfr
    taux: Fraction | None = None
    reference: str = ""

    def __post_init__(self) -> None:
        if (self.taux is None) != (self.type is TypeZoneAfr.HORS_ZONE):
            raise ValueError(
                "une zone d’aide à finalité régionale a un taux\u00a0; hors zone, il n’y en a pas"
            )
        if self.taux is not None and not 0 < self.taux <= 1:
            raise ValueError(f"taux de zone impossible\u00a0: {self.taux}")


@dataclass(frozen=True, kw_only=True)
class Entreprise:
    """L'entreprise aidée. Ce qui n'est pas connu vaut None, et la règle qui en a besoin le demande.

    `aides_de_minimis` : celles de toute l'entreprise unique (`de_minimis.compute_entreprise_unique`), ou None si
    l'entreprise ne les a pas encore déclarées.
    """

    taille: TailleEntreprise | None = None
    en_difficulte: bool | None = None
    zone: ZoneAfr | None = None
    aides_de_minimis: tuple[AideDeMinimis, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class AideEtat:
    """Ce qui fonde une ligne au regard des aides d'État.

    - `article` : clé d'`intensites.ARTICLES` quand le régime est EXEMPTE ; vide : pas encore dit.
    - `assiette` : nom des coûts aidés ; deux lignes de même assiette aident les mêmes coûts.
    - `equivalent` : équivalent-subvention brut en centimes ; None : le montant pour une subvention, inconnu sinon.
    - `intensite` : l'intensité maximale d'un régime NOTIFIE, lue dans sa décision.
    - `majorations` : celles demandées (`intensites.MAJORATIONS`).
    - `declaration` : jour où l'entreprise a déclaré ses aides de minimis ; False si elle ne l'a pas fait.
    - `registre`, `transparence` : jour de l'inscription au registre de minimis, de la publication ; False : pas faite.

    None partout : pas encore dit. Erreur : ValueError pour un équivalent négatif.
    """

    regime: RegimeAide | None = None
    article: str = ""
    assiette: str = ""
    equivalent: int | None = None
    intensite: Fraction | None = None
    majorations: tuple[str, ...] = ()
    declaration: date | Literal[False] | None = None
    registre: date | Literal[False] | None = None
    transparence: date | Literal[False] | None = None

    def __post_init__(self) -> None:
        if (self.equivalent or 0) < 0:
            raise ValueError("l’équivalent-subvention brut n’est jamais négatif")
