"""Dates, délais de droit, registre de minimis, taille d'entreprise, zonage : un jour ou un centime de chaque côté."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcul.calendrier import add_annees, add_mois
from calcul.exemples import build_plan
from calcul.financement.afr import HORS_ZONE, ZonageIllisible, read_zonage
from calcul.financement.aide_etat import AideEtat, TailleEntreprise, TypeZoneAfr, ZoneAfr
from calcul.financement.de_minimis import (
    AideDeMinimis,
    Lien,
    LienControle,
    compute_cumul,
    compute_entreprise_unique,
    find_premier_jour,
    select_registre,
)
from calcul.financement.delais import (
    compute_achevement,
    compute_commencement,
    compute_demande_prorogation,
    compute_publication,
    compute_solde,
    compute_transparence,
    compute_validite_demande,
    iter_echeances,
)
from calcul.financement.entreprise import (
    Exercice,
    Participation,
    compute_taille,
    compute_taille_acquise,
    consolidate,
)
from calcul.financement.modele import CertitudeLigne, DatesLigne
from tests.calcul.plans import propriete

M = 100_000_000  # un million d'euros, en centimes
JOUR = date(2025, 6, 1)


@pytest.mark.parametrize(
    ("depart", "annees", "attendu"),
    [
        (date(2024, 3, 15), 2, date(2026, 3, 15)),
        (date(2024, 2, 29), 2, date(2026, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2026, 3, 15), -3, date(2023, 3, 15)),
        (date(2024, 2, 29), -3, date(2021, 2, 28)),
    ],
)
def test_a_delay_in_years_ends_the_same_day(depart, annees, attendu):
    assert add_annees(depart, annees) == attendu


def test_a_delay_in_months_stays_in_its_month():
    assert add_mois(date(2025, 1, 31), 1) == date(2025, 2, 28)
    assert add_mois(date(2025, 12, 15), 1) == date(2026, 1, 15)
    assert add_mois(date(2025, 1, 15), -1) == date(2024, 12, 15)


def build_ligne(colonne="dsil", etat="A", **dates):
    ligne = build_plan({"cout": "100", colonne: f"40 {etat}"}).lignes[0]
    return replace(ligne, dates=DatesLigne(**dates))


def test_a_deadline_reminds_before_and_applies_nothing():
    echeance = compute_commencement(build_ligne(notification=date(2023, 3, 15)))

    assert echeance.limite == date(2025, 3, 15)
    assert echeance.rappels == (date(2025, 1, 14), date(2025, 2, 28), date(2025, 3, 14))
    assert not echeance.is_depassee(date(2025, 3, 15))
    assert echeance.is_depassee(date(2025, 3, 16))
    assert echeance.is_a_venir(date(2025, 3, 15))
    assert "caduque" in echeance.phrase
    assert echeance.is_verifiee


def test_a_deadline_met_late_is_still_a_breach():
    tenue = compute_commencement(build_ligne(notification=date(2023, 3, 15), debut=date(2025, 3, 15)))
    ratee = compute_commencement(build_ligne(notification=date(2023, 3, 15), debut=date(2025, 3, 16)))

    assert tenue.is_tenue is True
    assert ratee.is_tenue is False
    assert ratee.is_depassee(date(2025, 3, 16))


def test_the_extension_is_asked_two_months_before_and_its_lapse_costs_nothing():
    ligne = build_ligne(notification=date(2023, 3, 15))
    demande = compute_demande_prorogation(ligne)

    assert demande.limite == date(2025, 1, 15)
    assert not demande.is_depassee(date(2026, 1, 1))
    prorogee = replace(ligne, dates=replace(ligne.dates, debut_proroge=True))
    assert compute_demande_prorogation(prorogee) is None
    assert compute_commencement(prorogee).limite == date(2026, 3, 15)


def test_completion_runs_from_the_declared_start():
    ligne = build_ligne(notification=date(2023, 3, 15), debut=date(2024, 2, 29))
    assert compute_achevement(ligne).limite == date(2028, 2, 29)
    prorogee = replace(ligne, dates=replace(ligne.dates, achevement_proroge=True))
    assert compute_achevement(prorogee).limite == date(2030, 2, 28)


def test_a_request_of_a_dotation_lasts_until_the_end_of_the_next_year():
    for demande in (date(2024, 1, 1), date(2024, 12, 31)):
        assert compute_validite_demande(build_ligne(etat="D", demande=demande)).limite == date(2025, 12, 31)
    assert compute_validite_demande(build_ligne("fnadt", "D", demande=date(2024, 1, 1))) is None


def test_the_balance_of_a_state_grant_is_asked_within_a_year_to_be_confirmed():
    ligne = build_ligne("fnadt", achevement=date(2024, 6, 1))
    echeance = compute_solde(ligne)

    assert echeance.limite == date(2025, 6, 1)
    assert not echeance.is_verifiee
    assert echeance.phrase.endswith("Délai à confirmer dans le texte.")
    assert compute_solde(build_ligne(achevement=date(2024, 6, 1))) is None


def test_the_deadlines_of_a_line_come_in_order_and_stop_when_it_leaves():
    faits = {
        "demande": date(2022, 5, 2),
        "decision": date(2023, 1, 10),
        "notification": date(2023, 3, 15),
        "debut": date(2024, 3, 1),
    }
    codes = [echeance.code for echeance in iter_echeances(build_ligne(**faits))]

    assert codes == ["validite_demande", "demande_prorogation", "commencement", "achevement"]
    assert list(iter_echeances(replace(build_ligne(**faits), etat=CertitudeLigne.EXCLU))) == []


def test_publication_and_transparency_run_from_their_act():
    plan = build_plan({"cout": "100", "region": "50", "travaux": "2025-06-01"})
    assert compute_publication(plan).limite == date(2025, 6, 16)
    assert compute_publication(replace(plan, debut_travaux=None)) is None
    cas = {"cout": "100", "region": "50 A", "region.regime": "exempte 17", "region.decision": "2025-08-31"}
    assert compute_transparence(build_plan(cas).lignes[0]).limite == date(2026, 2, 28)


# Registre de minimis


def aide(jour, montant=100, siren="1", sieg=False):
    return AideDeMinimis(siren=siren, jour=jour, montant=montant, sieg=sieg)


def test_an_aid_leaves_the_window_the_day_after_its_anniversary():
    aides = [aide(date(2023, 3, 15))]
    sommes = {
        jour: compute_cumul(aides, jour=jour, annees=3)
        for jour in (date(2026, 3, 14), date(2026, 3, 15), date(2026, 3, 16), date(2023, 3, 14))
    }
    assert [(cumul.certain, cumul.possible) for cumul in sommes.values()] == [
        (100, 100),
        (0, 100),
        (0, 0),
        (0, 0),
    ]


def test_a_single_undertaking_follows_control_through_other_firms():
    depuis = date(2020, 1, 1)
    liens = [
        Lien(siren="1", autre="2", nature=LienControle.MAJORITE_DES_VOIX, depuis=depuis),
        Lien(siren="3", autre="2", nature=LienControle.INFLUENCE_DOMINANTE, depuis=depuis),
        Lien(
            siren="4",
            autre="3",
            nature=LienControle.MAJORITE_DES_VOIX,
            depuis=depuis,
            jusqua=date(2024, 1, 1),
        ),
    ]
    assert compute_entreprise_unique("1", liens, date(2024, 1, 1)) == {"1", "2", "3", "4"}
    assert compute_entreprise_unique("1", liens, date(2024, 1, 2)) == {"1", "2", "3"}
    assert compute_entreprise_unique("9", liens, date(2024, 1, 1)) == {"9"}


def test_the_register_keeps_the_aids_of_the_single_undertaking():
    aides = [
        aide(JOUR, siren="2"),
        aide(JOUR - timedelta(1), siren="1"),
        aide(JOUR, siren="9"),
        aide(JOUR, sieg=True),
    ]
    registre = select_registre(aides, entreprise_unique=frozenset({"1", "2"}))

    assert [a.siren for a in registre] == ["1", "2"]
    assert len(select_registre(aides, entreprise_unique=frozenset({"1"}), sieg=True)) == 1
    with pytest.raises(ValueError, match="négatif"):
        aide(JOUR, montant=-1)


@propriete
@given(
    st.lists(st.tuples(st.dates(date(2022, 1, 1), date(2025, 12, 31)), st.integers(0, 120)), max_size=5),
    st.integers(0, 120),
)
def test_the_first_possible_day_is_the_first(recues, montant):
    aides = [aide(jour, somme) for jour, somme in recues]
    depart, plafond = date(2026, 1, 1), 100
    trouve = find_premier_jour(aides, montant=montant, plafond=plafond, annees=3, a_partir_de=depart)

    def tient(jour):
        return compute_cumul(aides, jour=jour, annees=3).possible + montant <= plafond

    if montant > plafond:
        assert trouve is None
    else:
        assert tient(trouve)
        assert trouve == depart or not tient(trouve - timedelta(days=1))


# Taille d'une entreprise


def exercice(effectif, chiffre_affaires, bilan):
    return Exercice(
        effectif=Fraction(effectif), chiffre_affaires=Fraction(chiffre_affaires), bilan=Fraction(bilan)
    )


@pytest.mark.parametrize(
    ("donnees", "taille"),
    [
        ((9, 2 * M, 99 * M), "micro"),
        ((9, 99 * M, 2 * M), "micro"),
        ((9, 2 * M + 1, 2 * M + 1), "petite"),
        ((10, 1, 1), "petite"),
        (("99/10", 1, 1), "micro"),
        ((49, 10 * M, 10 * M), "petite"),
        ((49, 10 * M + 1, 10 * M + 1), "moyenne"),
        ((50, 1, 1), "moyenne"),
        ((249, 50 * M, 99 * M), "moyenne"),
        ((249, 99 * M, 43 * M), "moyenne"),
        ((249, 50 * M + 1, 43 * M + 1), "grande"),
        ((250, 1, 1), "grande"),
    ],
)
def test_size_turns_at_each_threshold(donnees, taille):
    assert compute_taille(exercice(*donnees), jour=JOUR) is TailleEntreprise(taille)


def test_linked_firms_count_whole_partners_in_proportion_others_not():
    autre = exercice(100, 10 * M, 10 * M)
    participations = [
        Participation(part=Fraction(51, 100), exercice=autre),
        Participation(part=Fraction(1, 4), exercice=autre),
        Participation(part=Fraction(24, 100), exercice=autre),
    ]
    ensemble = consolidate(exercice(10, M, M), participations)

    assert (ensemble.effectif, ensemble.bilan) == (135, Fraction(27, 2) * M)


def test_size_changes_after_two_years_in_a_row():
    petite, moyenne, grande = exercice(40, M, M), exercice(60, M, M), exercice(300, M, M)
    attendus = [
        ([petite], "petite"),
        ([petite, moyenne], "petite"),
        ([petite, moyenne, petite], "petite"),
        ([petite, moyenne, moyenne], "moyenne"),
        ([petite, moyenne, grande], "grande"),
        ([petite, moyenne, petite, moyenne, moyenne], "moyenne"),
    ]
    for exercices, taille in attendus:
        assert compute_taille_acquise(exercices, jour=JOUR) is TailleEntreprise(taille)
    with pytest.raises(ValueError, match="au moins un exercice"):
        compute_taille_acquise([], jour=JOUR)
    with pytest.raises(ValueError, match="négatifs"):
        exercice(-1, 0, 0)


# Zonage des aides à finalité régionale


def test_a_zoning_file_gives_the_rate_of_each_commune():
    zonage = read_zonage(
        "code_commune;zone;taux;partielle\n88160;c;15;\n2A004;c;10,5 %;\n88383;c;25;oui\n97302;a;70;\n"
    )

    assert zonage.find("88160") == ZoneAfr(
        type=TypeZoneAfr.C, taux=Fraction(15, 100), reference=HORS_ZONE.reference
    )
    assert zonage.find("2A004").taux == Fraction(105, 1000)
    assert zonage.find("97302").type is TypeZoneAfr.A
    assert zonage.find("75056") == HORS_ZONE
    assert zonage.find("88383") is None


@pytest.mark.parametrize(
    ("texte", "faute"),
    [
        ("code;zone;taux\n", "colonne absente : code_commune"),
        ("code_commune,zone,taux\n8816,c,15\n", "ligne 2 : « 8816 »"),
        ("code_commune,zone,taux\n88160,d,15\n", "zone « d »"),
        ("code_commune,zone,taux\n88160,c,0.15\n", "taux « 0.15 »"),
        ("code_commune,zone,taux\n88160,c,150\n", "taux « 150 »"),
        ("code_commune,zone,taux\n88160,c,15\n88160,c,15\n", "ligne 3 : la commune 88160 est déjà citée"),
    ],
)
def test_a_wrong_zoning_file_names_its_line(texte, faute):
    with pytest.raises(ZonageIllisible) as refus:
        read_zonage(texte)
    assert faute in str(refus.value).replace("\u00a0", " ")


def test_a_zone_and_its_rate_go_together():
    for faits in (
        {"type": TypeZoneAfr.C},
        {"type": TypeZoneAfr.HORS_ZONE, "taux": Fraction(1, 10)},
        {"type": TypeZoneAfr.A, "taux": Fraction(2)},
    ):
        with pytest.raises(ValueError, match="zone"):
            ZoneAfr(**faits)
    with pytest.raises(ValueError, match="jamais négatif"):
        AideEtat(equivalent=-1)
