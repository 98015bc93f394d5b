"""Ce qu'une règle répond : quelle règle, quels chiffres, quel texte, quoi changer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from calcul.financement.modele import Plan
from calcul.francais import enumere, typographie


class Severite(StrEnum):
    """BLOQUANT : le texte lu interdit ce plan. AVERTISSEMENT : à vérifier. RAPPEL : une échéance à tenir, qui ne bloque
    rien. INFORMATION : rien à faire."""

    BLOQUANT = "bloquant"
    AVERTISSEMENT = "avertissement"
    RAPPEL = "rappel"
    INFORMATION = "information"


@dataclass(frozen=True, kw_only=True)
class Remede:
    """Un changement qui lève le verdict sans violer une autre règle.

    Centimes : `retire` d'aides publiques, `ajoute` d'autofinancement (0 et 0 : une démarche, une date) ; `public` et
    `propre` après le changement ; `reste` ce que le coût attend encore. `plan` est le plan changé ; rien n'y est accordé
    de plus qu'avant.
    """

    retire: int
    ajoute: int
    public: int
    propre: int
    reste: int
    plan: Plan
    phrase: str
    alternative: "Remede | None" = None

    @property
    def montants(self) -> dict[str, int]:
        """Les montants du plan changé, en centimes, par identifiant de ligne."""
        return {ligne.identifiant: ligne.montant for ligne in self.plan.lignes}


@dataclass(frozen=True, kw_only=True)
class Echeance:
    """Un délai de droit : le dernier jour `limite` (compris), les jours de rappel, et ce qui arrive après.

    Rien n'est appliqué par le calcul : un délai passé se constate par quelqu'un. `is_tenue` : l'acte attendu a eu lieu
    à temps ; None : il n'a pas eu lieu. `is_facultative` : une possibilité qui s'éteint, sans rien faire perdre.
    """

    code: str
    ligne: str
    limite: date
    rappels: tuple[date, ...]
    is_tenue: bool | None
    texte: str
    is_verifiee: bool
    phrase: str
    is_facultative: bool = False

    def is_depassee(self, jour: date) -> bool:
        """Le dernier jour est passé sans que l'acte ait eu lieu, ou il a eu lieu trop tard."""
        if self.is_facultative:
            return False
        return self.is_tenue is False or (self.is_tenue is None and jour > self.limite)

    def is_a_venir(self, jour: date) -> bool:
        """L'acte reste à faire et le dernier jour n'est pas passé."""
        return self.is_tenue is None and jour <= self.limite


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """La réponse d'une règle. `respectee` vaut None quand la règle ne s'applique pas ou ne peut pas être évaluée.

    `chiffres` : centimes (int) et parts exactes (Fraction) ; `texte` : la référence citée par le paramètre suivi ;
    `phrase` : ce qui se passe, combien, pourquoi ; `manquantes` : les données à saisir pour trancher, en mots ;
    `lignes` : identifiants des lignes en cause ; `echeances` : les délais que la règle suit.
    """

    regle: str
    code: str
    severite: Severite
    respectee: bool | None
    chiffres: Mapping[str, int | Fraction]
    texte: str
    phrase: str
    remede: Remede | None = None
    manquantes: tuple[str, ...] = ()
    lignes: tuple[str, ...] = ()
    echeances: tuple[Echeance, ...] = ()

    @property
    def is_bloquant(self) -> bool:
        """La règle est violée et son texte a été lu."""
        return self.respectee is False and self.severite is Severite.BLOQUANT

    @property
    def is_a_verifier(self) -> bool:
        """Il manque une donnée pour trancher."""
        return self.respectee is None and self.severite is Severite.AVERTISSEMENT

    @property
    def is_leve(self) -> bool:
        """Il n'y a rien à changer : la règle est respectée, ou sans objet."""
        return self.respectee is True or (self.respectee is None and not self.is_a_verifier)


def build_verdict(
    *,
    regle: str,
    code: str,
    severite: Severite,
    respectee: bool | None,
    phrase: str,
    texte: str,
    chiffres: Mapping[str, int | Fraction] | None = None,
    remede: Remede | None = None,
    manquantes: Sequence[str] = (),
    lignes: Sequence[str] = (),
    echeances: Sequence[Echeance] = (),
) -> Verdict:
    """Un verdict dont les phrases sont en typographie française."""
    return Verdict(
        regle=regle,
        code=code,
        severite=severite,
        respectee=respectee,
        chiffres=chiffres or {},
        texte=typographie(texte),
        phrase=typographie(phrase),
        remede=remede,
        manquantes=tuple(typographie(donnee) for donnee in manquantes),
        lignes=tuple(lignes),
        echeances=tuple(echeances),
    )


def build_sans_objet(*, regle: str, code: str, phrase: str, texte: str = "") -> Verdict:
    """La règle ne s'applique pas à ce plan, et la phrase dit pourquoi."""
    return build_verdict(
        regle=regle, code=code, severite=Severite.INFORMATION, respectee=None, phrase=phrase, texte=texte
    )


def build_a_verifier(
    *,
    regle: str,
    code: str,
    phrase: str,
    texte: str,
    manquantes: Sequence[str],
    chiffres: Mapping[str, int | Fraction] | None = None,
    lignes: Sequence[str] = (),
) -> Verdict:
    """La réponse dépend d'une donnée que personne n'a saisie ; la phrase finit par dire laquelle."""
    return build_verdict(
        regle=regle,
        code=code,
        severite=Severite.AVERTISSEMENT,
        respectee=None,
        phrase=f"{phrase} À saisir\u00a0: {enumere(list(manquantes))}.",
        texte=texte,
        chiffres=chiffres,
        manquantes=manquantes,
        lignes=lignes,
    )
