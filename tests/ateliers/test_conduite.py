"""Conduire une soirée : programme, entrée, groupes, horloge."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from calcul.ateliers.groupes import compter_paires_revues
from maillage.ateliers import actions
from maillage.ateliers.enums import EtatPhase
from maillage.ateliers.models import Atelier, MembreGroupe
from maillage.ateliers.selectors import (
    count_presents,
    get_etat_salle,
    get_groupe,
    get_phase_active,
    load_etat,
)
from maillage.comptes.actions import hash_jeton
from maillage.socle.erreurs import ActionImpossible
from tests.ateliers.salle import fill, geste, join, make_atelier, post, start

pytestmark = pytest.mark.django_db
DEBUT = datetime(2019, 7, 15, 16, 0, tzinfo=UTC)


def test_the_soiree_of_nogent_is_a_programme_of_seven_phases_with_axes_of_its_vague() -> None:
    atelier = make_atelier()
    phases = list(atelier.phases.all())
    assert [p.duree for p in phases] == [15, 50, 20, 50, 10, 10, 15]
    assert [c["code"] for c in phases[3].colonnes] == ["recruter", "innover", "attirer", "simplifier"]
    assert (phases[4].source, phases[5].source) == (phases[3], phases[4])


def test_a_closed_or_unopened_atelier_lets_nobody_in() -> None:
    atelier = make_atelier(ouvert=False)
    with pytest.raises(ActionImpossible, match="pas encore ouvert"):
        join(atelier)
    actions.open_atelier(atelier=atelier, by=atelier.cree_by)
    actions.close_atelier(atelier=atelier, by=atelier.cree_by)
    with pytest.raises(ActionImpossible, match="clos"):
        join(atelier)


def test_an_empty_programme_cannot_open() -> None:
    atelier = make_atelier(modele="libre", ouvert=False)
    with pytest.raises(ActionImpossible, match="programme est vide"):
        actions.open_atelier(atelier=atelier, by=atelier.cree_by)


def test_second_tour_separates_those_who_met_at_the_first() -> None:
    atelier = make_atelier()
    fill(atelier, 16)
    premier = actions.compose_groupes(atelier=atelier, tour=1, nombre=4, by=atelier.cree_by)
    second = actions.compose_groupes(atelier=atelier, tour=2, nombre=4, by=atelier.cree_by)
    assert compter_paires_revues(second.groupes, [premier.groupes]) == second.borne == 0


def test_who_comes_late_joins_the_smallest_groupe() -> None:
    atelier = make_atelier()
    fill(atelier, 7)
    actions.compose_groupes(atelier=atelier, tour=1, nombre=2, by=atelier.cree_by)
    tardif = join(atelier, "Zoé")
    tailles = sorted(g.membres.count() for g in atelier.groupes.all())
    assert tailles == [4, 4]
    assert tardif.appartenances.count() == 1


def test_groupes_are_not_recomposed_once_their_tableaux_exist() -> None:
    atelier = make_atelier()
    fill(atelier, 6)
    actions.compose_groupes(atelier=atelier, tour=1, nombre=2, by=atelier.cree_by)
    start(atelier, 2)
    with pytest.raises(ActionImpossible, match="a commencé"):
        actions.compose_groupes(atelier=atelier, tour=1, nombre=3, by=atelier.cree_by)


def test_a_participant_is_in_one_groupe_of_a_tour_after_a_manual_move() -> None:
    atelier = make_atelier()
    personne = fill(atelier, 4)[0]
    actions.compose_groupes(atelier=atelier, tour=1, nombre=2, by=atelier.cree_by)
    for groupe in atelier.groupes.all():
        actions.move_participant(participant=personne, groupe=groupe, by=atelier.cree_by)
    assert MembreGroupe.objects.filter(participant=personne).count() == 1


def test_phase_without_groupes_shares_one_tableau() -> None:
    atelier = make_atelier()
    phase = start(atelier, 2)
    assert phase.tableaux.get().groupe is None


def test_starting_a_phase_ends_the_one_before() -> None:
    atelier = make_atelier()
    premiere = start(atelier, 1)
    start(atelier, 2)
    premiere.refresh_from_db()
    assert premiere.etat == EtatPhase.FINIE
    active = get_phase_active(atelier)
    assert active is not None
    assert active.rang == 2


def test_a_pause_keeps_what_remains_of_the_clock_and_an_extension_adds_to_it() -> None:
    with time_machine.travel(DEBUT, tick=False) as horloge:
        atelier = make_atelier()
        phase = start(atelier, 2)
        assert phase.fin_prevue_at == DEBUT + timedelta(minutes=50)
        horloge.shift(timedelta(minutes=20))
        actions.pause_phase(phase=phase, by=atelier.cree_by)
        assert get_etat_salle(atelier)["reste"] == 30 * 60
        horloge.shift(timedelta(minutes=5))
        actions.resume_phase(phase=phase, by=atelier.cree_by)
        actions.extend_phase(phase=phase, minutes=10, by=atelier.cree_by)
        phase.refresh_from_db()
        assert phase.fin_prevue_at == DEBUT + timedelta(minutes=25 + 40)


def test_a_started_phase_no_longer_changes() -> None:
    atelier = make_atelier()
    phase = start(atelier, 2)
    with pytest.raises(ActionImpossible, match="a commencé"):
        actions.save_phase(atelier=atelier, phase=phase, by=atelier.cree_by, duree=10)
    with pytest.raises(ActionImpossible, match="a commencé"):
        actions.delete_phase(phase=phase, by=atelier.cree_by)


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"nature": "voter", "titre": "Vote", "points": 3}, "sur les cartes de quelle phase"),
        ({"nature": "contribuer", "titre": "Idées"}, "au moins une colonne"),
        ({"nature": "presenter", "titre": " "}, "titre"),
        ({"nature": "presenter", "titre": "Long", "duree": 5000}, "8 heures"),
    ],
)
def test_a_phase_that_cannot_run_is_refused_with_a_sentence(champs: dict, phrase: str) -> None:
    atelier = make_atelier()
    with pytest.raises(ActionImpossible, match=phrase):
        actions.save_phase(atelier=atelier, by=atelier.cree_by, **champs)


def test_a_phone_of_a_table_follows_the_groupe_of_its_number_and_is_nobody() -> None:
    atelier = make_atelier()
    fill(atelier, 6)
    table, _ = actions.join_atelier(atelier=atelier, prenom="", college="", table=2)
    actions.compose_groupes(atelier=atelier, tour=1, nombre=2, by=atelier.cree_by)
    groupe = get_groupe(table, 1)
    assert groupe is not None
    assert groupe.numero == 2
    assert sorted(g.membres.count() for g in atelier.groupes.all()) == [3, 3]
    assert count_presents(atelier) == 6


def test_marked_competitors_are_separated_at_the_next_composition() -> None:
    atelier = make_atelier()
    personnes = fill(atelier, 4)
    for personne in personnes[:2]:
        actions.set_concurrence(participant=personne, marque="forge", by=atelier.cree_by)
    actions.compose_groupes(atelier=atelier, tour=1, nombre=2, by=atelier.cree_by)
    assert get_groupe(personnes[0], 1) != get_groupe(personnes[1], 1)


def test_who_comes_late_is_placed_in_the_tours_not_yet_over() -> None:
    atelier = make_atelier()
    fill(atelier, 4)
    for tour in (1, 2):
        actions.compose_groupes(atelier=atelier, tour=tour, nombre=2, by=atelier.cree_by)
    actions.end_phase(phase=start(atelier, 2), by=atelier.cree_by)
    tardif = join(atelier, "Zoé")
    assert [m.groupe.tour for m in tardif.appartenances.all()] == [2]


def test_a_prolongation_or_an_entry_does_not_ask_screens_to_reload() -> None:
    atelier = make_atelier()
    phase = start(atelier, 2)
    avant = get_etat_salle(Atelier.objects.get(pk=atelier.pk))
    join(atelier)
    actions.extend_phase(phase=phase, minutes=5, by=atelier.cree_by)
    apres = get_etat_salle(Atelier.objects.get(pk=atelier.pk))
    assert apres["page"] == avant["page"]
    assert apres["version"] == avant["version"] + 2
    assert apres["presents"] == 1


def test_participants_are_erased_one_year_after_and_their_cartes_stay() -> None:
    atelier = make_atelier()
    ada, jeton = actions.join_atelier(atelier=atelier, prenom="Ada", college="elu", organisation="Marle")
    tableau = start(atelier, 2).tableaux.get()
    carte = str(uuid.uuid4())
    post(tableau, ada, geste("posee", carte, colonne="atouts", texte="savoir-faire", signee=True))
    assert load_etat(tableau).cartes[carte].par == "Ada"
    assert actions.erase_participants(datetime(2020, 7, 14, tzinfo=UTC)) == 0
    assert actions.erase_participants(datetime(2020, 7, 17, tzinfo=UTC)) == 1
    assert actions.erase_participants(datetime(2020, 7, 17, tzinfo=UTC)) == 0
    ada.refresh_from_db()
    assert (ada.prenom, ada.organisation) == ("Anonyme", "")
    assert ada.jeton_sha256 != hash_jeton(jeton)
    assert (load_etat(tableau).cartes[carte].texte, load_etat(tableau).cartes[carte].par) == (
        "savoir-faire",
        "",
    )
