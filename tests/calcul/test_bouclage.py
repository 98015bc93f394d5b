"""Bouclage : chaque cas écrit de tests/calcul/cas, puis ce qui doit être vrai de tout plan."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcul.exemples import build_plan
from calcul.financement.bouclage import CodeBouclage, compute_bouclage
from calcul.financement.modele import CertitudeLigne
from calcul.financement.regles import evaluer_tout
from calcul.financement.verdict import Severite
from calcul.montants import parse_montant
from tests.calcul.plans import plans, propriete, read_cas


def normal(texte):
    return texte.replace("\u00a0", " ")


@pytest.mark.parametrize("cas", read_cas("bouclage"), ids=lambda cas: cas["cas"])
def test_bouclage(cas):
    bouclage = compute_bouclage(build_plan(cas))

    assert bouclage.code == cas["code"]
    assert bouclage.manque == parse_montant(cas["manque"])
    assert bouclage.reste_a_demander == parse_montant(cas["reste_a_demander"])


def test_every_code_has_a_written_case_or_is_declared():
    assert {cas["code"] for cas in read_cas("bouclage")} == set(CodeBouclage) - {CodeBouclage.SANS_BESOIN}


def test_the_sentence_says_who_must_answer_and_what_is_left_to_find():
    plan = build_plan({"cout": "100 000", "region": "30 000", "propre": "60 000 A"})

    assert normal(compute_bouclage(plan).phrase) == (
        "Il manque 40 000 € : 30 000 € demandés à la Région Grand Est restent sans réponse et 10 000 € restent à trouver."
    )


def test_the_sentence_tells_a_paper_from_a_request_and_from_a_hope():
    plan = build_plan({"cout": "100", "fnadt": "40 T", "region": "30 P", "feder": "20", "propre": "1 D"})

    assert normal(compute_bouclage(plan).phrase) == (
        "Il manque 100 € : 40 € attestés par pièce restent à confirmer par l’État, 20 € demandés au FEDER restent "
        "sans réponse, 1 € d’autofinancement reste à confirmer par la Communauté de communes, 30 € pressentis ne sont pas "
        "encore demandés et 9 € restent à trouver. En l’état, la règle R03 empêcherait le bouclage."
    )


def test_two_requests_to_one_funder_are_told_once():
    plan = build_plan({"cout": "100", "region": "30", "avance": "20", "propre": "50 A"})

    assert normal(compute_bouclage(plan).phrase) == (
        "Il manque 50 € : 50 € demandés à la Région Grand Est restent sans réponse."
    )


def test_asking_more_than_needed_is_said():
    plan = build_plan({"cout": "100", "region": "70", "propre": "50 A"})

    assert "le coût serait dépassé de 20 €" in normal(compute_bouclage(plan).phrase)


def test_a_plan_declared_without_need_is_never_boucle():
    plein = build_plan({"cout": "100", "region": "80 A", "propre": "20 A"})
    vide = build_plan({"cout": "0"})

    assert compute_bouclage(plein, sans_besoin=True).code is CodeBouclage.SANS_BESOIN
    assert "levez la déclaration" in compute_bouclage(plein, sans_besoin=True).phrase
    assert "levez la déclaration" not in compute_bouclage(vide, sans_besoin=True).phrase


def test_the_rule_that_prevents_bouclage_is_quoted():
    bouclage = compute_bouclage(build_plan({"cout": "100", "region": "90 A", "propre": "10 A"}))

    assert bouclage.code is CodeBouclage.BOUCLAGE_EMPECHE
    assert "R03" in bouclage.phrase
    [violee] = [verdict for verdict in bouclage.verdicts if verdict.regle == "R03"]
    assert violee.phrase in bouclage.phrase


def test_a_warning_does_not_prevent_bouclage():
    plan = build_plan({"cout": "100", "region": "40 A", "feder": "50 A", "propre": "10 A"})
    bouclage = compute_bouclage(plan)

    assert [v.respectee for v in bouclage.verdicts if v.regle == "R03"] == [False]
    assert bouclage.is_boucle


def test_given_verdicts_are_used():
    plan = build_plan({"cout": "100", "region": "80 A", "propre": "20 A"})
    verdicts = tuple(
        replace(verdict, respectee=False, severite=Severite.BLOQUANT) for verdict in evaluer_tout(plan)
    )

    assert compute_bouclage(plan, verdicts).code is CodeBouclage.BOUCLAGE_EMPECHE


def test_announced_money_is_told_as_announced():
    plan = build_plan(
        {"cout": "100 000", "region": "80 000,50 N", "propre": "19 999,50 A", "porteur": "entreprise"}
    )

    assert compute_bouclage(plan).phrase.replace("\xa0", " ").replace("\u202f", " ") == (
        "Il manque 80 000,50 € : 80 000,50 € annoncés par la Région Grand Est ne sont pas encore accordés."
    )


@propriete
@given(plans(), st.booleans())
def test_boucle_exactly_when_nothing_is_missing_and_nothing_blocks(plan, sans_besoin):
    bouclage = compute_bouclage(plan, sans_besoin=sans_besoin)
    rien_ne_bloque = not any(v.is_bloquant for v in evaluer_tout(plan))

    assert bouclage.is_boucle == (
        not sans_besoin and plan.cout_total > 0 and bouclage.obtenu == plan.cout_total and rien_ne_bloque
    )
    assert (bouclage.code is CodeBouclage.NON_CHIFFREE) == (not sans_besoin and plan.cout_total == 0)


@propriete
@given(plans())
def test_a_paper_or_a_request_never_counts_as_granted(plan):
    sans_accord = replace(
        plan,
        lignes=tuple(
            replace(li, etat=CertitudeLigne.ATTESTE) if li.etat is CertitudeLigne.ACCORDE else li
            for li in plan.lignes
        ),
    )
    bouclage = compute_bouclage(sans_accord)

    assert bouclage.obtenu == 0
    assert bouclage.code in (CodeBouclage.NON_CHIFFREE, CodeBouclage.A_COMPLETER, CodeBouclage.PRESENTE)


@propriete
@given(plans())
def test_the_heaps_cover_the_cost(plan):
    bouclage = compute_bouclage(plan)
    inscrit = bouclage.obtenu + bouclage.atteste + bouclage.demande

    assert inscrit + bouclage.pressenti == plan.ressources
    assert bouclage.reste_a_demander == max(plan.cout_total - inscrit, 0)
    assert (bouclage.code is CodeBouclage.A_COMPLETER) == (bouclage.reste_a_demander > 0)
    assert " :" not in bouclage.phrase
