"""Le problème de la programmation : quelles fiches boucler, avec quel argent, sans dépasser aucune enveloppe.

Ensembles
    i ∈ F   les fiches ; d ∈ D les dispositifs ; e ∈ E les enveloppes ; k ∈ K les planchers d'équité.
    j ∈ J   les couples (fiche i(j), dispositif d(j)) éligibles ; J_i ceux de la fiche i ; J_e ceux qui puisent dans e.

Données
    B_i     besoin : coût moins les ressources tenues pour acquises (euros entiers ; les centimes vont à la part propre)
    w_i     poids de la fiche, entier positif (priorité du territoire, critère publié du financeur, emplois, euros…)
    l_j,u_j plancher et plafond d'un octroi (euros) : u_j = min(⌊taux × assiette⌋, plafond du dispositif, B_i)
    b_e     enveloppe (euros), déjà diminuée de ce qui est accordé
    c_ir    plafond de la fiche i (euros) sur le groupe r de ses aides ; les groupes sont emboîtés :
            dotations de l'État (R05) ⊂ aides publiques (R03, R07) ⊂ aides publiques et européennes (aides d'État)
    E_i     plafond du groupe « aides publiques » quand une subvention du budget général de l'État est servie (R07)
    f_k     nombre minimal de fiches bouclées dans le groupe G_k

Inconnues
    y_i ∈ {0, 1}             la fiche est bouclée
    z_j ∈ {0, 1}             le dispositif sert la fiche
    g_j ∈ ℕ                  l'octroi (euros)

Programme
    max  Σ_i w_i y_i                                      (puis, à valeur égale, le moins d'octrois Σ_j z_j)
    Σ_{j ∈ J_i} g_j = B_i y_i                             une fiche bouclée l'est à l'euro près, les autres ne reçoivent rien
    Σ_{j ∈ J_e} g_j ≤ b_e                                 aucune enveloppe n'est dépassée
    l_j z_j ≤ g_j ≤ u_j z_j                               un octroi est nul ou compris entre plancher et plafond
    Σ_{j ∈ J_i, groupe r} g_j ≤ c_ir y_i                  R03, R05, aides d'État
    z_j = 1, j au budget général de l'État ⇒ Σ_{j ∈ J_i, publics} g_j ≤ E_i                                   R07
    Σ_{i ∈ G_k} y_i ≥ f_k ;  y_i = 1 (« doit passer ») ;  y_i = 0 (« attend »)

C'est une affectation à coûts fixes de type sac à dos multiple : les octrois semi-continus la rendent NP-difficile.
Littérature : relaxation lagrangienne des contraintes couplantes (Geoffrion, 1974 ; Fisher, 1981), plongée dans la
relaxation linéaire (« diving », Achterberg, 2007), recherche à grand voisinage (Shaw, 1998), solveur HiGHS (Huangfu et
Hall, 2018), prix de l'équité (Bertsimas, Farias et Trichakis, 2011).

La machine ne juge aucun projet : les poids sont ceux des territoires ou les critères publiés du financeur.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from calcul.financement.modele import (
    Categorie,
    CertitudeLigne,
    Ligne,
    NatureLigne,
    OrigineFinanceur,
    Plan,
    TypePorteur,
    get_categorie,
)

EURO = 100  # centimes


class ProblemeImpossible(ValueError):
    """Les données se contredisent ; le message dit laquelle et quoi corriger, en français, pour la personne à l'écran."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispositif:
    """Une aide et ses conditions. `plancher`, `plafond` en centimes ; `taux` de la dépense éligible ; ensembles vides :
    sans condition. `certitude`, de 0 à 100 : à quel point une demande éligible aboutit (choix de celui qui propose).

    Erreur : ProblemeImpossible pour un montant négatif, un taux hors de [0, 1], une nature qui n'est pas une aide.
    """

    identifiant: str
    nom: str
    financeur: str
    origine: OrigineFinanceur
    taux: Fraction
    plafond: int
    plancher: int = 0
    nature: NatureLigne = NatureLigne.SUBVENTION
    regions: frozenset[str] = frozenset()
    porteurs: frozenset[TypePorteur] = frozenset()
    criteres: frozenset[str] = frozenset()
    certitude: int = 50

    def __post_init__(self) -> None:
        if self.plafond < 0 or self.plancher < 0:
            raise ProblemeImpossible(f"« {self.nom} » : le plancher et le plafond ne sont jamais négatifs.")
        if not 0 <= self.taux <= 1:
            raise ProblemeImpossible(f"« {self.nom} » : le taux doit être compris entre 0 et 100 %.")
        if get_categorie(self.nature, self.origine) not in _CATEGORIES_D_AIDE:
            raise ProblemeImpossible(
                f"« {self.nom} » n’est ni une subvention ni une avance : inscrivez cette ressource au plan de la fiche."
            )

    @property
    def categorie(self) -> Categorie:
        return get_categorie(self.nature, self.origine)


