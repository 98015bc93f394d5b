from datetime import date

import pytest

from maillage.contrats.actions import Source, record_acte_constate
from maillage.contrats.enums import NatureActe, StatutActe
from maillage.fiches.enums import StatutFiche, Visibilite
from maillage.territoires.actions import give_mandat, record_etape, tell_evenement
from maillage.territoires.actions_mandats import create_binome
from maillage.territoires.enums import Fait, Fiabilite, NatureEvenement, PorteeBinome, RoleMandat
from maillage.territoires.models import Perimetre
from tests.fabriques import (
    FABRIQUE,
    make_acte,
    make_epci,
    make_fiche,
    make_personne,
    make_territoire,
)
from tests.www.public.conftest import make_commune

pytestmark = pytest.mark.django_db


def _page(client, territoire):
    reponse = client.get(territoire.get_absolute_url())
    assert reponse.status_code == 200
    return reponse.content.decode()


def test_a_page_shows_members_population_and_regions(client):
    territoire = make_territoire(
        "v2/ti-2701", nom="Doubs", epcis=[make_epci(nom="CC du Val de Morteau", population=12_345)]
    )
    page = _page(client, territoire)
    assert "CC du Val de Morteau" in page
    assert "12\u00a0345" in page
    assert "Pays de la Loire" in page


@pytest.mark.parametrize(
    "adresse",
    [
        "/territoires/v2/ti-9999/",
        "/territoires/v1/ti-2701/",
        "/territoires/2/ti-2701/",
        "/territoires/v²/ti-2701/",
        "/territoires/v99999999999/ti-2701/",
        "/territoires/v2/ti%002701/",
    ],
)
def test_an_unknown_territoire_is_a_404(client, adresse):
    make_territoire("v2/ti-2701")
    assert client.get(adresse).status_code == 404


def test_a_fictif_territoire_has_no_public_page_even_for_its_own_people(client, connecter):
    territoire = make_territoire("v2/fictif-1", is_fictif=True)
    assert client.get(territoire.get_absolute_url()).status_code == 404
    chef = make_personne("chef_projet", territoire=territoire)
    assert connecter(chef).get(territoire.get_absolute_url()).status_code == 404


def test_a_commune_seule_is_a_member_without_its_epci(client):
    territoire = make_territoire("v2/ti-2707")
    commune = make_commune("58046", "Cercy-la-Tour", epci=make_epci(nom="CC Bazois"))
    debut = territoire.vague.debut
    Perimetre.objects.create(
        territoire=territoire, commune=commune, debut=debut, constate_le=debut, source="liste"
    )
    page = _page(client, territoire)
    assert "Cercy-la-Tour" in page
    assert "commune seule, sans son intercommunalité (CC Bazois)" in page


def test_a_member_that_left_is_no_longer_shown(client):
    territoire = make_territoire("v2/ti-2701", epcis=[make_epci(nom="CC Partie"), make_epci(nom="CC Restée")])
    territoire.perimetres.filter(epci__nom="CC Partie").update(fin=date(2024, 12, 31))
    page = _page(client, territoire)
    assert "CC Restée" in page
    assert "CC Partie" not in page


def test_a_finished_phase_is_read_on_its_last_day(client):
    territoire = make_territoire("v1/ti-4403", epcis=[make_epci(nom="CC Fidèle")])
    territoire.perimetres.update(fin=date(2023, 11, 9))
    page = _page(client, territoire)
    assert "CC Fidèle" in page
    assert "8 novembre 2023" in page


def test_a_site_says_that_populations_are_those_of_the_whole_epci(client):
    territoire = make_territoire("v2/ti-4404")
    territoire.is_site = True
    territoire.save()
    assert "Seul un site de l’intercommunalité est concerné" in _page(client, territoire)
    assert "Seul un site" not in _page(client, make_territoire("v2/ti-2701"))


def test_an_empty_binome_is_shown_to_confirm(client):
    assert _page(client, make_territoire("v2/ti-2701")).count("Place vacante, ou personne") == 2


def test_a_named_binome_carries_its_source_and_the_other_place_stays_visible(client):
    territoire = make_territoire("v2/ti-2701")
    give_mandat(
        territoire=territoire,
        personne=make_personne(nom="Bôle"),
        role=RoleMandat.ELU,
        fiabilite=Fiabilite.A_CONFIRMER,
        source="Presse du 3 mars 2025",
        by=FABRIQUE,
    )
    page = _page(client, territoire)
    assert "Bôle" in page
    assert "Presse du 3 mars 2025" in page
    assert page.count("Place vacante, ou personne") == 1


def test_a_mandat_that_ended_is_not_the_binome_of_today(client):
    territoire = make_territoire("v2/ti-2701")
    give_mandat(
        territoire=territoire,
        personne=make_personne(nom="Ancienne élue"),
        role=RoleMandat.ELU,
        fin=date(2024, 1, 1),
        by=FABRIQUE,
    )
    assert "Ancienne élue" not in _page(client, territoire)


