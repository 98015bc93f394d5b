"""Ce qu'une règle répond : quelle règle, quels chiffres, quel texte, quoi changer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from calcul.financement.modele import Plan


class Severite(StrEnum):
    """BLOQUANT : le texte lu interdit ce plan. AVERTISSEMENT : à vérifier. INFORMATION : rien à faire."""

    BLOQUANT = "bloquant"
    AVERTISSEMENT = "avertissement"
    INFORMATION = "information"


@dataclass(frozen=True, kw_only=True)
class Remede:
    """Un changement qui lève le verdict sans violer une autre règle.

    Centimes : `retire` d'aides publiques, `ajoute` d'autofinancement ; `public` et `propre` après le changement ;
    `reste` ce que le coût attend encore. `plan` est le plan changé ; rien n'y est accordé de plus qu'avant.
    """

    retire: int
    ajoute: int
    public: int
    propre: int
    reste: int
    plan: Plan
    phrase: str
    alternative: "Remede | None" = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """La réponse d'une règle. `respectee` vaut None quand la règle ne s'applique pas ou ne peut pas être évaluée.

    `chiffres` : centimes (int) et parts exactes (Fraction) ; `texte` : la référence citée par le paramètre suivi ;
    `phrase` : ce qui se passe, combien, pourquoi.
    """

    regle: str
    code: str
    severite: Severite
    respectee: bool | None
    chiffres: Mapping[str, int | Fraction]
    texte: str
    phrase: str
    remede: Remede | None = None

    @property
    def is_bloquant(self) -> bool:
        """La règle est violée et son texte a été lu."""
        return self.respectee is False and self.severite is Severite.BLOQUANT
