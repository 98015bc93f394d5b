from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcul.ateliers.tableau import Evenement, SuiteRompue, Tableau, TypeEvenement, rejouer

T = TypeEvenement
CARTES = ["a", "b", "c", "d"]
COLONNES = ["atouts", "faiblesses"]


def suite(*evenements: tuple[TypeEvenement, str, int | None, dict[str, Any]]) -> list[Evenement]:
    return [Evenement(v, t, c, a, d) for v, (t, c, a, d) in enumerate(evenements, start=1)]


def test_cartes_keep_the_order_in_which_they_are_posed_and_moved() -> None:
    tableau = rejouer(
        suite(
            (T.POSEE, "a", 1, {"colonne": "atouts", "texte": "savoir-faire"}),
            (T.POSEE, "b", 2, {"colonne": "atouts", "texte": "coutellerie"}),
            (T.POSEE, "c", 2, {"colonne": "faiblesses", "texte": "recrutement"}),
            (T.DEPLACEE, "c", 1, {"colonne": "atouts", "avant": "b"}),
        )
    )
    assert [c.id for c in tableau.get_colonne("atouts")] == ["a", "c", "b"]
    assert tableau.get_colonne("faiblesses") == []


def test_a_fusion_counts_contributions_and_a_separation_undoes_it() -> None:
    debut = suite(
        (T.POSEE, "a", 1, {"colonne": "atouts", "texte": "mobilité"}),
        (T.POSEE, "b", 2, {"colonne": "atouts", "texte": "transport"}),
        (T.POSEE, "c", 3, {"colonne": "atouts", "texte": "bus"}),
        (T.FUSIONNEE, "b", None, {"avec": "c"}),
        (T.FUSIONNEE, "a", None, {"avec": "b"}),
    )
    tableau = rejouer(debut)
    assert [c.id for c in tableau.get_visibles()] == ["a"]
    assert tableau.count_contributions("a") == 3
    rejouer([Evenement(6, T.SEPAREE, "c", None)], tableau)
    assert [c.id for c in tableau.get_visibles()] == ["a", "c"]


def test_withdrawing_a_carte_leaves_those_that_had_joined_it() -> None:
    tableau = rejouer(
        suite(
            (T.POSEE, "a", 1, {"colonne": "atouts", "texte": "mobilité"}),
            (T.POSEE, "b", 2, {"colonne": "atouts", "texte": "transport"}),
            (T.FUSIONNEE, "a", None, {"avec": "b"}),
            (T.RETIREE, "a", 1, {}),
        )
    )
    assert [c.id for c in tableau.get_visibles()] == ["b"]


def test_a_vote_replaces_the_former_vote_of_the_same_person() -> None:
    tableau = rejouer(
        suite(
            (T.POSEE, "a", 1, {"colonne": "atouts", "texte": "x"}),
            (T.VOTEE, "a", 7, {"points": 3}),
            (T.VOTEE, "a", 7, {"points": 1}),
            (T.VOTEE, "a", 8, {"points": 2}),
        )
    )
    assert tableau.cartes["a"].points == 3


def test_a_hole_in_the_suite_is_refused_and_a_repeat_ignored() -> None:
    evenements = suite((T.POSEE, "a", 1, {"colonne": "atouts", "texte": "x"}), (T.RETIREE, "a", 1, {}))
    tableau = rejouer(evenements[:1])
    rejouer(evenements[:1], tableau)
    assert tableau.version == 1
    with pytest.raises(SuiteRompue):
        rejouer([Evenement(3, T.RETIREE, "a", 1)], tableau)


def _donnees(type_: TypeEvenement, colonne: str, carte: str, points: int) -> dict[str, Any]:
    return {
        "colonne": colonne,
        "texte": f"texte {points}",
        "avant": carte,
        "avec": carte,
        "points": points,
        "besoin": f"1:{carte}",
        "oui": bool(points % 2),
    }


EVENEMENTS = st.lists(
    st.tuples(
        st.sampled_from(list(T)),
        st.sampled_from(CARTES),
        st.integers(1, 3) | st.none(),
        st.sampled_from(COLONNES),
        st.sampled_from(CARTES),
        st.integers(0, 3),
    ),
    max_size=40,
)


def _evenements(bruts: list[tuple[TypeEvenement, str, int | None, str, str, int]]) -> list[Evenement]:
    """Une carte n’est posée qu’une fois : c’est la règle que l’acte fait respecter."""
    retenus: list[Evenement] = []
    posees: set[str] = set()
    for type_, carte, auteur, colonne, autre, points in bruts:
        if type_ == T.POSEE and carte in posees:
            continue
        posees |= {carte} if type_ == T.POSEE else set()
        retenus.append(
            Evenement(len(retenus) + 1, type_, carte, auteur, _donnees(type_, colonne, autre, points))
        )
    return retenus


@given(bruts=EVENEMENTS, coupe=st.integers(0, 40))
def test_replay_from_any_version_gives_the_same_tableau(bruts: list, coupe: int) -> None:
    evenements = _evenements(bruts)
    assert rejouer(evenements, rejouer(evenements[:coupe])) == rejouer(evenements)


@given(bruts=EVENEMENTS)
def test_no_carte_is_lost_or_shown_twice(bruts: list) -> None:
    tableau: Tableau = rejouer(_evenements(bruts))
    ranges = [carte for rangee in tableau.ordre.values() for carte in rangee]
    assert sorted(ranges) == sorted(tableau.cartes)
    for carte in tableau.cartes.values():
        assert carte.id in tableau.ordre[carte.colonne]
        if carte.fusionnee_dans:
            assert not tableau.cartes[carte.fusionnee_dans].fusionnee_dans
