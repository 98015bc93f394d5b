"""Ce que l’état d’une fiche permet, et à qui."""

import pytest

from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import check_user_can_move_fiche, fiches_visible_to, transitions_for
from maillage.fiches.policies import TRANSITIONS, can_move, get_statut_initial, needs_motif
from maillage.socle.erreurs import AccesRefuse
from tests.fabriques import (
    make_fiche,
    make_invite,
    make_ligne,
    make_organisation,
    make_personne,
    make_territoire,
)

S = StatutFiche


def test_every_statut_has_its_row_of_transitions():
    assert set(TRANSITIONS) == set(StatutFiche)


@pytest.mark.parametrize(
    ("depuis", "vers", "attendu"),
    [
        (S.BROUILLON, S.ABANDONNEE, True),
        (S.PROPOSEE, S.BROUILLON, True),
        (S.RETENUE, S.BROUILLON, True),
        (S.TRANSMISE, S.REFUSEE, True),
        (S.TRANSMISE, S.A_COMPLETER, True),
        (S.IDEE, S.BROUILLON, False),
        (S.ABANDONNEE, S.BROUILLON, False),
        (S.TRANSMISE, S.VALIDEE, False),
    ],
)
def test_a_refusal_an_abandon_or_a_return_says_why(depuis, vers, attendu):
    assert needs_motif(depuis, vers) is attendu


def test_a_fiche_with_a_code_and_an_axe_is_born_brouillon():
    assert get_statut_initial(code="F1", axe=object()) is S.BROUILLON
    assert get_statut_initial(code="F1", axe=None) is S.IDEE
    assert get_statut_initial(code="", axe=object()) is S.IDEE


def test_an_idee_without_code_or_axe_cannot_become_brouillon():
    assert not can_move(FicheAction(statut=S.IDEE), S.BROUILLON)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "statut", "attendu"),
    [
        ("chef_projet", S.BROUILLON, [S.PROPOSEE, S.ABANDONNEE]),
        ("partenaire", S.BROUILLON, [S.PROPOSEE]),
        ("elu", S.PROPOSEE, [S.RETENUE, S.BROUILLON, S.ABANDONNEE]),
        ("elu", S.TRANSMISE, []),
        ("region", S.TRANSMISE, [S.VALIDEE, S.A_COMPLETER, S.REFUSEE]),
        ("chef_projet", S.TRANSMISE, []),
        ("chef_projet", S.VALIDEE, [S.EN_COURS, S.ABANDONNEE]),
        ("prefecture", S.PROPOSEE, []),
    ],
)
def test_each_role_has_its_own_passages(role, statut, attendu):
    territoire = make_territoire()
    fiche = make_fiche(territoire=territoire, statut=statut)
    assert transitions_for(make_personne(role, territoire=territoire), fiche) == attendu


@pytest.mark.django_db
def test_a_fiche_is_seen_by_its_territoire_its_porteur_and_its_financeurs_only():
    ligne = make_ligne(statut="sollicite")
    fiche = ligne.plan.fiche
    lecteurs = [
        make_personne("chef_projet", territoire=fiche.territoire),
        make_personne("region", territoire=fiche.territoire),
        make_personne("financeur", organisation=ligne.financeur),
        make_personne("porteur", organisation=fiche.porteur),
        make_invite(ligne)[0],
    ]
    etrangers = [
        make_personne("financeur", organisation=make_organisation()),
        make_personne("chef_projet", territoire=make_territoire("v1/ti-9999")),
        make_personne(),
    ]
    assert [fiche in fiches_visible_to(personne) for personne in lecteurs] == [True] * 5
    assert [fiche in fiches_visible_to(personne) for personne in etrangers] == [False] * 3


@pytest.mark.django_db
def test_a_financeur_who_is_only_pressenti_does_not_see_the_fiche():
    ligne = make_ligne(statut="pressenti")
    personne = make_personne("financeur", organisation=ligne.financeur)
    assert ligne.plan.fiche not in fiches_visible_to(personne)


@pytest.mark.django_db
def test_the_permission_depends_on_the_passage():
    territoire = make_territoire()
    fiche = make_fiche(territoire=territoire, statut=S.TRANSMISE)
    check_user_can_move_fiche(make_personne("region", territoire=territoire), fiche, S.VALIDEE)
    with pytest.raises(AccesRefuse, match="Seule la Région"):
        check_user_can_move_fiche(make_personne("chef_projet", territoire=territoire), fiche, S.VALIDEE)
