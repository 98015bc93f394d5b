from datetime import date, timedelta
from fractions import Fraction

import pytest

from calcul.parametres import (
    PARAMETRES,
    ParametreInconnu,
    ParametreInvalide,
    ParametreSansValeur,
    load_parametres,
)

VALEUR = """
[[valeurs]]
depuis = {depuis}
valeur = "{valeur}"
reference = "texte"
fiabilite = "S"
{suite}
"""


def write(dossier, *valeurs, entete='nom = "essai"\nunite = "part"\n'):
    (dossier / "essai.toml").write_text(entete + "".join(valeurs), encoding="utf-8")
    return dossier


def valeur(depuis, montant="0.20", suite=""):
    return VALEUR.format(depuis=depuis, valeur=montant, suite=suite)


def test_a_value_holds_from_its_day_until_the_eve_of_the_next(tmp_path):
    parametre = load_parametres(write(tmp_path, valeur("2020-01-01"), valeur("2022-01-01", "1/3")))["essai"]

    assert parametre.at(date(2020, 1, 1)).valeur == Fraction(1, 5)
    assert parametre.at(date(2021, 12, 31)).jusqua == date(2021, 12, 31)
    assert parametre.at(date(2022, 1, 1)).valeur == Fraction(1, 3)
    assert parametre.at(date(2022, 1, 1)).jusqua is None


def test_before_the_first_date_the_error_gives_that_date_and_its_text(tmp_path):
    parametre = load_parametres(write(tmp_path, valeur("2020-01-01")))["essai"]

    with pytest.raises(
        ParametreSansValeur, match=r"31/12/2019\u00a0: la première commence le 01/01/2020 \(texte\)"
    ):
        parametre.at(date(2019, 12, 31))


def test_after_an_end_without_a_successor_there_is_no_value(tmp_path):
    parametre = load_parametres(write(tmp_path, valeur("2020-01-01", suite="jusqua = 2020-12-31")))["essai"]

    assert parametre.at(date(2020, 12, 31)).valeur == Fraction(1, 5)
    with pytest.raises(ParametreSansValeur):
        parametre.at(date(2021, 1, 1))


def test_an_unknown_key_names_the_near_ones():
    with pytest.raises(ParametreInconnu, match="part_minimale_maitre_ouvrage"):
        PARAMETRES["part_minimale_maitre_ouvrages"]
    assert "n_importe_quoi" not in PARAMETRES


@pytest.mark.parametrize(
    ("contenu", "faute"),
    [
        ([valeur("2020-01-01"), valeur("2020-01-01")], "doit suivre"),
        ([valeur("2020-01-01", suite="jusqua = 2021-06-01"), valeur("2021-01-01")], "doit suivre"),
        ([valeur("2020-01-01", suite="jusqua = 2019-01-01")], "finit avant de commencer"),
        ([valeur('"2020-01-01"')], "sont des dates"),
        ([valeur("2020-01-01T00:00:00")], "sont des dates"),
        ([valeur("2020-01-01", "vingt")], "vingt"),
        ([valeur("2020-01-01").replace('"0.20"', "0.20")], "jamais un flottant"),
        ([valeur("2020-01-01").replace('"S"', '"X"')], "une de S, K, D"),
        ([valeur("2020-01-01", suite='source = "x"')], "clé inconnue\u00a0: source"),
        ([valeur("2020-01-01").replace("reference", "url")], "clé manquante\u00a0: reference"),
        (["valeurs = []\n"], "aucune valeur"),
        (["valeurs = [\n"], "essai.toml"),
    ],
)
def test_a_malformed_file_is_refused_and_named(tmp_path, contenu, faute):
    with pytest.raises(ParametreInvalide, match=faute) as erreur:
        load_parametres(write(tmp_path, *contenu))
    assert str(erreur.value).startswith("essai.toml\u00a0: ")


def test_every_shipped_value_quotes_a_text_and_a_verified_one_an_address():
    for parametre in PARAMETRES.values():
        for valeur_datee in parametre.valeurs:
            assert valeur_datee.reference
            assert valeur_datee.url or not valeur_datee.is_verifiee, parametre.cle


@pytest.mark.parametrize(
    ("cle", "jour", "attendue", "fiabilite"),
    [
        ("part_minimale_maitre_ouvrage", date(2019, 11, 19), Fraction(1, 5), "S"),
        ("plafond_aides_publiques_subvention_etat", date(2018, 10, 1), Fraction(1), "S"),
        ("europe_compte_comme_argent_public", date(2025, 1, 1), Fraction(1), "K"),
    ],
)
def test_shipped_values_are_those_of_the_texts(cle, jour, attendue, fiabilite):
    valeur_datee = PARAMETRES[cle].at(jour)
    assert (valeur_datee.valeur, valeur_datee.fiabilite) == (attendue, fiabilite)


def test_state_subsidy_cap_starts_with_its_decree():
    with pytest.raises(ParametreSansValeur):
        PARAMETRES["plafond_aides_publiques_subvention_etat"].at(date(2018, 10, 1) - timedelta(days=1))


BAREME = """
nom = "seuil"
unite = "centimes"

[[valeurs]]
depuis = 2020-01-01
cas = { petite = "1", grande = "1/2" }
reference = "texte"
fiabilite = "K"
"""


def test_a_scale_gives_one_parameter_by_case(tmp_path):
    (tmp_path / "seuil.toml").write_text(BAREME, encoding="utf-8")
    parametres = load_parametres(tmp_path)

    assert set(parametres) == {"seuil.petite", "seuil.grande"}
    assert parametres["seuil.grande"].at(date(2025, 1, 1)).valeur == Fraction(1, 2)
    assert parametres["seuil.grande"].nom == "seuil\u00a0: grande"
    assert parametres["seuil.petite"].find(date(2019, 12, 31)) is None


@pytest.mark.parametrize(
    ("suite", "faute"),
    [
        (
            '[[valeurs]]\ndepuis = 2021-01-01\ncas = { petite = "1" }\nreference = "t"\nfiabilite = "K"\n',
            "mêmes cas",
        ),
        ('[[valeurs]]\ndepuis = 2021-01-01\nvaleur = "1"\nreference = "t"\nfiabilite = "K"\n', "mêmes cas"),
    ],
)
def test_a_scale_has_the_same_cases_at_each_date(tmp_path, suite, faute):
    (tmp_path / "seuil.toml").write_text(BAREME + suite, encoding="utf-8")
    with pytest.raises(ParametreInvalide, match=faute):
        load_parametres(tmp_path)
