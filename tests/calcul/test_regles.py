"""Règles : chaque cas écrit de tests/calcul/cas, puis ce qui doit être vrai de tout plan."""

import math
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcul.exemples import build_plan
from calcul.financement.aides import compute_aides_publiques
from calcul.financement.modele import (
    FONDS_VERT,
    SANS_ARGENT,
    Categorie,
    CertitudeLigne,
    NatureLigne,
    OrigineFinanceur,
    Programme,
    TypePorteur,
)
from calcul.financement.regles import REGLES, evaluer_tout, r01, r03, r05, r07, r08, r09, r10, r13
from calcul.financement.regles.r08 import PLAFONDS
from calcul.financement.remedes import build_remede, flatten, replace_lignes, with_montant
from calcul.financement.verdict import Severite
from calcul.montants import format_montant, parse_montant
from calcul.parametres import PARAMETRES
from tests.calcul.plans import (
    plans,
    plans_a_chef_de_file,
    plans_complets,
    plans_entreprise,
    plans_soumis_a_r03,
    propriete,
    read_cas,
)

petits = st.integers(0, 40)


def titres(cas):
    return cas["cas"]


def normal(texte):
    return texte.replace("\u00a0", " ")


CAS = [(regle, cas) for regle in REGLES for cas in read_cas(regle.IDENTIFIANT)]


@pytest.mark.parametrize(("regle", "cas"), CAS, ids=lambda valeur: getattr(valeur, "IDENTIFIANT", None))
def test_a_written_case_gets_its_verdict(regle, cas):
    """Chaque ligne de tests/calcul/cas : le code, et le remède (« retire » vide : aucun remède)."""
    plan = build_plan(cas)
    verdict = regle.evaluer(plan)

    assert verdict.code == cas["code"], cas["cas"]
    for colonne in ("retire", "ajoute"):
        if cas.get(colonne):
            assert getattr(verdict.remede, colonne) == parse_montant(cas[colonne]), cas["cas"]
    if "retire" in cas:
        assert (verdict.remede is None) == (not cas["retire"]), cas["cas"]
    [garde] = [v for v in evaluer_tout(plan) if v.regle == regle.IDENTIFIANT]
    assert garde.remede == verdict.remede, f"{cas['cas']} : un remède écrit viole une autre règle"


@pytest.mark.parametrize("regle", REGLES, ids=lambda regle: regle.IDENTIFIANT)
def test_every_code_of_a_rule_has_a_written_case(regle):
    assert {cas["code"] for cas in read_cas(regle.IDENTIFIANT)} == set(regle.CODES)


@pytest.mark.parametrize("cas", read_cas("r01"), ids=titres)
def test_r01_counts_the_gap_and_never_blocks(cas):
    verdict = r01.evaluer(build_plan(cas))

    assert verdict.chiffres["ecart"] == parse_montant(cas["ecart"])
    assert verdict.severite is not Severite.BLOQUANT


def test_worked_case_1_of_domaine_4_13():
    """EPCI, 1 000 000 € : 800 000 € d'aides et 200 000 € propres passent ; un euro d'aides de plus, non."""
    juste = r03.evaluer(build_plan({"cout": "1 000 000", "region": "800 000", "propre": "200 000"}))
    trop = r03.evaluer(build_plan({"cout": "1 000 001", "region": "800 001", "propre": "200 000"}))

    assert (juste.respectee, juste.chiffres["part"]) == (
        True,
        PARAMETRES["part_minimale_maitre_ouvrage"].at(date(2025, 6, 1)).valeur,
    )
    assert (trop.respectee, trop.severite) == (False, Severite.BLOQUANT)


def test_worked_case_2_of_domaine_4_13():
    """EPCI, 1 000 000 € dont 300 000 € privés, 600 000 € d'aides et 100 000 € propres : 14,3 %, puis 140 000 € au moins."""
    cas = {"cout": "1 000 000", "region": "600 000", "propre": "100 000", "prive": "300 000"}
    verdict = r03.evaluer(build_plan(cas))

    assert verdict.is_bloquant
    assert round(float(verdict.chiffres["part"]), 3) == 0.143
    assert (verdict.remede.public, verdict.remede.propre, verdict.remede.reste) == (560_000_00, 140_000_00, 0)
    assert verdict.remede.alternative is None
    assert normal(verdict.remede.phrase) == (
        "Remplacer 40 000 € d’aides publiques par 40 000 € d’autofinancement : 560 000 € d’aides publiques et "
        "140 000 € d’autofinancement, total inchangé."
    )
    assert "article L. 1111-10, III" in verdict.texte


