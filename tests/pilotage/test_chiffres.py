"""Les chiffres à une date : bornes, connaissance, vagues, espaces fictifs, argent, forme publique."""

import json
from datetime import UTC, date, datetime
from fractions import Fraction
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Sum

from maillage.comptes.enums import TypeOrganisation
from maillage.fiches.actions import move_fiche, update_fiche
from maillage.fiches.enums import Maturite, StatutFiche
from maillage.financement.enums import NatureLigne, OrigineFinanceur, StatutLigne
from maillage.financement.models import Mouvement
from maillage.pilotage.models import Indicateur
from maillage.pilotage.selectors import FAITS_COMPTES, Perimetre, compute_chiffres, to_json
from maillage.territoires.actions import correct_etape
from maillage.territoires.enums import Fait
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    make_departement,
    make_fiche,
    make_ligne,
    make_organisation,
    make_plan,
    make_region,
    make_territoire,
)
from tests.pilotage.faits import FIN_2022, LANCEMENT, etape, labellise, publie

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vagues")]

EN_2019 = date(2019, 11, 19)
EN_2024 = date(2024, 6, 1)


def lire(au: date, **champs: object):
    return compute_chiffres(Perimetre(au=au, **champs))


def compte(au: date, cle: str, **champs: object) -> tuple[int, int]:
    trouve = lire(au, **champs).territoires[cle]
    return trouve.certains, trouve.possibles


# --- dates et bornes ---------------------------------------------------------------------------------------------


def test_a_fact_between_bounds_is_possible_from_the_first_and_certain_from_the_second():
    labellise(debut=LANCEMENT, fin=FIN_2022)
    assert compte(date(2018, 11, 21), "labellises") == (0, 0)
    assert compte(LANCEMENT, "labellises") == (0, 1)
    assert compte(date(2022, 12, 30), "labellises") == (0, 1)
    assert compte(FIN_2022, "labellises") == (1, 1)


@pytest.mark.parametrize(("jour", "attendu"), [(date(2019, 11, 18), 1), (EN_2019, 2)])
def test_a_dated_act_counts_from_its_day(jour, attendu):
    etape(labellise("v1/ti-1"), Fait.PROTOCOLE, date(2019, 3, 18))
    etape(labellise("v1/ti-2"), Fait.ACTE_NATURE_INCONNUE, EN_2019)
    assert compte(jour, "au_moins_un_acte") == (attendu, attendu)


def test_a_territory_with_two_acts_counts_once():
    territoire = labellise()
    etape(territoire, Fait.PROTOCOLE, date(2019, 3, 18))
    etape(territoire, Fait.CONTRAT, EN_2019)
    assert compte(EN_2019, "au_moins_un_acte") == (1, 1)


def test_labels_follow_the_wave_in_force_but_acts_and_fiches_never_vanish():
    ancien = labellise("v1/ti-1")
    etape(ancien, Fait.PROTOCOLE, EN_2019)
    make_fiche(territoire=ancien, date_effet=EN_2019)
    labellise("v2/ti-9", debut=date(2023, 11, 9))
    assert compte(date(2023, 11, 8), "labellises") == (1, 1)
    chiffres = lire(date(2023, 11, 9))
    assert chiffres.territoires["labellises"].certains == 1
    assert chiffres.par_vague["v1"].territoires["labellises"].certains == 0
    assert chiffres.territoires["protocole"].certains == 1
    assert chiffres.fiches_total == 1
    assert (chiffres.par_vague["v1"].fiches_total, chiffres.par_vague["v2"].fiches_total) == (1, 0)


def test_a_territory_that_left_is_no_longer_labelled_and_a_possible_exit_is_not_certain():
    territoire = labellise()
    etape(territoire, Fait.SORTI, date(2020, 1, 1), date(2020, 6, 1))
    assert compte(EN_2019, "labellises") == (1, 1)
    assert compte(date(2020, 3, 1), "labellises") == (0, 1)
    assert compte(date(2020, 6, 1), "labellises") == (0, 0)


