"""Cartes SVG : accessibles, sans style en ligne, utilisables en impression."""

from xml.etree import ElementTree

import pytest

from calcul.carte import cadre_autour
from maillage.referentiels.cartes import Forme, Teinte, dessiner_carte, load_cadre

pytestmark = pytest.mark.usefixtures("referentiel")

SVG = "{http://www.w3.org/2000/svg}"
LANGRES = Forme("epci", "200072999", "Grand Langres", href="/epci/200072999/?a=1&b=2", etiquette="1")
A_CHEVAL = Forme("epci", "200000001", "À cheval <b>", classe=Teinte.HACHURE, titre="Deux départements")


def _carte(*formes, **options):
    options = {"titre": "Titre & co", "description": "Ce qu’on voit", **options}
    texte = dessiner_carte(formes=list(formes), **options)
    return texte, ElementTree.fromstring(texte)  # noqa: S314 - notre propre sortie


def test_carte_has_a_title_a_description_and_the_role_of_a_group_of_links():
    _, svg = _carte(LANGRES)
    assert svg.get("role") == "group"
    titre, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert (titre.text, description.text) == ("Titre & co", "Ce qu’on voit")
    assert svg.get("aria-labelledby") == f"{titre.get('id')} {description.get('id')}"


def test_carte_without_links_is_one_image():
    _, svg = _carte(A_CHEVAL)
    assert svg.get("role") == "img"
    assert svg.find(f".//{SVG}a") is None


def test_each_forme_is_a_named_link_with_its_escaped_texts():
    texte, svg = _carte(LANGRES, A_CHEVAL)
    (lien,) = svg.iter(f"{SVG}a")
    assert (lien.get("href"), lien.get("aria-label")) == ("/epci/200072999/?a=1&b=2", "Grand Langres")
    assert [titre.text for titre in svg.iter(f"{SVG}title")] == [
        "Titre & co",
        "Grand Langres",
        "Deux départements",
    ]
    assert "<b>" not in texte


def test_screen_carte_has_classes_and_no_inline_style():
    texte, svg = _carte(LANGRES, A_CHEVAL)
    assert "style" not in texte
    assert "stroke=" not in texte
    classes = {element.get("class") for element in svg.iter() if element.get("class")}
    assert {
        "carte",
        "carte-fond",
        "carte-limites",
        "carte-plein",
        "carte-hachure",
        "carte-etiquette",
    } <= classes


def test_every_class_drawn_is_dressed_by_the_stylesheet(settings):
    feuille = settings.RACINE / "src/maillage/referentiels/static/referentiels/carte.css"
    css = feuille.read_text()
    _, svg = _carte(*(Forme("epci", "200072999", "x", classe=teinte, etiquette="1") for teinte in Teinte))
    for classe in {element.get("class") for element in svg.iter() if element.get("class")}:
        assert f".{classe}" in css


def test_printed_carte_has_attributes_instead_of_classes_and_no_link():
    texte, svg = _carte(LANGRES, A_CHEVAL, pour_impression=True)
    assert "class=" not in texte
    assert svg.find(f".//{SVG}a") is None
    plein, hachure = [e for e in svg.iter(f"{SVG}path") if e.find(f"{SVG}title") is not None]
    assert plein.get("fill") == "#6a6af4"
    assert hachure.get("fill") == "url(#carte-hachures)"


def test_fond_and_limites_share_one_path_and_limites_let_clicks_through():
    _, svg = _carte(LANGRES)
    tracees = [e.get("id") for e in svg.iter(f"{SVG}path") if e.get("id")]
    assert tracees == ["carte-region"]
    fond, limites = svg.iter(f"{SVG}use")
    assert fond.get("href") == limites.get("href") == "#carte-region"
    assert limites.get("pointer-events") == "none"


def test_fond_and_limites_may_be_left_out():
    _, svg = _carte(LANGRES, fond="", limites="")
    assert list(svg.iter(f"{SVG}use")) == []


def test_ids_of_two_cartes_of_a_page_do_not_clash():
    ids = [
        {element.get("id") for element in _carte(A_CHEVAL, identifiant=nom)[1].iter() if element.get("id")}
        for nom in ("carte-v1", "carte-v2")
    ]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("options", [{"identifiant": 'x"><script>'}, {"identifiant": ""}])
def test_a_malformed_identifiant_is_refused(options):
    with pytest.raises(ValueError, match="identifiant"):
        _carte(LANGRES, **options)


def test_an_unknown_teinte_is_refused_with_the_list():
    with pytest.raises(ValueError, match=r"rose.*plein, accent"):
        _carte(Forme("epci", "200072999", "x", classe="rose"))


def test_overseas_frames_are_drawn_with_their_names_on_the_national_carte():
    _, svg = _carte(LANGRES)
    noms = [texte.text for texte in svg.iter(f"{SVG}text") if texte.get("class") == "carte-nom"]
    assert noms == ["Guadeloupe", "Martinique", "Guyane", "La Réunion", "Mayotte"]


def test_a_forme_without_contour_or_outside_the_frame_is_left_out():
    _, svg = _carte(Forme("epci", "000000000", "inconnu"))
    assert len(list(svg.iter(f"{SVG}title"))) == 1
    guadeloupe = cadre_autour("971", (-1000, -1000, 1000, 1000))
    _, svg = _carte(LANGRES, cadre=guadeloupe)
    assert len(list(svg.iter(f"{SVG}title"))) == 1


def test_a_carte_costs_one_query_whatever_the_number_of_formes(django_assert_num_queries):
    with django_assert_num_queries(1):
        _carte(LANGRES)
    with django_assert_num_queries(1):
        _carte(LANGRES, A_CHEVAL, fond="epci")


def test_load_cadre_centres_on_the_formes():
    cadre = load_cadre([LANGRES, A_CHEVAL])
    assert [vue.repere for vue in cadre.vues] == ["metropole"]
    _, svg = _carte(LANGRES, cadre=cadre, fond="", limites="")
    etiquette = svg.find(f"{SVG}text")
    assert 0 < int(etiquette.get("x")) < cadre.largeur / 2  # Langres est à l'ouest de l'autre
    assert 0 < int(etiquette.get("y")) < cadre.hauteur


def test_load_cadre_of_nothing_known_is_none():
    assert load_cadre([Forme("epci", "000000000", "inconnu")]) is None