def test_worked_case_3_of_domaine_4_13():
    """DSIL 500 000 € et DETR 310 000 € sur 1 000 000 € : 81 %, bloqué ; 10 000 € de moins suffisent."""
    cas = {
        "cout": "1 000 000",
        "eligible": "1 000 000",
        "dsil": "500 000",
        "detr": "310 000",
        "propre": "190 000",
    }
    verdict = r05.evaluer(build_plan(cas))

    assert verdict.is_bloquant
    assert Fraction(verdict.chiffres["dotations"], verdict.chiffres["eligible"]) == Fraction(81, 100)
    assert normal(verdict.remede.phrase) == (
        "Remplacer 10 000 € de dotations de l’État par 10 000 € d’autofinancement : 800 000 € d’aides publiques et "
        "200 000 € d’autofinancement, total inchangé."
    )
    assert "R. 2334-27" in verdict.texte


def build_plan_afr(montant, *, cout):
    return build_plan(
        {
            "cout": cout,
            "eligible": cout,
            "region": montant,
            "region.regime": "exempte 14",
            "propre": "1",
            "porteur": "entreprise",
            "taille": "petite",
            "zone": "c 15",
        }
    )


def test_worked_case_4_of_domaine_4_13():
    """Petite entreprise, zone c à 15 %, 2 M€ : 35 % au plus, 700 000 €, et 500 000 € sans aide ; à 60 M€, 15 %."""
    petit = r09.evaluer(build_plan_afr("700 000", cout="2 000 000"))
    grand = r09.evaluer(build_plan_afr("9 000 000", cout="60 000 000"))

    assert (petit.chiffres["intensite"], petit.chiffres["plafond"]) == (Fraction(35, 100), 700_000_00)
    assert (grand.chiffres["intensite"], grand.chiffres["plafond"]) == (Fraction(15, 100), 9_000_000_00)
    assert petit.respectee is grand.respectee is True
    assert r09.evaluer(build_plan_afr("700 000,01", cout="2 000 000")).respectee is False
    assert r13.evaluer(build_plan_afr("700 000", cout="2 000 000")).chiffres["minimum"] == 500_000_00


def test_worked_case_5_of_domaine_4_13():
    """Formation, entreprise moyenne, 100 000 € : 60 000 € au plus."""
    cas = {
        "cout": "100 000",
        "eligible": "100 000",
        "region": "60 000",
        "region.regime": "exempte 31",
        "propre": "40 000",
        "porteur": "entreprise",
        "taille": "moyenne",
    }
    assert r09.evaluer(build_plan(cas)).chiffres["plafond"] == 60_000_00
    assert r09.evaluer(build_plan(cas)).respectee is True
    assert r09.evaluer(build_plan(cas | {"region": "60 000,01"})).respectee is False


def test_worked_case_6_of_domaine_4_13():
    """180 000 € le 15/03/2023, 100 000 € le 10/01/2025 : 50 000 € le 14/03/2026 font 330 000 € ; le 16, 150 000 €."""
    cas = {
        "cout": "100 000",
        "region": "50 000",
        "region.regime": "de_minimis",
        "propre": "50 000",
        "porteur": "entreprise",
        "recues": "2023-03-15 180 000, 2025-01-10 100 000",
        "jour": "2026-03-01",
    }
    avant = r08.evaluer(build_plan(cas | {"region.decision": "2026-03-14"}))
    apres = r08.evaluer(build_plan(cas | {"region.decision": "2026-03-16"}))

    assert avant.is_bloquant
    assert avant.chiffres["cumul"] == 330_000_00
    assert (apres.respectee, apres.chiffres["cumul"]) == (True, 150_000_00)
    assert (avant.remede.retire, avant.remede.plan.lignes[0].montant) == (30_000_00, 20_000_00)
    attente = avant.remede.alternative
    assert normal(attente.phrase).startswith("Attendre : à partir du 16/03/2026")
    assert r08.evaluer(attente.plan).respectee is True


