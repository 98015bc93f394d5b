from datetime import date

import pytest

from calcul.presence import Pas, PasIncoherent, Presence, replay

J = [date(2018, 1, 1), date(2019, 1, 1), date(2020, 1, 1), date(2021, 1, 1), date(2022, 1, 1)]


def entree(debut, fin=None):
    return Pas(True, debut, fin or debut)


def sortie(debut, fin=None):
    return Pas(False, debut, fin or debut)


def test_a_bounded_stay_is_possible_before_it_is_certain_and_after_it_no_longer_is():
    [presence] = replay([sortie(J[2], J[3]), entree(J[0], J[1])])
    assert [presence.is_possible(jour) for jour in J] == [True, True, True, False, False]
    assert [presence.is_certaine(jour) for jour in J] == [False, True, False, False, False]


def test_who_leaves_may_come_back():
    premiere, seconde = replay([entree(J[0]), sortie(J[1]), entree(J[3])])
    assert (premiere.sortie.debut, seconde.sortie) == (J[1], None)


@pytest.mark.parametrize(
    ("pas", "phrase"),
    [
        ([entree(J[0]), entree(J[1])], "déjà membre"),
        ([sortie(J[1])], "pas membre"),
        ([entree(J[1]), sortie(J[2]), sortie(J[3])], "pas membre"),
        ([entree(J[1]), sortie(J[1])], "ne suit pas"),
    ],
)
def test_steps_that_cannot_follow_each_other_are_refused(pas, phrase):
    with pytest.raises(PasIncoherent, match=phrase):
        replay(pas)


def test_two_stays_overlap_only_when_a_day_is_certain_in_both():
    quitte = Presence(entree(J[0]), sortie(J[1], J[3]))
    assert not quitte.overlaps(Presence(entree(J[1], J[3])))
    assert quitte.overlaps(Presence(entree(J[0])))
    assert Presence(entree(J[0], J[4])).overlaps(Presence(entree(J[1])))
