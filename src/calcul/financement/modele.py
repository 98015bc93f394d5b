"""Le plan de financement tel que les règles le lisent. Montants en centimes entiers, jamais négatifs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from calcul.parametres import PARAMETRES, ValeurDatee

_PREFIXE_EXCEPTION = "exception_participation_"


class TypePorteur(StrEnum):
    """Qui porte l'opération. COLLECTIVITE comprend les groupements (EPCI, syndicat mixte, PETR)."""

    COLLECTIVITE = "collectivite"
    ENTREPRISE = "entreprise"
    ASSOCIATION = "association"
    ETABLISSEMENT_PUBLIC = "etablissement_public"
    AUTRE = "autre"


class NatureLigne(StrEnum):
    """Ce que l'argent est. NATURE : apport en nature, valorisé."""

    SUBVENTION = "subvention"
    AVANCE_REMBOURSABLE = "avance_remboursable"
    PRET = "pret"
    GARANTIE = "garantie"
    PRISE_PARTICIPATION = "prise_participation"
    AUTOFINANCEMENT = "autofinancement"
    EMPRUNT = "emprunt"
    PRIVE = "prive"
    NATURE = "nature"


class OrigineFinanceur(StrEnum):
    """D'où vient l'argent. ETAT_DOTATION : DETR, DSIL, DSID, DPV ; tout autre crédit de l'État (FNADT, fonds vert,
    plan de relance, France 2030…) est ETAT_BUDGET_GENERAL."""

    ETAT_BUDGET_GENERAL = "etat_budget_general"
    ETAT_DOTATION = "etat_dotation"
    REGION = "region"
    DEPARTEMENT = "departement"
    EPCI = "epci"
    COMMUNE = "commune"
    EUROPE = "europe"
    OPERATEUR = "operateur"
    AUTRE_PUBLIC = "autre_public"
    PORTEUR = "porteur"
    PRIVE = "prive"


class CertitudeLigne(StrEnum):
    """Où en est la réponse de celui qui paie.

    ANNONCE : une intention rendue publique par celui qui paie, sans décision ; compte comme une demande.
    ATTESTE : un papier a été reçu et déposé, le financeur n'a pas confirmé ; jamais compté comme accordé.
    ACCORDE : décision du financeur lui-même, ou confirmation du payeur pour l'autofinancement, l'emprunt, le privé.
    EXCLU : refusée, retirée ou caduque.
    """

    PRESSENTI = "pressenti"
    DEMANDE = "demande"
    ANNONCE = "annonce"
    ATTESTE = "atteste"
    ACCORDE = "accorde"
    EXCLU = "exclu"


class Categorie(StrEnum):
    """Le tas où tombe une ligne. EUROPE est à part de PUBLIC : un paramètre daté dit si elle s'y ajoute."""

    PUBLIC = "public"
    EUROPE = "europe"
    PROPRE = "propre"
    PRIVE = "prive"
    AVANCE = "avance"
    CAPITAL = "capital"
    NATURE = "nature"
    GARANTIE = "garantie"


class LigneImpossible(ValueError):
    """La nature et l'origine d'une ligne se contredisent ; le message est écrit pour la personne à l'écran."""


# L'emprunt et le prêt consentis au porteur sont des ressources propres : il les rembourse. L'avance remboursable
# n'entre ni dans l'argent public ni dans l'autofinancement. La garantie couvre un risque et n'apporte pas d'argent.
_CATEGORIES: Mapping[NatureLigne, Categorie] = MappingProxyType(
    {
        NatureLigne.SUBVENTION: Categorie.PUBLIC,
        NatureLigne.AVANCE_REMBOURSABLE: Categorie.AVANCE,
        NatureLigne.PRET: Categorie.PROPRE,
        NatureLigne.GARANTIE: Categorie.GARANTIE,
        NatureLigne.PRISE_PARTICIPATION: Categorie.CAPITAL,
        NatureLigne.AUTOFINANCEMENT: Categorie.PROPRE,
        NatureLigne.EMPRUNT: Categorie.PROPRE,
        NatureLigne.PRIVE: Categorie.PRIVE,
        NatureLigne.NATURE: Categorie.NATURE,
    }
)