def test_a_corrected_step_counts_at_its_new_date_and_the_old_one_stays_known_then():
    with time_machine.travel(datetime(2020, 1, 10, 12, tzinfo=UTC), tick=False):
        ancienne = etape(labellise(), Fait.PROTOCOLE, date(2019, 3, 1))
    with time_machine.travel(datetime(2020, 2, 10, 12, tzinfo=UTC), tick=False):
        correct_etape(
            etape=ancienne, debut=EN_2019, fin=EN_2019, source="errata", by=FABRIQUE, motif="jour faux"
        )
    assert compte(date(2019, 4, 1), "protocole") == (0, 0)
    assert compte(EN_2019, "protocole") == (1, 1)
    assert compte(date(2019, 4, 1), "protocole", connu_le=date(2020, 1, 15)) == (1, 1)
    assert compte(EN_2019, "protocole", connu_le=date(2020, 1, 9)) == (0, 0)


def test_the_lead_region_chooses_the_territories():
    loin = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne-Franche-Comté"))
    labellise("v1/ti-1")
    labellise("v1/ti-2", departement=loin)
    assert compte(EN_2019, "labellises", region="27") == (1, 1)
    regions = {ligne.code: ligne for ligne in lire(EN_2019).par_region}
    assert {code: ligne.territoires["labellises"].certains for code, ligne in regions.items()} == {
        "27": 1,
        "52": 1,
    }
    assert lire(EN_2019, region="27").par_region == []


def test_fictional_spaces_are_counted_alone_and_never_with_the_real_ones():
    etape(make_territoire("v1/fictif-1", is_fictif=True), Fait.PROTOCOLE, EN_2019)
    publie(141, EN_2019)
    assert compte(EN_2019, "protocole") == (0, 0)
    fictif = lire(EN_2019, fictif=True)
    assert fictif.territoires["protocole"].certains == 1
    assert fictif.publies == []


# --- chiffres publiés --------------------------------------------------------------------------------------------


def test_the_published_count_leads_until_the_end_of_2022():
    labellise(fin=FIN_2022)
    publie(124, LANCEMENT)
    publie(136, date(2019, 3, 5))
    avant = lire(date(2019, 3, 4))
    assert avant.is_publie_en_tete
    assert avant.denominateur == 124
    assert lire(date(2019, 3, 5)).denominateur == 136
    apres = lire(FIN_2022)
    assert not apres.is_publie_en_tete
    assert apres.denominateur == 1
    assert apres.labellises_publie.valeur == 136


def test_a_published_count_between_certain_and_possible_says_why_and_is_no_conflict():
    labellise("v1/ti-1")
    labellise("v1/ti-2", fin=FIN_2022)
    publie(2, LANCEMENT)
    publie_lu = lire(EN_2019).publie_labellises
    assert not publie_lu.en_conflit
    assert "1 sont certains ce jour-là et 2 possibles" in publie_lu.phrase


def test_a_published_count_outside_the_bounds_is_a_conflict():
    labellise()
    publie(5, LANCEMENT)
    assert lire(EN_2019).publie_labellises.en_conflit


def test_two_sources_of_the_same_day_that_disagree_are_both_kept_and_flagged():
    labellise("v1/ti-1", fin=FIN_2022)
    publie(1, EN_2019, "carte")
    publie(0, EN_2019, "journal")
    publies = lire(EN_2019).publies
    assert {p.chiffre.source for p in publies} == {"carte", "journal"}
    assert all(p.en_conflit for p in publies)


def test_a_published_label_count_of_one_wave_does_not_speak_of_the_next():
    labellise("v2/ti-9", debut=date(2023, 11, 9))
    publie(149, FIN_2022)
    assert lire(EN_2024).labellises_publie is None
    assert lire(date(2023, 1, 1)).labellises_publie.valeur == 149


def test_a_regional_published_count_is_not_the_national_one():
    labellise()
    publie(15, EN_2019, region=make_region())
    assert lire(EN_2019).labellises_publie is None
    assert lire(EN_2019, region="52").labellises_publie.valeur == 15
    assert lire(EN_2019).par_region[0].publie.valeur == 15


# --- fiches ------------------------------------------------------------------------------------------------------


