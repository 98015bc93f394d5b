"""Cartes : projection, lecture TopoJSON, mise en page et chemins SVG. Coordonnées projetées en mètres.

Chaque forme vit dans un repère : « metropole » (Lambert-93) ou un département d'outre-mer (« 971 » à « 976 »).
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import atan, atan2, cos, degrees, exp, hypot, log, pi, radians, sin, tan
from typing import Any

Point = tuple[float, float]
Anneau = list[Point]
Polygone = list[Anneau]  # le contour, puis ses trous

METROPOLE = "metropole"


class TopologieIllisible(ValueError):
    """Le TopoJSON n'a pas la forme attendue ; la phrase dit quel objet est en cause."""


class HorsCadre(ValueError):
    """Un point n'est dans aucun des repères connus, ou une forme en chevauche deux."""


_LAMBERT_E = 0.0818191910428  # première excentricité de l'ellipsoïde IAG-GRS80
_LAMBERT_N = 0.7256077650
_LAMBERT_C = 11_754_255.426
_LAMBERT_XS = 700_000.0
_LAMBERT_YS = 12_655_612.050
_LAMBERT_MERIDIEN = radians(3)

RAYON_TERRE = 6_371_008.8  # rayon moyen (mètres) de l'ellipsoïde IAG-GRS80


def projeter_lambert93(lon: float, lat: float) -> Point:
    """(x, y) en mètres Lambert-93 (EPSG:2154) d'une longitude et d'une latitude en degrés (RGF93 ou WGS 84).

    Projection conique conforme de Lambert à deux parallèles (44° et 49°), origine 3° E et 46°30' N en
    (700 000 ; 6 600 000). Formule et constantes n, C, Xs, Ys : IGN, « Projection cartographique conique conforme
    de Lambert », note technique NTG 71 (algorithmes ALG0001 et ALG0003) et fiche RGF93-Lambert-93.
    """
    phi = radians(lat)
    e_sin = _LAMBERT_E * sin(phi)
    isometrique = log(tan(pi / 4 + phi / 2)) + _LAMBERT_E / 2 * log((1 - e_sin) / (1 + e_sin))
    rayon = _LAMBERT_C * exp(-_LAMBERT_N * isometrique)
    angle = _LAMBERT_N * (radians(lon) - _LAMBERT_MERIDIEN)
    return _LAMBERT_XS + rayon * sin(angle), _LAMBERT_YS - rayon * cos(angle)


def deprojeter_lambert93(x: float, y: float) -> Point:
    """(longitude, latitude) en degrés d'un point Lambert-93 en mètres : l'inverse de `projeter_lambert93`.

    Formules : IGN, NTG 71, algorithmes ALG0002 (latitude depuis la latitude isométrique, par approches successives)
    et ALG0004.
    """
    dx, dy = x - _LAMBERT_XS, _LAMBERT_YS - y
    longitude = _LAMBERT_MERIDIEN + atan2(dx, dy) / _LAMBERT_N
    isometrique = -log(hypot(dx, dy) / _LAMBERT_C) / _LAMBERT_N
    phi = 2 * atan(exp(isometrique)) - pi / 2
    for _ in range(8):  # chaque tour gagne plus de deux décimales
        e_sin = _LAMBERT_E * sin(phi)
        phi = 2 * atan(((1 + e_sin) / (1 - e_sin)) ** (_LAMBERT_E / 2) * exp(isometrique)) - pi / 2
    return degrees(longitude), degrees(phi)


