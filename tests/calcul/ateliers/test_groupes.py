import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcul.ateliers.groupes import (
    CompositionImpossible,
    Present,
    borner_paires_revues,
    composer,
    compter_paires_revues,
    lister_manquements,
)


def salle(n: int, colleges: str = "elu industriel partenaire") -> list[Present]:
    noms = colleges.split()
    return [Present(i, noms[i % len(noms)]) for i in range(n)]


def test_tailles_are_equal_within_one() -> None:
    composition = composer(salle(41), 6)
    assert sorted(Counter(map(len, composition.groupes)).items()) == [(6, 1), (7, 5)]


def test_colleges_are_mixed_in_each_groupe() -> None:
    composition = composer(salle(42), 6)
    assert not composition.manquements
    par_id = {p.id: p for p in salle(42)}
    for groupe in composition.groupes:
        presences = Counter(par_id[i].college for i in groupe)
        assert all(2 <= presences[c] <= 3 for c in ("elu", "industriel", "partenaire"))


def test_people_of_one_organisation_and_marked_concurrents_are_spread() -> None:
    presents = [
        Present(
            i, "industriel" if i % 2 else "elu", organisation=f"O{i // 4}", concurrence="x" if i < 5 else ""
        )
        for i in range(24)
    ]
    composition = composer(presents, 6)
    assert not composition.manquements
    for groupe in composition.groupes:
        assert len({i // 4 for i in groupe}) == len(groupe)
        assert sum(i < 5 for i in groupe) <= 1


def test_sixteen_people_in_four_groupes_never_meet_again_over_three_tours() -> None:
    presents = [Present(i, "industriel") for i in range(16)]
    tours = []
    for tour in range(3):
        composition = composer(presents, 4, passees=tours, graine=tour)
        assert composition.paires_revues == composition.borne == 0
        tours.append(composition.groupes)


def test_second_tour_of_forty_in_five_groupes_reaches_the_bound_and_beats_chance() -> None:
    presents = salle(40)
    premier = composer(presents, 5)
    second = composer(presents, 5, passees=[premier.groupes])
    assert not second.manquements
    assert (
        second.paires_revues == second.borne == 5 * 3
    )  # 8 personnes prises dans 5 groupes : 3 paires au moins
    ordre = list(range(40))
    random.Random(1).shuffle(ordre)
    hasard = tuple(tuple(ordre[k::5]) for k in range(5))
    assert second.paires_revues < compter_paires_revues(hasard, [premier.groupes])


def test_same_graine_gives_the_same_composition() -> None:
    assert composer(salle(30), 5, graine=7) == composer(salle(30), 5, graine=7)


def test_who_left_is_ignored_and_who_arrives_has_met_nobody() -> None:
    premier = composer(salle(12), 3)
    suite = [p for p in salle(12) if p.id > 2] + [Present(100, "elu"), Present(101, "elu")]
    second = composer(suite, 3, passees=[premier.groupes])
    assert {i for g in second.groupes for i in g} == {p.id for p in suite}
    assert second.paires_revues >= second.borne


def test_a_groupe_of_one_and_a_single_groupe_are_possible() -> None:
    assert composer([Present(1, "elu")], 1).groupes == ((1,),)
    assert len(composer(salle(9), 1).groupes[0]) == 9


@pytest.mark.parametrize("nombre", [0, 10])
def test_an_impossible_number_of_groupes_is_refused_with_a_sentence(nombre: int) -> None:
    with pytest.raises(CompositionImpossible, match="groupe"):
        composer(salle(9), nombre)


def test_a_manual_move_that_breaks_a_rule_is_named() -> None:
    presents = [Present(1, "elu", "Marle"), Present(2, "elu", "Marle"), Present(3, "elu"), Present(4, "elu")]
    phrases = [m.phrase for m in lister_manquements(((1, 2, 3), (4,)), presents)]
    assert phrases == [
        "3 personnes au lieu de 2.",
        "2 personnes de « Marle » ensemble.",
        "3 du collège « elu », 2 attendus.",
        "1 personne au lieu de 2.",
        "1 du collège « elu », 2 attendus.",
    ]


@settings(max_examples=40, deadline=None)
@given(n=st.integers(2, 26), nombre=st.integers(1, 6), tours=st.integers(1, 3), graine=st.integers(0, 99))
def test_everybody_is_placed_once_and_no_composition_beats_the_bound(
    n: int, nombre: int, tours: int, graine: int
) -> None:
    nombre = min(nombre, n)
    presents = salle(n)
    passees: list = []
    for tour in range(tours):
        composition = composer(presents, nombre, passees=passees, graine=graine + tour)
        assert sorted(i for g in composition.groupes for i in g) == list(range(n))
        assert max(map(len, composition.groupes)) - min(map(len, composition.groupes)) <= 1
        assert composition.borne <= composition.paires_revues
        melange = list(range(n))
        random.Random(graine).shuffle(melange)
        autre = tuple(tuple(melange[k::nombre]) for k in range(nombre))
        assert borner_paires_revues(autre, passees) <= compter_paires_revues(autre, passees)
        passees.append(composition.groupes)
