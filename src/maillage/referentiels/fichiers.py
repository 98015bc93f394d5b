"""Les fichiers de référence, un par un : du format reçu aux colonnes de nos tables. Ne lit pas la base.

Chaque fonction rend des `Ligne` : les valeurs à écrire, et l'enregistrement d'où elles viennent, pour qu'un refus
ultérieur (code inconnu) nomme encore le fichier et la place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calcul.carte import HorsCadre, TopologieIllisible, decoder_topojson, projeter_polygones
from maillage.referentiels.enums import Couche, NiveauNaf, TypeCommuneAncienne, TypeEpci, Zone
from maillage.referentiels.lecture import (
    Enregistrement,
    check_sans_doublon,
    lire_csv,
    lire_enregistrements,
    lire_json,
)
from maillage.socle.erreurs import DonneesIllisibles
from maillage.socle.texte import replier


@dataclass(frozen=True)
class Ligne:
    lu: Enregistrement
    valeurs: dict[str, Any]


def lire_regions(chemin: Path) -> list[Ligne]:
    lus = lire_enregistrements(chemin, ["code", "nom", "zone"])
    check_sans_doublon(lus, "code")
    return [
        Ligne(lu, {"code": lu.texte("code"), "nom": lu.texte("nom"), "zone": lu.choix("zone", Zone.values)})
        for lu in lus
    ]


def lire_departements(chemin: Path) -> list[Ligne]:
    lus = lire_enregistrements(chemin, ["code", "nom", "region", "zone"])
    check_sans_doublon(lus, "code")
    return [
        Ligne(
            lu,
            {
                "code": lu.texte("code"),
                "nom": lu.texte("nom"),
                "region_id": lu.texte("region"),
                "zone": lu.choix("zone", Zone.values),
            },
        )
        for lu in lus
    ]


_ACTUELLE = "commune-actuelle"
_TYPES_ANCIENNES = {
    "commune-deleguee": TypeCommuneAncienne.DELEGUEE,
    "commune-associee": TypeCommuneAncienne.ASSOCIEE,
    "arrondissement-municipal": TypeCommuneAncienne.ARRONDISSEMENT,
}


def _lire_communes(chemin: Path) -> tuple[list[Enregistrement], list[Enregistrement]]:
    """(actuelles, autres) du fichier des communes."""
    lus = lire_enregistrements(chemin, ["code", "nom", "type"])
    actuelles: list[Enregistrement] = []
    autres: list[Enregistrement] = []
    for lu in lus:
        (actuelles if lu.choix("type", [_ACTUELLE, *_TYPES_ANCIENNES]) == _ACTUELLE else autres).append(lu)
    check_sans_doublon(actuelles, "code")
    check_sans_doublon(autres, "code")
    return actuelles, autres


def lire_communes(chemin: Path) -> list[Ligne]:
    """Communes actuelles. Une population absente (communes « mortes pour la France ») vaut zéro."""
    return [
        Ligne(
            lu,
            {
                "code_insee": lu.texte("code"),
                "nom": lu.texte("nom"),
                "nom_recherche": replier(lu.texte("nom")),
                "departement_id": lu.texte("departement"),
                "region_id": lu.texte("region"),
                "population": lu.entier_ou_zero("population"),
                "zone": lu.choix("zone", Zone.values),
                "siren": lu.texte_ou_vide("siren"),
            },
        )
        for lu in _lire_communes(chemin)[0]
    ]


def lire_communes_anciennes(chemin: Path) -> list[Ligne]:
    """Communes déléguées, associées, arrondissements, puis les codes fusionnés que le fichier ne nomme pas.

    Une commune déléguée dit elle-même son chef-lieu : il prime sur `anciensCodes` quand les deux diffèrent.
    """
    actuelles, autres = _lire_communes(chemin)
    lignes = {}
    for lu in autres:
        type_ = _TYPES_ANCIENNES[lu.texte("type")]
        rattachement = "commune" if type_ is TypeCommuneAncienne.ARRONDISSEMENT else "chefLieu"
        lignes[lu.texte("code")] = _ancienne(
            lu, lu.texte("code"), nom=lu.texte("nom"), type_=type_, commune=lu.texte(rattachement)
        )
    for lu in actuelles:
        for code in lu.textes("anciensCodes"):
            lignes.setdefault(
                code,
                _ancienne(lu, code, nom="", type_=TypeCommuneAncienne.ANCIENNE, commune=lu.texte("code")),
            )
    return list(lignes.values())


def _ancienne(lu: Enregistrement, code: str, *, nom: str, type_: str, commune: str) -> Ligne:
    return Ligne(
        lu,
        {
            "code_insee": code,
            "nom": nom,
            "nom_recherche": replier(nom),
            "type": str(type_),
            "commune_id": commune,
        },
    )


def lire_codes_postaux(chemin: Path) -> list[Ligne]:
    return [
        Ligne(lu, {"code": code, "commune_id": lu.texte("code")})
        for lu in _lire_communes(chemin)[0]
        for code in sorted(set(lu.textes("codesPostaux")))
    ]


@dataclass(frozen=True)
class Membre:
    lu: Enregistrement
    commune: str
    population_municipale: int


def lire_groupements(chemin: Path) -> list[Ligne]:
    """EPCI ou EPT (même format). Les valeurs portent aussi `membres`, une liste de Membre."""
    lus = lire_enregistrements(
        chemin,
        ["code", "nom", "type", "modeFinancement", "populationMunicipale", "populationTotale", "membres"],
    )
    check_sans_doublon(lus, "code")
    lignes = []
    membre_de: dict[str, str] = {}
    for lu in lus:
        membres = []
        for membre in lu.enregistrements("membres"):
            commune = membre.texte("code")
            if commune in membre_de:
                membre.refuse(f"la commune {commune} est déjà membre de {membre_de[commune]}")
            membre_de[commune] = lu.texte("code")
            membres.append(Membre(membre, commune, membre.entier("populationMunicipale")))
        if not membres:
            lu.refuse("le groupement n’a aucun membre")
        lignes.append(
            Ligne(
                lu,
                {
                    "siren": lu.texte("code"),
                    "nom": lu.texte("nom"),
                    "type": lu.choix("type", TypeEpci.values),
                    "mode_financement": lu.texte_ou_vide("modeFinancement"),
                    "population_municipale": lu.entier("populationMunicipale"),
                    "population_totale": lu.entier("populationTotale"),
                    "membres": membres,
                },
            )
        )
    return lignes


def lire_naf(chemin: Path) -> list[Ligne]:
    lus = lire_csv(
        chemin,
        [
            "code",
            "niveau",
            "libelle",
            "section",
            "division",
            "a38",
            "a17",
            "a5",
            "industrie_be",
            "code_sans_point",
        ],
    )
    check_sans_doublon(lus, "code")
    return [
        Ligne(
            lu,
            {
                "code": lu.texte("code"),
                "niveau": lu.choix("niveau", NiveauNaf.values),
                "libelle": lu.texte("libelle"),
                "section": lu.texte("section"),
                "division": lu.texte("division"),
                "a38": lu.texte("a38"),
                "a17": lu.texte("a17"),
                "a5": lu.texte("a5"),
                "is_industrie": lu.choix("industrie_be", ["oui", "non"]) == "oui",
                "code_sans_point": lu.texte("code_sans_point"),
            },
        )
        for lu in lus
    ]


# Couche -> (objet du TopoJSON, propriété qui porte le code).
_OBJETS = {
    Couche.REGION: ("regions", "code"),
    Couche.DEPARTEMENT: ("departements", "code"),
    Couche.EPCI: ("epci", "code"),
    Couche.EPT: ("ept", "code"),
    Couche.TI_V1: ("ti_v1", "id_ti"),
    Couche.TI_V2: ("ti_v2", "id_ti"),
}


def lecteur_contours(couche: Couche) -> Callable[[Path], list[Ligne]]:
    """Lecteur du TopoJSON d'une couche : décode, projette, arrondit au mètre."""
    objet, propriete = _OBJETS[couche]

    def lire(chemin: Path) -> list[Ligne]:
        topologie = lire_json(chemin)
        try:
            formes = decoder_topojson(topologie if isinstance(topologie, dict) else {}, objet)
        except TopologieIllisible as erreur:
            raise DonneesIllisibles(
                f"{chemin.name} : {erreur}. Vérifiez que c’est le bon fichier, ou reprenez l’original."
            ) from erreur
        lus = [
            Enregistrement(chemin.name, f"contour {rang}", proprietes)
            for rang, (proprietes, _) in enumerate(formes, start=1)
        ]
        check_sans_doublon(lus, propriete)
        return [
            Ligne(lu, _contour(lu, couche, propriete, polygones))
            for lu, (_, polygones) in zip(lus, formes, strict=True)
        ]

    return lire


def _contour(lu: Enregistrement, couche: Couche, propriete: str, polygones: list[Any]) -> dict[str, Any]:
    if not polygones:
        lu.refuse("le contour est vide")
    try:
        repere, projetes = projeter_polygones(polygones)
    except HorsCadre as erreur:
        lu.refuse(str(erreur))
    xs = [x for polygone in projetes for x, _ in polygone[0]]
    ys = [y for polygone in projetes for _, y in polygone[0]]
    return {
        "couche": couche.value,
        "code": lu.texte(propriete),
        "repere": repere,
        # Des listes et non des couples : ce que rendra la base, pour comparer sans conversion.
        "geometrie": [[[[x, y] for x, y in anneau] for anneau in polygone] for polygone in projetes],
        "ouest": min(xs),
        "sud": min(ys),
        "est": max(xs),
        "nord": max(ys),
    }