@dataclass(frozen=True)
class Repere:
    """Une partie du pays et sa boîte en degrés (ouest, sud, est, nord), qui sert à reconnaître ses points."""

    code: str
    libelle: str
    ouest: float
    sud: float
    est: float
    nord: float

    def contient(self, lon: float, lat: float) -> bool:
        return self.ouest <= lon <= self.est and self.sud <= lat <= self.nord

    def projeter(self, lon: float, lat: float) -> Point:
        """Mètres : Lambert-93 en métropole ; ailleurs, projection équirectangulaire autour du centre de la boîte.

        L'équirectangulaire locale (x = R·cos φ₀·Δλ, y = R·Δφ) déforme de moins de 1 % sur ces étendues : elle sert
        au dessin, jamais à une mesure officielle.
        """
        if self.code == METROPOLE:
            return projeter_lambert93(lon, lat)
        centre_lon, centre_lat = (self.ouest + self.est) / 2, (self.sud + self.nord) / 2
        return (
            RAYON_TERRE * cos(radians(centre_lat)) * radians(lon - centre_lon),
            RAYON_TERRE * radians(lat - centre_lat),
        )

    def deprojeter(self, x: float, y: float) -> Point:
        """(longitude, latitude) en degrés : l'inverse de `projeter`."""
        if self.code == METROPOLE:
            return deprojeter_lambert93(x, y)
        centre_lon, centre_lat = (self.ouest + self.est) / 2, (self.sud + self.nord) / 2
        return (
            centre_lon + degrees(x / (RAYON_TERRE * cos(radians(centre_lat)))),
            centre_lat + degrees(y / RAYON_TERRE),
        )


REPERES = {
    repere.code: repere
    for repere in (
        Repere(METROPOLE, "France métropolitaine", -5.6, 41.2, 9.8, 51.3),
        Repere("971", "Guadeloupe", -61.9, 15.7, -60.9, 16.6),
        Repere("972", "Martinique", -61.3, 14.3, -60.7, 15.0),
        Repere("973", "Guyane", -54.8, 2.0, -51.4, 6.0),
        Repere("974", "La Réunion", 55.1, -21.5, 55.9, -20.8),
        Repere("976", "Mayotte", 44.9, -13.1, 45.4, -12.5),
    )
}


def projeter_polygones(polygones: Sequence[Polygone]) -> tuple[str, list[list[list[tuple[int, int]]]]]:
    """(code du repère, polygones en mètres entiers). Erreur : HorsCadre si un point sort du repère du premier."""
    lon, lat = polygones[0][0][0]
    repere = next((r for r in REPERES.values() if r.contient(lon, lat)), None)
    if repere is None:
        raise HorsCadre(
            f"le point ({lon:.4f}, {lat:.4f}) n'est ni en métropole ni dans un département d'outre-mer"
        )
    projetes = []
    for polygone in polygones:
        anneaux = []
        for anneau in polygone:
            for lon, lat in anneau:
                if not repere.contient(lon, lat):
                    raise HorsCadre(f"le point ({lon:.4f}, {lat:.4f}) sort du repère « {repere.libelle} »")
            anneaux.append([(round(x), round(y)) for x, y in (repere.projeter(*point) for point in anneau)])
        projetes.append(anneaux)
    return repere.code, projetes


def deprojeter_polygones(
    repere: str, polygones: Iterable[Sequence[Sequence[Sequence[float]]]], *, decimales: int = 4
) -> list[list[list[list[float]]]]:
    """Polygones d'un repère (code), de mètres en degrés : « coordinates » d'un MultiPolygon GeoJSON.

    Quatre décimales valent une dizaine de mètres, plus fin que les contours simplifiés. Les anneaux sont fermés.
    """
    lieu = REPERES[repere]

    def convertir(anneau: Sequence[Sequence[float]]) -> list[list[float]]:
        points = [[round(degre, decimales) for degre in lieu.deprojeter(*point)] for point in anneau]
        return points if points[0] == points[-1] else [*points, points[0]]

    return [[convertir(anneau) for anneau in polygone] for polygone in polygones]


