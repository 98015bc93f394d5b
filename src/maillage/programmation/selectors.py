"""Ce qu’une simulation lit des plans, et le problème qu’elle en fait. Montants en centimes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from calcul.financement import modele
from calcul.programmation.modele import Dispositif, Enveloppe, Fiche, Probleme
from maillage.comptes.enums import TypeOrganisation
from maillage.dispositifs.enums import Beneficiaire, EtatDispositif, Famille
from maillage.dispositifs.models import Dispositif as DispositifCatalogue
from maillage.dispositifs.models import VersionDispositif
from maillage.dispositifs.policies import get_etat
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import fiches_visible_to
from maillage.financement.enums import StatutLigne, TypePorteur
from maillage.financement.models import Enveloppe as Enveloppes
from maillage.financement.models import LigneFinancement, PlanFinancement
from maillage.financement.policies import get_origine
from maillage.financement.selectors import to_calcul
from maillage.financement.selectors_enveloppes import read_enveloppes
from maillage.programmation.enums import IssueFiche, NatureSimulee, Perimetre, Verrou
from maillage.programmation.models import (
    AideSimulee,
    OctroiPropose,
    ReglageFiche,
    ResultatFiche,
    Simulation,
)
from maillage.referentiels.models import Region
from maillage.socle.horloge import aujourdhui

DIX_MILLE = 10_000
_FERMES = (EtatDispositif.A_VENIR, EtatDispositif.CLOS)
_SANS_SUITE = (StatutLigne.REFUSE, StatutLigne.RETIRE, StatutLigne.CADUC)
POINTS_PAR_DEFAUT = 1
# Ce qu’un plan dit du calcul : bouclé, sans besoin ou pas encore chiffré, il n’attend rien d’une programmation.
_N_ATTENDENT_RIEN = ("boucle", "sans_besoin", "non_chiffree")
_PORTEURS: dict[str, TypePorteur] = {
    Beneficiaire.COMMUNE: TypePorteur.COLLECTIVITE,
    Beneficiaire.EPCI: TypePorteur.COLLECTIVITE,
    Beneficiaire.DEPARTEMENT: TypePorteur.COLLECTIVITE,
    Beneficiaire.REGION: TypePorteur.COLLECTIVITE,
    Beneficiaire.OUTRE_MER: TypePorteur.COLLECTIVITE,
    Beneficiaire.ASSOCIATION: TypePorteur.ASSOCIATION,
    Beneficiaire.ENTREPRISE: TypePorteur.ENTREPRISE,
    Beneficiaire.GROUPEMENT: TypePorteur.ENTREPRISE,
    Beneficiaire.AGRICULTEUR: TypePorteur.ENTREPRISE,
    Beneficiaire.ENTREPRISE_PUBLIQUE: TypePorteur.ENTREPRISE,
    Beneficiaire.ETABLISSEMENT_PUBLIC: TypePorteur.ETABLISSEMENT_PUBLIC,
    Beneficiaire.FORMATION: TypePorteur.ETABLISSEMENT_PUBLIC,
    Beneficiaire.RECHERCHE: TypePorteur.ETABLISSEMENT_PUBLIC,
}


def plans_of(simulation: Simulation, user: Any) -> QuerySet[PlanFinancement]:
    """Les plans que la simulation regarde : chiffrés, pas bouclés, de fiches vivantes que la personne peut lire."""
    plans = (
        PlanFinancement.objects.filter(fiche__in=fiches_visible_to(user).values("pk"), cout_total__gt=0)
        .exclude(code_bouclage__in=_N_ATTENDENT_RIEN)
        .exclude(fiche__statut=StatutFiche.ABANDONNEE)
        .filter(fiche__territoire__is_fictif=simulation.perimetre == Perimetre.FICTIF)
    )
    if simulation.region_id:
        plans = plans.filter(fiche__territoire__region=simulation.region_id)
    return plans.select_related(
        "precision", "fiche__porteur", "fiche__territoire__vague", "fiche__territoire__region"
    ).order_by("fiche__territoire__nom", "fiche__rang", "fiche_id")


def _with_ressources(plans: QuerySet[PlanFinancement]) -> QuerySet[PlanFinancement]:
    lignes = (
        LigneFinancement.objects.select_related("financeur", "precision")
        .prefetch_related("etapes")
        .order_by("id")
    )
    return plans.prefetch_related(Prefetch("lignes", lignes), "aides_recues")


def build_probleme(simulation: Simulation, user: Any) -> Probleme:
    """Le problème que la simulation pose aujourd’hui. Erreur : ProblemeImpossible si les données se contredisent.

    Une ligne d’une aide simulée que son financeur a accordée est figée ; encore pressentie ou demandée, elle est à
    décider. Toutes les autres lignes du plan sont tenues pour acquises.
    """
    aides = list(
        simulation.aides.select_related("dispositif", "financeur").prefetch_related("enveloppes__region")
    )
    reglages = {reglage.fiche_id: reglage for reglage in simulation.reglages.all()}
    fiches = []
    for plan in _with_ressources(plans_of(simulation, user)):
        fiches.append(_build_fiche(plan, simulation, aides, reglages))
    retenues = {fiche.identifiant for fiche in fiches}
    return Probleme(
        fiches=tuple(fiches),
        dispositifs=tuple(to_dispositif(aide) for aide in aides),
        enveloppes=tuple(
            Enveloppe(
                identifiant=enveloppe.cle,
                dispositif=aide.cle,
                montant=enveloppe.montant,
                region=enveloppe.region_id or "",
            )
            for aide in aides
            for enveloppe in aide.enveloppes.all()
        ),
        doivent_passer=_verrouillees(reglages, Verrou.PASSE) & retenues,
        attendent=_verrouillees(reglages, Verrou.ATTEND) & retenues,
    )


def _verrouillees(reglages: Mapping[int, ReglageFiche], verrou: Verrou) -> frozenset[str]:
    return frozenset(str(pk) for pk, reglage in reglages.items() if reglage.verrou == verrou)


def _build_fiche(
    plan: PlanFinancement,
    simulation: Simulation,
    aides: list[AideSimulee],
    reglages: Mapping[int, ReglageFiche],
) -> Fiche:
    gardees: list[LigneFinancement] = []
    accordees: dict[str, int] = {}
    for ligne in plan.lignes.all():
        aide = find_aide(ligne, aides)
        if aide is None:
            gardees.append(ligne)
        elif ligne.montant_accorde:  # retirée ou caduque, elle ne garde que ce qui est versé
            accordees[aide.cle] = accordees.get(aide.cle, 0) + ligne.montant_accorde
    reglage = reglages.get(plan.fiche_id)
    points = reglage.points if reglage and reglage.points is not None else POINTS_PAR_DEFAUT
    territoire = plan.fiche.territoire
    return Fiche(
        identifiant=str(plan.fiche_id),
        territoire=territoire.cle,
        region=territoire.region_id,
        annee=simulation.annee,
        plan=to_calcul(plan, jour=aujourdhui(), lignes=gardees),
        poids=points,
        accordees=accordees,
    )


def find_aide(ligne: LigneFinancement, aides: Iterable[AideSimulee]) -> AideSimulee | None:
    """L’aide simulée dont cette ligne relève : même dispositif du catalogue, ou même financeur et même nature pour une
    aide hors catalogue."""
    for aide in aides:
        if aide.dispositif_id:
            if ligne.dispositif_id == aide.dispositif_id:
                return aide
        elif (
            ligne.dispositif_id is None
            and ligne.financeur_id == aide.financeur_id
            and ligne.nature == aide.nature
        ):
            return aide
    return None


def to_dispositif(aide: AideSimulee) -> Dispositif:
    """L’aide dans la langue du calcul. Elle ne sert que les régions où elle a une enveloppe."""
    partout = any(enveloppe.region_id is None for enveloppe in aide.enveloppes.all())
    regions = frozenset(str(e.region_id) for e in aide.enveloppes.all() if e.region_id)
    return Dispositif(
        identifiant=aide.cle,
        nom=aide.libelle,
        financeur=aide.financeur.nom,
        origine=modele.OrigineFinanceur(aide.origine),
        nature=modele.NatureLigne(aide.nature),
        taux=Fraction(aide.taux, DIX_MILLE),
        plancher=aide.plancher,
        plafond=aide.plafond,
        porteurs=frozenset(modele.TypePorteur(porteur) for porteur in aide.porteurs),
        regions=frozenset() if partout else regions,
        certitude=aide.certitude,
    )


@dataclass(frozen=True)
class Conditions:
    """Ce que le catalogue dit d’une aide, et ce qu’il ne dit pas (`inconnues`) : la personne en fait l’hypothèse."""

    nature: NatureSimulee | None
    taux: int | None
    plancher: int
    plafond: int | None
    porteurs: list[str]
    inconnues: list[str]


def read_conditions(dispositif: DispositifCatalogue) -> Conditions:
    """Les conditions chiffrées de la version du jour. Une nature qui n’est ni subvention ni avance : None."""
    version = (
        VersionDispositif.objects.en_vigueur(aujourdhui())
        .filter(dispositif=dispositif)
        .prefetch_related("facettes")
        .first()
    )
    if version is None:
        return Conditions(None, None, 0, None, [], ["taux", "plafond"])
    return _read_version(version)


def _read_version(version: VersionDispositif) -> Conditions:
    natures = [n for n in NatureSimulee if n.value in version.get_codes(Famille.NATURE)]
    porteurs = {_PORTEURS[b] for b in version.get_codes(Famille.BENEFICIAIRE) if b in _PORTEURS}
    inconnues = [
        nom
        for nom, valeur in (("taux", version.taux_max), ("plafond", version.plafond_aide))
        if valeur is None
    ]
    return Conditions(
        natures[0] if natures else None,
        version.taux_max,
        version.plancher_aide or 0,
        version.plafond_aide,
        sorted(porteurs),
        inconnues,
    )


def get_origine_of(aide_financeur: Any) -> str:
    """D’où vient l’argent d’un financeur, d’après son type."""
    return get_origine(type_organisation=TypeOrganisation(aide_financeur.type), is_porteur=False).value


def find_enveloppe_inscrite(aide: AideSimulee, region: Region | None) -> int | None:
    """Ce que l’organisation de la simulation a elle-même inscrit pour cette aide, cette année et cette région (centimes) ;
    None si rien ne l’est, ou si l’argent est celui d’un autre : ses enveloppes ne se lisent pas ici."""
    simulation = aide.simulation
    if aide.financeur_id != simulation.organisation_id:
        return None
    inscrites = Enveloppes.objects.filter(
        financeur=aide.financeur_id,
        annee=simulation.annee,
        region=region,
        dispositif=aide.dispositif_id,
        is_fictif=simulation.perimetre == Perimetre.FICTIF,
    )
    plafonds = [lue.plafond for lue in read_enveloppes(inscrites) if lue.plafond is not None]
    return sum(plafonds) if plafonds else None


# --- le plan d’une fiche ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Possibles:
    """Ce que le calcul peut proposer à une fiche : la fiche, les aides dans sa langue, celles du catalogue par identifiant.

    `ecartees` : nom et raison de celles qu’il ne peut pas compter.
    """

    fiche: Fiche
    aides: tuple[Dispositif, ...]
    enveloppes: tuple[Enveloppe, ...]
    catalogue: dict[str, DispositifCatalogue]
    ecartees: list[tuple[str, str]]


def read_possibles(fiche: FicheAction) -> Possibles | None:
    """Les aides ouvertes du catalogue qu’un plan de cette fiche peut compter ; None si la fiche n’est pas chiffrée.

    Une aide dont le taux ou le montant maximal n’est pas connu est écartée, et dite : le calcul n’invente rien.
    """
    plan = _with_ressources(
        PlanFinancement.objects.filter(fiche=fiche, cout_total__gt=0).select_related(
            "precision", "fiche__porteur", "fiche__territoire__vague", "fiche__territoire__region"
        )
    ).first()
    if plan is None:
        return None
    jour, region = aujourdhui(), fiche.territoire.region_id
    deja = {ligne.dispositif_id for ligne in plan.lignes.all() if ligne.dispositif_id}
    aides, enveloppes, catalogue, ecartees = [], [], {}, []
    versions = (
        VersionDispositif.objects.en_vigueur(jour)
        .filter(dispositif__is_fictif__in=[False, fiche.territoire.is_fictif])
        .exclude(dispositif__in=deja)
        .select_related("dispositif__financeur")
        .prefetch_related("facettes")
        .order_by("titre", "dispositif_id")
    )
    for version in versions:
        conditions = _read_version(version)
        if conditions.nature is None or get_etat(version, jour) in _FERMES or not _serve(version, region):
            continue
        if version.dispositif.financeur is None or conditions.inconnues:
            manque = (
                "son financeur" if version.dispositif.financeur is None else "son taux ou son montant maximal"
            )
            ecartees.append((version.titre, f"{manque} n’est pas connu"))
            continue
        cle = f"dispositif-{version.dispositif_id}"
        catalogue[cle] = version.dispositif
        aides.append(
            Dispositif(
                identifiant=cle,
                nom=version.titre,
                financeur=version.dispositif.financeur.nom,
                origine=modele.OrigineFinanceur(get_origine_of(version.dispositif.financeur)),
                nature=modele.NatureLigne(conditions.nature),
                taux=Fraction(conditions.taux or 0, DIX_MILLE),
                plancher=conditions.plancher,
                plafond=conditions.plafond or 0,
                porteurs=frozenset(modele.TypePorteur(p) for p in conditions.porteurs),
            )
        )
        enveloppes.append(Enveloppe(identifiant=cle, dispositif=cle, montant=conditions.plafond or 0))
    return Possibles(
        Fiche(
            identifiant=str(fiche),
            territoire=fiche.territoire.cle,
            region=region,
            annee=jour.year,
            plan=to_calcul(plan, jour=jour, lignes=list(plan.lignes.all())),
        ),
        tuple(aides),
        tuple(enveloppes),
        catalogue,
        ecartees,
    )


def _serve(version: VersionDispositif, region: str) -> bool:
    """Le périmètre de l’aide n’exclut pas cette région ; une aide sans périmètre, ou plus fin que la région, est gardée."""
    codes = version.get_codes(Famille.PERIMETRE)
    regions = {code.removeprefix("REG-") for code in codes if code.startswith("REG-")}
    autres = [code for code in codes if not code.startswith("REG-")]
    return not regions or region in regions or bool(autres)


# --- ce qu’on en lit -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bilan:
    """Ce que la proposition fait : fiches, coûts et octrois, en centimes."""

    fiches: int
    bouclees: int
    ecartees: int
    cout_boucle: int
    octrois: int


def compute_bilan(simulation: Simulation) -> Bilan:
    bouclees = Q(issue=IssueFiche.BOUCLEE)
    sommes = simulation.resultats.aggregate(
        fiches=Count("pk"),
        bouclees=Count("pk", filter=bouclees),
        ecartees=Count("pk", filter=Q(issue=IssueFiche.ECARTEE)),
        cout=Sum("cout", filter=bouclees, default=0),
    )
    octrois = OctroiPropose.objects.filter(resultat__simulation=simulation).aggregate(
        somme=Sum("montant", default=0)
    )
    return Bilan(sommes["fiches"], sommes["bouclees"], sommes["ecartees"], sommes["cout"], octrois["somme"])


def resultats_of(simulation: Simulation) -> QuerySet[ResultatFiche]:
    """Les fiches de la proposition, avec leurs octrois, en un nombre constant de requêtes."""
    return simulation.resultats.select_related(
        "fiche__territoire__vague", "fiche__territoire__region"
    ).prefetch_related(Prefetch("octrois", OctroiPropose.objects.select_related("aide__financeur")))


@dataclass(frozen=True)
class Changement:
    """Une fiche que deux simulations ne traitent pas pareil."""

    fiche: Any
    avant: ResultatFiche | None
    apres: ResultatFiche | None


def compare_simulations(avant: Simulation, apres: Simulation) -> list[Changement]:
    """Les fiches bouclées par l’une et pas par l’autre, celles que la seconde gagne d’abord."""

    def lire(simulation: Simulation) -> dict[int, ResultatFiche]:
        return {r.fiche_id: r for r in resultats_of(simulation)}

    ici, la = lire(avant), lire(apres)
    changements = [
        Changement((la.get(pk) or ici[pk]).fiche, ici.get(pk), la.get(pk))
        for pk in sorted(ici.keys() | la.keys())
        if _is_bouclee(ici.get(pk)) != _is_bouclee(la.get(pk))
    ]
    return sorted(changements, key=lambda c: (_is_bouclee(c.avant), c.fiche.territoire.nom, c.fiche.rang))


def _is_bouclee(resultat: ResultatFiche | None) -> bool:
    return resultat is not None and resultat.issue == IssueFiche.BOUCLEE


@dataclass(frozen=True)
class Suite:
    """Un octroi proposé, et ce que le financeur en a décidé depuis (centimes ; None : pas encore)."""

    octroi: OctroiPropose
    decide: int | None
    libelle: str

    @property
    def ecart(self) -> int | None:
        return None if self.decide is None else self.decide - self.octroi.montant


def list_suites(simulation: Simulation) -> list[Suite]:
    """Le plan de la simulation contre les décisions : chaque octroi proposé, et la ligne qui y répond."""
    octrois = list(
        OctroiPropose.objects.filter(resultat__simulation=simulation)
        .select_related("aide__financeur", "resultat__fiche__territoire__vague")
        .order_by("resultat__fiche__territoire__nom", "resultat_id", "id")
    )
    aides = list(simulation.aides.all())
    lignes: dict[tuple[int, int], list[LigneFinancement]] = {}
    for ligne in LigneFinancement.objects.filter(
        plan__fiche__in=[o.resultat.fiche_id for o in octrois]
    ).select_related("plan"):
        aide = find_aide(ligne, aides)
        if aide:
            lignes.setdefault((ligne.plan.fiche_id, aide.pk), []).append(ligne)
    return [_build_suite(o, lignes.get((o.resultat.fiche_id, o.aide_id), [])) for o in octrois]


def _build_suite(octroi: OctroiPropose, lignes: list[LigneFinancement]) -> Suite:
    if not lignes:
        return Suite(octroi, None, "Aucune demande")
    accorde = sum(ligne.montant_accorde for ligne in lignes)
    if accorde:
        return Suite(octroi, accorde, "Accordé")
    if all(ligne.statut in _SANS_SUITE for ligne in lignes):
        return Suite(octroi, 0, str(StatutLigne(lignes[-1].statut).label))
    return Suite(octroi, None, str(StatutLigne(lignes[-1].statut).label))
