"""Binômes, places, mandats, poste, structure animatrice, référents : datés, corrigés par de nouveaux faits."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
import time_machine
from tests.fabriques import (
    FABRIQUE,
    make_axe,
    make_epci,
    make_organisation,
    make_personne,
    make_referent,
    make_territoire,
)

from maillage.comptes.permissions import Permission
from maillage.fiches.actions import create_fiche
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires import actions_mandats as actes
from maillage.territoires.actions import appoint, give_mandat
from maillage.territoires.enums import EtatPlace, PorteeBinome, RangReferent, RoleMandat
from maillage.territoires.models import Binome, CofinancementPoste, Mandat, Place, Referent
from maillage.territoires.permissions import has_permission
from maillage.territoires.selectors_mandats import read_roles

pytestmark = pytest.mark.django_db

JANVIER, JUIN, DECEMBRE = date(2024, 1, 1), date(2024, 6, 1), date(2024, 12, 1)


@pytest.fixture
def territoire():
    return make_territoire("v2/ti-2701")


def nommer(territoire, role=RoleMandat.ELU, **champs):
    champs.setdefault("personne", make_personne())
    return give_mandat(territoire=territoire, role=role, by=FABRIQUE, **champs)


# --- chevauchements ----------------------------------------------------------------------------------------------


def test_a_seat_of_a_binome_has_one_person_at_a_time(territoire):
    nommer(territoire, debut=JANVIER, fin=DECEMBRE)
    with pytest.raises(ActionImpossible, match="Cette place est tenue par") as refus:
        nommer(territoire, debut=JUIN)
    assert refus.value.champ == "debut"
    nommer(territoire, debut=DECEMBRE)  # le jour de fin est exclu : le suivant peut commencer ce jour-là


def test_a_person_does_not_hold_the_same_role_twice_on_a_day(territoire):
    premier = nommer(territoire, RoleMandat.CHEF_PROJET, debut=JANVIER)
    with pytest.raises(ActionImpossible, match="a déjà ce rôle"):
        nommer(territoire, RoleMandat.CHEF_PROJET, personne=premier.personne, debut=JUIN)
    nommer(territoire, RoleMandat.CHEF_PROJET, debut=JUIN)  # un poste peut être partagé


def test_an_unknown_beginning_overlaps_everything_before_the_end(territoire):
    nommer(territoire, fin=JUIN)
    with pytest.raises(ActionImpossible):
        nommer(territoire, debut=JANVIER)
    nommer(territoire, debut=JUIN)


def test_a_mandate_does_not_end_before_it_begins(territoire):
    with pytest.raises(ActionImpossible) as refus:
        nommer(territoire, debut=JUIN, fin=JANVIER)
    assert refus.value.champ == "fin"
    assert "1er janvier 2024" in str(refus.value)


def test_each_binome_has_its_own_two_seats(territoire):
    axe = territoire.vague.axes.earliest("rang")
    binome = actes.create_binome(territoire=territoire, portee=PorteeBinome.AXE, axe=axe, by=FABRIQUE)
    nommer(territoire, debut=JANVIER)
    nommer(territoire, debut=JANVIER, binome=binome)
    with pytest.raises(ActionImpossible):
        nommer(territoire, debut=JUIN, binome=binome)
    with pytest.raises(ActionImpossible, match="laissez le binôme vide") as refus:
        nommer(territoire, RoleMandat.CHEF_PROJET, binome=binome)
    assert refus.value.champ == "binome"


def test_a_binome_of_another_territory_is_refused(territoire):
    ailleurs = make_territoire("v2/ti-2702")
    binome = actes.create_binome(territoire=ailleurs, portee=PorteeBinome.GENERAL, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="autre territoire"):
        nommer(territoire, binome=binome)


def test_a_binome_names_what_it_looks_after_and_only_once(territoire):
    epci = make_epci()
    for portee, champ in (
        (PorteeBinome.AXE, "axe"),
        (PorteeBinome.EPCI, "epci"),
        (PorteeBinome.ACTION, "sujet"),
    ):
        with pytest.raises(ActionImpossible) as refus:
            actes.create_binome(territoire=territoire, portee=portee, by=FABRIQUE)
        assert refus.value.champ == champ
    actes.create_binome(
        territoire=territoire, portee=PorteeBinome.EPCI, epci=epci, is_chef_de_file=True, by=FABRIQUE
    )
    with pytest.raises(ActionImpossible, match="existe déjà"):
        actes.create_binome(territoire=territoire, portee=PorteeBinome.EPCI, epci=epci, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="déjà chef de file") as refus:
        actes.create_binome(
            territoire=territoire, portee=PorteeBinome.GENERAL, is_chef_de_file=True, by=FABRIQUE
        )
    assert refus.value.champ == "is_chef_de_file"


# --- nouveaux faits ----------------------------------------------------------------------------------------------


def test_a_correction_is_a_new_fact_and_the_old_one_stays(territoire):
    mandat = nommer(territoire, debut=JANVIER, intitule="Maire")
    nouveau = actes.correct_mandat(
        mandat=mandat,
        organisation=None,
        intitule="Vice-présidente",
        binome=None,
        debut=JUIN,
        fin=None,
        motif="erreur de date",
        by=FABRIQUE,
    )
    mandat.refresh_from_db()
    assert mandat.remplace_at is not None
    assert (mandat.debut, mandat.intitule) == (JANVIER, "Maire")
    assert list(Mandat.objects.connus().filter(territoire=territoire)) == [nouveau]
    assert not Mandat.objects.at(date(2024, 2, 1)).filter(territoire=territoire).exists()
    entree = Entree.objects.get(code="territoires.mandat.corrige")
    assert entree.motif == "erreur de date"
    assert "1er juin 2024" in phrase(entree)
    with pytest.raises(ActionImpossible, match="corrigé entre-temps"):
        actes.end_mandat(mandat=mandat, fin=DECEMBRE, by=FABRIQUE)


def test_a_correction_says_why_and_an_unchanged_mandate_writes_nothing(territoire):
    mandat = nommer(territoire, debut=JANVIER)
    memes = {"organisation": None, "intitule": "", "binome": None, "debut": JANVIER, "fin": None}
    assert actes.correct_mandat(mandat=mandat, motif="", by=FABRIQUE, **memes) == mandat
    with pytest.raises(ActionImpossible) as refus:
        actes.correct_mandat(mandat=mandat, motif=" ", by=FABRIQUE, **memes | {"fin": JUIN})
    assert refus.value.champ == "motif"
    assert Mandat.objects.count() == 1


def test_a_mandate_written_by_mistake_is_withdrawn_and_stays_readable(territoire):
    mandat = nommer(territoire, debut=JANVIER)
    actes.cancel_mandat(mandat=mandat, motif="homonyme", by=FABRIQUE)
    assert not Mandat.objects.connus().exists()
    assert Mandat.objects.get(pk=mandat.pk).remplace_at is not None
    nommer(territoire, debut=JANVIER, personne=mandat.personne)


@time_machine.travel("2024-05-31 12:00", tick=False)
def test_the_rights_of_a_partner_end_on_the_day_its_mandate_ends(territoire):
    personne = make_personne()
    nommer(territoire, RoleMandat.PARTENAIRE, personne=personne, debut=JANVIER, fin=JUIN)
    assert has_permission(personne, Permission.FICHE_CREATE, territoire)
    with time_machine.travel("2024-06-01 00:30", tick=False):
        assert not has_permission(
            type(personne).objects.get(pk=personne.pk), Permission.FICHE_CREATE, territoire
        )


def test_a_partner_always_has_an_end(territoire):
    with pytest.raises(ActionImpossible) as refus:
        nommer(territoire, RoleMandat.PARTENAIRE)
    assert refus.value.champ == "fin"


def test_ending_a_binome_ends_its_members_that_day(territoire):
    binome = actes.create_binome(
        territoire=territoire, portee=PorteeBinome.GENERAL, debut=JANVIER, by=FABRIQUE
    )
    nommer(territoire, binome=binome, debut=JANVIER)
    actes.declare_place(
        territoire=territoire,
        role=RoleMandat.INDUSTRIEL,
        binome=binome,
        etat=EtatPlace.VACANTE,
        debut=JANVIER,
        by=FABRIQUE,
    )
    actes.end_binome(binome=binome, fin=JUIN, by=FABRIQUE, motif="fusion")
    assert Mandat.objects.connus().get().fin == JUIN
    assert Place.objects.connus().get().fin == JUIN
    assert not Binome.objects.at(JUIN).exists()
    assert read_roles(territoire, date(2024, 5, 31)).binomes[0].places[0].mandats


# --- places ------------------------------------------------------------------------------------------------------


def test_a_vacancy_is_a_dated_fact_that_ends_when_someone_is_named(territoire):
    actes.declare_place(
        territoire=territoire,
        role=RoleMandat.CHEF_PROJET,
        etat=EtatPlace.VACANTE,
        debut=JANVIER,
        precision="départ",
        by=FABRIQUE,
    )
    lue = read_roles(territoire, JUIN).chef_projet
    assert lue.is_vacante
    assert lue.place.debut == JANVIER
    nommer(territoire, RoleMandat.CHEF_PROJET, debut=JUIN)
    assert not read_roles(territoire, JUIN).chef_projet.is_vacante
    assert read_roles(territoire, date(2024, 3, 1)).chef_projet.place.precision == "départ"


def test_a_held_seat_is_not_vacant(territoire):
    nommer(territoire, debut=JANVIER)
    with pytest.raises(ActionImpossible, match="tient cette place"):
        actes.declare_place(
            territoire=territoire, role=RoleMandat.ELU, etat=EtatPlace.VACANTE, debut=JUIN, by=FABRIQUE
        )


def test_a_name_to_confirm_is_neither_held_nor_vacant(territoire):
    actes.declare_place(
        territoire=territoire, role=RoleMandat.ELU, etat=EtatPlace.A_CONFIRMER, source="presse", by=FABRIQUE
    )
    elu, industriel = read_roles(territoire, JUIN).binomes[0].places
    assert elu.is_a_confirmer
    assert not elu.is_vacante
    assert industriel.is_vacante


def test_a_territory_without_anyone_still_works(territoire):
    lus = read_roles(territoire, JUIN)
    assert [ou for ou, _ in lus.vacantes] == ["", "Binôme du territoire", "Binôme du territoire"]
    fiche = create_fiche(
        territoire=territoire, titre="Sans attendre", by=make_personne("chef_projet", territoire=territoire)
    )
    assert fiche.pk


# --- poste, structure --------------------------------------------------------------------------------------------


def test_the_shares_of_the_post_are_exact_and_never_pass_the_whole(territoire):
    etat, region = make_organisation(), make_organisation()
    part = actes.record_cofinancement(
        territoire=territoire,
        financeur=etat,
        taux=Fraction(2, 3),
        montant=4_380_000,
        debut=JANVIER,
        source="convention",
        by=FABRIQUE,
    )
    part.refresh_from_db()
    assert (part.taux, part.montant) == (Fraction(2, 3), 4_380_000)
    with pytest.raises(ActionImpossible, match="dépasseraient 100") as refus:
        actes.record_cofinancement(
            territoire=territoire, financeur=region, taux=Fraction(34, 100), source="s", by=FABRIQUE
        )
    assert refus.value.champ == "taux"
    actes.record_cofinancement(
        territoire=territoire, financeur=region, taux=Fraction(1, 3), source="s", by=FABRIQUE
    )
    with pytest.raises(ActionImpossible, match="a déjà une part"):
        actes.record_cofinancement(
            territoire=territoire, financeur=etat, taux=Fraction(1, 100), debut=JUIN, source="s", by=FABRIQUE
        )


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"source": "s"}, "taux"),
        ({"taux": Fraction(3, 2), "source": "s"}, "taux"),
        ({"taux": Fraction(1, 2), "source": " "}, "source"),
    ],
)
def test_a_share_says_how_much_and_after_what(territoire, champs, champ):
    with pytest.raises(ActionImpossible) as refus:
        actes.record_cofinancement(
            territoire=territoire, financeur=make_organisation(), by=FABRIQUE, **champs
        )
    assert refus.value.champ == champ
    assert not CofinancementPoste.objects.exists()


def test_two_bodies_may_animate_together_but_none_twice(territoire):
    agence, pays = make_organisation(), make_organisation()
    actes.name_animation(territoire=territoire, organisation=agence, debut=JANVIER, by=FABRIQUE)
    actes.name_animation(territoire=territoire, organisation=pays, debut=JANVIER, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="anime déjà"):
        actes.name_animation(territoire=territoire, organisation=agence, debut=JUIN, by=FABRIQUE)


# --- référents ---------------------------------------------------------------------------------------------------


def test_an_operator_has_one_first_referent_and_as_many_deputies_as_it_wants(territoire):
    banque = make_organisation()
    premier = make_referent(territoire=territoire, organisation=banque, debut=JANVIER)
    for _ in range(2):
        make_referent(territoire=territoire, organisation=banque, rang=RangReferent.SUPPLEANT)
    with pytest.raises(ActionImpossible, match="déjà référent·e titulaire") as refus:
        make_referent(territoire=territoire, organisation=banque, debut=JUIN)
    assert refus.value.champ == "rang"
    actes.end_fait(fait=premier, fin=JUIN, by=FABRIQUE)
    make_referent(territoire=territoire, organisation=banque, debut=JUIN)


def test_who_has_no_referent_is_listed(territoire):
    banque, agence = make_organisation(nom="Banque"), make_organisation(nom="Agence")
    make_referent(territoire=territoire, organisation=banque)
    make_referent(territoire=territoire, organisation=agence, rang=RangReferent.SUPPLEANT)
    assert read_roles(territoire, aujourdhui()).sans_referent == [agence]


def test_naming_for_a_region_is_all_or_nothing_unless_those_in_place_are_kept(territoire):
    banque, voisin = make_organisation(), make_territoire("v2/ti-2702")
    make_referent(territoire=territoire, organisation=banque)
    nomme = actes.Nomme(nom="Direction régionale")
    saisie = {"territoires": [territoire, voisin], "organisation": banque, "nomme": nomme, "by": FABRIQUE}
    with pytest.raises(ActionImpossible):
        actes.name_referents(**saisie)
    assert Referent.objects.count() == 1
    assert [r.territoire for r in actes.name_referents(**saisie, garder=True)] == [voisin]


def test_the_same_name_at_the_same_operator_is_the_same_person(territoire):
    banque, voisin = make_organisation(), make_territoire("v2/ti-2702")
    nomme = actes.Nomme(prenom="Dana", nom="Delta")
    for lieu in (territoire, voisin):
        actes.name_referents(territoires=[lieu], organisation=banque, nomme=nomme, by=FABRIQUE)
    assert Referent.objects.values("personne").distinct().count() == 1
    actes.name_referents(territoires=[voisin], organisation=make_organisation(), nomme=nomme, by=FABRIQUE)
    assert Referent.objects.values("personne").distinct().count() == 2


def test_a_mandate_ends_once(territoire):
    fini = actes.end_mandat(mandat=nommer(territoire, debut=JANVIER), fin=JUIN, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="déjà pris fin"):
        actes.end_mandat(mandat=fini, fin=DECEMBRE, by=FABRIQUE)


def test_a_refused_appointment_creates_nobody(territoire):
    nommer(territoire, debut=JANVIER)
    nombre = type(make_personne()).objects.count()
    with pytest.raises(ActionImpossible):
        appoint(
            territoire=territoire,
            role=RoleMandat.ELU,
            nomme=actes.Nomme(nom="Nouvelle", organisation_nom="Ville neuve", organisation_type="commune"),
            debut=aujourdhui() + timedelta(days=1),
            by=FABRIQUE,
        )
    assert type(make_personne()).objects.count() == nombre + 1


def test_the_roles_cost_the_same_for_one_or_six_binomes(territoire, django_assert_num_queries):
    make_axe("transition", vague=territoire.vague)
    with django_assert_num_queries(7):
        read_roles(territoire, JUIN)
    for numero in range(6):
        binome = actes.create_binome(
            territoire=territoire, portee=PorteeBinome.ACTION, sujet=f"Action {numero}", by=FABRIQUE
        )
        for role in (RoleMandat.ELU, RoleMandat.INDUSTRIEL):
            nommer(territoire, role, binome=binome, debut=JANVIER)
    with django_assert_num_queries(7):
        lus = read_roles(territoire, JUIN)
    assert len(lus.binomes) == 6
    assert all(lu.is_complet for lu in lus.binomes)


def test_a_mandate_of_unknown_start_does_not_end_before_its_phase():
    territoire = make_territoire("v1/ti-4491")
    mandat = make_personne("elu", territoire=territoire).mandats.get()
    Mandat.objects.filter(pk=mandat.pk).update(debut=None)
    with pytest.raises(ActionImpossible, match="aucun mandat n’y finit avant"):
        actes.end_mandat(mandat=mandat, fin=date(2010, 1, 1), by=FABRIQUE)
