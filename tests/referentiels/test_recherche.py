"""Recherche de communes et autres lectures."""

import pytest

from maillage.referentiels.models import Commune, Epci
from maillage.referentiels.recherche import explain_communes
from maillage.referentiels.selectors import (
    compute_population_municipale,
    find_communes,
    list_communes_of_epci,
    load_sources,
)

pytestmark = pytest.mark.usefixtures("referentiel")


@pytest.mark.parametrize(
    ("saisie", "trouvees"),
    [
        ("langres", ["Langres", "Champigny-lès-Langres"]),
        ("LANGRES", ["Langres", "Champigny-lès-Langres"]),
        ("champigny les lan", ["Champigny-lès-Langres"]),
        ("langres champigny", ["Champigny-lès-Langres"]),
        ("angres", []),
        ("St Etienne", ["Saint-Étienne-l'Œuvre"]),
        ("oeuvre", ["Saint-Étienne-l'Œuvre"]),
        ("52200", ["Langres", "Champigny-lès-Langres"]),
        (" 52 200 ", ["Langres", "Champigny-lès-Langres"]),
        ("52201", []),
        ("5220", []),
        ("heuilley", ["Heuilley-sur-Saône", "Villegusien-le-Lac"]),
        ("langres 52", ["Langres", "Champigny-lès-Langres"]),
        ("langres (52)", ["Langres", "Champigny-lès-Langres"]),
        ("52 langres", ["Langres", "Champigny-lès-Langres"]),
        ("Langres Haute-Marne", ["Langres", "Champigny-lès-Langres"]),
        ("heuilley 21", ["Heuilley-sur-Saône"]),
        ("heuilley 52", ["Villegusien-le-Lac"]),
        ("langres 21", []),
        ("52200 champigny", ["Champigny-lès-Langres"]),
        ("52011 Langres cedex", ["Langres", "Champigny-lès-Langres"]),
        ("52269", ["Langres"]),
        ("52998", ["Villegusien-le-Lac"]),
        ("champignyles", ["Champigny-lès-Langres"]),
        ("saintetienne", ["Saint-Étienne-l'Œuvre"]),
        ("st etienne loeuvre", ["Saint-Étienne-l'Œuvre"]),
        ("Paris 13ème", ["Paris"]),
        ("Heuilley-Cotton", ["Villegusien-le-Lac"]),
        ("villegusien", ["Villegusien-le-Lac"]),
        ("paris 13", ["Paris"]),
        ("75013", ["Paris"]),
        ("", []),
        ("  —  ", []),
        ("%", []),
        ("_", []),
    ],
)
def test_search_finds_by_words_or_postcode_most_populated_first(saisie, trouvees):
    assert [commune.nom for commune in find_communes(saisie)] == trouvees


def test_an_exact_name_comes_before_a_bigger_commune():
    Commune.objects.filter(pk="52102").update(population=90_000)
    assert [commune.nom for commune in find_communes("langres")] == ["Langres", "Champigny-lès-Langres"]


def _explained(texte):
    return explain_communes(list(find_communes(texte)), texte)


def test_the_old_name_that_led_here_is_told_and_only_then():
    heuilley, villegusien = _explained("heuilley")
    assert str(villegusien.trouvee_par) == "Heuilley-Cotton, commune déléguée"
    assert heuilley.trouvee_par is None
    assert _explained("villegusien")[0].trouvee_par is None
    assert _explained("52200")[0].trouvee_par is None


def test_an_old_code_without_a_name_leads_to_its_commune_and_is_told():
    (actuelle,) = _explained("52998")
    assert actuelle.nom == "Villegusien-le-Lac"
    assert actuelle.trouvee_par.nom == ""
    assert "52998" in str(actuelle.trouvee_par)


def test_an_article_glued_to_the_name_is_the_same_name():
    Commune.objects.filter(pk="52102").update(nom="L'Haÿ-les-Roses", nom_recherche="l hay les roses")
    for saisie in ("lhay les roses", "l'hay", "L’Haÿ-les-Roses", "hay les roses", "lhaylesroses"):
        assert [commune.pk for commune in find_communes(saisie)] == ["52102"], saisie


def test_a_name_that_holds_the_words_in_order_comes_before_scattered_ones():
    Commune.objects.filter(pk="52269").update(nom_recherche="saint michel de mont", population=9)
    Commune.objects.filter(pk="52102").update(nom_recherche="le mont saint michel", population=1)
    assert [commune.pk for commune in find_communes("mont st michel")] == ["52102", "52269"]


def test_queries_of_a_search_do_not_grow(django_assert_num_queries):
    with django_assert_num_queries(1):
        (commune,) = find_communes("langres")[:1]
        assert (commune.departement.nom, commune.region.nom, commune.epci.nom, commune.ept) == (
            "Haute-Marne",
            "Grand Est",
            "CC du Grand Langres",
            None,
        )
    with django_assert_num_queries(2):  # la seconde nomme les communes déléguées
        _explained("heuilley")
    with django_assert_num_queries(2):  # la première lit les départements
        list(find_communes("langres 52"))


def test_communes_of_epci_and_ept_are_sorted_by_population():
    noms = [commune.nom for commune in list_communes_of_epci(Epci.objects.get(pk="200072999"))]
    assert noms == ["Langres", "Champigny-lès-Langres"]
    assert [c.nom for c in list_communes_of_epci(Epci.objects.get(pk="200057867"))] == ["Paris"]


def test_population_uses_the_epci_vintage_and_counts_each_commune_once():
    assert compute_population_municipale(["52269", "52269", "52102"]) == 8200
    assert compute_population_municipale([]) == 0


def test_population_of_a_commune_outside_any_epci_is_that_of_the_official_code():
    Commune.objects.filter(pk="52999").update(population=12)
    assert compute_population_municipale(["52269", "52999"]) == 7812


def test_fiscalite_propre_leaves_ept_out():
    assert set(Epci.objects.fiscalite_propre().values_list("pk", flat=True)) == {
        "200072999",
        "200000001",
        "200054781",
    }


def test_every_data_file_belongs_to_one_declared_source(settings):
    dossier = settings.DOSSIER_DONNEES
    declares = [fichier for source in load_sources() for fichier in source.fichiers]
    presents = {
        str(chemin.relative_to(dossier))
        for chemin in dossier.rglob("*")
        if chemin.is_file() and chemin.name not in ("README.md", "sources.toml")
    }
    assert sorted(declares) == sorted(presents)


def test_every_source_says_its_licence_and_its_mention():
    for source in load_sources():
        assert all(
            (
                source.cle,
                source.titre,
                source.producteur,
                source.millesime,
                source.licence,
                source.mention,
                source.usage,
            )
        )
        assert source.licence_url.startswith("https://")
        assert source.url.startswith("https://")
