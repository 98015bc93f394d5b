"""Quels dispositifs conviennent à une fiche, et quelles fiches un dispositif peut servir."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from calcul.dispositifs.adequation import (
    Adequation,
    Lieu,
    Offre,
    Projet,
    Verdict,
    compute_aide_max,
    match_projet,
)
from maillage.comptes.enums import TypeOrganisation
from maillage.dispositifs.enums import EtapeProjet, Famille
from maillage.dispositifs.models import VersionDispositif
from maillage.dispositifs.selectors import (
    BENEFICIAIRES,
    build_offre,
    get_source,
    load_noms,
    versions_en_vigueur,
)
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import fiches_visible_to
from maillage.financement.enums import NatureLigne, TailleEntreprise
from maillage.financement.models import LigneFinancement
from maillage.referentiels.models import Commune
from maillage.territoires.models import Perimetre

ETAPES = {
    StatutFiche.EN_COURS: EtapeProjet.REALISATION,
    StatutFiche.REALISEE: EtapeProjet.USAGE,
    StatutFiche.EVALUEE: EtapeProjet.USAGE,
}
# La taille européenne dite pour les règles, vers celles de l’Insee : une grande entreprise y est une ETI ou une GE.
TAILLES = {
    TailleEntreprise.MICRO: frozenset({"MIC"}),
    TailleEntreprise.PETITE: frozenset({"PME"}),
    TailleEntreprise.MOYENNE: frozenset({"PME"}),
    TailleEntreprise.GRANDE: frozenset({"ETI", "GE"}),
}
FINIES = (StatutFiche.ABANDONNEE, StatutFiche.REFUSEE, StatutFiche.REALISEE, StatutFiche.EVALUEE)


@dataclass(frozen=True)
class Proposition:
    """Un dispositif en face d’une fiche. `aide_max` : le plus qu’il peut donner (centimes), s’il le dit."""

    version: VersionDispositif
    fiche: FicheAction
    adequation: Adequation
    aide_max: int | None
    lignes: tuple[LigneFinancement, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return self.adequation.verdict

    @property
    def is_argent(self) -> bool:
        """Vrai s’il donne de l’argent, ou si sa nature n’est pas connue : il peut alors être une ligne du plan."""
        natures = self.version.get_codes(Famille.NATURE)
        return not natures or any(nature in NatureLigne.values for nature in natures)

    @property
    def preuves(self) -> list[tuple[Any, Any]]:
        """Chaque constat, et la source de ce que le dispositif demande."""
        return [(constat, get_source(self.version, constat.champ)) for constat in self.adequation.constats]


def prepare_fiches(fiches: QuerySet[FicheAction]) -> QuerySet[FicheAction]:
    """Ce qu’il faut lire d’une fiche pour lui trouver un dispositif."""
    return fiches.select_related(
        "axe__vague", "porteur", "territoire__vague", "plan__precision__commune"
    ).prefetch_related("plan__depenses")


def load_lieux(territoires: Iterable[int], au: date) -> dict[int, tuple[Lieu, ...]]:
    """Les communes de chaque territoire ce jour-là. Deux requêtes, quel que soit leur nombre."""
    membres = list(
        Perimetre.objects.at(au)
        .filter(territoire__in=set(territoires))
        .values_list("territoire_id", "epci_id", "commune_id", "epci__departement_id", "epci__region_id")
    )
    groupements = {epci for _, epci, *_ in membres if epci}
    communes = {commune for _, _, commune, *_ in membres if commune}
    par_membre: dict[str, list[Lieu]] = {}
    for code, epci, ept, departement, region in Commune.objects.filter(
        Q(epci__in=groupements) | Q(ept__in=groupements) | Q(pk__in=communes)
    ).values_list("pk", "epci_id", "ept_id", "departement_id", "region_id"):
        lieu = Lieu(code, epci or "", departement, region)
        for membre in {code, epci, ept} - {None}:
            par_membre.setdefault(membre, []).append(lieu)
    lieux: dict[int, dict[str, Lieu]] = {}
    for territoire, epci, commune, departement, region in membres:
        # Un groupement dont les communes ne sont pas importées reste un lieu, moins précis.
        repli = [Lieu("", epci, departement, region)] if epci else []
        for lieu in par_membre.get(epci or commune or "", repli):
            lieux.setdefault(territoire, {})[lieu.commune or lieu.epci] = lieu
    return {territoire: tuple(par_code.values()) for territoire, par_code in lieux.items()}


def build_projet(fiche: FicheAction, lieux: tuple[Lieu, ...]) -> Projet:
    """Ce qu’on sait d’une fiche (lue par `prepare_fiches`) ; `lieux` : les communes de son territoire."""
    plan = getattr(fiche, "plan", None)
    precision = getattr(plan, "precision", None) if plan else None
    depenses: dict[str, int] = {}
    for depense in plan.depenses.all() if plan else ():
        depenses[depense.nature] = depenses.get(depense.nature, 0) + depense.montant
    porteur = fiche.porteur
    vague = fiche.territoire.vague.code
    projet = Projet(
        beneficiaire=str(BENEFICIAIRES[TypeOrganisation(porteur.type)])
        if porteur and TypeOrganisation(porteur.type) in BENEFICIAIRES
        else None,
        nom_beneficiaire=porteur.nom if porteur else "",
        lieux=lieux,
        vague=vague,
        axe=f"{fiche.axe.vague.code}/{fiche.axe.code}" if fiche.axe else None,
        etape=str(ETAPES.get(StatutFiche(fiche.statut), EtapeProjet.REFLEXION)),
        depenses=depenses,
    )
    if precision is None:
        return projet
    commune = precision.commune
    if commune:
        projet = replace(
            projet,
            lieux=(Lieu(commune.pk, commune.epci_id or "", commune.departement_id, commune.region_id),),
            is_lieu_precis=True,
        )
    return replace(
        projet,
        taille=TAILLES[TailleEntreprise(precision.taille)] if precision.taille else frozenset(),
        debut_travaux=precision.debut_travaux,
        en_difficulte=precision.en_difficulte,
        accord_gouvernance=precision.accord_gouvernance,
    )


def _propose(
    version: VersionDispositif, offre: Offre, fiche: FicheAction, projet: Projet, au: date
) -> Proposition:
    taux = Fraction(version.taux_max, 10_000) if version.taux_max is not None else None
    return Proposition(
        version,
        fiche,
        match_projet(offre, projet, jour=au),
        compute_aide_max(offre, projet, taux=taux, plafond_aide=version.plafond_aide),
    )


def list_propositions(fiche: FicheAction, *, au: date) -> dict[Verdict, list[Proposition]]:
    """Tous les dispositifs en vigueur, rangés par verdict, avec les lignes du plan qui les emploient déjà."""
    fiche = prepare_fiches(FicheAction.objects.filter(pk=fiche.pk)).get()
    versions = list(versions_en_vigueur(au, with_fictifs=fiche.territoire.is_fictif).order_by("titre", "pk"))
    noms = load_noms(versions)
    projet = build_projet(fiche, load_lieux([fiche.territoire_id], au).get(fiche.territoire_id, ()))
    lignes: dict[int, list[LigneFinancement]] = {}
    for ligne in LigneFinancement.objects.filter(plan__fiche=fiche, dispositif__isnull=False):
        lignes.setdefault(ligne.dispositif_id or 0, []).append(ligne)
    rangees: dict[Verdict, list[Proposition]] = {verdict: [] for verdict in Verdict}
    for version in versions:
        proposition = _propose(version, build_offre(version, noms), fiche, projet, au)
        rangees[proposition.verdict].append(
            replace(proposition, lignes=tuple(lignes.get(version.dispositif_id, ())))
        )
    return rangees


def fiches_for_dispositif(user: Any, version: VersionDispositif) -> QuerySet[FicheAction]:
    """Fiches que `user` voit et que le dispositif n’écarte pas d’emblée : phase, axe, région et porteur, faits par la base.

    Le reste se juge fiche par fiche (`judge_fiches`).
    """
    fiches: QuerySet[FicheAction] = fiches_visible_to(user).exclude(statut__in=FINIES)
    if version.dispositif.is_fictif:
        fiches = fiches.filter(territoire__is_fictif=True)
    vagues = [code.removeprefix("v") for code in version.get_codes(Famille.VAGUE)]
    if vagues:
        fiches = fiches.filter(territoire__vague__numero__in=vagues)
    fiches = _filter_axes(fiches, version.get_codes(Famille.AXE))
    admis = set(version.get_codes(Famille.BENEFICIAIRE))
    if admis:
        ecartes = [type_ for type_, code in BENEFICIAIRES.items() if code not in admis]
        fiches = fiches.exclude(porteur__type__in=ecartes)
    perimetre = version.get_codes(Famille.PERIMETRE)
    if perimetre and all(code.startswith(("REG-", "DEP-")) for code in perimetre):
        regions = [code[4:] for code in perimetre if code.startswith("REG-")]
        departements = [code[4:] for code in perimetre if code.startswith("DEP-")]
        liens = FicheAction.objects.filter(pk=OuterRef("pk")).filter(
            Q(territoire__regions__in=regions) | Q(territoire__departements__in=departements)
        )
        fiches = fiches.filter(Exists(liens))
    return fiches


def _filter_axes(fiches: QuerySet[FicheAction], codes: Iterable[str]) -> QuerySet[FicheAction]:
    """Les axes d’une phase n’écartent que les fiches de cette phase."""
    par_vague: dict[str, list[str]] = {}
    for code in codes:
        vague, _, axe = code.partition("/")
        par_vague.setdefault(vague.removeprefix("v"), []).append(axe)
    for numero, axes in par_vague.items():
        fiches = fiches.exclude(
            Q(territoire__vague__numero=numero) & Q(axe__isnull=False) & ~Q(axe__code__in=axes)
        )
    return fiches


class Juge:
    """Le verdict d’un dispositif sur des fiches (lues par `prepare_fiches`) ; les communes d’un territoire se lisent une fois."""

    def __init__(self, version: VersionDispositif, *, au: date) -> None:
        self.version = version
        self.au = au
        self.offre = build_offre(version, load_noms([version]))
        self._lieux: dict[int, tuple[Lieu, ...]] = {}

    def prepare(self, fiches: Iterable[FicheAction]) -> None:
        """Lit en deux requêtes les communes de tous leurs territoires."""
        manquants = {fiche.territoire_id for fiche in fiches} - set(self._lieux)
        if manquants:
            self._lieux |= dict.fromkeys(manquants, ()) | load_lieux(manquants, self.au)

    def judge(self, fiche: FicheAction) -> Proposition:
        self.prepare([fiche])
        projet = build_projet(fiche, self._lieux[fiche.territoire_id])
        return _propose(self.version, self.offre, fiche, projet, self.au)
