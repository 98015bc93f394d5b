from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcul.montants import (
    PLAFOND_CENTIMES,
    MontantIllisible,
    arrondi,
    format_montant,
    format_montant_court,
    format_taux,
    parse_montant,
    part,
)
from tests.calcul.plans import propriete

NB = "\u00a0"


@propriete
@given(st.integers(-PLAFOND_CENTIMES, PLAFOND_CENTIMES))
def test_what_is_written_is_read_back_to_the_cent(centimes):
    for symbole in (True, False):
        assert parse_montant(format_montant(centimes, symbole=symbole)) == centimes


@pytest.mark.parametrize(
    ("texte", "centimes"),
    [
        ("1 250 000,50\u00a0€", 125_000_050),
        ("1\u202f250\u202f000,5", 125_000_050),
        (f"1{NB}250{NB}000{NB}€", 125_000_000),
        ("1250000.5", 125_000_050),
        ("1,25 M€", 125_000_000),
        ("1,36 Md€", 136_000_000_000),
        ("40 k€", 4_000_000),
        ("40k", 4_000_000),
        ("1 250 k€", 125_000_000),
        ("−12,50\u00a0€", -1_250),
        ("  12 euros ", 1_200),
        ("-0,01", -1),
        ("+3", 300),
        ("0", 0),
    ],
)
def test_french_inputs_are_read(texte, centimes):
    assert parse_montant(texte) == centimes


@pytest.mark.parametrize(
    "texte",
    [
        "",
        "€",
        "douze",
        "1,234",
        "12,",
        "1 25",
        "1.250.000",
        "1,2,3",
        "10\u00a0%",
        "0,000001 k€",
        "--1",
        "1e6",
        "nan",
        "10**9 M€",
    ],
)
def test_illisible_inputs_are_refused_with_a_sentence(texte):
    with pytest.raises(MontantIllisible, match=r"Écrivez par exemple|écrivez le montant en euros"):
        parse_montant(texte)


def test_a_slip_of_zeros_is_refused():
    with pytest.raises(MontantIllisible, match="vérifiez les zéros"):
        parse_montant("10 001 Md€")


@pytest.mark.parametrize(
    ("centimes", "texte"),
    [
        (125_000_050, f"1{NB}250{NB}000,50{NB}€"),
        (4_000_000, f"40{NB}000{NB}€"),
        (5, f"0,05{NB}€"),
        (-150, f"−1,50{NB}€"),
        (0, f"0{NB}€"),
    ],
)
def test_amounts_are_written_in_french(centimes, texte):
    assert format_montant(centimes) == texte


@pytest.mark.parametrize(
    ("centimes", "texte"),
    [
        (125_000_000, f"1,25{NB}M€"),
        (45_830_000_000, f"458,3{NB}M€"),
        (136_000_000_000, f"1,36{NB}Md€"),
        (4_000_000, f"40{NB}000{NB}€"),
        (-100_000_000, f"−1{NB}M€"),
    ],
)
def test_big_amounts_are_shortened(centimes, texte):
    assert format_montant_court(centimes) == texte


@propriete
@given(st.fractions(-1000, 1000))
def test_rounding_is_to_the_nearest_and_halves_go_away_from_zero(valeur):
    ecart = abs(arrondi(valeur)) - abs(valeur)
    assert -Fraction(1, 2) < ecart <= Fraction(1, 2)


def test_a_part_is_rounded_to_the_cent():
    assert part(Fraction(1, 5), 100_003) == 20_001
    assert part(Fraction(1, 2), 1) == 1


@pytest.mark.parametrize(
    ("taux", "texte"),
    [(Fraction(1, 7), f"14,29{NB}%"), (Fraction(1, 5), f"20{NB}%"), (Fraction(-1, 8), f"−12,5{NB}%")],
)
def test_rates_are_written_as_percentages(taux, texte):
    assert format_taux(taux) == texte