def test_fiches_are_counted_with_their_state_maturity_and_axis_of_that_day():
    fiche = make_fiche(territoire=labellise(), date_effet=date(2019, 9, 9), maturite=Maturite.EMERGENCE)
    update_fiche(
        fiche=fiche, by=FABRIQUE, version_lue=1, date_effet=date(2020, 1, 1), maturite=Maturite.MATURE
    )
    move_fiche(fiche=fiche, vers=StatutFiche.PROPOSEE, by=FABRIQUE, date_effet=date(2020, 2, 1))
    assert lire(date(2019, 9, 8)).fiches_total == 0
    avant, apres = lire(EN_2019), lire(date(2020, 2, 1))
    assert (avant.par_etat, avant.par_maturite) == ({"brouillon": 1}, {"emergence": 1})
    assert (apres.par_etat, apres.par_maturite) == ({"proposee": 1}, {"mature": 1})
    assert avant.par_axe == {fiche.axe.code: 1}


def test_every_breakdown_of_fiches_sums_to_the_total_and_abandoned_ones_are_apart():
    territoire = labellise()
    for statut in (StatutFiche.IDEE, StatutFiche.BROUILLON, StatutFiche.RETENUE, StatutFiche.ABANDONNEE):
        make_fiche(territoire=territoire, statut=statut, date_effet=EN_2019)
    chiffres = lire(EN_2019)
    assert chiffres.fiches_total == 3
    assert chiffres.abandonnees == 1
    for repartition in (chiffres.par_etat, chiffres.par_maturite, chiffres.par_axe):
        assert sum(repartition.values()) == chiffres.fiches_total
    assert chiffres.par_axe["sans_axe"] == 1


# --- argent ------------------------------------------------------------------------------------------------------


def _accorde(
    montant: int,
    type_financeur: TypeOrganisation = TypeOrganisation.OPERATEUR,
    *,
    jour: date = EN_2019,
    statut=StatutLigne.ACCORDE,
    territoire=None,
):
    fiche = make_fiche(territoire=territoire or make_territoire("v1/ti-1"), date_effet=jour)
    make_plan(fiche=fiche, date_effet=jour)
    financeur = make_organisation(type_financeur, is_financeur=True)
    return make_ligne(fiche=fiche, statut=statut, montant=montant, financeur=financeur, date_effet=jour)


def test_amounts_are_those_of_the_day_and_equal_to_the_replay_of_movements():
    labellise()
    _accorde(40_000 * EUROS, jour=date(2019, 6, 1))
    _accorde(10_000 * EUROS, statut=StatutLigne.VERSE_PARTIEL)
    _accorde(5_000 * EUROS, statut=StatutLigne.REFUSE)
    for jour in (date(2019, 5, 31), date(2019, 6, 1), EN_2019):
        rejoue = {
            ligne["mesure"]: ligne["s"]
            for ligne in Mouvement.objects.filter(jour__lte=jour, is_part_propre=False)
            .order_by()
            .values("mesure")
            .annotate(s=Sum("centimes"))
        }
        assert {m: s for m, s in lire(jour).montants.items() if s} == {m: s for m, s in rejoue.items() if s}
    fin = lire(EN_2019)
    assert (fin.montants["demande"], fin.montants["accorde"], fin.montants["verse"]) == (
        5_500_000,
        5_000_000,
        500_000,
    )
    assert fin.taux_accord == Fraction(50, 55)


def test_what_a_carrier_pays_itself_is_not_counted_as_asked_or_granted():
    territoire = labellise()
    fiche = make_fiche(
        territoire=territoire, porteur=make_organisation(TypeOrganisation.ENTREPRISE), date_effet=EN_2019
    )
    make_plan(fiche=fiche, date_effet=EN_2019)
    make_ligne(
        fiche=fiche,
        statut=StatutLigne.ACCORDE,
        montant=20_000 * EUROS,
        financeur=fiche.porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
        date_effet=EN_2019,
    )
    assert Mouvement.objects.filter(is_part_propre=True).exists()
    assert not any(lire(EN_2019).montants.values())
    assert lire(EN_2019, connu_le=date(2030, 1, 1)).montants == lire(EN_2019).montants


def test_amounts_by_funder_wave_and_region_sum_to_the_total():
    _accorde(40_000 * EUROS, territoire=labellise("v1/ti-1"))
    _accorde(10_000 * EUROS, territoire=labellise("v2/ti-9", debut=date(2023, 11, 9)), jour=EN_2024)
    chiffres = lire(EN_2024)
    for mesure, total in chiffres.montants.items():
        assert sum(f.montants[mesure] for f in chiffres.par_financeur) == total
        assert sum(c.montants[mesure] for c in chiffres.par_vague.values()) == total
        assert sum(r.montants[mesure] for r in chiffres.par_region) == total


