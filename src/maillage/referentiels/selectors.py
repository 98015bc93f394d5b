"""Lectures des référentiels pour les écrans et les applications au-dessus."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from maillage.referentiels.enums import TypeEpci
from maillage.referentiels.models import Commune, Epci
from maillage.referentiels.recherche import search_communes
from maillage.socle.texte import replier


def find_communes(texte: str) -> QuerySet[Commune]:
    """Communes actuelles qui répondent à la saisie, la plus sûre d'abord (règles : recherche.search_communes).

    Département, région, EPCI et EPT sont chargés : aucune requête de plus par commune. `recherche.explain_communes` dit
    ensuite, pour celles qu'on montre, quelle ancienne commune y a mené.
    """
    return search_communes(texte).select_related("departement", "region", "epci", "ept")


def find_membres(texte: str) -> list[Epci | Commune]:
    """L’EPCI, l’EPT ou la commune d’un code exact, sinon ceux dont le nom est exactement celui-là (sans accent ni casse).

    Un EPCI l’emporte sur une commune du même nom. Au plus trois requêtes.
    """
    propre = texte.strip().upper()
    par_code = [*Epci.objects.filter(pk=propre), *Commune.objects.filter(pk=propre)]
    if par_code:
        return list(par_code)
    cherche = replier(texte)
    if not cherche:
        return []
    epcis: list[Epci | Commune] = [epci for epci in Epci.objects.all() if replier(epci.nom) == cherche]
    return epcis or list(
        Commune.objects.filter(nom_recherche=cherche).select_related("departement").order_by("pk")
    )


def list_communes_of_epci(epci: Epci) -> QuerySet[Commune]:
    """Communes membres d'un EPCI ou d'un EPT, la plus peuplée d'abord."""
    membres = epci.communes_ept if epci.type == TypeEpci.EPT else epci.communes
    return membres.order_by("-population_municipale_epci", "nom")


def compute_population_municipale(codes_insee: Iterable[str]) -> int:
    """Somme des populations municipales, au millésime des EPCI, de communes données par leur code.

    Hors EPCI (quatre îles, collectivités d'outre-mer), ce millésime n'est pas publié avec les membres : la population
    du code officiel en tient lieu.
    """
    codes = sorted(set(codes_insee))
    total = 0
    for debut in range(0, len(codes), 500):
        lot = Commune.objects.filter(pk__in=codes[debut : debut + 500])
        total += lot.aggregate(somme=Coalesce(Sum(Coalesce("population_municipale_epci", "population")), 0))[
            "somme"
        ]
    return total


@dataclass(frozen=True)
class Source:
    """Une source de données ouvertes, telle que la page « Sources et licences » la montre."""

    cle: str
    titre: str
    producteur: str
    millesime: str
    licence: str
    licence_url: str
    mention: str
    url: str
    fichiers: tuple[str, ...]
    usage: str


@cache
def load_sources(chemin: Path | None = None) -> tuple[Source, ...]:
    """Sources déclarées dans donnees/sources.toml, dans l'ordre du fichier."""
    texte = (chemin or settings.DOSSIER_DONNEES / "sources.toml").read_text(encoding="utf-8")
    return tuple(
        Source(**{**valeurs, "fichiers": tuple(valeurs["fichiers"])})
        for valeurs in tomllib.loads(texte)["sources"]
    )