def test_a_confirmed_value_makes_the_rule_block(monkeypatch):
    """R09 avertit tant que le paramètre « confirmation_juriste » vaut 0 ; un juriste le met à 1, elle bloque."""
    plan = build_plan_afr("700 000,01", cout="2 000 000")
    assert not r09.evaluer(plan).is_bloquant
    parametre = PARAMETRES["confirmation_juriste.r09"]
    confirmee = replace(parametre, valeurs=(replace(parametre.valeurs[0], valeur=Fraction(1)),))
    monkeypatch.setitem(PARAMETRES._parametres, "confirmation_juriste.r09", confirmee)

    assert r09.evaluer(plan).is_bloquant
    incertain = build_plan(
        {
            "cout": "1",
            "eligible": "1",
            "region": "0,70",
            "region.regime": "exempte 18",
            "propre": "0,30",
            "taille": "petite",
        }
    )
    assert r09.evaluer(incertain).respectee is False
    assert not r09.evaluer(incertain).is_bloquant  # l'article 18 n'est pas relu


def test_a_cure_that_breaks_another_rule_is_not_offered():
    """Ramener la base de la DSIL au coût ferait violer R05 : R02 le dit, sans proposer ce remède."""
    cas = {"cout": "100", "dsil": "100", "dsil.base": "200", "propre": "0,01"}
    plan = build_plan(cas)
    verdicts = {verdict.regle: verdict for verdict in evaluer_tout(plan)}

    assert verdicts["R05"].respectee is True
    assert verdicts["R02"].respectee is False
    assert REGLES[1].evaluer(plan).remede is not None
    assert verdicts["R02"].remede is None


def test_an_open_plan_is_offered_both_ways_with_what_each_leaves():
    verdict = r03.evaluer(build_plan({"cout": "1 000 000", "region": "600 000", "propre": "100 000"}))

    assert verdict.remede.reste == 300_000_00
    assert normal(verdict.remede.phrase).endswith("total inchangé ; il reste 300 000 € à trouver.")
    assert (verdict.remede.alternative.ajoute, verdict.remede.alternative.reste) == (50_000_00, 250_000_00)
    assert normal(verdict.remede.alternative.phrase) == (
        "Ajouter 50 000 € d’autofinancement : 600 000 € d’aides publiques et 150 000 € d’autofinancement ; "
        "il reste 250 000 € à trouver."
    )


@pytest.mark.parametrize(
    ("regle", "cas"),
    [
        ("R02", {"region": "50 000", "region.base": "80 000", "region.taux": "50"}),
        ("R02", {"region": "50 000", "region.base": "120 000", "region.taux": "30"}),
        ("R05", {"eligible": "50 000", "dsil": "50 000"}),
        (
            "R09",
            {"eligible": "100 000", "region": "50 000", "region.regime": "exempte 17", "taille": "petite"},
        ),
        ("R15", {"departement": "50 000", "porteur": "entreprise"}),
    ],
)
def test_each_way_out_of_an_open_plan_says_the_gap_it_leaves(regle, cas):
    """Coût 100 000 €, 20 000 € propres, 50 000 € d’aides : 30 000 € manquent déjà."""
    plan = build_plan({"cout": "100 000", "propre": "20 000"} | cas)
    [verdict] = [v for v in evaluer_tout(plan) if v.regle == regle]
    echange, retrait = flatten([verdict.remede])

    assert echange.reste == plan.marge == 30_000_00
    assert retrait.reste == plan.marge + retrait.retire
    assert retrait.ajoute == 0
    assert retrait.alternative is None
    for remede in (echange, retrait):
        assert f"il reste {normal(format_montant(remede.reste))} à trouver" in normal(remede.phrase)


def test_when_neither_way_is_enough_alone_both_are_combined():
    """700 accordés, 100 demandés, coût 900 : échanger 160 est impossible, ajouter 200 dépasserait le coût."""
    cas = {"cout": "900", "fnadt": "700 A", "region": "100", "eligible": "900"}
    remede = r03.evaluer(build_plan(cas)).remede

    assert (remede.retire, remede.ajoute, remede.reste) == (80_00, 180_00, 0)
    assert normal(remede.phrase) == (
        "Retirer 80 € d’aides publiques et ajouter 180 € d’autofinancement : 720 € d’aides publiques et 180 € "
        "d’autofinancement ; le coût est couvert."
    )


