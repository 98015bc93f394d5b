"""Un dispositif et un projet : chaque critère, dans les trois sens."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcul.dispositifs.adequation import (
    ORDRE,
    PAYS,
    Lieu,
    Offre,
    Projet,
    Verdict,
    compute_aide_max,
    match_projet,
)

OUI, PEUT, NON = Verdict.CONVIENT, Verdict.PEUT_CONVENIR, Verdict.NE_CONVIENT_PAS
JOUR = date(2025, 6, 1)
ICI, AILLEURS = Lieu("52121", "200072999", "52", "44"), Lieu("21001", "242100410", "21", "27")
EUROS = 100


def _codes(*codes):
    return frozenset(codes)


CAS = [
    ("cloture", Offre(cloture=date(2025, 5, 31)), Projet(), NON),
    ("cloture", Offre(cloture=JOUR), Projet(), OUI),
    ("ouverture", Offre(ouverture=date(2025, 6, 2)), Projet(), PEUT),
    ("beneficiaire", Offre(beneficiaires=_codes("epci")), Projet(), PEUT),
    ("beneficiaire", Offre(beneficiaires=_codes("epci")), Projet(beneficiaire="epci"), OUI),
    ("beneficiaire", Offre(beneficiaires=_codes("epci")), Projet(beneficiaire="entreprise"), NON),
    ("perimetre", Offre(perimetre=_codes(PAYS)), Projet(), OUI),
    ("perimetre", Offre(perimetre=_codes("REG-44")), Projet(), PEUT),
    ("perimetre", Offre(perimetre=_codes("REG-44")), Projet(lieux=(ICI,)), OUI),
    ("perimetre", Offre(perimetre=_codes("REG-44")), Projet(lieux=(ICI, AILLEURS)), PEUT),
    ("perimetre", Offre(perimetre=_codes("EPCI-200072999")), Projet(lieux=(AILLEURS,)), NON),
    ("perimetre", Offre(perimetre=_codes(PAYS), exclus=_codes("DEP-52")), Projet(lieux=(ICI,)), NON),
    ("vague", Offre(vagues=_codes("v2")), Projet(vague="v1"), NON),
    ("vague", Offre(vagues=_codes("v2")), Projet(vague="v2"), OUI),
    ("axe", Offre(axes=_codes("v2/foncier")), Projet(vague="v2", axe="v2/foncier"), OUI),
    ("axe", Offre(axes=_codes("v2/foncier")), Projet(vague="v2", axe="v2/innovation"), NON),
    ("axe", Offre(axes=_codes("v2/foncier")), Projet(vague="v2"), PEUT),
    ("etape", Offre(etapes=_codes("reflexion")), Projet(etape="usage"), NON),
    ("etape", Offre(etapes=_codes("reflexion")), Projet(), PEUT),
    ("depense", Offre(depenses=_codes("etudes")), Projet(), PEUT),
    ("depense", Offre(depenses=_codes("etudes")), Projet(depenses={"etudes": 1}), OUI),
    ("depense", Offre(depenses=_codes("etudes")), Projet(depenses={"travaux": 1}), NON),
    ("plancher_depense", Offre(plancher=100), Projet(depenses={"etudes": 100}), OUI),
    ("plancher_depense", Offre(plancher=100), Projet(depenses={"etudes": 99}), NON),
    ("plancher_depense", Offre(plancher=100), Projet(), PEUT),
    ("plafond_depense", Offre(plafond=100), Projet(depenses={"etudes": 100}), OUI),
    ("plafond_depense", Offre(plafond=100), Projet(depenses={"etudes": 101}), NON),
    ("taille", Offre(tailles=_codes("PME")), Projet(beneficiaire="entreprise"), PEUT),
    ("taille", Offre(tailles=_codes("PME")), Projet(taille=_codes("PME")), OUI),
    ("taille", Offre(tailles=_codes("ETI")), Projet(taille=_codes("ETI", "GE")), PEUT),
    ("taille", Offre(tailles=_codes("PME")), Projet(taille=_codes("ETI", "GE")), NON),
    ("avant_travaux", Offre(avant_travaux=True), Projet(), PEUT),
    ("avant_travaux", Offre(avant_travaux=True), Projet(etape="realisation"), NON),
    ("avant_travaux", Offre(avant_travaux=True), Projet(debut_travaux=date(2025, 6, 2)), OUI),
    ("avant_travaux", Offre(avant_travaux=True), Projet(debut_travaux=JOUR), NON),
    ("exclut_difficulte", Offre(exclut_difficulte=True), Projet(en_difficulte=True), NON),
    ("exclut_difficulte", Offre(exclut_difficulte=True), Projet(en_difficulte=False), OUI),
    ("exclut_difficulte", Offre(exclut_difficulte=True), Projet(), PEUT),
    ("accord_gouvernance", Offre(accord_gouvernance=True), Projet(accord_gouvernance=True), OUI),
    ("accord_gouvernance", Offre(accord_gouvernance=True), Projet(accord_gouvernance=False), PEUT),
]


@pytest.mark.parametrize(("champ", "offre", "projet", "verdict"), CAS)
def test_each_criterion_answers_in_words(champ, offre, projet, verdict):
    (constat,) = match_projet(offre, projet, jour=JOUR).constats
    assert (constat.champ, constat.verdict) == (champ, verdict)
    assert constat.phrase.endswith(".")


def test_what_the_scheme_does_not_say_excludes_nobody():
    adequation = match_projet(Offre(), Projet(beneficiaire="particulier"), jour=JOUR)
    assert adequation.constats == ()
    assert adequation.verdict is PEUT


def test_the_axes_of_one_phase_say_nothing_of_the_other():
    assert not match_projet(Offre(axes=_codes("v1/attirer")), Projet(vague="v2"), jour=JOUR).constats


def test_a_known_commune_out_of_the_zone_is_an_obstacle_not_a_question():
    projet = Projet(lieux=(AILLEURS,), is_lieu_precis=True)
    assert match_projet(Offre(perimetre=_codes("REG-44")), projet, jour=JOUR).verdict is NON


def test_the_obstacle_says_how_much_is_missing():
    offre, projet = Offre(plancher=400_000 * EUROS), Projet(depenses={"travaux": 390_000 * EUROS})
    (constat,) = match_projet(offre, projet, jour=JOUR).obstacles
    assert "10\u00a0000\u00a0€ de plus" in constat.phrase


@pytest.mark.parametrize(
    ("taux", "plafond_aide", "attendu"),
    [
        (Fraction(1, 3), None, 3_333_333),
        (Fraction(1, 2), 40_000 * EUROS, 40_000 * EUROS),
        (None, 5, 5),
        (None, None, None),
    ],
)
def test_the_most_a_scheme_can_give_is_exact(taux, plafond_aide, attendu):
    offre = Offre(depenses=_codes("etudes"))
    projet = Projet(depenses={"etudes": 100_000 * EUROS, "travaux": 900_000 * EUROS})
    assert compute_aide_max(offre, projet, taux=taux, plafond_aide=plafond_aide) == attendu


@given(
    st.lists(st.sampled_from([(o, p) for _, o, p, _ in CAS]), min_size=1, max_size=1), st.integers(0, 1000)
)
def test_the_whole_is_never_better_than_its_worst_criterion(couples, montant):
    """Le verdict d’ensemble est toujours le pire des critères."""
    (offre, projet) = couples[0]
    adequation = match_projet(
        replace(offre, plancher=500), replace(projet, depenses={"etudes": montant}), jour=JOUR
    )
    assert ORDRE.index(adequation.verdict) == max(ORDRE.index(c.verdict) for c in adequation.constats)
