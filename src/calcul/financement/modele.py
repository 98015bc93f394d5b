"""Le plan de financement tel que les règles le lisent. Montants en centimes entiers, jamais négatifs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from calcul.financement.aide_etat import REGIMES_AIDE, AideEtat, Entreprise
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
    """Ce que l'argent est. NATURE : apport en nature, valorisé. SERVICE : ingénierie, mise en relation, dérogation ;
    une demande comme une autre, sans montant."""

    SUBVENTION = "subvention"
    AVANCE_REMBOURSABLE = "avance_remboursable"
    PRET = "pret"
    GARANTIE = "garantie"
    PRISE_PARTICIPATION = "prise_participation"
    AUTOFINANCEMENT = "autofinancement"
    EMPRUNT = "emprunt"
    PRIVE = "prive"
    NATURE = "nature"
    SERVICE = "service"


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


class Programme(StrEnum):
    """Le budget d'où vient une aide, quand une règle le distingue. AUTRE : tout autre, ou pas encore précisé."""

    AUTRE = ""
    DETR = "detr"
    DSIL = "dsil"
    DSID = "dsid"
    DPV = "dpv"
    FNADT = "fnadt"
    FONDS_VERT_TI = "fonds_vert_ti"
    FONDS_VERT = "fonds_vert"
    PLAN_RELANCE = "plan_relance"
    FRANCE_2030 = "france_2030"


DOTATIONS = (Programme.DETR, Programme.DSIL, Programme.DSID, Programme.DPV)
FONDS_VERT = (Programme.FONDS_VERT_TI, Programme.FONDS_VERT)


class Credit(StrEnum):
    """Argent réservé au programme Territoires d'industrie, ou droit commun qui aurait pu aller ailleurs."""

    SPECIFIQUE = "specifique"
    DROIT_COMMUN = "droit_commun"


class ChefDeFile(StrEnum):
    """Qui mène la compétence dont relève l'opération (code général des collectivités territoriales, L. 1111-9)."""

    AUCUN = "aucun"
    REGION = "region"
    DEPARTEMENT = "departement"


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
    SERVICE = "service"


# Ce qui ne paie rien : la garantie couvre un risque, le service n'a pas de montant.
SANS_ARGENT = (Categorie.GARANTIE, Categorie.SERVICE)


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
        NatureLigne.SERVICE: Categorie.SERVICE,
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
class DatesLigne:
    """Les jours d'une demande, de son dépôt à l'achèvement des travaux ; None : pas encore, ou pas connu.

    `reception` : le financeur a reçu la demande ; `debut` : premier acte qui engage l'exécution, tel que déclaré ;
    `debut_proroge`, `achevement_proroge` : le préfet a prolongé le délai.
    """

    demande: date | None = None
    reception: date | None = None
    complet: date | None = None
    decision: date | None = None
    notification: date | None = None
    debut: date | None = None
    achevement: date | None = None
    debut_proroge: bool = False
    achevement_proroge: bool = False


@dataclass(frozen=True, kw_only=True)
class Paiements:
    """Ce qui a été versé, en centimes : `avance` au démarrage, `cumul` avant le solde, avance comprise.

    Erreur : ValueError pour une somme négative, ou une avance plus grande que le cumul.
    """

    avance: int = 0
    cumul: int = 0
    garantie_bancaire: bool = False
    is_solde: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.avance <= self.cumul:
            raise ValueError("l’avance fait partie du cumul versé, et aucun n’est négatif")


