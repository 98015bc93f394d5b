"""Comités : échelons, noms datés, règle, collèges, mandats."""

from datetime import date

import pytest
import time_machine

from maillage.agenda.selectors import find_invitation, make_jeton
from maillage.contrats.enums import StatutActe
from maillage.gouvernance import actions
from maillage.gouvernance.enums import NatureComite, Parite, Qualite, StatutSeance
from maillage.gouvernance.permissions import comites_visible_to, user_can_manage_comite
from maillage.gouvernance.selectors import get_regle, list_membres
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.enums import Fait
from tests.fabriques import (
    FABRIQUE,
    make_acte,
    make_comite,
    make_departement,
    make_membre,
    make_organisation,
    make_personne,
    make_region,
    make_seance,
    make_territoire,
)

pytestmark = pytest.mark.django_db
JANVIER, MARS, JUIN = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


def test_a_comite_is_born_without_quorum_parity_or_college():
    comite = make_comite()
    assert get_regle(comite, aujourdhui()) is None
    assert not comite.colleges.exists()


@pytest.mark.parametrize("nature", [NatureComite.COPIL_REGIONAL, NatureComite.COPIL_NATIONAL])
def test_a_copil_is_not_the_committee_of_a_territoire(nature):
    with pytest.raises(ActionImpossible, match="échelon"):
        actions.create_comite(territoire=make_territoire(), nature=nature, by=FABRIQUE)


def test_two_comites_do_not_share_a_name_in_one_place():
    comite = make_comite()
    with pytest.raises(ActionImpossible, match="déjà ici un comité"):
        make_comite(territoire=comite.territoire)
    assert make_comite(territoire=make_territoire("v1/ti-2701")).nom == comite.nom


def test_renaming_is_a_dated_fact_and_the_old_name_stays():
    comite = make_comite(installe_le=JANVIER)
    with time_machine.travel("2026-06-15"):
        actions.rename_comite(
            comite=comite, nature=NatureComite.SUIVI, nom="COPIL local", depuis=MARS, by=FABRIQUE
        )
        with pytest.raises(ActionImpossible, match="ne peut pas venir avant"):
            actions.rename_comite(
                comite=comite, nature=NatureComite.SUIVI, nom="Autre", depuis=JANVIER, by=FABRIQUE
            )
    assert [(n.nom, n.depuis) for n in comite.noms.all()] == [
        ("Comité de projet", JANVIER),
        ("COPIL local", MARS),
    ]


def test_signing_an_acte_turns_the_comite_de_projet_into_comite_de_suivi():
    comite = make_comite()
    technique = make_comite(territoire=comite.territoire, nature=NatureComite.TECHNIQUE)
    acte = make_acte(territoire=comite.territoire, statut=StatutActe.SIGNE)
    comite.refresh_from_db()
    technique.refresh_from_db()
    assert (comite.nature, comite.nom) == (NatureComite.SUIVI, "Comité de suivi")
    assert comite.noms.latest("id").depuis == acte.date_fin
    assert technique.nature == NatureComite.TECHNIQUE


def test_a_territoire_without_comite_signs_all_the_same():
    assert make_acte(statut=StatutActe.SIGNE).statut == StatutActe.SIGNE


def test_overlapping_mandates_of_one_person_are_refused_in_one_sentence():
    comite = make_comite()
    make_membre(comite, nom="Camille", email="c@essai.example", debut=JANVIER, fin=JUIN)
    with pytest.raises(ActionImpossible, match="se chevauchent"):
        make_membre(comite, nom="Camille", email="c@essai.example", debut=MARS)
    with pytest.raises(ActionImpossible, match="se chevauchent"):
        make_membre(comite, nom="Un autre nom", email="C@essai.example", debut=None, fin=MARS)
    suite = make_membre(comite, nom="Camille", email="c@essai.example", debut=JUIN)
    assert [m.pk for m in list_membres(comite, JUIN)] == [suite.pk]


def test_one_person_may_sit_on_two_comites():
    un, deux = make_comite(), make_comite(nature=NatureComite.TECHNIQUE)
    for comite in (un, deux):
        make_membre(comite, nom="Camille", email="c@essai.example")
    assert un.membres.count() == deux.membres.count() == 1


def test_a_corrected_address_is_invited_again_and_the_old_link_dies():
    comite = make_comite()
    membre = make_membre(comite, email="faux@essai.example")
    seance = make_seance(comite, statut=StatutSeance.CONVOQUEE)
    jeton = make_jeton(seance.rendez_vous.invitations.get())
    actions.update_membre(membre=membre, nom=membre.nom, titre="", email="juste@essai.example", by=FABRIQUE)
    assert find_invitation(jeton) is None
    assert actions.convoke_seance(seance=seance, by=FABRIQUE) == 1
    assert seance.rendez_vous.invitations.get().email == "juste@essai.example"


