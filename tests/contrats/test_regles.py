"""Politiques et droits : ce que l’état permet, qui voit, qui prépare, qui signe."""

import pytest
from django.contrib.auth.models import AnonymousUser

from maillage.comptes.enums import RoleOrganisation
from maillage.contrats import events
from maillage.contrats.enums import College, StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.contrats.permissions import actes_visible_to, user_can_prepare_acte, user_can_sign
from maillage.contrats.policies import TRANSITIONS, check_can_freeze, check_can_sign, get_tour
from maillage.contrats.selectors import (
    RAISONS_ECART,
    actes_with_signatures,
    fiches_ecartees,
    find_acte_by_sha256,
    get_attendus,
)
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.policies import STATUTS_AU_PLAN
from maillage.journal.phrases import PHRASES
from maillage.socle.erreurs import ActionImpossible
from tests.contrats.monde import Monde, create_monde
from tests.fabriques import make_acte, make_personne


def make_signataires(*ordres: int) -> list[Signataire]:
    return [Signataire(ordre=ordre, college=College.PUBLICS, qualite="Élu") for ordre in ordres]


def test_every_statut_is_in_the_transition_table() -> None:
    assert set(TRANSITIONS) == set(StatutActe)


def test_every_statut_of_a_fiche_enters_an_acte_or_says_why_not() -> None:
    assert set(STATUTS_AU_PLAN) | set(RAISONS_ECART) == set(StatutFiche)
    assert not set(STATUTS_AU_PLAN) & set(RAISONS_ECART)


def test_every_event_has_a_phrase() -> None:
    codes = {valeur for nom, valeur in vars(events).items() if nom.isupper() and isinstance(valeur, str)}
    assert codes <= set(PHRASES())


def test_the_turn_is_the_lowest_rank_that_has_not_signed() -> None:
    signataires = make_signataires(1, 2, 2)
    assert get_tour(signataires) == 1
    signataires[0].signe_at = "signé"
    assert get_tour(signataires) == 2
    for signataire in signataires:
        signataire.signe_at = "signé"
    assert get_tour(signataires) is None


@pytest.mark.parametrize("statut", [StatutActe.PROJET, StatutActe.SIGNE, StatutActe.CONSTATE])
def test_only_an_acte_arrete_is_signed(statut: StatutActe) -> None:
    signataires = make_signataires(1)
    with pytest.raises(ActionImpossible, match="on ne peut pas le signer"):
        check_can_sign(Acte(statut=statut), signataires[0], signataires)


def test_an_acte_without_article_or_fiche_is_not_frozen() -> None:
    signataires = [Signataire(college=College.PUBLICS), Signataire(college=College.INTERCOMMUNALITES)]
    projet = Acte(statut=StatutActe.PROJET, articles=[])
    with pytest.raises(ActionImpossible, match="article"):
        check_can_freeze(projet, signataires, [FicheAction()])
    projet.articles = [{"titre": "Objet", "texte": "", "bloc": ""}]
    with pytest.raises(ActionImpossible, match="Aucune fiche"):
        check_can_freeze(projet, signataires, [])
    check_can_freeze(projet, signataires, [FicheAction()])


def test_a_signataire_sees_the_acte_once_it_is_frozen_and_not_before(monde: Monde) -> None:
    projet = monde.projet()
    monde.signataires(projet)
    assert projet not in actes_visible_to(monde.sous_prefet)
    arrete = monde.arrete()
    assert list(actes_visible_to(monde.sous_prefet)) == [arrete]


def test_a_territoire_sees_its_own_actes_only(monde: Monde) -> None:
    mien, autre = monde.projet(), make_acte(territoire=create_monde(cle="v1/ti-9902").territoire)
    assert set(actes_visible_to(monde.cheffe)) == {mien}
    assert autre not in actes_visible_to(monde.cheffe)
    assert not actes_visible_to(AnonymousUser()).exists()


def test_only_the_equipe_prepares(monde: Monde) -> None:
    acte = monde.projet()
    assert user_can_prepare_acte(monde.cheffe, acte)
    assert not user_can_prepare_acte(monde.presidente, acte)
    assert not user_can_prepare_acte(monde.sous_prefet, acte)


def test_a_role_without_acte_sign_does_not_sign_for_its_organisation(monde: Monde) -> None:
    acte = monde.arrete()
    signataire = acte.signataires.get(organisation=monde.etat)
    administrateur = make_personne(RoleOrganisation.ADMINISTRATEUR, organisation=monde.etat)
    assert user_can_sign(monde.sous_prefet, signataire)
    assert not user_can_sign(administrateur, signataire)
    assert not user_can_sign(AnonymousUser(), signataire)


def test_fiches_ecartees_say_why(monde: Monde) -> None:
    assert [(fiche.code, raison) for fiche, raison in fiches_ecartees(monde.territoire)] == [
        ("F4", RAISONS_ECART[StatutFiche.BROUILLON])
    ]


def test_signatures_are_counted_per_acte(monde: Monde) -> None:
    monde.arrete()
    acte = actes_with_signatures(Acte.objects.all()).get()
    assert (acte.parties, acte.signatures, acte.signees) == (3, 3, 0)
    assert {s.organisation_id for s in get_attendus(acte, list(acte.signataires.all()))} == {
        monde.epci.pk,
        monde.etat.pk,
    }


def test_nobody_is_awaited_on_a_projet(monde: Monde) -> None:
    projet = monde.projet()
    assert get_attendus(projet, list(monde.signataires(projet).values())) == []


def test_a_file_is_recognised_by_its_empreinte_and_form(monde: Monde) -> None:
    acte = monde.arrete()
    trouves = [
        find_acte_by_sha256(empreinte)
        for empreinte in (acte.piece_pdf.sha256.upper(), acte.piece_word.sha256, "0" * 64)
    ]
    assert [t and (t.acte.pk, t.forme, len(t.signataires)) for t in trouves] == [
        (acte.pk, "PDF", 3),
        (acte.pk, "Word", 3),
        None,
    ]
