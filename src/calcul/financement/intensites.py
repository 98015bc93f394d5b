"""Intensité maximale d'une aide exemptée : la part des coûts que l'article permet, selon la taille, la zone et les
majorations demandées.

Ce qui n'est pas connu donne un intervalle : la plus basse et la plus haute intensité possibles. Une règle ne demande une
donnée que si elle change la réponse.

Source : règlement (UE) n° 651/2014, articles cités par chaque paramètre. Unités : parts exactes des coûts admissibles.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product
from math import floor
from typing import Any

from calcul.financement.aide_etat import Entreprise, TailleEntreprise, TypeZoneAfr, ZoneAfr
from calcul.parametres import PARAMETRES, ValeurDatee

AFR = "14"
FORMATION = "31"
COLLABORATION = "collaboration"
PUBLIC_PRIORITAIRE = "public_prioritaire"
MAJORATIONS = {
    COLLABORATION: "collaboration effective, diffusion large ou licence (article 25)",
    PUBLIC_PRIORITAIRE: "formation de travailleurs handicapés ou défavorisés (article 31)",
}
ARTICLES = {
    AFR: "Article 14 — investissement en zone d’aide à finalité régionale",
    "17": "Article 17 — investissement des PME",
    "18": "Article 18 — conseil aux PME",
    "19": "Article 19 — participation des PME aux foires",
    "25_fondamentale": "Article 25 — recherche fondamentale",
    "25_industrielle": "Article 25 — recherche industrielle",
    "25_experimental": "Article 25 — développement expérimental",
    "25_faisabilite": "Article 25 — études de faisabilité",
    "26": "Article 26 — infrastructures de recherche",
    "27": "Article 27 — pôles d’innovation",
    "28": "Article 28 — innovation des PME",
    "29": "Article 29 — innovation de procédé et d’organisation",
    FORMATION: "Article 31 — formation",
    "32": "Article 32 — emploi de travailleurs défavorisés",
    "33": "Article 33 — emploi de travailleurs handicapés",
    "36": "Article 36 — protection de l’environnement",
    "38": "Article 38 — efficacité énergétique",
    "38_sans_contrefactuel": "Article 38 — efficacité énergétique, sans scénario contrefactuel",
    "41": "Article 41 — énergies renouvelables",
    "45": "Article 45 — dépollution et réhabilitation de sites",
    "47": "Article 47 — économie circulaire",
    "49": "Article 49 — études environnementales",
}
_RECHERCHE = ("25_industrielle", "25_experimental")
_MAJORES_PAR_ZONE = {
    **dict.fromkeys((*_RECHERCHE, "27", "36", "38", "47"), "majoration_zone"),
    "38_sans_contrefactuel": "majoration_zone_38_sans_contrefactuel",
}
# Une micro-entreprise est une petite entreprise pour les intensités.
_TAILLES = {
    TailleEntreprise.MICRO: "petite",
    TailleEntreprise.PETITE: "petite",
    TailleEntreprise.MOYENNE: "moyenne",
    TailleEntreprise.GRANDE: "grande",
}


_CITATION = "règlement (UE) n° 651/2014, article 14\u00a0; décret n° 2022-968 du 30 juin 2022, annexe"
# Les zones qu'une zone inconnue peut être : « a » au taux de 100 % borne toutes les autres.
_ZONES_POSSIBLES = (
    ZoneAfr(type=TypeZoneAfr.HORS_ZONE),
    ZoneAfr(type=TypeZoneAfr.C, taux=Fraction(1)),
    ZoneAfr(type=TypeZoneAfr.A, taux=Fraction(1)),
)
DONNEE_TAILLE = "la taille de l’entreprise"
DONNEE_ZONE = "la zone d’aide à finalité régionale de la commune (annexe du décret n° 2022-968)"
DONNEE_COUTS = "les coûts admissibles"


@dataclass(frozen=True, kw_only=True)
class Intensite:
    """De `basse` à `haute`, selon ce que diraient les données `manquantes` (en mots).

    `is_verifiee` : toutes les valeurs suivies sont lues dans un texte ou une page ; `citation` : le texte.
    """

    basse: Fraction
    haute: Fraction
    manquantes: tuple[str, ...]
    is_verifiee: bool
    citation: str


def compute_intensite(
    *, article: str, entreprise: Entreprise, majorations: Iterable[str], couts: int | None, jour: date
) -> Intensite:
    """L'intensité de l'article. `couts` : centimes admissibles ; au-delà de 50 M€, l'aide à finalité régionale perd la
    majoration de taille. Erreurs : KeyError pour un article hors d'ARTICLES, ParametreSansValeur."""
    if article not in ARTICLES:
        raise KeyError(article)
    demandees = frozenset(majorations)
    tailles = (entreprise.taille,) if entreprise.taille else tuple(TailleEntreprise)
    zones = (entreprise.zone,) if entreprise.zone else _ZONES_POSSIBLES
    seuil = PARAMETRES["plafond_investissement_afr"].at(jour).valeur if article == AFR else Fraction(0)
    assiettes = (couts,) if couts is not None else (floor(seuil), floor(seuil) + 1)
    parts: dict[tuple[TailleEntreprise, ZoneAfr, int], Fraction] = {}
    sources: dict[ValeurDatee, None] = {}
    for taille, zone, assiette in product(tailles, zones, assiettes):
        part, lues = _compute(
            article, _TAILLES[taille], zone, demandees, is_grand=assiette > seuil, jour=jour
        )
        parts[taille, zone, assiette] = part
        sources.update(dict.fromkeys(lues))
    donnees = (DONNEE_TAILLE, DONNEE_ZONE, DONNEE_COUTS)
    return Intensite(
        basse=min(parts.values()),
        haute=max(parts.values()),
        manquantes=tuple(donnee for rang, donnee in enumerate(donnees) if _varies(parts, rang)),
        is_verifiee=all(source.is_verifiee for source in sources),
        citation="\u00a0; ".join(dict.fromkeys(source.reference for source in sources)) or _CITATION,
    )