def test_granted_money_above_the_limit_is_said_and_no_cure_is_invented():
    verdict = r03.evaluer(build_plan({"cout": "700 000", "region": "600 000 A", "propre": "100 000"}))

    assert verdict.remede is None
    assert "déjà accordées ou attestées par pièce (600 000 €) dépassent les 560 000 €" in normal(
        verdict.phrase
    )


def test_a_cure_touches_hoped_money_first_and_adds_to_unconfirmed_own_money():
    cas = {"cout": "1 000", "fnadt": "300", "region": "300 P", "propre": "100", "prive": "300"}
    lignes = {li.identifiant: li.montant for li in r03.evaluer(build_plan(cas)).remede.plan.lignes}

    assert lignes == {"fnadt": 300_00, "region": 260_00, "propre": 140_00, "prive": 300_00}


def test_a_cure_never_swells_own_money_already_confirmed():
    plan = build_plan({"cout": "1 000", "region": "600", "propre": "100 A", "prive": "300"})
    change = r03.evaluer(plan).remede.plan

    assert [li.montant for li in change.lignes if li.etat is CertitudeLigne.ACCORDE] == [100_00]
    assert change.lignes[-1].etat is CertitudeLigne.PRESSENTI
    assert change.lignes[-1].montant == 40_00


def test_a_cure_larger_than_what_can_be_withdrawn_is_refused():
    plan = build_plan({"cout": "1 000", "region": "600 A", "propre": "100"})
    with pytest.raises(ValueError, match="il manque 1 centimes"):
        build_remede(plan=plan, lignes=compute_aides_publiques(plan).lignes, retire=1, ajoute=1)


def test_a_rate_just_under_the_minimum_is_never_shown_as_the_minimum():
    verdict = r03.evaluer(build_plan({"cout": "1 000 000", "region": "800 000", "propre": "199 999,99"}))
    assert "19,99 % de l’argent public" in normal(verdict.phrase)


def test_r07_asks_for_the_missing_base():
    verdict = r07.evaluer(build_plan({"cout": "1 000", "fnadt": "800", "propre": "200"}))

    assert verdict.respectee is None
    assert "saisissez-la" in verdict.phrase


def test_the_registry_is_in_order_and_every_rule_is_documented():
    identifiants = [regle.IDENTIFIANT for regle in REGLES]
    assert identifiants == [f"R{rang:02d}" for rang in range(1, 23)]
    for regle in REGLES:
        assert regle.__doc__.startswith(f"{regle.IDENTIFIANT} — ")
        assert "Source : " in regle.__doc__
        assert "Formule : " in regle.__doc__
        assert "Unités : " in regle.__doc__
        assert set(regle.PARAMETRES_SUIVIS) <= set(PARAMETRES)


@propriete
@given(plans() | plans_complets() | plans_complets(porteur=TypePorteur.ENTREPRISE))
def test_every_rule_answers_every_plan_with_a_french_sentence(plan):
    verdicts = evaluer_tout(plan)

    assert [v.regle for v in verdicts] == [regle.IDENTIFIANT for regle in REGLES]
    for verdict in verdicts:
        assert verdict.phrase
        assert " :" not in verdict.phrase
        assert "'" not in verdict.phrase
        assert verdict.respectee is False or verdict.severite is not Severite.BLOQUANT


@propriete
@given(st.integers(1, 10**12), st.integers(-3, 3))
def test_r03_turns_at_the_cent(propre, ecart):
    public = 4 * propre + ecart
    plan = build_plan({"cout": "1", "region": "1", "propre": "1"})
    lignes = tuple(
        replace(li, montant={"region": public, "propre": propre}[li.identifiant]) for li in plan.lignes
    )

    assert r03.evaluer(replace(plan, lignes=lignes)).respectee is (public <= 4 * propre)


@propriete
@given(plans())
def test_r03_never_blocks_a_plan_that_the_text_allows(plan):
    verdict = r03.evaluer(plan)
    comptees = [li for li in plan.lignes if li.etat is not CertitudeLigne.EXCLU]
    aides = sum(
        li.montant
        for li in comptees
        if li.nature is NatureLigne.SUBVENTION
        and li.origine not in (OrigineFinanceur.EUROPE, OrigineFinanceur.PRIVE)
    )
    part = sum(
        li.montant
        for li in comptees
        if li.nature in (NatureLigne.AUTOFINANCEMENT, NatureLigne.EMPRUNT, NatureLigne.PRET)
    )

    if verdict.is_bloquant:
        assert aides > 4 * part
        assert plan.porteur is TypePorteur.COLLECTIVITE
        assert plan.est_investissement
        assert not plan.outre_mer


