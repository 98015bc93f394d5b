"""Dates, textes, montants de formulaire, lecture seule."""

from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from maillage.socle.champs import MontantFormField, TauxFormField
from maillage.socle.dates import format_bornes, format_jour, parse_jour
from maillage.socle.middleware import EcriturePendantLecture, LectureSeuleMiddleware
from maillage.socle.texte import replier


@pytest.mark.parametrize(
    ("jour", "ecrit"),
    [
        (date(2019, 11, 19), "19 novembre 2019"),
        (date(2020, 3, 1), "1er mars 2020"),
        (date(2020, 3, 11), "11 mars 2020"),
        (date(2020, 3, 21), "21 mars 2020"),
    ],
)
def test_jour_is_written_in_french(jour, ecrit):
    assert format_jour(jour) == ecrit


def test_bornes_say_between_only_when_the_date_is_unknown():
    assert format_bornes(date(2019, 3, 18), date(2019, 3, 18)) == "le 18 mars 2019"
    assert (
        format_bornes(date(2018, 11, 22), date(2019, 11, 18))
        == "entre le 22 novembre 2018 et le 18 novembre 2019"
    )


@pytest.mark.parametrize("texte", ["2019-11-19", "19/11/2019", " 19/11/2019 "])
def test_jour_is_read_in_both_forms(texte):
    assert parse_jour(texte) == date(2019, 11, 19)


@pytest.mark.parametrize("texte", ["", "hier", "2019-02-30", "32/01/2019", "1/2"])
def test_bad_jour_gets_a_sentence(texte):
    with pytest.raises(ValueError, match="n’est pas une date"):
        parse_jour(texte)


@pytest.mark.parametrize(
    ("texte", "replie"),
    [
        ("L’Haÿ-les-Roses", "l hay les roses"),
        ("St-Étienne", "saint etienne"),
        ("Œuilly", "oeuilly"),
        ("  Ste  Croix ", "sainte croix"),
    ],
)
def test_replier_forgets_accents_case_and_punctuation(texte, replie):
    assert replier(texte) == replie


class Formulaire(forms.Form):
    montant = MontantFormField(label="Montant")


@pytest.mark.parametrize(
    ("saisie", "centimes"), [("1 250 000,50\u00a0€", 125_000_050), ("40 k€", 4_000_000), ("0", 0)]
)
def test_montant_field_reads_french_amounts(saisie, centimes):
    formulaire = Formulaire({"montant": saisie})
    assert formulaire.is_valid()
    assert formulaire.cleaned_data["montant"] == centimes


@pytest.mark.parametrize("saisie", ["douze", "12,345", "-5", ""])
def test_bad_montant_gets_a_sentence_and_comes_back(saisie):
    formulaire = Formulaire({"montant": saisie})
    assert not formulaire.is_valid()
    assert formulaire.errors["montant"]
    assert formulaire["montant"].value() == saisie


def _ecrire(request):
    with connection.cursor() as curseur:
        curseur.execute("UPDATE comptes_personne SET nom = nom")
    return HttpResponse()


@pytest.mark.django_db
def test_get_page_cannot_write():
    with pytest.raises(EcriturePendantLecture):
        LectureSeuleMiddleware(_ecrire)(RequestFactory().get("/"))


@pytest.mark.django_db
@override_settings(LECTURE_SEULE_SUR_GET=True)
def test_post_page_can_write():
    assert LectureSeuleMiddleware(_ecrire)(RequestFactory().post("/")).status_code == 200


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [
        ("33,33", 3_333),
        ("33.3 %", 3_330),
        ("50\u00a0%", 5_000),
        ("100", 10_000),
        ("0", 0),
        ("1,01", 101),
        ("", None),
    ],
)
def test_a_rate_is_read_in_percent_to_the_hundredth(saisie, attendu):
    assert TauxFormField(required=False).clean(saisie) == attendu


@pytest.mark.parametrize("saisie", ["0,5", "1", "100,01", "un tiers", "33,333", "-5", "1000"])
def test_a_ratio_written_for_a_percent_is_refused_in_words(saisie):
    with pytest.raises(ValidationError) as refus:
        TauxFormField(required=False).clean(saisie)
    assert len(refus.value.messages[0]) > 20


def test_a_rate_comes_back_as_it_was_written():
    champ = TauxFormField(required=False)
    assert [champ.prepare_value(v) for v in (3_333, 5_000, None, "abc")] == ["33,33", "50", None, "abc"]
    assert not champ.has_changed(3_333, "33,33 %")