def test_amounts_known_on_a_day_ignore_what_was_recorded_later():
    with time_machine.travel(datetime(2020, 1, 10, 12, tzinfo=UTC), tick=False):
        _accorde(40_000 * EUROS)
    with time_machine.travel(datetime(2020, 3, 10, 12, tzinfo=UTC), tick=False):
        _accorde(2_000 * EUROS)
    assert lire(EN_2019).montants["accorde"] == 4_200_000
    assert lire(EN_2019, connu_le=date(2020, 2, 1)).montants["accorde"] == 4_000_000


@pytest.mark.parametrize(
    ("type_financeur", "statut", "attendu"),
    [
        (TypeOrganisation.ETAT, StatutLigne.ACCORDE, 1),
        (TypeOrganisation.OPERATEUR, StatutLigne.ACCORDE, 1),
        (TypeOrganisation.REGION, StatutLigne.ACCORDE, 0),
        (TypeOrganisation.ETAT, StatutLigne.SOLLICITE, 0),
        (TypeOrganisation.OPERATEUR, StatutLigne.CADUC, 0),
    ],
)
def test_an_engagement_is_a_grant_of_the_state_or_an_operator_still_held(type_financeur, statut, attendu):
    _accorde(40_000 * EUROS, type_financeur, statut=statut, territoire=labellise())
    assert lire(EN_2019).avec_engagement == attendu


def test_no_request_means_no_grant_rate():
    assert lire(EN_2019).taux_accord is None


# --- coût et formes ----------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_depend_on_the_data(django_assert_num_queries):
    _accorde(1_000 * EUROS, territoire=labellise("v1/ti-1"))
    with django_assert_num_queries(12):
        lire(EN_2019)
    for n in range(2, 6):
        departement = make_departement(
            f"0{n}", f"Département {n}", region=make_region(f"1{n}", f"Région {n}")
        )
        _accorde(1_000 * EUROS, territoire=labellise(f"v1/ti-{n}", departement=departement))
        publie(n, EN_2019, f"source {n}", Indicateur.FICHES)
    with django_assert_num_queries(12):
        lire(EN_2019)


CLES = {"au", "territoires", "fiches", "montants", "par_vague", "publies"}
CLES_FICHES = {"total", "par_axe", "par_maturite", "par_etat", "avec_engagement_etat_operateurs"}
CLES_MONTANTS = {"demande", "annonce", "accorde", "conventionne", "verse", "par_financeur"}


def test_the_public_form_has_the_promised_keys_at_every_level():
    _accorde(40_000 * EUROS, territoire=labellise())
    publie(124, LANCEMENT)
    forme = to_json(lire(EN_2019))
    assert set(forme) >= CLES
    assert forme["au"] == "2019-11-19"
    for niveau in (forme, forme["par_vague"]["v1"]):
        assert set(niveau["territoires"]) >= {"labellises", "labellises_possibles", *FAITS_COMPTES}
        assert set(niveau["fiches"]) >= CLES_FICHES
        assert set(niveau["montants"]) >= CLES_MONTANTS
    assert forme["montants"]["par_financeur"][0]["accorde"] == 4_000_000
    assert forme["publies"][0] | {"valeur": 124, "source": "presse"} == forme["publies"][0]


def test_the_command_writes_only_json_and_the_same_figures():
    etape(labellise(), Fait.PROTOCOLE, EN_2019)
    sortie = StringIO()
    call_command("chiffres", "--au", "2019-11-19", "--json", stdout=sortie)
    assert json.loads(sortie.getvalue()) == json.loads(json.dumps(to_json(lire(EN_2019))))


def test_the_command_names_the_regions_when_the_code_is_unknown():
    make_region()
    with pytest.raises(CommandError, match="52 Pays de la Loire"):
        call_command("chiffres", "--region", "99", stdout=StringIO())


def test_the_command_reads_a_french_date_and_says_the_figures_in_words():
    labellise(fin=FIN_2022)
    sortie = StringIO()
    call_command("chiffres", "--au", "19/11/2019", stdout=sortie)
    assert "Chiffres au 19 novembre 2019" in sortie.getvalue()
    assert "jusqu’à 1 possibles" in sortie.getvalue()
