from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillage.documents.typographie import (
    couper_les_mots_longs,
    ecrire_date,
    limiter_aux_polices,
    nettoyer,
    typographier,
)

N = "\u00a0"


@pytest.mark.parametrize(
    ("saisi", "attendu"),
    [
        ("Est-ce l'industrie\u00a0?", f"Est-ce l’industrie{N}?"),
        (
            "Vu\u00a0: «\u00a0le code\u00a0»\u00a0; 12\u00a0% et 40\u00a0€",
            f"Vu{N}: «{N}le code{N}»{N}; 12{N}% et 40{N}€",
        ),
        ("1 250 000 habitants, 12 34", f"1{N}250{N}000 habitants, 12 34"),
        ("n° 3", f"n°{N}3"),
        ("https://exemple.invalid:80/?a='b'", "https://exemple.invalid:80/?a='b'"),
        ("déjà\u202f!", f"déjà{N}!"),
    ],
)
def test_typographie_sets_no_break_spaces_and_apostrophes(saisi, attendu):
    assert typographier(saisi) == attendu


@given(st.text())
def test_typographie_is_stable_and_adds_no_word(texte):
    assert typographier(typographier(texte)) == typographier(texte)
    assert len(typographier(texte)) <= len(nettoyer(texte))


def test_nettoyage_drops_what_would_make_the_eye_read_something_else():
    assert nettoyer("a\x00b\u202ec\ud800d\u200be\r\nf\tg e\u0301") == "abcde\nf g é"


def test_long_words_get_invisible_breaks_and_keep_their_letters():
    adresse = "https://exemple.invalid/" + "a" * 70
    coupee = couper_les_mots_longs(adresse)
    assert coupee.replace("\u200b", "") == adresse
    assert max(map(len, coupee.split("\u200b"))) <= 30
    assert couper_les_mots_longs("des mots courts, même anticonstitutionnellement") == (
        "des mots courts, même anticonstitutionnellement"
    )


def test_characters_outside_the_fonts_are_shown_by_their_code():
    assert limiter_aux_polices("Œuvre 😀 中") == "Œuvre [U+1F600] [U+4E2D]"


def test_date_is_written_in_full():
    assert ecrire_date(date(2019, 3, 1)) == f"1er{N}mars{N}2019"
    assert ecrire_date(date(2018, 11, 22)) == f"22{N}novembre{N}2018"
