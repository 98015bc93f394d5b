"""Les variantes, le prix de l’équité, et les phrases ; sur les cinq fiches de docs/programmation.md."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from calcul.montants import ESPACE_INSECABLE
from calcul.programmation.generateur import build_probleme_tire
from calcul.programmation.glouton import fill_glouton
from calcul.programmation.phrases import (
    describe_cause,
    describe_ecart,
    describe_prix,
    describe_refus,
    find_suivantes,
)
from calcul.programmation.recherche import Reglages, programme
from calcul.programmation.reseau import Cause, Etat, build_reseau
from calcul.programmation.variantes import (
    Critere,
    Maille,
    compute_max_min,
    compute_prix_equite,
    with_critere,
    with_minimum,
)
from calcul.programmation.verification import check_programmation
from tests.calcul.programmation.exemple import build_exemple
from tests.calcul.programmation.problemes import build_enveloppe, build_fiche, build_probleme


def normal(phrase):
    return phrase.replace(ESPACE_INSECABLE, " ")


@pytest.mark.parametrize(
    ("critere", "bouclees", "valeur"),
    [
        (Critere.PRIORITE, "ACDE", 24),
        (Critere.NOMBRE, "ABCE", 4),
        (Critere.COUT, "ABD", 650_000),
    ],
)
def test_worked_example_depends_on_what_is_weighed(critere, bouclees, valeur):
    reponse = programme(with_critere(build_exemple(), critere))

    assert reponse.valeur == reponse.borne == valeur
    if critere is not Critere.NOMBRE:
        assert "".join(sorted(reponse.octrois)) == bouclees


def test_worked_example_by_hand_reaches_twenty():
    reseau = build_reseau(build_exemple())

    etat = fill_glouton(reseau, Etat(np.zeros(reseau.couples_count, np.int64), np.zeros(5, bool)))

    assert (reseau.poids[etat.bouclees].sum(), etat.bouclees.tolist()) == (
        20,
        [True, True, True, False, True],
    )


def test_jobs_weigh_fiches_by_their_jobs():
    fiches = [build_fiche("a", poids=9, emplois=1), build_fiche("b", poids=1, emplois=9)]
    probleme = with_critere(build_probleme(fiches, enveloppes=[build_enveloppe(montant=70)]), Critere.EMPLOIS)

    assert set(programme(probleme).octrois) == {"b"}


def test_worked_example_prices_speak_of_one_more_million():
    probleme = build_exemple()
    reponse = programme(probleme)

    prix = {p.enveloppe: p for p in describe_prix(probleme, reponse)}

    assert prix["e-region"].points_par_million == prix["e-etat"].points_par_million == 45
    assert "au plus 45,0 points de priorité" in normal(prix["e-etat"].phrase)
    assert prix["e-region"].engage + prix["e-etat"].engage == 415_000_00
    assert normal(describe_ecart(reponse)) == "Aucune autre proposition ne vaut plus : c’est prouvé."
    assert "L’argent manque" in describe_refus(probleme, reponse, probleme.fiches[1])
    assert find_suivantes(probleme, reponse, probleme.enveloppes[0], 100_000_00) == ("B",)
    assert find_suivantes(probleme, reponse, probleme.enveloppes[0], 99_999_00) == ()


def test_worked_example_gap_by_prices_alone():
    reponse = programme(build_exemple(), Reglages(exact=0))

    assert (reponse.valeur, reponse.borne, reponse.ecart) == (24, 26, Fraction(2, 26))
    assert "7,692 % au plus de la meilleure possible" in normal(describe_ecart(reponse))


def test_worked_example_lock_costs_two_points():
    reponse = programme(replace(build_exemple(), doivent_passer=frozenset({"B"})))

    assert (reponse.valeur, reponse.borne, "".join(sorted(reponse.octrois))) == (22, 22, "ABD")


def test_abundant_envelope_has_no_price():
    probleme = build_probleme([build_fiche()])

    (prix,) = describe_prix(probleme, programme(probleme))

    assert prix.points_par_million == 0
    assert "ne manque pas" in prix.phrase


def test_refusal_names_a_wait_or_a_cause():
    fiches = [build_fiche("a"), build_fiche("b", propre=200), build_fiche("c")]
    probleme = build_probleme(fiches, attendent=frozenset({"a"}))
    reponse = programme(probleme)

    assert "comme vous l’avez demandé" in describe_refus(probleme, reponse, fiches[0])
    assert "dépassent son coût de 100 €" in normal(describe_refus(probleme, reponse, fiches[1]))


@pytest.mark.parametrize("cause", [c for c in Cause if c is not Cause.AUCUNE])
def test_every_cause_has_a_sentence(cause):
    phrase = describe_cause(build_fiche(), cause, build_probleme([build_fiche()]))

    assert phrase.endswith(".")
    assert "{" not in phrase


def test_balance_raises_the_least_served_territory_and_says_its_price():
    riches = [build_fiche(f"a{n}", territoire="a", poids=9) for n in range(4)]
    pauvres = [build_fiche(f"b{n}", territoire="b", poids=1) for n in range(4)]
    probleme = build_probleme([*riches, *pauvres], enveloppes=[build_enveloppe(montant=280)])

    equilibre = compute_max_min(probleme, Maille.TERRITOIRE)

    assert equilibre.minimum == 2
    assert equilibre.sans_equilibre.valeur == 36
    assert equilibre.programmation.valeur == 20
    assert equilibre.prix == Fraction(16, 36)
    assert "Garantir 2 fiches à chaque territoire" in equilibre.phrase
    assert check_programmation(equilibre.probleme, equilibre.programmation.octrois) == ()


def test_balance_that_costs_nothing_says_so():
    fiches = [build_fiche("a", region="x"), build_fiche("b", region="y")]

    equilibre = compute_max_min(build_probleme(fiches), Maille.REGION)

    assert (equilibre.minimum, equilibre.prix) == (1, 0)
    assert normal(equilibre.phrase).endswith("ne coûte rien.")


def test_floor_by_region_is_kept_on_a_drawn_problem():
    probleme = build_probleme_tire(graine=4, territoires=8)
    sans = programme(probleme, Reglages(echanges=4))
    exigeant = with_minimum(probleme, Maille.TERRITOIRE, 12)

    avec = programme(exigeant, Reglages(echanges=4))

    assert avec.is_tenue
    assert check_programmation(exigeant, avec.octrois) == ()
    assert 0 <= compute_prix_equite(sans, avec) < Fraction(1, 10)
