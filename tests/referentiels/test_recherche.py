"""Recherche de communes et autres lectures."""

import pytest

from maillage.referentiels.models import Commune, Epci
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
        ("heuilley", ["Villegusien-le-Lac", "Heuilley-sur-Saône"]),
        ("Heuilley-Cotton", ["Villegusien-le-Lac"]),
        ("villegusien", ["Villegusien-le-Lac"]),
        ("paris 13", ["Paris"]),
        ("75013", ["Paris"]),
        ("", []),
        ("  —  ", []),
        ("%", []),
        ("_", []),
        ("52998", []),
    ],
)
def test_search_finds_by_words_or_postcode_most_populated_first(saisie, trouvees):
    assert [commune.nom for commune in find_communes(saisie)] == trouvees


def test_an_exact_name_comes_before_a_bigger_commune():
    Commune.objects.filter(pk="52102").update(population=90_000)
    assert [commune.nom for commune in find_communes("langres")] == ["Langres", "Champigny-lès-Langres"]


def test_the_old_name_that_led_here_is_told_and_only_then():
    villegusien, heuilley = find_communes("heuilley")
    assert str(villegusien.trouvee_par) == "Heuilley-Cotton, commune déléguée"
    assert heuilley.trouvee_par is None
    assert find_communes("villegusien")[0].trouvee_par is None
    assert find_communes("52200")[0].trouvee_par is None


def test_find_communes_is_limited_and_its_queries_do_not_grow(django_assert_num_queries):
    with django_assert_num_queries(1):
        (commune,) = find_communes("langres", limite=1)
        assert (commune.departement.nom, commune.region.nom, commune.epci.nom, commune.ept) == (
            "Haute-Marne",
            "Grand Est",
            "CC du Grand Langres",
            None,
        )
    with django_assert_num_queries(2):  # la seconde nomme les communes déléguées
        find_communes("heuilley")


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
