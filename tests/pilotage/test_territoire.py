"""La vue d’ensemble d’un territoire et les espaces par métier."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from maillage.ateliers.actions import close_atelier, create_atelier, open_atelier
from maillage.fiches.enums import StatutFiche
from maillage.financement.actions import move_ligne
from maillage.financement.enums import StatutLigne
from maillage.notifications.models import Attente
from maillage.pilotage.selectors_espaces import (
    compute_delais,
    fiches_carried_by,
    fiches_to_instruct,
    get_delai,
    lignes_to_answer,
    lignes_with_delai,
    read_attentes,
    sum_lignes,
    territoires_with_etape,
)
from maillage.pilotage.selectors_territoire import compute_ensemble, compute_frise, compute_prochain_pas
from maillage.territoires.actions import tell_evenement
from maillage.territoires.enums import Fait, NatureEvenement
from maillage.territoires.models import Territoire
from maillage.territoires.selectors import attentes_for
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_plan,
    make_territoire,
)
from tests.pilotage.faits import etape, labellise

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vagues")]

JOUR = date(2019, 11, 19)


def frise(territoire: Territoire) -> dict[str, tuple[str, str]]:
    return {e.code: (e.etat, e.precision) for e in compute_frise(territoire)}


def test_a_bare_territory_has_its_label_and_everything_to_come():
    maillons = frise(make_territoire())
    assert maillons.pop("label") == ("fait", "date non enregistrée")
    assert {etat for etat, _ in maillons.values()} == {"a_venir"}
    assert list(maillons) == [
        "gouvernance",
        "ateliers",
        "fiches",
        "plan",
        "avis",
        "actes",
        "bouclage",
        "suivi",
    ]


def test_a_step_known_between_bounds_says_so():
    territoire = labellise(debut=date(2018, 11, 22), fin=date(2022, 12, 31))
    etape(territoire, Fait.PROTOCOLE, JOUR)
    maillons = frise(territoire)
    assert maillons["label"] == ("fait", "entre le 22 novembre 2018 et le 31 décembre 2022")
    assert maillons["actes"] == ("fait", "le 19 novembre 2019")


@pytest.mark.parametrize(
    ("statut", "maillon", "attendu"),
    [
        (StatutFiche.IDEE, "fiches", ("en_cours", "1 fiche")),
        (StatutFiche.RETENUE, "fiches", ("fait", "1 fiche")),
        (StatutFiche.RETENUE, "plan", ("en_cours", "1 retenue")),
        (StatutFiche.TRANSMISE, "plan", ("fait", "le 19 novembre 2019")),
        (StatutFiche.TRANSMISE, "avis", ("en_cours", "1 fiche attend")),
        (StatutFiche.VALIDEE, "avis", ("fait", "1 validée")),
        (StatutFiche.EN_COURS, "suivi", ("en_cours", "1 action lancée")),
        (StatutFiche.ABANDONNEE, "fiches", ("a_venir", "")),
    ],
)
def test_the_chain_follows_the_state_of_the_fiches(statut, maillon, attendu):
    territoire = make_territoire()
    make_fiche(territoire=territoire, statut=statut, date_effet=JOUR)
    assert frise(territoire)[maillon] == attendu


def test_workshops_and_team_are_links_of_the_chain():
    territoire = make_territoire()
    make_personne("elu", territoire=territoire)
    assert frise(territoire)["gouvernance"] == ("en_cours", "équipe à compléter")
    make_personne("industriel", territoire=territoire)
    for jour in (date(2019, 7, 15), date(2019, 9, 9)):
        tell_evenement(
            territoires=[territoire],
            jour=jour,
            nature=NatureEvenement.ATELIER,
            titre=f"Atelier {jour}",
            source="presse",
            by=FABRIQUE,
        )
    maillons = frise(territoire)
    assert maillons["gouvernance"] == ("en_cours", "binôme désigné")
    assert maillons["ateliers"] == ("fait", "2 rencontres, la dernière le 9 septembre 2019")


def test_the_closing_link_counts_only_costed_fiches():
    territoire = make_territoire()
    bouclee, en_attente, _sans_plan = (make_fiche(territoire=territoire) for _ in range(3))
    make_plan(fiche=make_fiche(territoire=territoire), sans_besoin=True)
    for fiche, statut in ((bouclee, StatutLigne.ACCORDE), (en_attente, StatutLigne.SOLLICITE)):
        make_plan(fiche=fiche, cout=40_000 * EUROS)
        make_ligne(fiche=fiche, statut=statut, montant=28_000 * EUROS)
    prive = make_organisation(nom="Caisse")
    make_ligne(fiche=bouclee, statut=StatutLigne.ACCORDE, montant=12_000 * EUROS, financeur=prive)
    ensemble = compute_ensemble(territoire)
    assert ensemble.chiffrees == 2
    assert ensemble.fiches_total == 4
    assert ensemble.barre.cout == 8_000_000
    assert ensemble.barre.obtenu + ensemble.barre.demande + ensemble.barre.reste == 8_000_000


def test_vacant_places_are_shown_first_and_never_hidden():
    territoire = make_territoire()
    make_personne("partenaire", territoire=territoire)
    roles = compute_ensemble(territoire).roles
    assert [place.libelle for _, place in roles.vacantes] == ["Chef·fe de projet", "Élu·e", "Industriel·le"]
    assert [(place.libelle, len(place.mandats)) for place in roles.autres] == [("Partenaire mandaté", 1)]


def test_the_next_step_is_mine_first_then_that_of_others_then_the_chain():
    territoire = make_territoire("v2/ti-2701")
    chef, region = (
        make_personne("chef_projet", territoire=territoire),
        make_personne("region", territoire=territoire),
    )
    vide = compute_prochain_pas(territoire, compute_frise(territoire), chef)
    assert vide.phrase == "installer le binôme et le comité de projet"
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, date_effet=JOUR)
    frise_lue = compute_frise(territoire)
    vu_du_chef, vu_de_la_region = (compute_prochain_pas(territoire, frise_lue, qui) for qui in (chef, region))
    assert not vu_du_chef.is_mien
    assert (vu_du_chef.attendu_de, vu_du_chef.url, vu_du_chef.depuis) == ("la Région", "", JOUR)
    assert vu_de_la_region.is_mien
    assert vu_de_la_region.url


def test_the_next_step_comes_after_the_last_done_one():
    territoire = labellise("v2/ti-2701")
    etape(territoire, Fait.PROTOCOLE, JOUR)
    make_fiche(territoire=territoire, statut=StatutFiche.RETENUE, date_effet=JOUR)
    Attente.objects.all().delete()
    pas = compute_prochain_pas(territoire, compute_frise(territoire), make_personne())
    assert pas.phrase == "chiffrer les fiches et boucler leur financement"


def test_an_acte_known_from_the_press_does_not_dispense_with_fiches():
    territoire = labellise("v2/ti-2701")
    etape(territoire, Fait.PROTOCOLE, JOUR)

    def lire():
        return compute_prochain_pas(territoire, compute_frise(territoire), make_personne()).phrase

    assert lire() == "écrire la première fiche action"
    make_fiche(territoire=territoire, statut=StatutFiche.BROUILLON, date_effet=JOUR)
    assert lire() == "proposer les fiches au comité de projet"


def test_nothing_more_is_expected_of_a_finished_phase():
    territoire = labellise("v1/ti-4403")
    etape(territoire, Fait.PROTOCOLE, date(2019, 11, 19))
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC)):
        assert compute_prochain_pas(territoire, compute_frise(territoire), make_personne()) is None


# --- espaces -----------------------------------------------------------------------------------------------------


def test_what_waits_is_oldest_first_across_roles_and_late_past_its_deadline():
    territoire = make_territoire()
    region = make_personne("region", territoire=territoire)
    with time_machine.travel(datetime(2020, 1, 10, 12, tzinfo=UTC), tick=False):
        for _ in range(2):
            make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, date_effet=date(2020, 1, 5))
        premiere = attentes_for(region).order_by("pk").first()
        Attente.objects.filter(pk=premiere.pk).update(echeance=date(2020, 1, 9))
        make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, date_effet=date(2020, 1, 2))
        lues = read_attentes(attentes_for(region), limite=10)
    assert [(lue.jours, lue.is_late, lue.titre) for lue in lues] == [
        (8, False, "Région"),
        (5, True, "Région"),
        (5, False, "Région"),
    ]


def test_a_region_instructs_only_what_its_territories_transmitted_oldest_first():
    territoire = make_territoire()
    recente = make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, date_effet=JOUR)
    ancienne = make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, date_effet=date(2019, 1, 1))
    make_fiche(territoire=territoire, statut=StatutFiche.RETENUE)
    region = make_personne("region", territoire=territoire)
    assert list(fiches_to_instruct(region)) == [ancienne, recente]
    assert fiches_to_instruct(region)[0].transmise_le == date(2019, 1, 1)
    assert not fiches_to_instruct(make_personne("chef_projet", territoire=territoire)).exists()


def test_a_territory_shows_its_last_certain_step():
    territoire = labellise()
    etape(territoire, Fait.PROTOCOLE, JOUR)
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE)
    lu = territoires_with_etape(Territoire.objects.all()).get()
    assert (lu.dernier_fait, lu.dernier_fait_le, lu.fiches_nombre, lu.a_instruire) == (
        Fait.PROTOCOLE,
        JOUR,
        1,
        1,
    )


def test_delays_run_from_the_request_to_the_first_answer():
    financeur = make_organisation(is_financeur=True)
    agent = make_personne("financeur", organisation=financeur)
    for jours, reponse in (
        (10, StatutLigne.ANNONCE),
        (20, StatutLigne.ANNONCE),
        (60, StatutLigne.ANNONCE),
        (0, None),
    ):
        ligne = make_ligne(
            financeur=financeur,
            statut=StatutLigne.SOLLICITE,
            montant=1_000 * EUROS,
            date_effet=date(2020, 1, 1),
        )
        if reponse:
            move_ligne(
                ligne=ligne,
                vers=reponse,
                by=agent,
                montant=1_000 * EUROS,
                date_effet=date.fromordinal(date(2020, 1, 1).toordinal() + jours),
            )
    delais = compute_delais(lignes_with_delai(agent))
    assert (delais.nombre, delais.mediane, delais.moyenne, delais.plus_long) == (3, 20, 30, 60)
    with time_machine.travel(datetime(2020, 1, 6, 12, tzinfo=UTC), tick=False):
        assert sorted(get_delai(ligne) for ligne in lignes_with_delai(agent)) == [5, 10, 20, 60]
    assert sum_lignes(lignes_with_delai(agent))["demande"] == 400_000


def test_a_funder_without_answer_has_no_delay_and_sees_only_its_lines():
    ligne = make_ligne(statut=StatutLigne.SOLLICITE)
    make_ligne(statut=StatutLigne.SOLLICITE)
    agent = make_personne("financeur", organisation=ligne.financeur)
    assert [x.pk for x in lignes_to_answer(agent)] == [ligne.pk]
    assert compute_delais(lignes_with_delai(agent)) is None


def test_a_carrier_sees_its_actions_and_what_waits_for_it():
    porteur = make_organisation(nom="Forges", is_financeur=True)
    fiche = make_fiche(porteur=porteur)
    make_fiche()
    make_plan(fiche=fiche)
    make_ligne(fiche=fiche, financeur=porteur, statut=StatutLigne.SOLLICITE)
    make_ligne(fiche=fiche, statut=StatutLigne.SOLLICITE)
    patron = make_personne("porteur", organisation=porteur)
    assert [(f.pk, f.attentes_nombre) for f in fiches_carried_by(patron)] == [(fiche.pk, 1)]


def test_a_workshop_held_here_makes_the_workshops_link_of_the_chain():
    territoire = make_territoire()
    chef = make_personne("chef_projet", territoire=territoire)
    atelier = create_atelier(
        territoire=territoire, titre="Soirée", jour=date(2019, 9, 9), modele="swot_projets", by=chef
    )
    assert frise(territoire)["ateliers"] == ("a_venir", "prévu le 9 septembre 2019")
    open_atelier(atelier=atelier, by=chef)
    assert frise(territoire)["ateliers"] == ("en_cours", "une salle ouverte")
    close_atelier(atelier=atelier, by=chef)
    assert frise(territoire)["ateliers"] == ("fait", "1 rencontre, le 9 septembre 2019")
    porte = next(e.url for e in compute_frise(territoire) if e.code == "ateliers")
    assert porte == reverse("ateliers", args=[territoire.vague.code, territoire.id_ti])