def get_categorie(nature: NatureLigne, origine: OrigineFinanceur) -> Categorie:
    """La catégorie d'une ligne, d'après sa nature et son origine.

    Erreur : LigneImpossible pour une subvention du porteur à lui-même, un autofinancement venu d'ailleurs, un argent
    privé d'origine publique.
    """
    if nature is NatureLigne.SUBVENTION and origine is OrigineFinanceur.PORTEUR:
        raise LigneImpossible(
            "Le porteur ne se subventionne pas lui-même\u00a0: inscrivez cette somme en autofinancement."
        )
    if nature is NatureLigne.AUTOFINANCEMENT and origine is not OrigineFinanceur.PORTEUR:
        raise LigneImpossible(
            "L’autofinancement vient du porteur\u00a0: inscrivez l’argent d’un autre financeur en subvention, en prêt ou en privé."
        )
    if nature is NatureLigne.PRIVE and origine is not OrigineFinanceur.PRIVE:
        raise LigneImpossible(
            "Un apport privé vient d’un financeur privé\u00a0: corrigez la nature ou l’origine de la ligne."
        )
    if nature is NatureLigne.SUBVENTION and origine is OrigineFinanceur.EUROPE:
        return Categorie.EUROPE
    if nature is NatureLigne.SUBVENTION and origine is OrigineFinanceur.PRIVE:
        return Categorie.PRIVE
    return _CATEGORIES[nature]


@dataclass(frozen=True, kw_only=True)
class Ligne:
    """Une ressource. `montant` (centimes) est celui qui compte aujourd'hui : accordé s'il l'est, demandé sinon.

    Erreur : ValueError pour un montant négatif, LigneImpossible si nature et origine se contredisent.
    """

    identifiant: str
    financeur: str
    nature: NatureLigne
    origine: OrigineFinanceur
    montant: int
    etat: CertitudeLigne

    def __post_init__(self) -> None:
        if self.montant < 0:
            raise ValueError(f"ligne {self.identifiant}\u00a0: montant négatif ({self.montant} centimes)")
        get_categorie(self.nature, self.origine)

    @property
    def categorie(self) -> Categorie:
        return get_categorie(self.nature, self.origine)

    @property
    def is_comptee(self) -> bool:
        """La ligne fait encore partie du plan (ni refusée, ni retirée, ni caduque)."""
        return self.etat is not CertitudeLigne.EXCLU

    @property
    def is_acquise(self) -> bool:
        """Une décision existe, confirmée ou seulement attestée par pièce : le territoire ne peut plus la réduire."""
        return self.etat in (CertitudeLigne.ACCORDE, CertitudeLigne.ATTESTE)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Un plan de financement, à la date `jour` qui choisit la version des règles.

    `cout_total` et `depense_eligible` en centimes ; 0 de coût : plan non chiffré ; `depense_eligible` None : inconnue.
    `exception_participation` : vide, ou un code de `get_exceptions`. Erreur : ValueError pour un montant négatif, deux
    lignes de même identifiant, une exception inconnue.
    """

    cout_total: int
    depense_eligible: int | None
    lignes: tuple[Ligne, ...]
    porteur: TypePorteur
    est_investissement: bool
    outre_mer: bool
    exception_participation: str
    jour: date

    def __post_init__(self) -> None:
        if self.cout_total < 0 or (self.depense_eligible or 0) < 0:
            raise ValueError("le coût et la dépense éligible ne sont jamais négatifs")
        if len({ligne.identifiant for ligne in self.lignes}) != len(self.lignes):
            raise ValueError("deux lignes portent le même identifiant")
        if self.exception_participation and self.exception_participation not in _EXCEPTIONS:
            raise ValueError(
                f"exception inconnue\u00a0: «\u00a0{self.exception_participation}\u00a0» (connues\u00a0: {', '.join(_EXCEPTIONS)})"
            )

    @property
    def lignes_comptees(self) -> tuple[Ligne, ...]:
        return tuple(ligne for ligne in self.lignes if ligne.is_comptee)

    def total(self, *categories: Categorie) -> int:
        """Somme, en centimes, des lignes comptées de ces catégories."""
        return sum(ligne.montant for ligne in self.lignes_comptees if ligne.categorie in categories)

    @property
    def ressources(self) -> int:
        """Somme, en centimes, de tout l'argent inscrit au plan ; les garanties n'en apportent pas."""
        return self.total(*(categorie for categorie in Categorie if categorie is not Categorie.GARANTIE))


_EXCEPTIONS = tuple(
    cle.removeprefix(_PREFIXE_EXCEPTION) for cle in PARAMETRES if cle.startswith(_PREFIXE_EXCEPTION)
)


def get_exceptions() -> dict[str, str]:
    """Les exceptions légales à la participation minimale : code -> intitulé, pour les formulaires."""
    return {code: PARAMETRES[_PREFIXE_EXCEPTION + code].nom for code in _EXCEPTIONS}


def get_valeur_exception(code: str, jour: date) -> ValeurDatee:
    """La part minimale qui reste sous une exception (0 : aucune n'est vérifiée ici). Erreur : ParametreSansValeur."""
    return PARAMETRES[_PREFIXE_EXCEPTION + code].at(jour)