@dataclass(frozen=True, kw_only=True)
class Ligne:
    """Une ressource. `montant` (centimes) est celui qui compte aujourd'hui : accordé s'il l'est, demandé sinon.

    - `base` : dépense éligible que ce financeur retient (centimes) ; `taux` : son taux maximal.
    - `annexe_vii` : le programme de l'État est à l'annexe VII du code général des collectivités territoriales.
    - `convention_region` : une convention avec la Région couvre cette aide d'une commune ou d'un groupement.
    - `echeancier` : (année, centimes), une ligne par année.
    - None : pas encore dit.

    Erreur : ValueError pour un montant ou une base négatifs, un taux hors de [0, 1], un service chiffré, un échéancier
    qui ne fait pas le montant ; LigneImpossible si nature et origine se contredisent.
    """

    identifiant: str
    financeur: str
    nature: NatureLigne
    origine: OrigineFinanceur
    montant: int
    etat: CertitudeLigne
    programme: Programme = Programme.AUTRE
    credit: Credit | None = None
    numero_dossier: str = ""
    base: int | None = None
    taux: Fraction | None = None
    annexe_vii: bool | None = None
    convention_region: bool | None = None
    aide: AideEtat = field(default_factory=AideEtat)
    dates: DatesLigne = field(default_factory=DatesLigne)
    paiements: Paiements = field(default_factory=Paiements)
    echeancier: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.montant < 0 or (self.base or 0) < 0:
            raise ValueError(f"ligne {self.identifiant}\u00a0: montant négatif ({self.montant} centimes)")
        if self.taux is not None and not 0 <= self.taux <= 1:
            raise ValueError(
                f"ligne {self.identifiant}\u00a0: un taux est une part entre 0 et 1 ({self.taux})"
            )
        if self.nature is NatureLigne.SERVICE and self.montant:
            raise ValueError(f"ligne {self.identifiant}\u00a0: un service n’a pas de montant")
        if self.echeancier and sum(centimes for _, centimes in self.echeancier) != self.montant:
            raise ValueError(f"ligne {self.identifiant}\u00a0: l’échéancier ne fait pas le montant")
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

    @property
    def is_dotation(self) -> bool:
        """DETR, DSIL, DSID ou DPV."""
        return self.nature is NatureLigne.SUBVENTION and (
            self.programme in DOTATIONS or self.origine is OrigineFinanceur.ETAT_DOTATION
        )

    @property
    def is_budget_general(self) -> bool:
        """Subvention de l'État sur son budget général (décret n° 2018-514, article 1er)."""
        return (
            self.nature is NatureLigne.SUBVENTION
            and self.origine is OrigineFinanceur.ETAT_BUDGET_GENERAL
            and not self.is_dotation
        )

    @property
    def is_aide_publique(self) -> bool:
        """De l'argent public que le porteur n'apporte pas lui-même, quelle qu'en soit la forme."""
        return self.origine not in (OrigineFinanceur.PORTEUR, OrigineFinanceur.PRIVE) and self.nature not in (
            NatureLigne.NATURE,
            NatureLigne.SERVICE,
        )

    @property
    def is_aide_etat(self) -> bool:
        """Le régime déclaré est celui d'une aide d'État."""
        return self.is_aide_publique and self.aide.regime in REGIMES_AIDE

    @property
    def equivalent(self) -> int | None:
        """Équivalent-subvention brut, en centimes ; None quand il reste à calculer (prêt, avance, garantie)."""
        if self.nature is NatureLigne.SUBVENTION:
            return self.montant
        return self.aide.equivalent


