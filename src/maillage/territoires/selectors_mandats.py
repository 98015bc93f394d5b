"""Lectures sur les rôles d’un territoire : binômes et leurs places, équipe, structure animatrice, poste, référents."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.territoires.enums import ROLES_BINOME, EtatPlace, RangReferent, RoleMandat
from maillage.territoires.models import (
    Binome,
    CofinancementPoste,
    Mandat,
    Place,
    Referent,
    StructureAnimatrice,
    Territoire,
)

GENERAL = "Binôme du territoire"


@dataclass(frozen=True)
class PlaceLue:
    """Une place ce jour-là : tenue (`mandats`), dite sans nom (`place`), ou dont on ne sait rien (ni l’un ni l’autre)."""

    role: RoleMandat
    mandats: list[Mandat] = field(default_factory=list)
    place: Place | None = None

    @property
    def libelle(self) -> str:
        """« Élu·e » dans un binôme ; ailleurs, le nom entier du rôle."""
        _, separateur, court = str(self.role.label).partition("\u00a0: ")
        return f"{court[:1].upper()}{court[1:]}" if separateur else str(self.role.label)

    @property
    def is_vacante(self) -> bool:
        """Personne ne la tient, que ce soit dit (avec sa date) ou seulement constaté."""
        return not self.mandats and (self.place is None or self.place.etat == EtatPlace.VACANTE)

    @property
    def is_a_confirmer(self) -> bool:
        return not self.mandats and self.place is not None and self.place.etat == EtatPlace.A_CONFIRMER


@dataclass(frozen=True)
class BinomeLu:
    """Un binôme et ses deux places ; `binome` vide : celui de tout le territoire, quand nul ne l’a décrit."""

    nom: str
    binome: Binome | None
    places: list[PlaceLue]

    @property
    def source(self) -> str:
        """La source du binôme, dite une fois pour ses places qui n’en ont pas d’autre."""
        return self.binome.source if self.binome else ""

    @property
    def is_complet(self) -> bool:
        return all(place.mandats for place in self.places)


@dataclass(frozen=True)
class RolesLus:
    """Tout ce qu’on sait des rôles d’un territoire un jour donné. Montants en centimes."""

    binomes: list[BinomeLu]
    chef_projet: PlaceLue
    cofinancements: list[CofinancementPoste]
    animations: list[StructureAnimatrice]
    autres: list[PlaceLue]
    referents: list[Referent]
    sans_referent: list[Organisation]

    @property
    def vacantes(self) -> list[tuple[str, PlaceLue]]:
        """Les places sans personne : (où, place). Le binôme général se voit même si nul ne l’a décrit."""
        lues = [("", self.chef_projet)] + [(b.nom, place) for b in self.binomes for place in b.places]
        return [(ou, place) for ou, place in lues if place.is_vacante]


def read_binomes(territoire: Territoire, au: date) -> list[BinomeLu]:
    """Les binômes d’un territoire ce jour-là, leurs places tenues ou non. Trois requêtes."""
    return _Places(territoire, au).binomes


class _Places:
    """Mandats, places sans nom et binômes d’un territoire, lus une fois."""

    def __init__(self, territoire: Territoire, au: date) -> None:
        self.mandats = list(
            Mandat.objects.at(au)
            .filter(territoire=territoire)
            .select_related("personne", "organisation", "binome")
            .order_by("role", "debut", "id")
        )
        self.places = list(Place.objects.at(au).filter(territoire=territoire))
        decrits = (
            Binome.objects.at(au)
            .filter(territoire=territoire)
            .select_related("axe", "epci")
            .order_by("-is_chef_de_file", "portee", "epci__nom", "axe__rang", "sujet", "id")
        )
        self.binomes = [BinomeLu(str(b), b, [self.lire(role, b) for role in ROLES_BINOME]) for b in decrits]
        general = [self.lire(role, None) for role in ROLES_BINOME]
        # Sans binôme décrit, ou avec des membres sans binôme : c’est le binôme de tout le territoire, montré en tête.
        if not self.binomes or any(place.mandats or place.place for place in general):
            self.binomes.insert(0, BinomeLu(GENERAL, None, general))

    def lire(self, role: RoleMandat, binome: Binome | None) -> PlaceLue:
        cle = binome.pk if binome else None
        return PlaceLue(
            role,
            [m for m in self.mandats if m.role == role and m.binome_id == cle],
            next((p for p in self.places if p.role == role and p.binome_id == cle), None),
        )


def read_roles(territoire: Territoire, au: date) -> RolesLus:
    """Les rôles d’un territoire ce jour-là, en sept requêtes quel que soit leur nombre."""
    lues = _Places(territoire, au)
    referents = list_referents(territoire, au)
    titulaires = {r.organisation_id for r in referents if r.rang == RangReferent.TITULAIRE}
    return RolesLus(
        binomes=lues.binomes,
        chef_projet=lues.lire(RoleMandat.CHEF_PROJET, None),
        cofinancements=list(
            CofinancementPoste.objects.at(au)
            .filter(territoire=territoire)
            .select_related("financeur", "employeur")
        ),
        animations=list(
            StructureAnimatrice.objects.at(au).filter(territoire=territoire).select_related("organisation")
        ),
        autres=[
            lue
            for role in (RoleMandat.REFERENT_ETAT, RoleMandat.PARTENAIRE)
            if (lue := lues.lire(role, None)).mandats
        ],
        referents=referents,
        sans_referent=[o for o in operateurs_attendus() if o.pk not in titulaires],
    )


def list_mandats_passes(territoire: Territoire, au: date) -> list[Mandat]:
    """Mandats finis avant ce jour, le plus récent d’abord ; sans les faits remplacés."""
    return list(
        Mandat.objects.connus()
        .filter(territoire=territoire, fin__lte=au)
        .select_related("personne", "organisation", "binome__axe", "binome__epci")
        .order_by("-fin", "-id")
    )


def list_mandats_a_venir(territoire: Territoire, au: date) -> list[Mandat]:
    """Mandats qui commencent après ce jour, le plus proche d’abord."""
    return list(
        Mandat.objects.connus()
        .filter(territoire=territoire, debut__gt=au)
        .select_related("personne", "organisation", "binome__axe", "binome__epci")
        .order_by("debut", "id")
    )


# --- référents ---------------------------------------------------------------------------------------------------


def operateurs_attendus() -> QuerySet[Organisation]:
    """Les opérateurs dont un référent est attendu dans chaque territoire : tous ceux de l’État, hors démonstration."""
    return Organisation.objects.filter(
        type=TypeOrganisation.OPERATEUR, is_fictif=False, parent__isnull=True
    ).order_by("nom")


def list_referents(territoire: Territoire, au: date) -> list[Referent]:
    """Référents d’un territoire ce jour-là, par opérateur, le titulaire d’abord."""
    return list(
        Referent.objects.at(au)
        .filter(territoire=territoire)
        .select_related("organisation", "personne")
        .order_by("organisation__nom", "-rang", "id")
    )


def annuaire(au: date, territoires: QuerySet[Territoire]) -> QuerySet[Any]:
    """Référents de ces territoires ce jour-là, avec territoire, opérateur et personne."""
    return (
        Referent.objects.at(au)
        .filter(territoire__in=territoires.values("pk"))
        .select_related("territoire__vague", "territoire__region", "organisation", "personne")
    )


def titulaires_at(au: date) -> QuerySet[Any]:
    return Referent.objects.at(au).filter(rang=RangReferent.TITULAIRE)


def without_referent(
    territoires: QuerySet[Territoire], au: date, organisation: Organisation | None = None
) -> QuerySet[Territoire]:
    """Territoires à qui il manque au moins un titulaire (ou celui de `organisation`), avec `titulaires` lus d’avance.

    Demande autant de conditions que d’opérateurs attendus, jamais de requête par territoire.
    """
    titulaires = titulaires_at(au)
    manque = Q(pk__in=[])
    for operateur in [organisation] if organisation else operateurs_attendus():
        manque |= ~Q(Exists(titulaires.filter(territoire=OuterRef("pk"), organisation=operateur)))
    return territoires.filter(manque).prefetch_related(
        Prefetch("referents", queryset=titulaires.select_related("personne"), to_attr="titulaires")
    )
