"""Projection, lecture TopoJSON, cadres et chemins. Sans base."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcul.carte import (
    ETENDUES,
    REPERES,
    TAILLE_MINIMALE,
    Cadre,
    HorsCadre,
    TopologieIllisible,
    Vue,
    cadre_autour,
    cadre_national,
    chemin_svg,
    decoder_topojson,
    point_etiquette,
    projeter_lambert93,
    projeter_polygones,
)

# Références calculées avec PROJ 9.5 (EPSG:4326 vers EPSG:2154), en mètres.
POINTS_CONNUS = [
    ("origine de la projection", 3.0, 46.5, 700_000.00, 6_600_000.00),
    ("Paris", 2.3499, 48.8530, 652_296.97, 6_861_636.36),
    ("Brest", -4.4861, 48.3904, 146_632.98, 6_836_262.33),
    ("Strasbourg", 7.7521, 48.5734, 1_050_362.70, 6_840_899.65),
    ("Ajaccio", 8.7369, 41.9192, 1_176_526.60, 6_108_263.02),
    ("Langres", 5.3339, 47.8625, 874_487.49, 6_753_923.90),
]


@pytest.mark.parametrize(
    ("nom", "lon", "lat", "x", "y"), POINTS_CONNUS, ids=[cas[0] for cas in POINTS_CONNUS]
)
def test_lambert93_agrees_with_known_points_to_the_centimetre(nom, lon, lat, x, y):
    assert projeter_lambert93(lon, lat) == pytest.approx((x, y), abs=0.01)


@pytest.mark.parametrize("code", [code for code in REPERES if code != "metropole"])
def test_overseas_frames_keep_distances_within_one_percent(code):
    repere = REPERES[code]
    lon, lat = (repere.ouest + repere.est) / 2, (repere.sud + repere.nord) / 2
    x, y = repere.projeter(lon, lat + 0.1)
    assert x == pytest.approx(0, abs=1)
    assert y == pytest.approx(11_119.5, abs=1)  # un dixième de degré de méridien sur la sphère de rayon moyen


def test_polygones_are_projected_in_the_frame_of_their_first_point():
    repere, polygones = projeter_polygones([[[(-61.5, 16.2), (-61.4, 16.2), (-61.4, 16.3), (-61.5, 16.2)]]])
    assert repere == "971"
    assert all(
        isinstance(v, int) for polygone in polygones for anneau in polygone for point in anneau for v in point
    )


@pytest.mark.parametrize(
    "points", [[(0.0, 10.0)], [(3.0, 46.0), (-61.5, 16.2)]], ids=["nulle part", "à cheval"]
)
def test_a_polygone_outside_a_single_frame_is_refused(points):
    with pytest.raises(HorsCadre):
        projeter_polygones([[points]])


TOPOLOGIE = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.5], "translate": [2.0, 46.0]},
    # Une limite commune (arc 0), parcourue à l'envers par le second polygone.
    "arcs": [[[2, 0], [0, 2]], [[2, 2], [-2, 0], [0, -2], [2, 0]], [[2, 0], [2, 0], [0, 2], [-2, 0]]],
    "objects": {
        "zones": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "A"}},
                {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"code": "B"}},
            ],
        }
    },
}


def test_topojson_applies_the_transform_and_reverses_negative_arcs():
    formes = decoder_topojson(TOPOLOGIE, "zones")
    assert formes == [
        ({"code": "A"}, [[[(3.0, 46.0), (3.0, 47.0), (2.0, 47.0), (2.0, 46.0), (3.0, 46.0)]]]),
        ({"code": "B"}, [[[(3.0, 46.0), (4.0, 46.0), (4.0, 47.0), (3.0, 47.0), (3.0, 46.0)]]]),
    ]


def _topologie(**geometrie):
    return TOPOLOGIE | {"objects": {"zones": {"geometries": [geometrie]}}}


@pytest.mark.parametrize(
    ("topologie", "mot"),
    [
        ({"type": "FeatureCollection"}, "Topology"),
        (TOPOLOGIE | {"objects": {"autre": {}}}, "autre"),
        (_topologie(type="Point", coordinates=[0, 0]), "Point"),
        (_topologie(type="Polygon", arcs=[[9]]), "incomplet"),
        ({"type": "Topology", "objects": {"zones": {"geometries": []}}}, "arcs"),
    ],
)
def test_a_bad_topojson_is_refused_with_what_is_wrong(topologie, mot):
    with pytest.raises(TopologieIllisible, match=mot):
        decoder_topojson(topologie, "zones")


VUE = Vue("metropole", gauche=0, haut=0, largeur=100, hauteur=100, xmin=0, ymax=1000, echelle=0.1)


def test_chemin_turns_the_vertical_axis_and_writes_relative_integers():
    carre = [[[(0, 0), (500, 0), (500, 500), (0, 500), (0, 0)]]]
    assert chemin_svg(carre, VUE) == "M0 100l50 0 0-50-50 0z"


def test_chemin_drops_points_that_rounding_merges_or_aligns():
    carre = [[[(0, 0), (1, 1), (250, 2), (500, 0), (500, 500), (0, 500), (0, 0)]]]
    assert chemin_svg(carre, VUE) == "M0 100l50 0 0-50-50 0z"


def test_chemin_keeps_visible_holes_and_drops_invisible_ones():
    contour = [(0, 0), (500, 0), (500, 500), (0, 500), (0, 0)]
    trou = [(100, 100), (100, 300), (300, 300), (100, 100)]
    poussiere = [(400, 400), (401, 400), (401, 401), (400, 400)]
    assert chemin_svg([[contour, trou, poussiere]], VUE).count("M") == 2


def test_a_tiny_forme_stays_visible_as_a_disc():
    ile = [[[(500, 500), (510, 500), (510, 510), (500, 500)]]]
    chemin = chemin_svg(ile, VUE)
    assert chemin.count("a") == 2
    assert f" {TAILLE_MINIMALE} 0" in chemin


def test_a_tiny_part_of_a_visible_forme_stays_visible():
    grand = [[(0, 0), (500, 0), (500, 500), (0, 500), (0, 0)]]
    ilot = [[(900, 900), (901, 900), (901, 901), (900, 900)]]
    chemin = chemin_svg([grand, ilot], VUE)
    assert chemin.count("z") == 2
    assert chemin.count("a") == 2


def test_no_polygone_gives_an_empty_chemin():
    assert chemin_svg([], VUE) == ""


points_metres = st.tuples(st.integers(0, 1000), st.integers(0, 1000))


@given(st.lists(points_metres, min_size=3, max_size=30))
def test_chemin_never_leaves_the_view_of_its_points(points):
    chemin = chemin_svg([[[*points, points[0]]]], VUE)
    trace = re.fullmatch(r"M(\d+) (\d+)l([-0-9 ]+)z", chemin)
    if trace is None:  # un disque, ou rien quand tous les points sont alignés
        assert chemin == "" or "a" in chemin
        return
    x, y = int(trace[1]), int(trace[2])
    nombres = [int(n) for n in re.findall(r"-?\d+", trace[3])]
    for dx, dy in zip(nombres[::2], nombres[1::2], strict=True):
        x, y = x + dx, y + dy
        assert 0 <= x <= 100
        assert 0 <= y <= 100


def test_two_neighbours_keep_the_same_border_once_drawn():
    limite = [(500, 0), (513, 247), (487, 502), (500, 1000)]
    ouest = chemin_svg([[[*limite, (0, 1000), (0, 0), limite[0]]]], VUE)
    est = chemin_svg([[[*limite[::-1], (1000, 0), (1000, 1000), limite[-1]]]], VUE)
    assert ouest.startswith("M50 100l1-25-2-25 1-50")
    assert est.startswith("M50 0l-1 50 2 25-1 25")


def test_cadre_national_holds_every_frame_inside_the_drawing_without_overlap():
    cadre = cadre_national()
    assert {vue.repere for vue in cadre.vues} == set(REPERES)
    for vue in cadre.vues:
        xmin, ymin, xmax, ymax = ETENDUES[vue.repere]
        for x, y in ((xmin, ymin), (xmax, ymax)):
            place = vue.place(x, y)
            assert 0 <= place[0] <= cadre.largeur
            assert 0 <= place[1] <= cadre.hauteur
    for une in cadre.vues:
        for autre in cadre.vues:
            if une is not autre:
                assert (
                    une.gauche + une.largeur <= autre.gauche
                    or autre.gauche + autre.largeur <= une.gauche
                    or une.haut + une.hauteur <= autre.haut
                    or autre.haut + autre.hauteur <= une.haut
                )


def test_overseas_frames_are_named_and_metropole_is_not():
    assert [vue.libelle for vue in cadre_national().vues] == [
        "",
        "Guadeloupe",
        "Martinique",
        "Guyane",
        "La Réunion",
        "Mayotte",
    ]


@given(
    st.integers(100_000, 1_200_000),
    st.integers(6_100_000, 7_000_000),
    st.integers(0, 90_000),
    st.integers(0, 90_000),
)
def test_cadre_autour_shows_the_whole_box_centred(xmin, ymin, dx, dy):
    cadre: Cadre = cadre_autour("metropole", (xmin, ymin, xmin + dx, ymin + dy))
    vue = cadre.vue("metropole")
    assert vue is not None
    for x, y in ((xmin, ymin), (xmin + dx, ymin + dy)):
        place = vue.place(x, y)
        assert 0 <= place[0] <= cadre.largeur
        assert 0 <= place[1] <= cadre.hauteur
    milieu = vue.place(xmin + dx / 2, ymin + dy / 2)
    assert milieu == pytest.approx((cadre.largeur / 2, cadre.hauteur / 2), abs=2)
    assert cadre.vue("971") is None


def test_etiquette_stays_inside_a_hollow_forme():
    # Un « C » : le centre de gravité tombe dans le creux, l'étiquette non.
    c = [(0, 0), (900, 0), (900, 200), (200, 200), (200, 700), (900, 700), (900, 900), (0, 900), (0, 0)]
    x, y = point_etiquette([[c]], VUE)
    metres = (x * 10, 1000 - y * 10)
    assert metres[0] < 200 or metres[1] < 200 or metres[1] > 700