@dataclass(frozen=True, kw_only=True)
class Depense:
    """Une dépense prévue : sa nature (texte libre ici), son année (None : pas encore dite), ses centimes."""

    nature: str
    montant: int
    annee: int | None = None

    def __post_init__(self) -> None:
        if self.montant < 0:
            raise ValueError(
                f"dépense «\u00a0{self.nature}\u00a0»\u00a0: montant négatif ({self.montant} centimes)"
            )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Un plan de financement, à la date `jour` qui choisit la version des règles.

    `cout_total` et `depense_eligible` en centimes ; 0 de coût : plan non chiffré ; `depense_eligible` None : inconnue.
    `exception_participation` : vide, ou un code de `get_exceptions`.

    Les champs qui suivent `jour` valent None tant que personne ne les a dits ; une règle qui en a besoin les demande.

    - `chef_de_file`, `inscrite_cper` (contrat de plan ou de convergence), `ctec` (convention territoriale d'exercice
      concerté), `justification` (pourquoi déroger) : pour la part de 30 %.
    - `derogation_detr` : le préfet a permis de cumuler la DETR avec un programme de l'annexe VII.
    - `objet_immobilier` : l'aide à l'entreprise porte sur un terrain ou un bâtiment.
    - `perimetre_ti`, `accord_gouvernance` : pour le fonds vert Territoires d'industrie.
    - `debut_travaux` (prévu ou constaté), `duree_mois`, `publication` (du plan de financement ; False : pas faite),
      `seulement_equipement` : pour les délais.

    Erreur : ValueError pour un montant négatif, deux lignes de même identifiant, une exception inconnue.
    """

    cout_total: int
    depense_eligible: int | None
    lignes: tuple[Ligne, ...]
    porteur: TypePorteur
    est_investissement: bool
    outre_mer: bool
    exception_participation: str
    jour: date
    depenses: tuple[Depense, ...] = ()
    chef_de_file: ChefDeFile | None = None
    inscrite_cper: bool | None = None
    ctec: bool | None = None
    justification: str = ""
    derogation_detr: bool | None = None
    objet_immobilier: bool | None = None
    perimetre_ti: bool | None = None
    accord_gouvernance: bool | None = None
    debut_travaux: date | None = None
    duree_mois: int | None = None
    publication: date | Literal[False] | None = None
    seulement_equipement: bool = False
    entreprise: Entreprise = field(default_factory=Entreprise)

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

    @property
    def aides_publiques(self) -> tuple[Ligne, ...]:
        """Les lignes d'argent public encore comptées et chiffrées."""
        return tuple(li for li in self.lignes_comptees if li.is_aide_publique and li.montant)

    @property
    def is_entreprise(self) -> bool:
        """Le bénéficiaire exerce une activité économique : une entreprise, ou qui reçoit une aide d'État déclarée."""
        return self.porteur is TypePorteur.ENTREPRISE or any(li.is_aide_etat for li in self.lignes_comptees)

    def get_bases(self, lignes: Iterable[Ligne]) -> tuple[int, ...] | None:
        """Les dépenses éligibles de ces lignes (à défaut, celle du plan), du plus petit au plus grand montant ; None si
        l'une manque."""
        bases = {self.depense_eligible if ligne.base is None else ligne.base for ligne in lignes}
        connues = sorted(base for base in bases if base is not None)
        return tuple(connues) if connues and None not in bases else None

    @property
    def marge(self) -> int:
        """Centimes que le coût attend encore (0 si le plan est équilibré, sur-financé ou non chiffré)."""
        return max(self.cout_total - self.ressources, 0)

    def total(self, *categories: Categorie) -> int:
        """Somme, en centimes, des lignes comptées de ces catégories."""
        return sum(ligne.montant for ligne in self.lignes_comptees if ligne.categorie in categories)

    @property
    def ressources(self) -> int:
        """Somme, en centimes, de tout l'argent inscrit au plan ; ni les garanties ni les services n'en apportent."""
        return self.total(*(categorie for categorie in Categorie if categorie not in SANS_ARGENT))


_EXCEPTIONS = tuple(
    cle.removeprefix(_PREFIXE_EXCEPTION) for cle in PARAMETRES if cle.startswith(_PREFIXE_EXCEPTION)
)


def get_exceptions() -> dict[str, str]:
    """Les exceptions légales à la participation minimale : code -> intitulé, pour les formulaires."""
    return {code: PARAMETRES[_PREFIXE_EXCEPTION + code].nom for code in _EXCEPTIONS}


def get_valeur_exception(code: str, jour: date) -> ValeurDatee:
    """La part minimale qui reste sous une exception (0 : aucune n'est vérifiée ici). Erreur : ParametreSansValeur."""
    return PARAMETRES[_PREFIXE_EXCEPTION + code].at(jour)
