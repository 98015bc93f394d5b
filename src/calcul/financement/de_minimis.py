"""Registre des aides de minimis d'une entreprise unique, sur trois ans glissants, de date à date.

Source : règlement (UE) 2023/2831 du 13 décembre 2023, articles 2 et 3. L'aide compte au jour où naît le droit de la
recevoir, quel que soit le jour du paiement. Le plafond est celui de l'« entreprise unique » : l'entreprise et toutes
celles que relie un lien de contrôle, même par l'intermédiaire d'une autre.

Fenêtre : une aide du 15 mars 2023 compte encore le 15 mars 2026 selon la page suivie, qui remonte au même jour trois
ans plus tôt ; elle est sûrement sortie le 16. Le jour même est dit « incertain » : une règle ne bloque pas dessus.

Unités : centimes entiers d'équivalent-subvention brut.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from calcul.calendrier import add_annees


class LienControle(StrEnum):
    """Les liens qui font une entreprise unique (article 2, paragraphe 2)."""

    MAJORITE_DES_VOIX = "majorite_des_voix"
    NOMINATION_DES_DIRIGEANTS = "nomination_des_dirigeants"
    INFLUENCE_DOMINANTE = "influence_dominante"
    ACCORD_ENTRE_ACTIONNAIRES = "accord_entre_actionnaires"


@dataclass(frozen=True, kw_only=True)
class Lien:
    """Un lien de contrôle entre deux entreprises (numéros SIREN), de `depuis` à `jusqua` compris (None : il dure)."""

    siren: str
    autre: str
    nature: LienControle
    depuis: date
    jusqua: date | None = None

    def is_actif(self, jour: date) -> bool:
        return self.depuis <= jour and (self.jusqua is None or jour <= self.jusqua)


@dataclass(frozen=True, kw_only=True)
class AideDeMinimis:
    """Une aide déjà reçue : à qui, quel jour le droit est né, combien. Erreur : ValueError pour un montant négatif."""

    siren: str
    jour: date
    montant: int
    financeur: str = ""
    sieg: bool = False

    def __post_init__(self) -> None:
        if self.montant < 0:
            raise ValueError(
                f"aide de minimis du {self.jour}\u00a0: montant négatif ({self.montant} centimes)"
            )


@dataclass(frozen=True, kw_only=True)
class Cumul:
    """Centimes reçus dans la fenêtre : `certain` sans le premier jour, `possible` avec lui."""

    certain: int
    possible: int


def compute_entreprise_unique(siren: str, liens: Iterable[Lien], jour: date) -> frozenset[str]:
    """Les numéros SIREN de l'entreprise unique ce jour-là, elle comprise ; les liens valent dans les deux sens."""
    actifs = [lien for lien in liens if lien.is_actif(jour)]
    unique, a_voir = {siren}, [siren]
    while a_voir:
        courant = a_voir.pop()
        for lien in actifs:
            if courant in (lien.siren, lien.autre):
                voisine = lien.autre if lien.siren == courant else lien.siren
                if voisine not in unique:
                    unique.add(voisine)
                    a_voir.append(voisine)
    return frozenset(unique)


def select_registre(
    aides: Iterable[AideDeMinimis], *, entreprise_unique: frozenset[str], sieg: bool = False
) -> tuple[AideDeMinimis, ...]:
    """Les aides de l'entreprise unique, de la plus ancienne à la plus récente."""
    retenues = (aide for aide in aides if aide.siren in entreprise_unique and aide.sieg is sieg)
    return tuple(sorted(retenues, key=lambda aide: aide.jour))


def compute_cumul(aides: Iterable[AideDeMinimis], *, jour: date, annees: int) -> Cumul:
    """Les centimes reçus dans les `annees` années qui finissent ce `jour`, lui compris."""
    certain = possible = 0
    for aide in aides:
        anniversaire = add_annees(aide.jour, annees)
        if aide.jour <= jour <= anniversaire:
            possible += aide.montant
            certain += aide.montant if jour < anniversaire else 0
    return Cumul(certain=certain, possible=possible)


def find_premier_jour(
    aides: Sequence[AideDeMinimis], *, montant: int, plafond: int, annees: int, a_partir_de: date
) -> date | None:
    """Le premier jour où une aide de `montant` centimes tient sûrement sous le plafond ; None si elle le dépasse seule.

    Une aide quitte sûrement la fenêtre le lendemain de son anniversaire : seuls ces jours-là changent la somme.
    """
    if montant > plafond:
        return None
    sorties = {add_annees(aide.jour, annees) + timedelta(days=1) for aide in aides}
    for jour in sorted({a_partir_de, *(sortie for sortie in sorties if sortie > a_partir_de)}):
        futures = [aide for aide in aides if aide.jour > jour]
        if not futures and compute_cumul(aides, jour=jour, annees=annees).possible + montant <= plafond:
            return jour
    return None