def _varies(parts: Mapping[tuple[Any, ...], Fraction], rang: int) -> bool:
    """L'intensité change quand seule cette donnée change."""
    par_autres: dict[tuple[Any, ...], set[Fraction]] = {}
    for cle, part in parts.items():
        par_autres.setdefault((*cle[:rang], *cle[rang + 1 :]), set()).add(part)
    return any(len(valeurs) > 1 for valeurs in par_autres.values())


def _compute(
    article: str, taille: str, zone: ZoneAfr, majorations: frozenset[str], *, is_grand: bool, jour: date
) -> tuple[Fraction, list[ValeurDatee]]:
    if article == AFR:
        return _compute_afr(taille, zone, is_grand=is_grand, jour=jour)
    base = PARAMETRES[f"intensite_{article}.{taille}"].at(jour)
    part, lues = base.valeur, [base]

    def add(cle: str) -> None:
        nonlocal part
        # Une majoration qui n'existait pas encore ce jour-là n'ajoute rien.
        if (majoration := PARAMETRES[cle].find(jour)) is not None:
            part += majoration.valeur
            lues.append(majoration)

    if (cle := _MAJORES_PAR_ZONE.get(article)) and zone.type is not TypeZoneAfr.HORS_ZONE:
        add(f"{cle}.{zone.type}")
    plafond = None
    if article in _RECHERCHE:
        if COLLABORATION in majorations:
            add("majoration_collaboration")
        plafond = PARAMETRES["plafond_recherche"].at(jour)
    elif article == FORMATION:
        if PUBLIC_PRIORITAIRE in majorations:
            add("majoration_formation")
        plafond = PARAMETRES["plafond_formation"].at(jour)
    if plafond is not None and part > plafond.valeur:
        part = plafond.valeur
        lues.append(plafond)
    return min(part, Fraction(1)), lues


def _compute_afr(
    taille: str, zone: ZoneAfr, *, is_grand: bool, jour: date
) -> tuple[Fraction, list[ValeurDatee]]:
    if zone.taux is None:
        return Fraction(0), []
    if is_grand:
        return zone.taux, [PARAMETRES["plafond_investissement_afr"].at(jour)]
    if taille == TailleEntreprise.GRANDE:
        return zone.taux, []
    majoration = PARAMETRES[f"majoration_taille_afr.{taille}"].at(jour)
    return min(zone.taux + majoration.valeur, Fraction(1)), [majoration]
