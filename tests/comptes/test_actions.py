"""Connexion par code et liens personnels : une fois, à temps, sans deviner."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from maillage.comptes import actions
from maillage.comptes.enums import ButLien, NatureTentative, TypeOrganisation
from maillage.comptes.models import CodeConnexion, LienPersonnel, Personne, Tentative
from maillage.comptes.policies_connexion import LIMITES
from maillage.journal.actions import Systeme
from maillage.journal.models import Entree
from maillage.socle.erreurs import ActionImpossible

pytestmark = pytest.mark.django_db
EMAIL = "agent@exemple.fr"


@pytest.fixture
def organisation():
    return actions.create_organisation(nom="Essai", type=TypeOrganisation.ENTREPRISE, by=Systeme("essai"))


@pytest.fixture
def personne():
    return actions.create_personne(nom="Agent", email="Agent@Exemple.fr", by=Systeme("essai"))


def test_code_opens_once_whatever_the_case_of_the_address():
    code = actions.create_code(email=EMAIL)
    assert actions.use_code(email="AGENT@exemple.fr", code=f" {code[:3]} {code[3:]}")
    with pytest.raises(ActionImpossible, match="plus valable"):
        actions.use_code(email=EMAIL, code=code)


def test_code_expires_after_ten_minutes():
    code = actions.create_code(email=EMAIL)
    with (
        time_machine.travel(timezone.now() + timedelta(minutes=11)),
        pytest.raises(ActionImpossible, match="plus valable"),
    ):
        actions.use_code(email=EMAIL, code=code)


def test_five_wrong_tries_kill_the_code():
    code = actions.create_code(email=EMAIL)
    faux = "000000" if code != "000000" else "111111"
    for _ in range(actions.ESSAIS_MAX):
        with pytest.raises(ActionImpossible, match="pas le bon code"):
            actions.use_code(email=EMAIL, code=faux)
    with pytest.raises(ActionImpossible, match="plus valable"):
        actions.use_code(email=EMAIL, code=code)


def test_too_many_codes_in_an_hour_are_refused():
    for _ in range(LIMITES[NatureTentative.DEMANDE_CODE].par_adresse):
        actions.ask_code(email=EMAIL)
    with pytest.raises(ActionImpossible, match="Trop de codes"):
        actions.ask_code(email=EMAIL.upper())
    actions.ask_code(email="autre@exemple.fr")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        actions.ask_code(email=EMAIL)


def test_one_machine_cannot_ask_codes_for_everyone():
    limite = LIMITES[NatureTentative.DEMANDE_CODE].par_machine
    for rang in range(limite):
        actions.ask_code(email=f"a{rang}@exemple.fr", machine="203.0.113.9")
    with pytest.raises(ActionImpossible, match="Trop de codes"):
        actions.ask_code(email=EMAIL, machine="203.0.113.9")
    actions.ask_code(email=EMAIL, machine="203.0.113.10")


def test_too_many_wrong_codes_lock_the_address_even_with_the_right_code():
    limite = LIMITES[NatureTentative.CODE_FAUX].par_adresse
    for _ in range(limite):
        with pytest.raises(ActionImpossible):
            actions.use_code(email=EMAIL, code="abcdef")
    code = actions.create_code(email=EMAIL)
    with pytest.raises(ActionImpossible, match="Trop d’essais"):
        actions.use_code(email=EMAIL, code=code)


def test_a_code_sent_to_another_address_is_refused():
    code = actions.create_code(email="autre@exemple.fr")
    actions.create_code(email=EMAIL)
    with pytest.raises(ActionImpossible):
        actions.use_code(email=EMAIL, code=code)
    assert actions.use_code(email="autre@exemple.fr", code=code)


def test_attempts_are_kept_without_the_address():
    actions.ask_code(email=EMAIL, machine="203.0.113.9")
    assert not [t for t in Tentative.objects.all() if "@" in t.cle or "." in t.cle]
    assert Tentative.objects.count() == 2


def test_code_is_kept_hashed():
    code = actions.create_code(email=EMAIL)
    assert code not in CodeConnexion.objects.get().code_hache


def test_code_of_a_link_does_not_open_a_session_and_reverse(organisation, personne):
    lien, _ = actions.create_lien_personnel(
        but=ButLien.REPONDRE_LIGNE,
        objet=organisation,
        organisation=organisation,
        nom="Quelqu’un",
        email=EMAIL,
        by=personne,
    )
    code = actions.create_code(email=EMAIL, lien=lien)
    with pytest.raises(ActionImpossible):
        actions.use_code(email=EMAIL, code=code)
    assert actions.use_code(email=EMAIL, code=code, lien=lien)


def test_new_link_revokes_the_former_one(organisation, personne):
    def creer():
        return actions.create_lien_personnel(
            but=ButLien.SIGNER_ACTE,
            objet=organisation,
            organisation=organisation,
            nom="Q",
            email=EMAIL,
            by=personne,
        )

    ancien, _ = creer()
    nouveau, jeton = creer()
    assert list(LienPersonnel.objects.valides()) == [nouveau]
    assert jeton not in nouveau.jeton_sha256
    assert ancien.jeton_sha256 != nouveau.jeton_sha256


def test_person_named_by_a_source_cannot_sign_in():
    nommee = actions.create_personne(nom="Augé", prenom="Nathalie", source="un texte", by=Systeme("essai"))
    assert nommee.email is None
    assert not nommee.is_active


def test_creating_tells_the_journal(organisation, personne):
    assert set(Entree.objects.values_list("code", flat=True)) == {
        "comptes.organisation.creee",
        "comptes.personne.creee",
    }


def test_no_password_exists():
    with pytest.raises(NotImplementedError):
        Personne(nom="X").set_password("secret")
    assert Personne(nom="X").check_password("secret") is False
