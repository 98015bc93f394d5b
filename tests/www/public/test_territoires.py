import pytest

from maillage.socle.horloge import aujourdhui
from maillage.territoires.actions import record_etape, write_etape
from maillage.territoires.enums import Fait
from tests.fabriques import FABRIQUE, make_departement, make_epci, make_region, make_territoire

pytestmark = pytest.mark.django_db


def _noms(reponse):
    return [ligne.nom for ligne in reponse.context["liste"].page.object_list]


@pytest.mark.parametrize(
    "texte", ["Sud Haute", "LUXE", "ti-2701", "metropole du granite", "precision horlogere"]
)
def test_a_territoire_is_found_by_name_brand_id_or_membre(client, texte):
    territoire = make_territoire(
        "v2/ti-2701", nom="Sud Haute-Marne", epcis=[make_epci(nom="Métropole du Granite")]
    )
    territoire.nom_local = "Luxe & Précision horlogère"
    territoire.save()
    make_territoire("v2/ti-5201", nom="Mayenne")
    assert _noms(client.get("/territoires/", {"q": texte})) == ["Sud Haute-Marne"]


def test_words_of_a_search_may_be_split_between_the_name_and_a_membre(client):
    make_territoire("v2/ti-2701", nom="Doubs", epcis=[make_epci(nom="CC du Val de Morteau")])
    assert _noms(client.get("/territoires/", {"q": "doubs morteau"})) == ["Doubs"]
    assert _noms(client.get("/territoires/", {"q": "doubs vesoul"})) == []


def test_filters_keep_a_phase_a_region_and_an_etape(client):
    loin = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne-Franche-Comté"))
    make_territoire("v1/ti-4403", nom="Ancien")
    make_territoire("v2/ti-2701", nom="Doubs", departement=loin)
    signe = make_territoire("v2/ti-5201", nom="Mayenne")
    record_etape(territoire=signe, fait=Fait.PROTOCOLE, debut=aujourdhui(), source="Journal", by=FABRIQUE)
    assert _noms(client.get("/territoires/", {"vague": "1"})) == ["Ancien"]
    assert _noms(client.get("/territoires/", {"region": "27"})) == ["Doubs"]
    assert _noms(client.get("/territoires/", {"etape": "protocole"})) == ["Mayenne"]


def test_the_etape_shown_is_the_furthest_certain_one(client):
    territoire = make_territoire("v2/ti-2701")
    champs = {"territoire": territoire, "source": "Journal", "by": FABRIQUE}
    jour = aujourdhui()
    record_etape(fait=Fait.PLAN_VALIDE, debut=jour.replace(year=2024), **champs)
    record_etape(fait=Fait.GOUVERNANCE, debut=jour, **champs)
    write_etape(fait=Fait.CONTRAT, debut=jour, fin=jour.replace(year=2026), **champs)
    [ligne] = client.get("/territoires/").context["liste"].page.object_list
    assert ligne.etape_au == Fait.PLAN_VALIDE


def test_the_export_holds_what_is_seen(client):
    make_territoire("v1/ti-4403", nom="Ancien", epcis=[make_epci(), make_epci()])
    make_territoire("v2/ti-2701", nom="Doubs")
    reponse = client.get("/territoires/", {"vague": "1", "export": "csv"})
    lignes = b"".join(reponse.streaming_content).decode("utf-8-sig").splitlines()
    assert lignes[0].split(";")[:3] == ["Territoire", "Identifiant", "Phase"]
    assert [ligne.split(";")[:2] for ligne in lignes[1:]] == [["Ancien", "v1/ti-4403"]]
    assert "100000" in lignes[1]


def test_nothing_found_says_so_and_keeps_what_was_typed(client):
    make_territoire("v2/ti-2701")
    page = client.get("/territoires/", {"q": "zzz"}).content.decode()
    assert 'value="zzz"' in page
    assert "Aucune ligne ne répond" in page


def test_the_queries_of_the_list_do_not_depend_on_its_length(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    make_territoire("v2/ti-0001")
    with django_assert_max_num_queries(20) as avec_un:
        client.get("/territoires/")
    for numero in range(2, 8):
        make_territoire(f"v2/ti-000{numero}", epcis=[make_epci(), make_epci()])
    with django_assert_num_queries(len(avec_un)):
        client.get("/territoires/")
