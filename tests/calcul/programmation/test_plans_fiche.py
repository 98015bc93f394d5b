"""Une fiche : des plans distincts, chacun tenable, et une phrase quand il n’y en a pas."""

import time

from hypothesis import given, settings

from calcul.financement.modele import NatureLigne, TypePorteur
from calcul.montants import ESPACE_INSECABLE
from calcul.programmation.generateur import build_probleme_tire
from calcul.programmation.modele import EURO
from calcul.programmation.plans_fiche import Preference, propose_plans
from calcul.programmation.verification import REGLES_RELUES, check_programmation
from tests.calcul.programmation.exemple import build_exemple
from tests.calcul.programmation.exhaustif import iter_usages
from tests.calcul.programmation.problemes import (
    build_dispositif,
    build_enveloppe,
    build_fiche,
    build_probleme,
    petits_problemes,
)


def assert_tenables(probleme, fiche, plans):
    for plan in plans:
        if not plan.apport_en_moins:
            assert check_programmation(probleme, {fiche.identifiant: plan.octrois}) == ()
        assert plan.plan.ressources == fiche.plan.cout_total
        assert not [v for v in plan.verdicts if v.respectee is False and v.regle in REGLES_RELUES]


@settings(max_examples=60, deadline=None)
@given(petits_problemes(fiches_max=1).filter(lambda p: p.fiches))
def test_plans_are_tenable_and_missing_only_when_none_exists(probleme):
    fiche = probleme.fiches[0]
    seule = build_probleme([fiche], probleme.dispositifs, probleme.enveloppes)

    proposition = propose_plans(fiche, seule.dispositifs, seule.enveloppes)

    assert_tenables(seule, fiche, proposition.plans)
    usages = [
        u
        for u in iter_usages(seule)
        if all(p <= e.montant // EURO for p, e in zip(u, seule.enveloppes, strict=True))
    ]
    assert bool([p for p in proposition.plans if not p.apport_en_moins]) == bool(usages)
    assert proposition.phrase


def test_fewest_funders_is_the_smallest_number_that_closes():
    dispositifs = [
        build_dispositif("a", plafond=40),
        build_dispositif("b", plafond=40),
        build_dispositif("c", plafond=70),
    ]

    plans = propose_plans(
        build_fiche(), tuple(dispositifs), tuple(build_enveloppe(d.identifiant) for d in dispositifs)
    ).plans

    premier = next(p for p in plans if p.preference is Preference.MOINS_DE_FINANCEURS)
    assert [o.dispositif for o in premier.octrois] == ["c"]


def test_surest_plan_prefers_certain_schemes():
    dispositifs = (
        build_dispositif("incertain", plafond=70, certitude=20),
        build_dispositif("sur", plafond=40, certitude=90),
        build_dispositif("moyen", plafond=40, certitude=60),
    )

    plans = propose_plans(
        build_fiche(), dispositifs, tuple(build_enveloppe(d.identifiant) for d in dispositifs)
    ).plans

    sur = next(p for p in plans if p.preference is Preference.PLUS_SUR)
    assert {o.dispositif: o.montant for o in sur.octrois} == {"sur": 40, "moyen": 30}
    assert sur.certitude == 77


def test_least_own_money_stops_at_the_legal_minimum():
    """R03 : une collectivité garde 20 % de l’argent public ; 100 € de coût, 80 € d’aides au plus."""
    fiche = build_fiche(cout=100, propre=50, porteur=TypePorteur.COLLECTIVITE)

    plans = propose_plans(fiche, (build_dispositif(),), (build_enveloppe(),)).plans

    moins = next(p for p in plans if p.preference is Preference.MOINS_D_ARGENT_PROPRE)
    assert moins.apport_en_moins == 30 * EURO
    assert (
        sum(li.montant for li in moins.plan.lignes if li.nature is NatureLigne.AUTOFINANCEMENT) == 20 * EURO
    )


def test_plans_of_one_preference_never_contain_one_another():
    probleme = build_probleme_tire(graine=2, territoires=2)

    for fiche in probleme.fiches[:4]:
        plans = propose_plans(fiche, probleme.dispositifs, probleme.enveloppes, par_preference=3).plans
        assert_tenables(probleme, fiche, plans)
        for preference in Preference:
            supports = [{o.dispositif for o in p.octrois} for p in plans if p.preference is preference]
            assert not [1 for n, s in enumerate(supports) for t in supports[:n] if t <= s]


def test_three_plans_come_within_the_time_of_a_click():
    probleme = build_probleme_tire(graine=1, territoires=5)
    durees = []
    for fiche in probleme.fiches[::10]:
        debut = time.process_time()
        propose_plans(fiche, probleme.dispositifs, probleme.enveloppes)
        durees.append(time.process_time() - debut)

    assert sorted(durees)[len(durees) // 2] < 0.3


def test_no_plan_says_why():
    fiche = build_fiche()

    trop_petit = propose_plans(fiche, (build_dispositif(plafond=50),), (build_enveloppe(),))
    vide = propose_plans(fiche, (build_dispositif(),), (build_enveloppe(montant=10),))

    assert "peuvent servir 50" in trop_petit.phrase.replace(ESPACE_INSECABLE, " ")
    assert "Ce qui reste dans les enveloppes" in vide.phrase
    assert (trop_petit.plans, vide.plans) == ((), ())


def test_worked_example_fiches_have_two_plans_each():
    probleme = build_exemple()

    def read(fiche):
        plans = propose_plans(fiche, probleme.dispositifs, probleme.enveloppes).plans
        return [
            (p.preference, {o.dispositif: o.montant for o in p.octrois}, p.apport_en_moins // EURO)
            for p in plans
        ]

    assert read(probleme.fiches[4]) == [
        (Preference.MOINS_DE_FINANCEURS, {"etat": 15_000}, 0),
        (Preference.MOINS_D_ARGENT_PROPRE, {"region": 20_000, "etat": 20_000}, 25_000),
    ]
    assert read(probleme.fiches[0]) == [
        (Preference.MOINS_DE_FINANCEURS, {"region": 80_000, "etat": 60_000}, 0),
        (Preference.MOINS_D_ARGENT_PROPRE, {"region": 80_000, "etat": 80_000}, 20_000),
    ]