@propriete
@given(plans_soumis_a_r03(couples=[(NatureLigne.SUBVENTION, OrigineFinanceur.COMMUNE)]))
def test_r03_always_sees_a_plan_that_the_text_forbids(plan):
    if plan.total(Categorie.PUBLIC, Categorie.EUROPE) > 4 * plan.total(Categorie.PROPRE):
        assert r03.evaluer(plan).respectee is False


@propriete
@given(plans())
def test_r07_blocks_only_above_the_base(plan):
    verdict = r07.evaluer(plan)
    if verdict.is_bloquant:
        assert plan.total(Categorie.PUBLIC) > plan.depense_eligible
        assert plan.est_investissement
        assert plan.jour >= date(2018, 10, 1)


PLANS = (
    plans()
    | plans_soumis_a_r03(montants=petits)
    | plans_complets()
    | plans_complets(porteur=TypePorteur.ENTREPRISE)
    | plans_entreprise()
    | plans_a_chef_de_file()
)


def iter_remedes(plan, regles=REGLES):
    identifiants = {regle.IDENTIFIANT: regle for regle in regles}
    for verdict in evaluer_tout(plan):
        if verdict.regle in identifiants:
            for remede in flatten([verdict.remede]):
                yield identifiants[verdict.regle], remede


@propriete
@given(PLANS)
def test_a_cure_cures_and_breaks_no_other_rule(plan):
    for regle, remede in iter_remedes(plan):
        assert regle.evaluer(remede.plan).respectee is not False
        for avant, apres in zip(evaluer_tout(plan), evaluer_tout(remede.plan), strict=True):
            assert apres.respectee is not False or avant.respectee is False
        assert remede.plan.ressources <= max(plan.ressources, plan.cout_total)


@propriete
@given(PLANS)
def test_a_cure_keeps_what_is_granted_and_counts_right(plan):
    for _, remede in iter_remedes(plan):
        acquises = {li.identifiant: (li.montant, li.etat) for li in plan.lignes if li.is_acquise}
        for identifiant, (montant, etat) in acquises.items():
            [apres] = [li for li in remede.plan.lignes if li.identifiant == identifiant]
            assert (apres.montant, apres.etat) == (montant, etat)
        assert [li.etat for li in remede.plan.lignes[: len(plan.lignes)]] == [li.etat for li in plan.lignes]
        assert remede.plan.ressources == plan.ressources - _compte(plan, remede) + remede.ajoute
        assert remede.reste == max(remede.plan.cout_total - remede.plan.ressources, 0)
        assert remede.plan.cout_total == plan.cout_total


def _compte(plan, remede):
    """Ce que les lignes d'argent perdent ; une garantie réduite ne change pas les ressources."""
    apres = remede.montants
    return sum(
        max(li.montant - apres[li.identifiant], 0)
        for li in plan.lignes_comptees
        if li.categorie not in SANS_ARGENT
    )


@propriete
@given(PLANS)
def test_money_leaves_only_lines_that_nobody_granted(plan):
    for _, remede in iter_remedes(plan):
        baisses = [li for li in plan.lignes if remede.montants[li.identifiant] < li.montant]
        hausses = [li for li in plan.lignes if remede.montants[li.identifiant] > li.montant]
        assert all(li.is_aide_publique and not li.is_acquise for li in baisses)
        assert all(li.nature is NatureLigne.AUTOFINANCEMENT for li in hausses)


@propriete
@given(plans_soumis_a_r03(montants=petits) | plans_soumis_a_r03())
def test_one_cent_less_does_not_cure(plan):
    lignes = compute_aides_publiques(plan).lignes
    for regle, remede in iter_remedes(plan, regles=(r03, r07)):
        moindre = build_remede(
            plan=plan,
            lignes=lignes,
            retire=max(remede.retire - 1, 0),
            ajoute=max(remede.ajoute - 1, 0),
        )
        assert regle.evaluer(moindre.plan).respectee is False