def decoder_topojson(topologie: Mapping[str, Any], objet: str) -> list[tuple[dict[str, Any], list[Polygone]]]:
    """[(propriétés, polygones en longitude et latitude)] d'un objet d'une topologie (TopoJSON 1.0).

    Erreur : TopologieIllisible (ce n'est pas une topologie, objet absent, géométrie autre qu'un polygone, arc absent).
    """
    if topologie.get("type") != "Topology":
        raise TopologieIllisible("ce n'est pas un TopoJSON (« type » devrait valoir « Topology »)")
    objets = topologie.get("objects", {})
    if objet not in objets:
        raise TopologieIllisible(
            f"l'objet « {objet} » manque (présents : {', '.join(sorted(objets)) or 'aucun'})"
        )
    try:
        arcs = _decode_arcs(topologie)
        return [
            (dict(geometrie.get("properties", {})), _decode_geometrie(geometrie, arcs, rang))
            for rang, geometrie in enumerate(objets[objet]["geometries"], start=1)
        ]
    except (KeyError, IndexError, TypeError) as erreur:
        raise TopologieIllisible(
            f"l'objet « {objet} » est incomplet ({type(erreur).__name__} : {erreur})"
        ) from erreur


def _decode_arcs(topologie: Mapping[str, Any]) -> list[Anneau]:
    transform = topologie.get("transform")
    if transform is None:
        return [[(x, y) for x, y, *_ in arc] for arc in topologie["arcs"]]
    (echelle_x, echelle_y), (origine_x, origine_y) = transform["scale"], transform["translate"]
    arcs = []
    for arc in topologie["arcs"]:
        x = y = 0
        points = []
        for dx, dy, *_ in arc:
            x, y = x + dx, y + dy
            points.append((x * echelle_x + origine_x, y * echelle_y + origine_y))
        arcs.append(points)
    return arcs


def _decode_geometrie(geometrie: Mapping[str, Any], arcs: list[Anneau], rang: int) -> list[Polygone]:
    match geometrie["type"]:
        case "Polygon":
            polygones = [geometrie["arcs"]]
        case "MultiPolygon":
            polygones = geometrie["arcs"]
        case autre:
            raise TopologieIllisible(
                f"la géométrie n° {rang} est de type « {autre} » : un polygone est attendu"
            )
    return [[_decode_anneau(indices, arcs) for indices in polygone] for polygone in polygones]


def _decode_anneau(indices: Sequence[int], arcs: list[Anneau]) -> Anneau:
    anneau: Anneau = []
    for indice in indices:
        # Un indice négatif désigne l'arc parcouru à l'envers ; deux arcs qui se suivent partagent un point.
        points = arcs[indice] if indice >= 0 else arcs[~indice][::-1]
        anneau.extend(points[1:] if anneau else points)
    return anneau


Boite = tuple[int, int, int, int]  # xmin, ymin, xmax, ymax, en mètres projetés