def test_a_correction_does_not_make_two_mandates_overlap():
    comite = make_comite()
    make_membre(comite, email="c@essai.example")
    autre = make_membre(comite)
    with pytest.raises(ActionImpossible, match="se chevauchent"):
        actions.update_membre(membre=autre, nom=autre.nom, titre="", email="c@essai.example", by=FABRIQUE)


def test_the_end_of_a_mandate_takes_its_deputies_and_erases_nothing():
    comite = make_comite()
    titulaire = make_membre(comite, debut=JANVIER)
    make_membre(comite, titulaire=titulaire, debut=JANVIER)
    actions.end_membre(membre=titulaire, fin=MARS, by=FABRIQUE)
    assert len(list_membres(comite, JANVIER)) == 2
    assert list_membres(comite, MARS) == []


def test_a_deputy_deputises_a_titular_of_the_same_comite():
    comite = make_comite()
    suppleant = make_membre(comite, titulaire=make_membre(comite))
    with pytest.raises(ActionImpossible, match="titulaire de ce comité"):
        make_membre(comite, titulaire=suppleant)


def test_parity_needs_two_colleges():
    comite = make_comite()
    with pytest.raises(ActionImpossible, match="deux collèges"):
        actions.set_regle(comite=comite, parite=Parite.EXIGEE, by=FABRIQUE)


def test_a_college_where_someone_sat_stays():
    comite = make_comite()
    college = actions.add_college(comite=comite, nom="Élus", by=FABRIQUE)
    make_membre(comite, college=college)
    with pytest.raises(ActionImpossible, match="a des membres"):
        actions.remove_college(college=college, by=FABRIQUE)


def test_a_comite_with_a_coming_seance_is_not_dissolved():
    seance = make_seance()
    with pytest.raises(ActionImpossible, match="annulez-la"):
        actions.dissolve_comite(comite=seance.comite, jour=aujourdhui(), motif="essai", by=FABRIQUE)


def test_gouvernance_is_counted_once_the_binome_and_the_comite_are_there():
    territoire = make_territoire()
    make_personne("elu", territoire=territoire)
    make_seance(make_comite(territoire=territoire, installe_le=aujourdhui()), statut=StatutSeance.TENUE)
    gouvernance = territoire.etapes.filter(fait=Fait.GOUVERNANCE)
    assert not gouvernance.exists()
    make_personne("industriel", territoire=territoire)
    comite = make_comite(territoire=territoire, nature=NatureComite.EXECUTIF, installe_le=aujourdhui())
    make_seance(comite, statut=StatutSeance.TENUE)
    assert gouvernance.get().fin == aujourdhui()


# --- qui voit, qui tient ---------------------------------------------------------------------------------------------


def test_who_sees_and_who_holds_a_comite():
    territoire = make_territoire()
    loin = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne-Franche-Comté"))
    make_territoire("v1/ti-2701", departement=loin)
    local, regional, ailleurs, national = (
        make_comite(territoire=territoire),
        make_comite(region=territoire.region),
        make_comite(region=loin.region),
        make_comite(nature=NatureComite.COPIL_NATIONAL),
    )
    chef, region, nation = (
        make_personne(role, territoire=territoire) for role in ("chef_projet", "region", "national")
    )
    assert set(comites_visible_to(chef)) == {local}
    assert set(comites_visible_to(region)) == {local, regional}
    assert set(comites_visible_to(nation)) == {local, regional, ailleurs, national}
    assert [user_can_manage_comite(chef, c) for c in (local, regional)] == [True, False]
    assert [user_can_manage_comite(region, c) for c in (local, regional, ailleurs)] == [False, True, False]
    assert [user_can_manage_comite(nation, c) for c in (local, regional, national)] == [False, False, True]


def test_a_member_sees_the_comite_and_its_chair_holds_it():
    comite = make_comite(region=make_region())
    membre, presidente = make_personne(), make_personne()
    make_membre(comite, membre)
    make_membre(comite, presidente, place=Qualite.PRESIDENT)
    assert comite in comites_visible_to(membre)
    assert not user_can_manage_comite(membre, comite)
    assert user_can_manage_comite(presidente, comite)


def test_a_past_member_no_longer_sees_the_comite():
    comite = make_comite(region=make_region())
    ancien = make_personne()
    make_membre(comite, ancien, debut=date(2020, 1, 1), fin=date(2021, 1, 1))
    assert comite not in comites_visible_to(ancien)


def test_an_organisation_may_hold_a_place_whose_person_is_unknown():
    comite = make_comite()
    organisation = make_organisation()
    assert str(make_membre(comite, nom="", email="", organisation=organisation)) == organisation.nom
    with pytest.raises(ActionImpossible, match="Donnez un nom"):
        make_membre(comite, nom="", email="")
