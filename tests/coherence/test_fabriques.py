"""Les fabriques mènent chaque objet à chaque état que les tables permettent."""

import pytest

from maillage.contrats.enums import StatutActe
from maillage.fiches.enums import StatutFiche
from maillage.financement.enums import StatutLigne
from maillage.financement.permissions import user_is_financeur_of
from maillage.instruction.enums import StatutDossier
from maillage.territoires.permissions import territoires_for
from tests.fabriques import (
    make_acte,
    make_dossier,
    make_fiche,
    make_invite,
    make_ligne,
    make_personne,
    make_plan,
    make_territoire,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("statut", StatutFiche)
def test_a_fiche_reaches_every_statut(statut):
    assert make_fiche(statut=statut).statut == statut


@pytest.mark.parametrize("statut", StatutLigne)
def test_a_ligne_reaches_every_statut(statut):
    assert make_ligne(statut=statut).statut == statut


@pytest.mark.parametrize("statut", StatutActe)
def test_an_acte_reaches_every_statut(statut):
    assert make_acte(statut=statut).statut == statut


@pytest.mark.parametrize("statut", StatutDossier)
def test_a_dossier_reaches_every_statut(statut):
    assert make_dossier(statut=statut).statut == statut


@pytest.mark.parametrize(
    "role", ["chef_projet", "elu", "partenaire", "epci", "region", "prefecture", "national"]
)
def test_a_role_placed_on_a_territoire_reads_it(role):
    territoire = make_territoire()
    assert territoire in territoires_for(make_personne(role, territoire=territoire))


def test_a_plan_is_costed_or_declared_without_need():
    assert make_plan(cout=5_000_00).cout_total == 5_000_00
    assert make_plan(sans_besoin=True).code_bouclage == "sans_besoin"


def test_an_invite_acts_for_the_financeur_of_one_ligne():
    ligne, autre = make_ligne(statut=StatutLigne.SOLLICITE), make_ligne(statut=StatutLigne.SOLLICITE)
    invite, jeton = make_invite(ligne)
    assert jeton
    assert user_is_financeur_of(invite, ligne)
    assert not user_is_financeur_of(invite, autre)