@dataclass(frozen=True)
class Vue:
    """Une fenêtre du dessin : un repère, cadré dans un rectangle (unités du dessin, y vers le bas)."""

    repere: str
    gauche: float
    haut: float
    largeur: float
    hauteur: float
    xmin: float
    ymax: float
    echelle: float  # unités du dessin par mètre
    libelle: str = ""  # écrit sous l'encart ; vide pour la vue principale

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Point du dessin, en unités entières."""
        return (
            round(self.gauche + (x - self.xmin) * self.echelle),
            round(self.haut + (self.ymax - y) * self.echelle),
        )


@dataclass(frozen=True)
class Cadre:
    """Le dessin entier : ses dimensions (unités du `viewBox`) et ses fenêtres."""

    largeur: int
    hauteur: int
    vues: tuple[Vue, ...]

    def vue(self, repere: str) -> Vue | None:
        return next((vue for vue in self.vues if vue.repere == repere), None)


def _vue(
    repere: str,
    boite: Boite,
    *,
    gauche: float,
    haut: float,
    largeur: float,
    hauteur: float,
    libelle: str = "",
) -> Vue:
    """Centre la boîte dans le rectangle, à la plus grande échelle qui la montre tout entière."""
    xmin, ymin, xmax, ymax = boite
    echelle = min(largeur / max(xmax - xmin, 1), hauteur / max(ymax - ymin, 1))
    return Vue(
        repere,
        gauche,
        haut,
        largeur,
        hauteur,
        xmin=(xmin + xmax) / 2 - largeur / echelle / 2,
        ymax=(ymin + ymax) / 2 + hauteur / echelle / 2,
        echelle=echelle,
        libelle=libelle,
    )


# Étendue des contours de chaque repère (mètres projetés), mesurée sur les régions et arrondie vers l'extérieur.
ETENDUES: dict[str, Boite] = {
    METROPOLE: (99_000, 6_049_000, 1_243_000, 7_111_000),
    "971": (-44_000, -35_000, 43_000, 41_000),
    "972": (-25_000, -29_000, 21_000, 26_000),
    "973": (-167_000, -210_000, 164_000, 195_000),
    "974": (-30_000, -27_000, 35_000, 31_000),
    "976": (-15_000, -23_000, 16_000, 19_000),
}

LARGEUR_NATIONALE = 1400
_MARGE = 10
_ENCART_HAUTEUR = 190
_ENCART_LIBELLE = 46  # place du nom sous l'encart


def cadre_national() -> Cadre:
    """Métropole, et les cinq départements d'outre-mer en encarts au-dessous, chacun à sa propre échelle."""
    xmin, ymin, xmax, ymax = ETENDUES[METROPOLE]
    largeur = LARGEUR_NATIONALE - 2 * _MARGE
    hauteur = round(largeur * (ymax - ymin) / (xmax - xmin))
    vues = [
        _vue(METROPOLE, ETENDUES[METROPOLE], gauche=_MARGE, haut=_MARGE, largeur=largeur, hauteur=hauteur)
    ]
    encarts = [code for code in REPERES if code != METROPOLE]
    pas = largeur / len(encarts)
    for rang, code in enumerate(encarts):
        vues.append(
            _vue(
                code,
                ETENDUES[code],
                gauche=_MARGE + rang * pas + 2 * _MARGE,
                haut=hauteur + 4 * _MARGE,
                largeur=pas - 4 * _MARGE,
                hauteur=_ENCART_HAUTEUR,
                libelle=REPERES[code].libelle,
            )
        )
    return Cadre(LARGEUR_NATIONALE, hauteur + 5 * _MARGE + _ENCART_HAUTEUR + _ENCART_LIBELLE, tuple(vues))


def cadre_autour(repere: str, boite: Boite, *, largeur: int = 1000, hauteur: int = 750) -> Cadre:
    """Une seule vue, centrée sur `boite` (mètres projetés), avec un dixième de marge de chaque côté."""
    xmin, ymin, xmax, ymax = boite
    marge_x, marge_y = (xmax - xmin) // 10, (ymax - ymin) // 10
    agrandie = (xmin - marge_x, ymin - marge_y, xmax + marge_x, ymax + marge_y)
    return Cadre(
        largeur, hauteur, (_vue(repere, agrandie, gauche=0, haut=0, largeur=largeur, hauteur=hauteur),)
    )


TAILLE_MINIMALE = 14  # unités du dessin : une forme plus petite devient un disque de ce diamètre
TAILLE_ILOT = 4  # de même pour une partie détachée d'une forme visible


def chemin_svg(polygones: Iterable[Sequence[Sequence[Sequence[float]]]], vue: Vue) -> str:
    """Attribut `d` d'un chemin SVG, en coordonnées entières et relatives. Entrée : mètres projetés dans le repère de la vue.

    Les points confondus ou alignés après arrondi sont ôtés ; deux formes qui partagent une limite gardent la même.
    Une forme plus petite que TAILLE_MINIMALE, un îlot plus petit que TAILLE_ILOT deviennent des disques : rien
    ne disparaît de la carte.
    """
    places = [[[vue.place(x, y) for x, y in anneau] for anneau in polygone] for polygone in polygones]
    tailles = [_taille(polygone[0]) for polygone in places]
    plus_grand = tailles.index(max(tailles)) if tailles else -1
    morceaux = []
    for rang, polygone in enumerate(places):
        minimum = TAILLE_MINIMALE if rang == plus_grand else TAILLE_ILOT
        if tailles[rang] < minimum:
            morceaux.append(_disque(polygone[0], minimum))
            continue
        morceaux.extend(_chemin_anneau(anneau) for anneau in polygone)
    return "".join(morceaux)


