"""Qui a la main sur une ligne, et ce que chaque pas demande."""

import pytest

from maillage.comptes.enums import TypeOrganisation
from maillage.financement import policies
from maillage.financement.enums import NatureLigne, OrigineFinanceur, StatutLigne, TypePorteur
from maillage.financement.permissions import (
    check_user_can_move_ligne,
    lignes_visible_to,
    moves_for,
    user_can_read_pieces,
    user_is_financeur_of,
)
from maillage.socle.erreurs import AccesRefuse
from tests.fabriques import make_fiche, make_invite, make_ligne, make_organisation, make_personne, make_plan

S = StatutLigne


def test_every_statut_has_its_row_of_transitions():
    assert set(policies.TRANSITIONS) == set(StatutLigne)


def test_accorde_and_beyond_is_only_in_the_hand_of_the_financeur():
    for passages in policies.TRANSITIONS.values():
        for vers, main in passages.items():
            if vers in policies.OBTENUS:
                assert main is policies.Main.FINANCEUR


def test_accorde_and_beyond_demands_a_piece():
    assert policies.OBTENUS <= policies.DEMANDE_PIECE


def test_every_type_of_organisation_has_an_origine():
    assert set(policies.ORIGINES) == set(TypeOrganisation)


def test_every_type_of_organisation_is_a_type_of_porteur():
    assert set(policies.TYPES_PORTEUR) == set(TypeOrganisation)


@pytest.mark.django_db
def test_the_type_of_porteur_follows_the_organisation_unless_the_plan_says_otherwise():
    porteur = make_organisation(TypeOrganisation.ENTREPRISE)
    plan = make_plan(fiche=make_fiche(porteur=porteur))
    assert policies.get_type_porteur(plan) is TypePorteur.ENTREPRISE
    plan.type_porteur = "association"
    assert policies.get_type_porteur(plan) is TypePorteur.ASSOCIATION
    plan.type_porteur, plan.fiche.porteur = "", None
    assert policies.get_type_porteur(plan) is TypePorteur.COLLECTIVITE


def test_the_porteur_pays_as_porteur_whatever_its_type():
    for type_organisation in TypeOrganisation:
        origine = policies.get_origine(type_organisation=type_organisation, is_porteur=True)
        assert origine is OrigineFinanceur.PORTEUR
    assert (
        policies.get_origine(type_organisation=TypeOrganisation.REGION, is_porteur=False)
        is OrigineFinanceur.REGION
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statut", "territoire", "financeur"),
    [
        (S.PRESSENTI, [S.SOLLICITE, S.RETIRE], []),
        (S.SOLLICITE, [S.ATTESTE, S.RETIRE], [S.DOSSIER_COMPLET, S.ANNONCE, S.ACCORDE, S.REFUSE]),
        (S.ATTESTE, [S.RETIRE], [S.ACCORDE, S.REFUSE]),
        (S.ACCORDE, [], [S.CONVENTIONNE, S.VERSE_PARTIEL, S.SOLDE, S.ACCORDE, S.RETIRE, S.CADUC]),
        (S.SOLDE, [], []),
    ],
)
def test_each_side_has_its_own_steps(statut, territoire, financeur):
    ligne = make_ligne(statut=statut)
    chef = make_personne("chef_projet", territoire=ligne.plan.fiche.territoire)
    agent = make_personne("financeur", organisation=ligne.financeur)
    invite, _ = make_invite(ligne)
    assert moves_for(chef, ligne) == territoire
    assert moves_for(agent, ligne) == financeur
    assert moves_for(invite, ligne) == financeur


@pytest.mark.django_db
def test_the_refusal_names_who_may_and_says_what_to_do_meanwhile():
    financeur = make_organisation(nom="Région d’essai")
    ligne = make_ligne(statut=S.SOLLICITE, financeur=financeur)
    chef = make_personne("chef_projet", territoire=ligne.plan.fiche.territoire)
    with pytest.raises(AccesRefuse, match=r"que par la Région d’essai.*déposez la pièce"):
        check_user_can_move_ligne(chef, ligne, S.ACCORDE)
    with pytest.raises(AccesRefuse, match="Seule l’équipe"):
        check_user_can_move_ligne(make_personne("financeur", organisation=financeur), ligne, S.RETIRE)


@pytest.mark.django_db
def test_an_administrateur_or_another_financeur_decides_of_nothing():
    ligne = make_ligne(statut=S.SOLLICITE)
    for personne in (
        make_personne("administrateur"),
        make_personne("national"),
        make_personne("financeur", organisation=make_organisation()),
        make_personne("region", territoire=ligne.plan.fiche.territoire),
    ):
        assert not user_is_financeur_of(personne, ligne)
        assert moves_for(personne, ligne) == []


@pytest.mark.django_db
def test_pieces_are_read_by_the_parties_and_not_by_the_other_financeurs():
    fiche = make_fiche()
    ligne, autre = make_ligne(fiche=fiche, statut=S.ACCORDE), make_ligne(fiche=fiche, statut=S.SOLLICITE)
    lecteurs = [
        make_personne("financeur", organisation=ligne.financeur),
        make_personne("porteur", organisation=fiche.porteur),
        make_personne("chef_projet", territoire=fiche.territoire),
        make_personne("region", territoire=fiche.territoire),
        make_invite(ligne)[0],
    ]
    etrangers = [
        make_personne("financeur", organisation=autre.financeur),
        make_invite(autre)[0],
        make_personne(),
    ]
    assert [user_can_read_pieces(personne, ligne) for personne in lecteurs] == [True] * 5
    assert [user_can_read_pieces(personne, ligne) for personne in etrangers] == [False] * 3
    # L’autre financeur voit pourtant la ligne : le plan de la fiche est un tout.
    assert ligne in lignes_visible_to(etrangers[0])
    assert ligne not in lignes_visible_to(etrangers[2])


@pytest.mark.django_db
def test_the_proof_of_a_firms_own_money_is_read_by_the_team_and_the_parties_only():
    fiche = make_fiche(porteur=make_organisation(TypeOrganisation.ENTREPRISE))
    ligne = make_ligne(
        fiche=fiche,
        financeur=fiche.porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
        statut=S.ACCORDE,
    )
    lit = {
        role: user_can_read_pieces(make_personne(role, territoire=fiche.territoire), ligne)
        for role in ("chef_projet", "elu", "partenaire", "epci", "region")
    }
    assert lit == {"chef_projet": True, "elu": False, "partenaire": False, "epci": False, "region": False}
    assert user_can_read_pieces(make_personne("porteur", organisation=fiche.porteur), ligne)
