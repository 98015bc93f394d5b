"""Travaux longs : un seul à la fois, on les voit avancer, on les arrête, leur fin est dite."""

from datetime import timedelta

import pytest
import time_machine
from tests.fabriques import make_organisation

from maillage.socle.erreurs import ActionImpossible
from maillage.socle.models import StatutTravail, Travail
from maillage.socle.travaux import SILENCE, TravailArrete, ask_arret, get_travail, open_travail, run_travail

pytestmark = pytest.mark.django_db


@pytest.fixture
def objet():
    return make_organisation()


def ouvrir(objet):
    return open_travail(genre="essai", objet=objet, by="Essai")


def test_a_travail_says_how_far_it_is_then_its_result(objet):
    travail = ouvrir(objet)
    vus = []

    def faire(suivi):
        assert suivi("Lecture", 1, 4)
        vus.append(Travail.objects.get(pk=travail.pk))
        return "Quatre lignes lues."

    run_travail(travail.pk, faire)
    assert (vus[0].statut, vus[0].etape, vus[0].pour_cent) == (StatutTravail.EN_COURS, "Lecture", 25)
    fini = get_travail(objet)
    assert (fini.statut, fini.message) == (StatutTravail.FINI, "Quatre lignes lues.")
    assert not fini.is_ouvert


def test_one_travail_at_a_time_for_the_same_objet(objet):
    ouvrir(objet)
    with pytest.raises(ActionImpossible, match="déjà en cours"):
        ouvrir(objet)
    ouvrir(make_organisation(nom="Une autre"))


def test_a_travail_in_the_queue_is_stopped_before_it_starts(objet):
    travail = ouvrir(objet)
    ask_arret(travail)
    run_travail(travail.pk, lambda suivi: pytest.fail("il ne devait pas commencer"))
    assert get_travail(objet).statut == StatutTravail.ARRETE


def test_a_running_travail_learns_that_it_must_stop(objet):
    travail = ouvrir(objet)

    def faire(suivi):
        ask_arret(travail)
        assert not suivi("Calcul", 10, 10)
        return "La meilleure réponse du moment est gardée."

    run_travail(travail.pk, faire)
    assert get_travail(objet).statut == StatutTravail.ARRETE
    assert "gardée" in get_travail(objet).message


@pytest.mark.parametrize(
    ("erreur", "statut", "message"),
    [
        (ActionImpossible("Le classeur est vide."), StatutTravail.ECHOUE, "Le classeur est vide."),
        (TravailArrete("Rien n’est gardé."), StatutTravail.ARRETE, "Rien n’est gardé."),
    ],
)
def test_an_end_that_is_not_a_success_says_why(objet, erreur, statut, message):
    def faire(suivi):
        raise erreur

    run_travail(ouvrir(objet).pk, faire)
    assert (get_travail(objet).statut, get_travail(objet).message) == (statut, message)


def test_an_unforeseen_error_is_kept_in_the_logs_and_never_shown(objet):
    def faire(suivi):
        raise RuntimeError("secret")

    with pytest.raises(RuntimeError):
        run_travail(ouvrir(objet).pk, faire)
    assert "secret" not in get_travail(objet).message
    ouvrir(objet)


def test_a_travail_dead_with_its_process_lets_another_start(objet):
    travail = ouvrir(objet)
    Travail.objects.filter(pk=travail.pk).update(statut=StatutTravail.EN_COURS)
    with time_machine.travel(travail.vu_at + SILENCE + timedelta(seconds=1), tick=False):
        ouvrir(objet)
    travail.refresh_from_db()
    assert travail.statut == StatutTravail.ECHOUE
