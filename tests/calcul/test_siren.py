"""La clé d’un SIREN."""

import pytest

from calcul.siren import is_siren, normalise


@pytest.mark.parametrize("siren", ["200072999", "200068658", "242504116", "732829320"])
def test_a_real_siren_is_right(siren):
    assert is_siren(siren)


@pytest.mark.parametrize("siren", ["200072998", "20007299", "2000729990", "20007299A", "²00072999", ""])
def test_a_wrong_key_or_shape_is_refused(siren):
    assert not is_siren(siren)


def test_every_slip_on_one_digit_is_caught():
    bon = "200072999"
    for rang in range(9):
        for chiffre in "0123456789":
            autre = bon[:rang] + chiffre + bon[rang + 1 :]
            assert is_siren(autre) == (autre == bon)


def test_spaces_do_not_count():
    assert normalise(" 200\u00a0072 999 ") == "200072999"
