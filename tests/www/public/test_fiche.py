"""La page publique d’une fiche : ce qui est public, et rien d’autre."""

from datetime import date

import pytest
from django.urls import reverse

from maillage.fiches.actions import update_fiche
from maillage.fiches.enums import StatutFiche, Visibilite
from maillage.financement.enums import NatureLigne, OrigineFinanceur, StatutLigne
from tests.fabriques import EUROS, FABRIQUE, make_fiche, make_ligne, make_personne, make_plan, make_territoire

pytestmark = pytest.mark.django_db


@pytest.fixture
def publique():
    return make_fiche(
        territoire=make_territoire("v1/ti-4403", nom="Langres – Chaumont"),
        titre="Une école de la coutellerie",
        code="F2.1",
        visibilite=Visibilite.PUBLIQUE,
        description="Former sur place.",
        date_effet=date(2024, 9, 9),
    )


def _page(client, fiche):
    reponse = client.get(fiche.get_public_url())
    assert reponse.status_code == 200
    return reponse.content.decode()


def test_a_public_fiche_says_its_action_its_states_its_dates_and_its_carrier(client, publique):
    page = _page(client, publique)
    for attendu in (
        "Une école de la coutellerie",
        "Fiche F2.1",
        "Former sur place.",
        "Brouillon",
        "Émergence",
    ):
        assert attendu in page
    assert publique.porteur.nom in page
    assert "9 septembre 2024" in page
    assert "1 version enregistrée" in page
    assert "Aucun montant n’est enregistré pour cette action." in page


@pytest.mark.parametrize("visibilite", [Visibilite.TERRITOIRE, Visibilite.RESEAU])
def test_a_fiche_that_is_not_public_has_no_public_page(client, publique, visibilite):
    update_fiche(fiche=publique, by=FABRIQUE, version_lue=publique.version, visibilite=visibilite)
    assert client.get(publique.get_public_url()).status_code == 404


def test_a_fiche_of_a_fictional_space_has_no_public_page(client):
    fiche = make_fiche(
        territoire=make_territoire("v1/fictif-1", is_fictif=True), visibilite=Visibilite.PUBLIQUE
    )
    assert client.get(fiche.get_public_url()).status_code == 404


def test_a_fiche_is_not_found_under_another_territoire(client, publique):
    make_territoire("v2/ti-2701")
    assert client.get(reverse("fiche-publique", args=["v2", "ti-2701", publique.pk])).status_code == 404


def test_its_money_is_summed_without_the_part_of_its_carrier(client, publique):
    make_plan(fiche=publique)
    make_ligne(fiche=publique, statut=StatutLigne.ACCORDE, montant=40_000 * EUROS)
    make_ligne(
        fiche=publique,
        statut=StatutLigne.ACCORDE,
        montant=17_000 * EUROS,
        financeur=publique.porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
    )
    page = _page(client, publique)
    assert "40\u00a0000\u00a0€" in page
    assert "17\u00a0000" not in page
    assert "57\u00a0000" not in page


def test_the_territoire_and_its_people_lead_to_the_page_and_back(client, connecter, publique):
    territoire = client.get(publique.territoire.get_absolute_url()).content.decode()
    assert publique.get_public_url() in territoire
    assert publique.get_absolute_url() not in _page(client, publique)
    chef = connecter(make_personne("chef_projet", territoire=publique.territoire))
    assert publique.get_absolute_url() in _page(chef, publique)


def test_queries_do_not_grow_with_facts_and_versions(client, publique, django_assert_num_queries):
    with django_assert_num_queries(16):
        _page(client, publique)
    for numero in range(3):
        publique = update_fiche(
            fiche=publique, by=FABRIQUE, version_lue=publique.version, titre=f"Titre {numero}"
        )
    with django_assert_num_queries(16):
        _page(client, publique)


def test_an_idea_without_code_nor_axis_has_its_page(client):
    fiche = make_fiche(statut=StatutFiche.IDEE, visibilite=Visibilite.PUBLIQUE, titre="Une idée")
    page = _page(client, fiche)
    assert "Fiche sans code" in page
    assert "Pas encore choisi" in page