@propriete
@given(plans_complets() | plans_entreprise())
def test_one_cent_left_on_a_capped_line_is_one_cent_too_much(plan):
    """R05, R09 et R10 : rendre un centime à une ligne réduite viole de nouveau la règle (une seule base pour tous)."""
    plan = replace(plan, lignes=tuple(replace(ligne, base=None) for ligne in plan.lignes))
    for regle, remede in iter_remedes(plan, regles=(r05, r09, r10)):
        for ligne in plan.lignes:
            montant = remede.montants[ligne.identifiant]
            if montant < ligne.montant:
                rendue = [
                    with_montant(li, montant + 1)
                    for li in remede.plan.lignes
                    if li.identifiant == ligne.identifiant
                ]
                verdict = regle.evaluer(replace_lignes(remede.plan, rendue))
                assert verdict.respectee is not True


@propriete
@given(PLANS)
def test_only_a_read_text_blocks(plan):
    """Aucune règle dont les valeurs sont à confirmer (R02, R04, R09, R10, R13, délais) ne bloque un plan."""
    bloquants = {verdict.regle for verdict in evaluer_tout(plan) if verdict.is_bloquant}
    assert bloquants <= {"R03", "R05", "R06", "R07", "R08", "R11", "R12", "R14", "R15", "R16", "R20"}


@propriete
@given(PLANS)
def test_what_is_missing_is_named(plan):
    for verdict in evaluer_tout(plan):
        if verdict.is_a_verifier:
            assert verdict.manquantes
            assert all(donnee in verdict.phrase for donnee in verdict.manquantes)


@propriete
@given(plans_complets() | plans_complets(porteur=TypePorteur.ENTREPRISE) | plans_entreprise())
def test_no_rule_blocks_a_plan_that_its_text_allows(plan):
    """Chaque texte relu à la main, sans les fonctions de la règle."""
    codes = {verdict.regle for verdict in evaluer_tout(plan) if verdict.is_bloquant}
    aides = [li for li in plan.lignes if li.is_comptee and li.is_aide_publique and li.montant]
    if "R05" in codes:
        dotations = [li for li in aides if li.is_dotation]
        plus_haute = max(plan.depense_eligible if li.base is None else li.base for li in dotations)
        assert 5 * sum(li.montant for li in dotations) > 4 * plus_haute
    if "R06" in codes:
        assert any(li.programme is Programme.DETR for li in aides)
        assert any(li.annexe_vii for li in aides)
        assert not plan.derogation_detr
    if "R08" in codes:
        total = sum(li.equivalent or 0 for li in aides if li.aide.regime in PLAFONDS)
        assert total + sum(aide.montant for aide in plan.entreprise.aides_de_minimis or ()) > 300_000_00
    if "R11" in codes:
        assert plan.debut_travaux is not None
    if "R12" in codes:
        assert plan.entreprise.en_difficulte
    if "R14" in codes:
        assert plan.porteur is TypePorteur.ENTREPRISE
        assert plan.objet_immobilier is False
        assert any(li.convention_region is False for li in aides)
    if "R15" in codes:
        assert plan.porteur is TypePorteur.ENTREPRISE
        assert not plan.objet_immobilier
        assert any(li.origine is OrigineFinanceur.DEPARTEMENT for li in aides)
    if "R16" in codes:
        assert any(li.programme is Programme.FONDS_VERT_TI for li in aides)
        assert (
            plan.perimetre_ti is False
            or plan.accord_gouvernance is False
            or sum(li.programme in FONDS_VERT for li in aides) > 1
        )


@propriete
@given(petits, st.integers(1, 40), petits, petits, st.integers(-20, 60))
def test_no_cure_is_given_only_when_none_exists(propre, exces, accorde, prive, marge):
    """Essai de tous les retraits possibles, l'autofinancement prenant à chaque fois toute la place libre."""
    public = 4 * propre + exces
    accorde = min(accorde * 5, public)
    montants = {"fnadt": accorde, "region": public - accorde, "propre": propre, "prive": prive}
    modele = build_plan({"cout": "1", "fnadt": "1 A", "region": "1", "propre": "1", "prive": "1"})
    plan = replace(
        modele,
        cout_total=max(public + propre + prive + marge, 0),
        lignes=tuple(replace(li, montant=montants[li.identifiant]) for li in modele.lignes),
    )
    existe = any(
        propre + retire + max(marge, 0) >= math.ceil((propre + public + max(marge, 0)) / 5)
        for retire in range(public - accorde + 1)
    )

    assert (r03.evaluer(plan).remede is not None) == existe
