"""Les territoires qui dorment : des signes, chacun avec sa preuve et sa porte. Jamais d’étiquette sans ses raisons.

Un signe n’est pas un jugement : il dit où appeler. Les seuils sont des données datées (`calcul.sommeil`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate

from calcul.parametres import ParametreSansValeur
from calcul.sommeil import get_limite, get_mois
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FaitFiche, FicheAction, VersionFiche
from maillage.financement.enums import StatutLigne
from maillage.financement.models import EtapeLigne, LigneFinancement
from maillage.pilotage.models import AideRecue
from maillage.pilotage.selectors import Perimetre, territoires_with
from maillage.socle.dates import format_jour
from maillage.socle.horloge import aujourdhui
from maillage.territoires.enums import ROLES_BINOME, EtatPlace, NatureEvenement, RoleMandat
from maillage.territoires.models import Binome, Evenement, Mandat, Place, Territoire

RENCONTRES = (NatureEvenement.REUNION, NatureEvenement.ATELIER)
SANS_REPONSE = (StatutLigne.SOLLICITE, StatutLigne.DOSSIER_COMPLET)


@dataclass(frozen=True)
class Signe:
    """Un signe qu’un territoire dort, et combien le portent."""

    cle: str
    libelle: str
    phrase: str
    nombre: int = 0


SIGNES: dict[str, Signe] = {
    signe.cle: signe
    for signe in (
        Signe(
            "sans_chef_projet",
            "Sans chef·fe de projet",
            "Aucun mandat de chef·fe de projet n’est en cours ce jour-là.",
        ),
        Signe(
            "sans_binome",
            "Sans binôme complet",
            "Aucun binôme n’a ce jour-là et son élu·e et son industriel·le.",
        ),
        Signe(
            "sans_reunion",
            "Sans réunion récente",
            "La dernière réunion ou le dernier atelier connu est trop ancien, ou il n’y en a pas eu depuis le début de la phase.",
        ),
        Signe(
            "sans_fiche",
            "Sans fiche action",
            "Le territoire est labellisé depuis longtemps et n’a aucune fiche action.",
        ),
        Signe("fiches_figees", "Fiches figées", "Aucune fiche action n’a changé depuis longtemps."),
        Signe(
            "sans_reponse",
            "Demandes sans réponse",
            "Une demande de financement attend une réponse depuis longtemps\u00a0: c’est le financeur qui est attendu.",
        ),
    )
}
PLUSIEURS = 3  # nombre de signes à partir duquel un territoire est montré dans les alertes


@dataclass(frozen=True)
class Preuve:
    """Pourquoi un territoire porte un signe : la phrase, et l’adresse où le vérifier."""

    signe: str
    phrase: str
    url: str

    @property
    def libelle(self) -> str:
        return SIGNES[self.signe].libelle


class Preuves(list[Preuve]):
    """Les preuves d’un territoire ; en texte (export), leurs phrases à la suite."""

    def __str__(self) -> str:
        return " ".join(preuve.phrase for preuve in self)


@dataclass
class Sommeil:
    """Les signes de tous les territoires d’un périmètre, avec leurs preuves : clé du territoire en base -> preuves."""

    preuves: dict[int, list[Preuve]] = field(default_factory=dict)
    # Ni mandat, ni réunion, ni fiche enregistrés ici : on ne sait rien d’eux, ce qui n’est pas dormir.
    inconnus: set[int] = field(default_factory=set)

    def get_ids(self, signe: str = "", *, minimum: int = 1, connus: bool = False) -> list[int]:
        """Territoires qui portent ce signe, ou au moins `minimum` signes ; `connus` : sans ceux dont rien n’est enregistré."""
        return [
            pk
            for pk, preuves in self.preuves.items()
            if ((not signe and len(preuves) >= minimum) or any(p.signe == signe for p in preuves))
            and not (connus and pk in self.inconnus)
        ]

    def count(self, *, connus: bool = False) -> list[Signe]:
        """Chaque signe avec le nombre de territoires qui le portent."""
        return [
            Signe(signe.cle, signe.libelle, signe.phrase, len(self.get_ids(signe.cle, connus=connus)))
            for signe in SIGNES.values()
        ]


@dataclass(frozen=True)
class _Faits:
    """Ce qu’on lit une fois pour tous les territoires : clé en base -> fait."""

    roles: dict[int, set[str]]
    binomes_complets: set[int]
    vacances: dict[tuple[int, str], Place]
    fins: dict[tuple[int, str], date]
    reunions: dict[int, date]
    fiches: dict[int, int]
    changements: dict[int, date]
    demandes: dict[int, tuple[date, int]]


def compute_sommeil(p: Perimetre, territoires: QuerySet[Territoire] | None = None) -> Sommeil:
    """Les signes des territoires labellisés du périmètre (à coup sûr ou peut-être), ou de ceux donnés.

    Dix requêtes, quel que soit leur nombre. Avant le premier seuil connu, aucun signe.
    """
    try:
        limites = {
            cle: get_limite(cle, p.au)
            for cle in ("sans_reunion", "sans_fiche", "fiches_figees", "sans_reponse")
        }
        mois = {cle: get_mois(cle, p.au) for cle in limites}
    except ParametreSansValeur:
        return Sommeil()
    if territoires is None:
        territoires = territoires_with(p, "labellises", certaines=False)
    lus = list(territoires.select_related("vague"))
    faits = _read_faits(p.au, [t.pk for t in lus])
    quittes = {pk for pk, _ in faits.fins}
    return Sommeil(
        {t.pk: _prove(t, p.au, faits, limites, mois) for t in lus},
        {
            t.pk
            for t in lus
            if not (faits.roles.get(t.pk) or faits.reunions.get(t.pk) or faits.fiches.get(t.pk))
            and t.pk not in quittes
        },
    )


def _read_faits(au: date, ids: list[int]) -> _Faits:
    roles: dict[int, set[str]] = defaultdict(set)
    places: dict[tuple[int, int | None], set[str]] = defaultdict(set)
    mandats = Mandat.objects.at(au).filter(territoire__in=ids)
    for pk, binome, role in mandats.order_by().values_list("territoire", "binome", "role"):
        roles[pk].add(role)
        places[pk, binome].add(role)
    ouverts = set(Binome.objects.at(au).filter(territoire__in=ids).values_list("pk", flat=True))
    vacantes = Place.objects.at(au).filter(territoire__in=ids, binome__isnull=True, etat=EtatPlace.VACANTE)
    finis = Mandat.objects.connus().filter(territoire__in=ids, fin__lte=au).order_by()
    present = au >= aujourdhui()
    return _Faits(
        roles=roles,
        binomes_complets={
            pk
            for (pk, binome), tenus in places.items()
            if tenus.issuperset(ROLES_BINOME) and (binome is None or binome in ouverts)
        },
        vacances={(place.territoire_id, place.role): place for place in vacantes},
        fins={(t, r): m for t, r, m in finis.values_list("territoire", "role").annotate(m=Max("fin"))},
        reunions=dict(
            Evenement.objects.filter(territoires__in=ids, jour__lte=au, nature__in=RENCONTRES)
            .order_by()
            .values_list("territoires")
            .annotate(m=Max("jour"))
        ),
        fiches=_count_fiches(au, ids, present=present),
        changements=_read_changements(au, ids, present=present),
        demandes=_read_demandes(ids) if present else _read_demandes_at(au, ids),
    )


def _count_fiches(au: date, ids: list[int], *, present: bool) -> dict[int, int]:
    """Territoire -> fiches non abandonnées, nées ce jour-là au plus tard."""
    fiches = FicheAction.objects.filter(territoire__in=ids).exclude(statut=StatutFiche.ABANDONNEE).order_by()
    if not present:
        fiches = fiches.filter(Exists(FaitFiche.objects.filter(fiche=OuterRef("pk"), date_effet__lte=au)))
    return dict(fiches.values_list("territoire").annotate(n=Count("pk")))


def _read_changements(au: date, ids: list[int], *, present: bool) -> dict[int, date]:
    """Territoire -> jour du dernier changement d’une fiche. Pour aujourd’hui, la fiche le dit ; au passé, ses faits et versions."""
    if present:
        dernieres = FicheAction.objects.filter(territoire__in=ids).order_by().values_list("territoire")
        return {pk: localdate(instant) for pk, instant in dernieres.annotate(m=Max("modifiee_at"))}
    etats = FaitFiche.objects.filter(fiche__territoire__in=ids, date_effet__lte=au).order_by()
    changements: dict[int, date] = dict(etats.values_list("fiche__territoire").annotate(m=Max("date_effet")))
    versions = VersionFiche.objects.filter(fiche__territoire__in=ids, enregistre_at__date__lte=au).order_by()
    for pk, instant in versions.values_list("fiche__territoire").annotate(m=Max("enregistre_at")):
        changements[pk] = max(changements.get(pk, date.min), localdate(instant))
    return changements


def _read_demandes(ids: list[int]) -> dict[int, tuple[date, int]]:
    """Territoire -> (jour de la plus ancienne demande sans réponse, nombre de ces demandes), aujourd’hui."""
    demandes = (
        LigneFinancement.objects.filter(statut__in=SANS_REPONSE, plan__fiche__territoire__in=ids)
        .order_by()
        .values_list("plan__fiche__territoire")
        .annotate(premiere=Min("statut_depuis"), nombre=Count("pk"))
    )
    return {pk: (premiere, nombre) for pk, premiere, nombre in demandes}


def _read_demandes_at(au: date, ids: list[int]) -> dict[int, tuple[date, int]]:
    """La même chose un jour passé, relue sur les étapes des lignes."""
    repondues = EtapeLigne.objects.filter(ligne=OuterRef("ligne"), date_effet__lte=au).exclude(
        Q(vers__in=SANS_REPONSE) | Q(vers=StatutLigne.PRESSENTI)
    )
    demandes = (
        EtapeLigne.objects.filter(
            ~Exists(repondues),
            vers=StatutLigne.SOLLICITE,
            date_effet__lte=au,
            ligne__plan__fiche__territoire__in=ids,
        )
        .order_by()
        .values_list("ligne__plan__fiche__territoire")
        .annotate(premiere=Min("date_effet"), nombre=Count("ligne", distinct=True))
    )
    return {pk: (premiere, nombre) for pk, premiere, nombre in demandes}


def _prove(
    t: Territoire, au: date, faits: _Faits, limites: dict[str, date], mois: dict[str, int]
) -> list[Preuve]:
    cle = [t.vague.code, t.id_ti]
    roles = reverse("territoire-roles", args=cle)
    preuves = []
    if RoleMandat.CHEF_PROJET not in faits.roles[t.pk]:
        preuves.append(
            Preuve("sans_chef_projet", _say_vacance(t, RoleMandat.CHEF_PROJET, faits), f"{roles}#equipe")
        )
    if t.pk not in faits.binomes_complets:
        manque = [role for role in ROLES_BINOME if role not in faits.roles[t.pk]] or list(ROLES_BINOME)
        phrase = " ".join(_say_vacance(t, role, faits) for role in manque)
        preuves.append(Preuve("sans_binome", phrase, f"{roles}#binomes"))
    reunion = faits.reunions.get(t.pk)
    if (reunion or t.vague.debut) <= limites["sans_reunion"]:
        phrase = (
            f"Dernière rencontre connue le {format_jour(reunion)}"
            if reunion
            else f"Aucune rencontre connue depuis le début de la phase, le {format_jour(t.vague.debut)}"
        )
        preuves.append(
            Preuve(
                "sans_reunion",
                f"{phrase} (seuil\u00a0: {mois['sans_reunion']} mois).",
                f"{t.get_espace_url()}#evenements",
            )
        )
    if not faits.fiches.get(t.pk):
        if t.vague.debut <= limites["sans_fiche"]:
            preuves.append(
                Preuve(
                    "sans_fiche",
                    f"Aucune fiche action depuis le début de la phase, le {format_jour(t.vague.debut)} (seuil\u00a0: {mois['sans_fiche']} mois).",
                    reverse("fiches", args=cle),
                )
            )
    elif (change := faits.changements.get(t.pk)) and change <= limites["fiches_figees"]:
        preuves.append(
            Preuve(
                "fiches_figees",
                f"Aucune fiche n’a changé depuis le {format_jour(change)} (seuil\u00a0: {mois['fiches_figees']} mois).",
                reverse("fiches", args=cle),
            )
        )
    if (demande := faits.demandes.get(t.pk)) and demande[0] <= limites["sans_reponse"]:
        combien = "Une demande attend" if demande[1] == 1 else f"{demande[1]} demandes attendent"
        preuves.append(
            Preuve(
                "sans_reponse",
                f"{combien} une réponse, la plus ancienne depuis le {format_jour(demande[0])} (seuil\u00a0: {mois['sans_reponse']} mois).",
                reverse("financement", args=cle),
            )
        )
    return preuves


def _say_vacance(t: Territoire, role: RoleMandat, faits: _Faits) -> str:
    nom = str(role.label)
    if (place := faits.vacances.get((t.pk, role))) and place.debut:
        return f"{nom}\u00a0: place vacante depuis le {format_jour(place.debut)}."
    if fin := faits.fins.get((t.pk, role)):
        return f"{nom}\u00a0: personne depuis le {format_jour(fin)}."
    return f"{nom}\u00a0: personne n’y est nommé."


def territoires_asleep(p: Perimetre, cle: str) -> QuerySet[Territoire]:
    """Territoires labellisés (à coup sûr ou peut-être) qui portent ce signe."""
    return Territoire.objects.filter(pk__in=compute_sommeil(p).get_ids(cle)).select_related("vague", "region")


def count_signes(p: Perimetre) -> list[Signe]:
    """Chaque signe avec le nombre de territoires qui le portent."""
    return compute_sommeil(p).count()


def list_aides(territoires: Iterable[Any]) -> dict[int, list[Any]]:
    """Aides reçues par ces territoires, la plus récente d’abord : clé en base -> aides."""
    par_territoire: dict[int, list[Any]] = defaultdict(list)
    for aide in AideRecue.objects.filter(territoire__in=list(territoires)).select_related("par"):
        par_territoire[aide.territoire_id].append(aide)
    return par_territoire