def _taille(anneau: Sequence[tuple[int, int]]) -> int:
    xs, ys = [x for x, _ in anneau], [y for _, y in anneau]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _disque(anneau: Sequence[tuple[int, int]], diametre: int) -> str:
    rayon = diametre // 2
    x = (min(x for x, _ in anneau) + max(x for x, _ in anneau)) // 2 - rayon
    y = (min(y for _, y in anneau) + max(y for _, y in anneau)) // 2
    return f"M{x} {y}a{rayon} {rayon} 0 1 0 {diametre} 0a{rayon} {rayon} 0 1 0-{diametre} 0z"


def _chemin_anneau(anneau: Sequence[tuple[int, int]]) -> str:
    points: list[tuple[int, int]] = []
    for point in anneau:
        if points and point == points[-1]:
            continue
        if len(points) >= 2 and _alignes(points[-2], points[-1], point):
            points.pop()
        points.append(point)
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    if len(points) < 3:  # un trou trop petit pour se voir
        return ""
    (x, y), pas = points[0], []
    texte = f"M{x} {y}l"
    for suivant_x, suivant_y in points[1:]:
        pas.append(f"{suivant_x - x} {suivant_y - y}")
        x, y = suivant_x, suivant_y
    return texte + " ".join(pas).replace(" -", "-") + "z"


def _alignes(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    """b est-il sur le segment [a, c], dans le sens de la marche ? (un aller et retour garde son point)"""
    abx, aby, bcx, bcy = b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]
    return abx * bcy == aby * bcx and abx * bcx + aby * bcy > 0


def point_etiquette(polygones: Sequence[Sequence[Sequence[Sequence[float]]]], vue: Vue) -> tuple[int, int]:
    """Où écrire une étiquette : toujours dans la forme, à la différence du centre de gravité.

    Milieux des cordes horizontales du plus grand polygone, à neuf hauteurs ; celui qui a le plus de place autour de
    lui (la distance au bord, à l'horizontale et à la verticale) l'emporte.
    """
    polygone = max(polygones, key=lambda candidat: abs(_aire(candidat[0])))
    tourne = [[(y, x) for x, y in anneau] for anneau in polygone]
    ys = [y for _, y in polygone[0]]
    bas, haut = min(ys), max(ys)
    meilleure, point = -1.0, (float(polygone[0][0][0]), float(polygone[0][0][1]))
    for rang in range(1, 10):
        y = bas + (haut - bas) * rang / 10
        for gauche, droite in _cordes(polygone, y):
            x = (gauche + droite) / 2
            bord = next((min(y - a, b - y) for a, b in _cordes(tourne, x) if a <= y <= b), 0.0)
            place = min((droite - gauche) / 2, bord)
            if place > meilleure:
                meilleure, point = place, (x, y)
    return vue.place(*point)


def _aire(anneau: Sequence[Sequence[float]]) -> float:
    """Aire signée (mètres carrés) d'un anneau fermé."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(anneau)) / 2


def _cordes(polygone: Sequence[Sequence[Sequence[float]]], y: float) -> list[tuple[float, float]]:
    """Segments intérieurs au polygone sur l'horizontale d'ordonnée y."""
    croisements = sorted(
        a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        for anneau in polygone
        for a, b in itertools.pairwise(anneau)
        if (a[1] <= y) != (b[1] <= y)
    )
    return list(zip(croisements[::2], croisements[1::2], strict=False))
