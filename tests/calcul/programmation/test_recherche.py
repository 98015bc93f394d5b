"""La recherche : jamais une réponse fausse, l’optimum sur les petits problèmes, un écart prouvé sur les grands."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings

from calcul.programmation.borne import FINESSE, compute_borne_exacte
from calcul.programmation.generateur import build_probleme_tire
from calcul.programmation.modele import Plancher, ProblemeImpossible
from calcul.programmation.recherche import Reglages, programme
from calcul.programmation.reseau import Cause, build_reseau
from calcul.programmation.verification import check_programmation
from tests.calcul.programmation.exhaustif import compute_optimum
from tests.calcul.programmation.problemes import (
    build_dispositif,
    build_enveloppe,
    build_fiche,
    build_probleme,
    petits_problemes,
)

propriete = settings(max_examples=40, deadline=None)


@propriete
@given(petits_problemes())
def test_small_problem_reaches_the_exact_optimum(probleme):
    reponse = programme(probleme)

    assert check_programmation(probleme, reponse.octrois) == ()
    assert reponse.valeur == compute_optimum(probleme)
    assert reponse.borne >= reponse.valeur


@propriete
@given(petits_problemes())
def test_bound_by_prices_is_never_under_the_optimum(probleme):
    """Sans résolution exacte, la borne vient des prix seuls : elle reste au-dessus de l’optimum."""
    reponse = programme(probleme, Reglages(exact=0, echanges=3))

    assert check_programmation(probleme, reponse.octrois) == ()
    assert reponse.valeur <= compute_optimum(probleme) <= reponse.borne


@pytest.fixture(scope="module")
def moyen():
    return build_probleme_tire(graine=3, territoires=10)


def test_same_seed_gives_the_same_answer(moyen):
    reglages = Reglages(echanges=6, graine=5)

    assert programme(moyen, reglages) == programme(moyen, reglages)


def test_answer_of_a_drawn_problem_is_checked_and_near_its_bound(moyen):
    reponse = programme(moyen, Reglages(echanges=6))

    assert check_programmation(moyen, reponse.octrois) == ()
    assert reponse.ecart < Fraction(2, 100)
    prix = (*reponse.prix.values(), *reponse.prix_planchers)
    assert compute_borne_exacte(build_reseau(moyen), prix) // FINESSE == reponse.borne


def test_blocks_give_a_checked_answer(moyen):
    reponse = programme(moyen, Reglages(lot=70, echanges=0))

    assert check_programmation(moyen, reponse.octrois) == ()
    assert reponse.ecart < Fraction(5, 100)


def test_suivi_sees_progress_and_can_stop(moyen):
    vus = []

    def suivi(progres, lire):
        vus.append((progres.etape, progres.valeur, lire().valeur, progres.borne))
        return len(vus) < 2

    reponse = programme(moyen, Reglages(echanges=20), suivi)

    assert [etape for etape, *_ in vus] == ["premiere_reponse", "borne"]
    assert all(valeur == lue <= borne for _, valeur, lue, borne in vus)
    assert reponse.is_arretee
    assert reponse.iterations == 0
    assert check_programmation(moyen, reponse.octrois) == ()


def test_empty_envelope_closes_nothing():
    probleme = build_probleme([build_fiche()], enveloppes=[build_enveloppe(montant=0)])

    reponse = programme(probleme)

    assert (reponse.octrois, reponse.borne) == ({}, 0)
    assert reponse.causes == {"f": Cause.ENVELOPPES}


def test_no_scheme_and_no_fiche_are_answers():
    assert programme(build_probleme([build_fiche()], [])).causes == {"f": Cause.SANS_DISPOSITIF}
    assert programme(build_probleme([])).valeur == 0


@pytest.mark.parametrize(
    ("fiche", "dispositif", "cause"),
    [
        (build_fiche(), build_dispositif(plafond=69), Cause.BESOIN_HORS_D_ATTEINTE),
        (build_fiche(), build_dispositif(plancher=71), Cause.PLANCHERS),
        (build_fiche(), build_dispositif(plancher=80, plafond=75), Cause.PLANCHERS),
        (build_fiche(propre=150), build_dispositif(), Cause.SUR_FINANCEE),
        (build_fiche(propre=100), build_dispositif(), Cause.DEJA_BOUCLEE),
        (build_fiche(cout=0, propre=0), build_dispositif(), Cause.NON_CHIFFREE),
        (build_fiche(plafond_aides_etat=6_900), build_dispositif(), Cause.REGLE),
        (build_fiche(region="r1"), build_dispositif(regions=frozenset({"r2"})), Cause.SANS_DISPOSITIF),
    ],
)
def test_cause_names_what_blocks_a_fiche(fiche, dispositif, cause):
    reponse = programme(build_probleme([fiche], [dispositif]))

    assert reponse.causes == {"f": cause}
    assert reponse.octrois == {}


def test_already_granted_money_is_fixed_and_counted_in_its_envelope():
    fiches = [build_fiche("a", accordees={"d": 7_000}), build_fiche("b"), build_fiche("c")]
    probleme = build_probleme(fiches, enveloppes=[build_enveloppe(montant=140)])

    reponse = programme(probleme)

    assert reponse.causes == {"a": Cause.DEJA_BOUCLEE}
    assert len(reponse.octrois) == 1
    assert check_programmation(probleme, reponse.octrois) == ()


def test_grants_above_the_envelope_close_nothing_more():
    """Octrois déjà accordés au-delà de l’enveloppe : rien n’est proposé, et la contre-épreuve nomme l’enveloppe."""
    fiches = [build_fiche("a", accordees={"d": 7_000}), build_fiche("b")]
    probleme = build_probleme(fiches, enveloppes=[build_enveloppe(montant=60)])

    reponse = programme(probleme)

    assert reponse.octrois == {}
    assert [f.code for f in check_programmation(probleme, {})] == ["enveloppe"]


def test_huge_amounts_stay_exact():
    probleme = build_probleme(
        [build_fiche("a", cout=9_000_000_000_003, propre=2), build_fiche("b", cout=7, propre=2)],
        [build_dispositif(plafond=10**13), build_dispositif("d2", plafond=10**13, plancher=1)],
        [build_enveloppe(montant=8_999_999_999_999), build_enveloppe("d2", 10)],
    )

    reponse = programme(probleme)

    assert set(reponse.octrois) == {"a", "b"}
    assert check_programmation(probleme, reponse.octrois) == ()


def test_locks_are_obeyed_even_against_weight():
    fiches = [build_fiche("a", poids=10), build_fiche("b", poids=1), build_fiche("c", poids=5)]
    probleme = build_probleme(
        fiches,
        enveloppes=[build_enveloppe(montant=140)],
        doivent_passer=frozenset({"b"}),
        attendent=frozenset({"a"}),
    )

    reponse = programme(probleme)

    assert set(reponse.octrois) == {"b", "c"}
    assert reponse.is_tenue


def test_impossible_lock_is_a_sentence():
    probleme = build_probleme(
        [build_fiche()], [build_dispositif(plafond=10)], doivent_passer=frozenset({"f"})
    )

    with pytest.raises(ProblemeImpossible, match="doit passer et ne le peut pas"):
        programme(probleme)


def test_locks_beyond_the_envelope_are_named():
    fiches = [build_fiche("a"), build_fiche("b")]
    probleme = build_probleme(
        fiches, enveloppes=[build_enveloppe(montant=100)], doivent_passer=frozenset({"a", "b"})
    )

    reponse = programme(probleme)

    assert not reponse.is_tenue
    assert len(reponse.imposees_manquantes) == 1


def test_floor_by_group_is_kept():
    fiches = [build_fiche(f"a{n}", poids=10) for n in range(3)] + [build_fiche("b", poids=1)]
    probleme = build_probleme(
        fiches,
        enveloppes=[build_enveloppe(montant=210)],
        planchers=(Plancher(nom="b", fiches=frozenset({"b"}), minimum=1),),
    )

    reponse = programme(probleme)

    assert "b" in reponse.octrois
    assert reponse.valeur == 21
    assert programme(replace(probleme, planchers=())).valeur == 30


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"fiches": (build_fiche(), build_fiche())}, "Deux fois le même identifiant de fiche"),
        ({"enveloppes": (build_enveloppe("inconnu"),)}, "dispositif inconnu"),
        ({"enveloppes": (build_enveloppe(montant=-1),)}, "négative"),
        ({"doivent_passer": frozenset({"z"})}, "fiche inconnue"),
        ({"doivent_passer": frozenset({"f"}), "attendent": frozenset({"f"})}, "levez l’un des deux verrous"),
        ({"fiches": (build_fiche(accordees={"z": 1}),)}, "dispositif inconnu"),
        ({"planchers": (Plancher(nom="Est", fiches=frozenset({"f"}), minimum=2),)}, "n’en compte que 1"),
    ],
)
def test_contradictory_data_are_refused_with_a_sentence(champs, phrase):
    with pytest.raises(ProblemeImpossible, match=phrase):
        replace(build_probleme([build_fiche()]), **champs)
