"""Les fichiers d’un jeu de données : CSV, XLSX, JSON, GeoJSON. Chacun porte sa date, sa licence et ses mentions."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import IO, Any

from calcul.carte import deprojeter_polygones
from maillage.opendata.selectors import LOT, Champ, Jeu, TypeChamp
from maillage.referentiels.models import Contour
from maillage.referentiels.selectors import load_sources
from maillage.socle import tableur
from maillage.socle.tableur import Feuille, to_euros

TYPES = {
    "csv": tableur.TYPE_CSV,
    "xlsx": tableur.TYPE_XLSX,
    "json": "application/json",
    "geojson": "application/geo+json",
}
COUCHES = ("ti_v1", "ti_v2")


def list_formes(jeu: Jeu) -> list[str]:
    """Les formes offertes : GeoJSON seulement quand le jeu a des contours, que leur licence permet de redistribuer."""
    return [forme for forme in TYPES if forme != "geojson" or jeu.has_contours]


def list_mentions(jeu: Jeu, *, contours: bool = False) -> list[str]:
    """Les mentions que demandent les sources du jeu."""
    cles = {*jeu.sources, *(["contours"] if contours else [])}
    return [source.mention for source in load_sources() if source.cle in cles]


def describe(jeu: Jeu, au: date, *, contours: bool = False) -> dict[str, Any]:
    """Ce qui accompagne les lignes : titre, date, licence, mentions, dictionnaire des colonnes."""
    return {
        "jeu": jeu.cle,
        "titre": jeu.titre,
        "description": jeu.phrase,
        "au": au.isoformat(),
        "licence": {"nom": jeu.licence.nom, "url": jeu.licence.url},
        "mentions": list_mentions(jeu, contours=contours),
        "dictionnaire": [
            {"nom": champ.nom, "type": champ.type.value, "sens": champ.sens} for champ in jeu.champs
        ],
    }


def _to_feuille(jeu: Jeu, au: date) -> Feuille:
    return Feuille(
        jeu.titre,
        [champ.nom for champ in jeu.champs],
        ([valeur for _, valeur in _couples(jeu, ligne)] for ligne in jeu.lignes(au)),
        frozenset(rang for rang, champ in enumerate(jeu.champs) if _is_montant(champ)),
    )


def write_csv(jeu: Jeu, au: date) -> Iterator[str]:
    """Ce qu’ouvre un tableur français."""
    return tableur.write_csv(_to_feuille(jeu, au))


def write_xlsx(jeu: Jeu, au: date) -> IO[bytes]:
    """Un classeur de deux feuilles, les données et leur dictionnaire, dans un fichier temporaire prêt à lire."""
    lignes: list[list[Any]] = [
        ["Au", au],
        ["Licence", f"{jeu.licence.nom}, {jeu.licence.url}"],
        *(["Mention", mention] for mention in list_mentions(jeu)),
        [],
        ["Colonne", "Type", "Sens"],
        *([champ.nom, champ.type.value, champ.sens] for champ in jeu.champs),
    ]
    return tableur.write_xlsx(_to_feuille(jeu, au), Feuille("Dictionnaire", ["Jeu", jeu.titre], lignes))


def write_json(jeu: Jeu, au: date) -> Iterator[str]:
    """La description du jeu, puis « lignes » : un objet par ligne. Montants en euros, dates AAAA-MM-JJ."""
    tete = json.dumps(describe(jeu, au), ensure_ascii=False)
    yield f'{tete[:-1]}, "lignes": ['
    yield from _join(json.dumps(_to_objet(jeu, ligne), ensure_ascii=False) for ligne in jeu.lignes(au))
    yield "]}\n"


def write_geojson(jeu: Jeu, au: date) -> Iterator[str]:
    """Une entité par ligne qui a un contour connu : longitude et latitude (WGS 84), contours simplifiés."""
    tete = json.dumps({"type": "FeatureCollection"} | describe(jeu, au, contours=True), ensure_ascii=False)
    yield f'{tete[:-1]}, "features": ['
    yield from _join(_write_entites(jeu, au))
    yield "]}\n"


def _write_entites(jeu: Jeu, au: date) -> Iterator[str]:
    for lot in _lots(jeu.lignes(au), LOT // 10):
        objets = [_to_objet(jeu, ligne) for ligne in lot]
        codes = {objet["id_ti"] for objet in objets}
        contours = {
            (contour.couche, contour.code): contour
            for contour in Contour.objects.filter(couche__in=COUCHES, code__in=codes)
        }
        for objet in objets:
            contour = contours.get((f"ti_v{objet['phase']}", objet["id_ti"]))
            geometrie = contour and {
                "type": "MultiPolygon",
                "coordinates": deprojeter_polygones(contour.repere, contour.geometrie),
            }
            entite = {
                "type": "Feature",
                "id": objet["territoire"],
                "properties": objet,
                "geometry": geometrie,
            }
            yield json.dumps(entite, ensure_ascii=False, separators=(",", ":"))


def _lots(lignes: Iterable[tuple[Any, ...]], taille: int) -> Iterator[list[tuple[Any, ...]]]:
    lot: list[tuple[Any, ...]] = []
    for ligne in lignes:
        lot.append(ligne)
        if len(lot) == taille:
            yield lot
            lot = []
    if lot:
        yield lot


def _join(morceaux: Iterator[str]) -> Iterator[str]:
    separateur = "\n"
    for morceau in morceaux:
        yield f"{separateur}{morceau}"
        separateur = ",\n"


def _couples(jeu: Jeu, ligne: tuple[Any, ...]) -> Iterator[tuple[Champ, Any]]:
    return zip(jeu.champs, ligne, strict=True)


def _is_montant(champ: Champ) -> bool:
    return champ.type is TypeChamp.MONTANT


def _to_objet(jeu: Jeu, ligne: tuple[Any, ...]) -> dict[str, Any]:
    objet: dict[str, Any] = {}
    for champ, valeur in _couples(jeu, ligne):
        if isinstance(valeur, date):
            valeur = valeur.isoformat()
        elif _is_montant(champ) and valeur is not None:
            valeur = float(to_euros(valeur))
        objet[champ.nom] = valeur
    return objet