def test_an_etape_known_between_bounds_says_so_with_its_source(client):
    territoire = make_territoire("v1/ti-4403")
    record_etape(
        territoire=territoire,
        fait=Fait.LABEL,
        debut=date(2018, 11, 22),
        fin=date(2022, 12, 31),
        source="Liste de fin 2022",
        by=FABRIQUE,
    )
    page = _page(client, territoire)
    assert "entre le 22 novembre 2018 et le 31 décembre 2022" in page
    assert "La date exacte n’est pas connue" in page
    assert "Liste de fin 2022" in page


def test_two_sources_that_disagree_are_both_shown(client):
    territoire = make_territoire("v1/ti-4416")
    record_acte_constate(
        territoire=territoire,
        titre="Acte de Sud-Alsace",
        debut=date(2019, 3, 18),
        sources=[Source("Texte A", NatureActe.CONTRAT), Source("Texte B", NatureActe.PROTOCOLE)],
        by=FABRIQUE,
    )
    page = _page(client, territoire)
    assert "Les sources ne s’accordent pas" in page
    assert "Texte A" in page
    assert "Texte B" in page


def test_sources_that_agree_raise_no_conflict(client):
    territoire = make_territoire("v1/ti-4416")
    make_acte(territoire=territoire, statut=StatutActe.CONSTATE)
    page = _page(client, territoire)
    assert "journal d’essai" in page
    assert "ne s’accordent pas" not in page


def test_a_projet_of_acte_is_not_public_and_a_signed_one_can_be_verified(client):
    territoire = make_territoire("v2/ti-2701")
    projet = make_acte(territoire=territoire)
    page = _page(client, territoire)
    assert projet.titre not in page
    signe = make_acte(territoire=territoire, statut=StatutActe.SIGNE)
    page = _page(client, territoire)
    assert signe.titre in page
    assert f"/verifier/{signe.piece_pdf.sha256}/" in page


def test_only_published_fiches_are_shown_by_axe(client):
    territoire = make_territoire("v1/ti-4403")
    champs = {"territoire": territoire, "statut": StatutFiche.RETENUE}
    make_fiche(titre="Ouverte", visibilite=Visibilite.PUBLIQUE, **champs)
    make_fiche(titre="Entre nous", **champs)
    make_fiche(titre="Réseau seul", visibilite=Visibilite.RESEAU, **champs)
    page = _page(client, territoire)
    assert "Ouverte" in page
    assert "Entre nous" not in page
    assert "Réseau seul" not in page


def test_the_timeline_holds_events_with_their_source(client):
    territoire = make_territoire("v1/ti-4403")
    tell_evenement(
        territoires=[territoire],
        jour=date(2019, 7, 15),
        nature=NatureEvenement.ATELIER,
        titre="Atelier de Nogent",
        lieu="Nogent",
        source="Journal du 17 juillet 2019",
        by=FABRIQUE,
    )
    page = _page(client, territoire)
    assert "Atelier de Nogent" in page
    assert "Journal du 17 juillet 2019" in page


def test_a_territoire_says_what_it_becomes_and_where_it_comes_from(client):
    page = _page(client, make_territoire("v1/ti-4403"))
    assert 'href="/territoires/v2/ti-4416/"' in page
    page = _page(client, make_territoire("v2/ti-4416"))
    assert 'href="/territoires/v1/ti-4403/"' in page


def test_the_queries_of_a_page_do_not_depend_on_what_it_holds(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    territoire = make_territoire("v1/ti-4403")

    def fill(fois: int) -> None:
        for numero in range(fois):
            make_fiche(territoire=territoire, statut=StatutFiche.RETENUE, visibilite=Visibilite.PUBLIQUE)
            epci, debut = make_epci(), territoire.vague.debut
            Perimetre.objects.create(
                territoire=territoire, epci=epci, debut=debut, constate_le=debut, source="s"
            )
            give_mandat(
                territoire=territoire,
                personne=make_personne(),
                role=RoleMandat.ELU,
                binome=create_binome(
                    territoire=territoire, portee=PorteeBinome.ACTION, sujet=f"{fois} {numero}", by=FABRIQUE
                ),
                debut=date(2020, 1, 1),
                by=FABRIQUE,
            )
            tell_evenement(
                territoires=[territoire],
                jour=date(2019, 7, 15),
                nature=NatureEvenement.REUNION,
                titre=f"Réunion {fois} {numero}",
                source="s",
                by=FABRIQUE,
            )
            record_acte_constate(
                territoire=territoire,
                titre="Acte",
                debut=date(2019, fois, numero + 1),
                sources=[Source("s", NatureActe.CONTRAT)],
                by=FABRIQUE,
            )

    fill(1)
    with django_assert_max_num_queries(25) as avec_un:
        _page(client, territoire)
    fill(6)
    with django_assert_num_queries(len(avec_un)):
        _page(client, territoire)
