from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from maillage.comptes.models import Organisation, Personne
from maillage.comptes.permissions import Permission
from maillage.journal.models import Entree
from maillage.territoires.permissions import has_permission, has_permission_nationale
from tests.fabriques import make_personne, make_territoire

pytestmark = pytest.mark.django_db


def creer(*arguments):
    sortie = StringIO()
    call_command("creer_compte", *arguments, stdout=sortie)
    return sortie.getvalue()


def test_the_first_administrator_is_created_with_an_organisation():
    sortie = creer(
        "admin@essai.example",
        "--nom=Durand",
        "--role=administrateur",
        "--organisation=Délégation",
        "--type=delegation",
    )
    personne = Personne.objects.get(email="admin@essai.example")
    assert "Durand" in sortie
    assert has_permission_nationale(personne, Permission.COMPTE_MANAGE)
    assert Entree.objects.filter(code="comptes.fonction.donnee", auteur_libelle="Installation").exists()


def test_a_chef_de_projet_receives_a_mandat():
    territoire = make_territoire("v2/ti-2701")
    creer("chef@essai.example", "--nom=Durand", "--role=chef_projet", "--territoire=v2/ti-2701")
    assert has_permission(
        Personne.objects.get(email="chef@essai.example"), Permission.FICHE_CREATE, territoire
    )


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--role=administrateur"], "donnez --organisation"),
        (["--role=region", "--organisation=Inconnue"], "n’existe pas"),
        (["--role=chef_projet"], "donnez --territoire"),
        (["--role=chef_projet", "--territoire=v2/ti-0000"], "importez la liste"),
        (["--role=partenaire", "--territoire=v2/ti-2701"], "indiquez la fin"),
        (["--role=partenaire", "--territoire=v2/ti-2701", "--fin=demain"], "n’est pas une date"),
    ],
)
def test_a_refusal_leaves_nothing_behind(arguments, phrase):
    make_territoire("v2/ti-2701")
    with pytest.raises(CommandError, match=phrase):
        creer("x@essai.example", "--nom=Durand", *arguments)
    assert not Personne.objects.filter(email="x@essai.example").exists()
    assert not Organisation.objects.filter(nom="Inconnue").exists()


def test_an_address_has_one_account():
    make_personne(email="pris@essai.example")
    with pytest.raises(CommandError, match="existe déjà"):
        creer(
            "Pris@essai.example",
            "--nom=Durand",
            "--role=national",
            "--organisation=Délégation",
            "--type=delegation",
        )
