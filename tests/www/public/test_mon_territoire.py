from datetime import date

import pytest

from maillage.referentiels.enums import TypeEpci
from maillage.territoires.models import Perimetre
from tests.fabriques import make_epci, make_territoire
from tests.www.public.conftest import make_commune

pytestmark = pytest.mark.django_db


def _demande(client, texte):
    reponse = client.get("/mon-territoire/", {"q": texte})
    assert reponse.status_code == 200
    return reponse


def _reponses(reponse):
    """Par commune : les identifiants trouvés, phase par phase."""
    return {
        commune.nom: {r.vague.code: [x.territoire.id_ti for x in r.rattachements] for r in reponses}
        for commune, reponses in reponse.context["communes"]
    }


def test_a_commune_is_found_by_its_epci_in_both_phases(client):
    epci = make_epci(nom="CC du Grand Langres")
    make_territoire("v1/ti-4403", epcis=[epci])
    make_territoire("v2/ti-4416", epcis=[epci])
    make_commune("52269", "Langres", epci=epci)
    reponse = _demande(client, "langres")
    assert _reponses(reponse) == {"Langres": {"v2": ["ti-4416"], "v1": ["ti-4403"]}}
    assert "CC du Grand Langres" in reponse.content.decode()


@pytest.mark.parametrize("texte", ["chalons", "CHÂLONS", "51000", " 51 000 "])
def test_accents_case_and_postcode_do_not_matter(client, texte):
    make_commune("51108", "Châlons-en-Champagne", code_postal="51000")
    assert "Châlons-en-Champagne" in _reponses(_demande(client, texte))


def test_a_commune_outside_is_told_so_and_what_to_do(client):
    make_territoire("v2/ti-2701")
    make_commune("01001", "Ailleurs", epci=make_epci())
    page = _demande(client, "ailleurs").content.decode()
    assert "Ni Ailleurs ni son intercommunalité" in page
    assert "Que faire" in page


def test_a_commune_seule_is_in_while_its_neighbours_are_not(client):
    epci = make_epci()
    territoire = make_territoire("v2/ti-2707")
    seule = make_commune("58046", "Cercy-la-Tour", epci=epci)
    make_commune("58047", "Cercy-Voisine", epci=epci)
    debut = territoire.vague.debut
    Perimetre.objects.create(
        territoire=territoire, commune=seule, debut=debut, constate_le=debut, source="liste"
    )
    reponse = _demande(client, "cercy")
    assert _reponses(reponse) == {"Cercy-la-Tour": {"v2": ["ti-2707"]}, "Cercy-Voisine": {"v2": []}}
    assert "à titre de commune seule" in reponse.content.decode()


def test_an_ept_brings_its_communes_in(client):
    metropole, ept = make_epci(nom="Métropole"), make_epci(nom="EPT Nord")
    type(ept).objects.filter(pk=ept.pk).update(type=TypeEpci.EPT)
    make_territoire("v2/ti-1101", epcis=[ept])
    commune = make_commune("92036", "Gennevilliers", epci=metropole)
    commune.ept = ept
    commune.save()
    assert _reponses(_demande(client, "gennevilliers")) == {"Gennevilliers": {"v2": ["ti-1101"]}}


def test_a_site_is_answered_maybe_never_yes(client):
    epci = make_epci(nom="CU du Grand Reims")
    territoire = make_territoire("v2/ti-4404", nom="Bazancourt-Pomacle", epcis=[epci])
    territoire.is_site = True
    territoire.save()
    make_commune("51454", "Reims", epci=epci)
    page = _demande(client, "reims").content.decode()
    assert "Peut-être" in page
    assert "un site" in page
    assert ">Oui<" not in page


def test_a_member_that_left_before_today_no_longer_counts(client):
    epci = make_epci()
    territoire = make_territoire("v2/ti-2701", epcis=[epci])
    make_commune("25388", "Morteau", epci=epci)
    territoire.perimetres.update(fin=date(2025, 3, 5))
    assert _reponses(_demande(client, "morteau")) == {"Morteau": {"v2": []}}


def test_a_fictif_territoire_answers_nothing(client):
    epci = make_epci()
    make_territoire("v2/fictif-1", epcis=[epci], is_fictif=True)
    make_commune("25388", "Morteau", epci=epci)
    assert _reponses(_demande(client, "morteau")) == {"Morteau": {"v2": []}}


@pytest.mark.parametrize("texte", ["zzzz", "00000", "<b>", "«\u00a0%", "\x00"])
def test_what_was_typed_comes_back_when_nothing_answers(client, texte):
    make_commune("25388", "Morteau")
    reponse = _demande(client, texte)
    assert "communes" in reponse.context
    assert not reponse.context["communes"]
    assert reponse.context["texte"] == texte.strip()
    assert "Aucune commune ne répond" in reponse.content.decode()


def test_without_any_commune_the_page_says_so_rather_than_no(client):
    page = _demande(client, "langres").content.decode()
    assert "Les communes ne sont pas encore importées" in page
    assert "Aucune commune ne répond" not in page


def test_an_empty_question_explains_the_page(client):
    assert "Tapez le nom ou le code postal" in _demande(client, "  ").content.decode()


def test_communes_come_by_pages_that_keep_what_was_typed(client):
    for numero in range(21):
        make_commune(f"01{numero:03d}", f"Saint-Jean {numero}")
    reponse = _demande(client, "saint jean")
    assert len(reponse.context["communes"]) == 20
    assert "21 communes répondent" in reponse.content.decode()
    assert "?q=saint+jean&amp;page=2" in reponse.content.decode()
    suite = client.get("/mon-territoire/", {"q": "saint jean", "page": "2"})
    assert len(suite.context["communes"]) == 1
    assert not {c.pk for c, _ in suite.context["communes"]} & {c.pk for c, _ in reponse.context["communes"]}


def test_a_postcode_shared_by_several_communes_lists_them_all(client):
    for code, nom in (("52269", "Langres"), ("52102", "Champigny")):
        make_commune(code, nom, code_postal="52200")
    assert set(_reponses(_demande(client, "52200"))) == {"Langres", "Champigny"}


def test_without_any_phase_the_answer_is_unknown_not_no(client):
    make_commune("25388", "Morteau")
    page = _demande(client, "morteau").content.decode()
    assert "n’est pas connue ici" in page
    assert "Ni Morteau" not in page


def test_the_queries_do_not_depend_on_the_number_of_communes(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    epci = make_epci()
    make_territoire("v1/ti-4403", epcis=[epci])
    make_territoire("v2/ti-4416", epcis=[epci])
    make_commune("52000", "Val un", epci=epci)
    with django_assert_max_num_queries(10) as avec_une:
        _demande(client, "val")
    for numero in range(1, 7):
        make_commune(f"5200{numero}", f"Val {numero}", epci=make_epci())
    with django_assert_num_queries(len(avec_une)):
        _demande(client, "val")


def test_a_commune_without_epci_is_answered_alone(client):
    make_territoire("v2/ti-2701")
    make_commune("29083", "Île-de-Sein")
    assert (
        "Île-de-Sein n’est pas dans un Territoire d’industrie"
        in _demande(client, "ile de sein").content.decode()
    )
