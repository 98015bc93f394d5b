import pytest

from calcul.francais import accorde, enumere, typographie, with_article, with_preposition_a


@pytest.mark.parametrize(
    ("nom", "avec_article", "avec_a"),
    [
        ("Région Grand Est", "la Région Grand Est", "à la Région Grand Est"),
        ("Département du Doubs", "le Département du Doubs", "au Département du Doubs"),
        ("État – FNADT", "l’État – FNADT", "à l’État – FNADT"),
        ("ADEME", "l’ADEME", "à l’ADEME"),
        ("DREETS Grand Est", "la DREETS Grand Est", "à la DREETS Grand Est"),
        ("Bpifrance", "Bpifrance", "à Bpifrance"),
    ],
)
def test_bodies_take_the_article_of_their_first_word(nom, avec_article, avec_a):
    assert with_article(nom) == avec_article
    assert with_preposition_a(nom) == avec_a


@pytest.mark.parametrize(
    ("elements", "texte"), [([], ""), (["a"], "a"), (["a", "b"], "a et b"), (["a", "b", "c"], "a, b et c")]
)
def test_lists_end_with_et(elements, texte):
    assert enumere(elements) == texte


def test_sums_under_two_euros_are_singular():
    assert accorde(199, "reste", "restent") == "reste"
    assert accorde(200, "reste", "restent") == "restent"


def test_signs_are_french():
    assert typographie("l'aide «\u00a0a\u00a0»\u00a0: 3 €\u00a0; 4 %\u00a0?") == (
        "l’aide «\u00a0a\u00a0»\u00a0: 3\u00a0€\u00a0; 4\u00a0%\u00a0?"
    )
