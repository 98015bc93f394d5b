"""La contre-épreuve voit chaque faute, une par une."""

from dataclasses import replace
from fractions import Fraction

import pytest

from calcul.financement.modele import OrigineFinanceur, TypePorteur
from calcul.programmation.modele import Octroi, Plancher
from calcul.programmation.verification import check_programmation
from tests.calcul.programmation.problemes import (
    build_dispositif,
    build_enveloppe,
    build_fiche,
    build_probleme,
)


def codes(probleme, **octrois):
    lots = {fiche: tuple(Octroi(dispositif=d, montant=m) for d, m in lot) for fiche, lot in octrois.items()}
    return sorted({faute.code for faute in check_programmation(probleme, lots)})


def test_a_right_answer_has_no_fault():
    assert codes(build_probleme([build_fiche()]), f=[("d", 70)]) == []


@pytest.mark.parametrize(
    ("dispositif", "lot", "attendus"),
    [
        ({}, [("d", 69)], ["R01", "besoin"]),
        ({}, [("d", 71)], ["R01", "besoin"]),
        ({}, [("d", 35), ("d", 35)], ["double"]),
        ({}, [("z", 70)], ["dispositif_inconnu"]),
        ({"plancher": 71}, [("d", 70)], ["plancher"]),
        ({"plafond": 69}, [("d", 70)], ["plafond"]),
        ({"taux": Fraction(69, 100)}, [("d", 70)], ["taux"]),
        ({"regions": frozenset({"ailleurs"})}, [("d", 70)], ["region"]),
        ({"porteurs": frozenset({TypePorteur.ENTREPRISE})}, [("d", 70)], ["porteur"]),
        ({"criteres": frozenset({"friche"})}, [("d", 70)], ["criteres"]),
    ],
)
def test_each_condition_of_a_grant_is_checked(dispositif, lot, attendus):
    probleme = build_probleme([build_fiche()], [build_dispositif(**dispositif)], [build_enveloppe()])

    assert codes(probleme, f=lot) == attendus


@pytest.mark.parametrize(
    ("champs", "origine", "attendus"),
    [
        ({"propre": 30, "porteur": TypePorteur.COLLECTIVITE}, OrigineFinanceur.REGION, []),
        ({"propre": 10, "prive": 20, "porteur": TypePorteur.COLLECTIVITE}, OrigineFinanceur.REGION, ["R03"]),
        ({"eligible": 60}, OrigineFinanceur.ETAT_BUDGET_GENERAL, ["R07", "taux"]),
        ({"plafond_aides_etat": 6_999}, OrigineFinanceur.REGION, ["aides_etat"]),
    ],
)
def test_each_rule_is_checked(champs, origine, attendus):
    probleme = build_probleme(
        [build_fiche(**champs)], [build_dispositif(origine=origine)], [build_enveloppe()]
    )

    assert codes(probleme, f=[("d", 70)]) == attendus


def test_envelopes_and_granted_money_are_checked():
    fiches = [build_fiche("a"), build_fiche("b", accordees={"d": 5_000})]
    probleme = build_probleme(fiches, enveloppes=[build_enveloppe(montant=119)])

    assert codes(probleme, a=[("d", 70)]) == ["enveloppe"]
    assert codes(replace(probleme, enveloppes=(build_enveloppe(montant=120),)), a=[("d", 70)]) == []
    assert codes(replace(probleme, enveloppes=(build_enveloppe(annee=2030),)), a=[("d", 70)]) == [
        "sans_enveloppe"
    ]
    assert "accordee" in codes(probleme, b=[("d", 20)])


def test_choices_are_checked():
    probleme = build_probleme(
        [build_fiche("a"), build_fiche("b")],
        attendent=frozenset({"a"}),
        doivent_passer=frozenset({"b"}),
        planchers=(Plancher(nom="Est", fiches=frozenset({"a", "b"}), minimum=2),),
    )

    assert codes(probleme, a=[("d", 70)]) == ["attend", "doit_passer", "plancher_equite"]
    assert codes(probleme, z=[]) == ["doit_passer", "fiche_inconnue", "plancher_equite"]
