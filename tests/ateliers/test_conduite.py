"""Conduire une soirée : programme, entrée, groupes, horloge."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from calcul.ateliers.groupes import compter_paires_revues
from maillage.ateliers import actions
from maillage.ateliers.enums import EtatPhase
from maillage.ateliers.models import MembreGroupe
from maillage.ateliers.selectors import get_etat_salle, get_phase_active
from maillage.socle.erreurs import ActionImpossible
from tests.ateliers.salle import fill, join, make_atelier, start

pytestmark = pytest.mark.django_db
DEBUT = datetime(2019, 7, 15, 16, 0, tzinfo=UTC)


def test_the_soiree_of_nogent_is_a_programme_of_seven_phases_with_axes_of_its_vague() -> None:
    atelier = make_atelier()
    phases = list(atelier.phases.all())
    assert [p.duree for p in phases] == [15, 50, 20, 50, 10, 10, 15]
    assert [c["code"] for c in phases[3].colonnes] == ["recruter", "innover", "attirer", "simplifier"]
    assert phases[5].source == phases[3]


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
