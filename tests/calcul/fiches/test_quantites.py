"""Quantités d’un indicateur : lues en chiffres, gardées exactes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcul.fiches.quantites import QUANTITE_MAX, QuantiteIllisible, format_quantite, parse_quantite


@pytest.mark.parametrize(
    ("texte", "milliemes"),
    [("120", 120_000), ("1 250,5", 1_250_500), ("0.125", 125), ("−3", -3_000), ("12\u202f000", 12_000_000)],
)
def test_a_number_is_read_as_people_write_it(texte, milliemes):
    assert parse_quantite(texte) == milliemes


@pytest.mark.parametrize("texte", ["beaucoup", "12 emplois", "1,2345", "1;2", "", "1e9", "9" * 30, "٣"])
def test_words_or_absurd_numbers_are_refused_with_a_sentence(texte):
    with pytest.raises(QuantiteIllisible, match=r"\.$"):
        parse_quantite(texte)


@given(st.integers(-QUANTITE_MAX, QUANTITE_MAX))
def test_what_is_written_is_read_back(milliemes):
    assert parse_quantite(format_quantite(milliemes)) == milliemes