_CATEGORIES_D_AIDE = frozenset({Categorie.PUBLIC, Categorie.EUROPE, Categorie.PRIVE, Categorie.AVANCE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Enveloppe:
    """Ce qu'un dispositif peut engager, en centimes, octrois déjà accordés compris ; pour une région et une année, ou
    pour toutes. Un octroi puise dans chacune des enveloppes de son dispositif qui le concernent."""

    identifiant: str
    dispositif: str
    montant: int
    region: str = ""
    annee: int | None = None

    def concerne(self, fiche: "Fiche") -> bool:
        return self.region in ("", fiche.region) and self.annee in (None, fiche.annee)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fiche:
    """Une fiche action et ce qui est tenu pour acquis de son plan.

    `plan` : les ressources qui ne bougent pas (part propre, privé, aides hors du problème). `accordees` : octrois déjà
    accordés par les dispositifs du problème, en centimes ; ils sont figés. `plafond_aides_etat` : total d'aides
    publiques et européennes permis au porteur, en centimes (None : sans objet). `poids` est entier et positif.
    """

    identifiant: str
    territoire: str
    region: str
    annee: int
    plan: Plan
    poids: int = 1
    emplois: int = 0
    criteres: frozenset[str] = frozenset()
    accordees: Mapping[str, int] = field(default_factory=dict)
    plafond_aides_etat: int | None = None

    @property
    def manque(self) -> int:
        """Centimes que le coût attend encore (négatif : le plan est sur-financé)."""
        return self.plan.cout_total - self.plan.ressources - sum(self.accordees.values())

    @property
    def besoin(self) -> int:
        """Euros entiers à trouver ; les centimes qui restent vont à la part propre."""
        return max(self.manque, 0) // EURO

    @property
    def appoint(self) -> int:
        """Centimes ajoutés à la part propre pour que les octrois soient en euros."""
        return max(self.manque, 0) % EURO

    @property
    def assiette(self) -> int:
        """Dépense éligible en centimes ; le coût quand elle n'est pas saisie."""
        eligible = self.plan.depense_eligible
        return self.plan.cout_total if eligible is None else min(eligible, self.plan.cout_total)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plancher:
    """Équité : au moins `minimum` fiches bouclées parmi `fiches`."""

    nom: str
    fiches: frozenset[str]
    minimum: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Probleme:
    """Une programmation à faire. Erreur : ProblemeImpossible si les données se contredisent."""

    fiches: tuple[Fiche, ...]
    dispositifs: tuple[Dispositif, ...]
    enveloppes: tuple[Enveloppe, ...]
    planchers: tuple[Plancher, ...] = ()
    doivent_passer: frozenset[str] = frozenset()
    attendent: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        dispositifs = _check_uniques("dispositif", [d.identifiant for d in self.dispositifs])
        fiches = _check_uniques("fiche", [f.identifiant for f in self.fiches])
        _check_uniques("enveloppe", [e.identifiant for e in self.enveloppes])
        for enveloppe in self.enveloppes:
            if enveloppe.dispositif not in dispositifs:
                raise ProblemeImpossible(
                    f"L’enveloppe « {enveloppe.identifiant} » désigne un dispositif inconnu : « {enveloppe.dispositif} »."
                )
            if enveloppe.montant < 0:
                raise ProblemeImpossible(f"L’enveloppe « {enveloppe.identifiant} » est négative.")
        for fiche in self.fiches:
            if fiche.poids < 0:
                raise ProblemeImpossible(f"La fiche « {fiche.identifiant} » a un poids négatif.")
            if inconnus := sorted(set(fiche.accordees) - dispositifs):
                raise ProblemeImpossible(
                    f"La fiche « {fiche.identifiant} » a reçu d’un dispositif inconnu : « {inconnus[0]} »."
                )
            if any(montant < 0 for montant in fiche.accordees.values()):
                raise ProblemeImpossible(f"La fiche « {fiche.identifiant} » porte un octroi négatif.")
        for plancher in self.planchers:
            if plancher.minimum > len(plancher.fiches):
                raise ProblemeImpossible(
                    f"« {plancher.nom} » demande {plancher.minimum} fiches bouclées et n’en compte que {len(plancher.fiches)}."
                )
            _check_connues(plancher.nom, plancher.fiches, fiches)
        _check_connues("« doit passer »", self.doivent_passer, fiches)
        _check_connues("« attend »", self.attendent, fiches)
        if contraires := sorted(self.doivent_passer & self.attendent):
            raise ProblemeImpossible(
                f"La fiche « {contraires[0]} » doit passer et attendre à la fois : levez l’un des deux verrous."
            )


def _check_uniques(nom: str, identifiants: list[str]) -> set[str]:
    uniques = set(identifiants)
    if len(uniques) != len(identifiants):
        double = next(i for i in sorted(uniques) if identifiants.count(i) > 1)
        raise ProblemeImpossible(f"Deux fois le même identifiant de {nom} : « {double} ».")
    return uniques


def _check_connues(nom: str, citees: frozenset[str], connues: set[str]) -> None:
    if inconnues := sorted(citees - connues):
        raise ProblemeImpossible(f"{nom} désigne une fiche inconnue : « {inconnues[0]} ».")


@dataclass(frozen=True, kw_only=True, slots=True)
class Octroi:
    """Ce qu'un dispositif verserait à une fiche, en euros entiers."""

    dispositif: str
    montant: int


def build_plan_programme(
    fiche: Fiche,
    octrois: tuple[Octroi, ...],
    dispositifs: Mapping[str, Dispositif],
    *,
    apport_en_moins: int = 0,
) -> Plan:
    """Le plan de la fiche avec ces octrois (pressentis) et ceux déjà accordés, équilibré par l'appoint en centimes.

    `apport_en_moins` : centimes d'autofinancement que les octrois remplacent. Erreur : ProblemeImpossible si
    l'autofinancement inscrit n'y suffit pas.
    """
    lignes, reste = [], apport_en_moins
    for ligne in fiche.plan.lignes:
        retire = 0
        if reste and ligne.is_comptee and ligne.nature is NatureLigne.AUTOFINANCEMENT:
            retire = min(reste, ligne.montant)
            reste -= retire
        lignes.append(replace(ligne, montant=ligne.montant - retire))
    if reste:
        raise ProblemeImpossible(
            f"L’autofinancement de « {fiche.identifiant} » est plus petit que ce qu’on en retire."
        )
    for identifiant, montant in fiche.accordees.items():
        lignes.append(_build_ligne(dispositifs[identifiant], montant, CertitudeLigne.ACCORDE, "accorde"))
    for octroi in octrois:
        lignes.append(
            _build_ligne(
                dispositifs[octroi.dispositif], octroi.montant * EURO, CertitudeLigne.PRESSENTI, "octroi"
            )
        )
    if fiche.appoint:
        lignes.append(
            Ligne(
                identifiant="appoint",
                financeur="Porteur",
                nature=NatureLigne.AUTOFINANCEMENT,
                origine=OrigineFinanceur.PORTEUR,
                montant=fiche.appoint,
                etat=CertitudeLigne.PRESSENTI,
            )
        )
    return replace(fiche.plan, lignes=tuple(lignes))


def _build_ligne(dispositif: Dispositif, centimes: int, etat: CertitudeLigne, prefixe: str) -> Ligne:
    return Ligne(
        identifiant=f"{prefixe}:{dispositif.identifiant}",
        financeur=dispositif.financeur,
        nature=dispositif.nature,
        origine=dispositif.origine,
        montant=centimes,
        etat=etat,
    )
