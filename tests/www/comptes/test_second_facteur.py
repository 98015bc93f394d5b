"""Le second facteur : dû par rôle, une fois par code, avec des codes de secours ; sans lui la session n’ouvre rien."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.urls import reverse

from maillage.comptes.actions_connexion import (
    check_second_facteur,
    confirm_second_facteur,
    read_secret,
    remove_second_facteur,
    start_second_facteur,
)
from maillage.comptes.enums import NatureTentative
from maillage.comptes.models import CodeSecours, SecondFacteur, SessionOuverte
from maillage.comptes.policies_connexion import LIMITES
from maillage.journal.models import Entree
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from tests.fabriques import make_personne, make_territoire

pytestmark = pytest.mark.django_db


def lire_code(facteur, *, plus=0):
    """Le code que montre l’application de la personne, ou celui d’un intervalle voisin."""
    return pyotp.TOTP(read_secret(facteur)).at(maintenant() + timedelta(seconds=30 * plus))


@pytest.fixture
def exige(settings):
    settings.SECOND_FACTEUR_EXIGE = True


@pytest.fixture
def inscrite(exige, time_machine):
    """Une personne de la Région, second facteur en service ; l’heure avance d’un intervalle."""
    time_machine.move_to(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), tick=False)
    personne = make_personne("region", is_demonstration=False)
    facteur = start_second_facteur(personne=personne)
    personne.codes = confirm_second_facteur(personne=personne, code=lire_code(facteur))
    time_machine.move_to(datetime(2026, 3, 2, 9, 1, tzinfo=UTC), tick=False)
    return personne


def entrer(client, personne):
    """Présente le premier facteur par la page de connexion."""
    from maillage.comptes.actions import create_code

    session = client.session
    session["connexion_email"] = personne.email
    session.save()
    return client.post(reverse("connexion-code"), {"code": create_code(email=personne.email)})


@pytest.mark.parametrize(
    "role", ["prefecture", "region", "financeur", "national", "administrateur", "referent_etat"]
)
def test_the_state_regions_operators_and_administrators_must_have_one(client, exige, role):
    personne = make_personne(role, territoire=make_territoire())
    assert entrer(client, personne).url == reverse("connexion-facteur")
    assert client.get(reverse("espace-accueil")).status_code == 302
    assert client.get(reverse("connexion-facteur")).url == reverse("facteur-inscrire")
    assert not SessionOuverte.objects.exists()


@pytest.mark.parametrize("role", ["chef_projet", "elu", "epci", "porteur"])
def test_the_others_may_do_without(client, exige, role):
    entrer(client, make_personne(role, territoire=make_territoire()))
    assert client.get(reverse("espace-accueil")).status_code == 200


def test_a_role_received_during_the_session_asks_it_at_the_next_page(client, exige):
    from maillage.comptes.actions import give_fonction
    from tests.fabriques import FABRIQUE, make_organisation_for

    personne = make_personne("chef_projet", territoire=make_territoire())
    entrer(client, personne)
    give_fonction(personne=personne, organisation=make_organisation_for("region"), role="region", by=FABRIQUE)
    assert client.get(reverse("espace-accueil")).status_code == 302
    assert client.get(reverse("connexion")).url == reverse("connexion-facteur")


def test_enrolling_shows_the_drawing_then_the_recovery_codes_once_and_opens_the_session(client, exige):
    personne = make_personne("region")
    entrer(client, personne)
    inscrire = reverse("facteur-inscrire")
    assert "Commencer" in client.get(inscrire).content.decode()
    client.post(inscrire, {"commencer": "oui"})
    page = client.get(inscrire).content.decode()
    assert "data:image/svg+xml" in page
    assert "Ce n’est pas le code" in client.post(inscrire, {"code": "000000"}).content.decode()
    page = client.post(inscrire, {"code": lire_code(SecondFacteur.objects.get())}).content.decode()
    assert page.count("<code>") == 10
    assert client.get(reverse("espace-accueil")).status_code == 200
    assert SessionOuverte.objects.get().is_forte
    assert client.get(inscrire).url == reverse("compte-securite")


def test_the_session_key_changes_at_each_step(client, inscrite):
    client.get(reverse("connexion"))
    session = client.session
    session["trace"] = "avant"
    session.save()
    fixee = session.session_key
    entrer(client, inscrite)
    premiere = client.session.session_key
    client.post(reverse("connexion-facteur"), {"code": lire_code(inscrite.second_facteur)})
    assert len({fixee, premiere, client.session.session_key}) == 3


def test_the_asked_page_opens_after_the_second_factor(client, inscrite):
    from maillage.comptes.actions import create_code

    session = client.session
    session["connexion_email"] = inscrite.email
    session.save()
    client.post(
        reverse("connexion-code"), {"code": create_code(email=inscrite.email), "next": reverse("compte")}
    )
    reponse = client.post(reverse("connexion-facteur"), {"code": lire_code(inscrite.second_facteur)})
    assert reponse.url == reverse("compte")


def test_a_code_serves_once(inscrite):
    code = lire_code(inscrite.second_facteur)
    check_second_facteur(personne=inscrite, code=code)
    with pytest.raises(ActionImpossible, match="déjà servi"):
        check_second_facteur(personne=inscrite, code=code)
    with pytest.raises(ActionImpossible):  # un code plus ancien, jamais employé, ne revient pas
        check_second_facteur(personne=inscrite, code=lire_code(inscrite.second_facteur, plus=-1))


def test_a_slow_clock_is_forgiven_but_not_an_old_code(inscrite):
    check_second_facteur(personne=inscrite, code=lire_code(inscrite.second_facteur, plus=-1))
    with pytest.raises(ActionImpossible):
        check_second_facteur(personne=inscrite, code=lire_code(inscrite.second_facteur, plus=-3))


def test_a_recovery_code_serves_once_and_is_told(inscrite):
    check_second_facteur(personne=inscrite, code=inscrite.codes[0].upper())
    with pytest.raises(ActionImpossible):
        check_second_facteur(personne=inscrite, code=inscrite.codes[0])
    entree = Entree.objects.get(code="comptes.code_secours.utilise")
    assert entree.apres == {"reste": 9}


def test_a_recovery_code_of_someone_else_opens_nothing(inscrite):
    with pytest.raises(ActionImpossible):
        check_second_facteur(personne=make_personne("region"), code=inscrite.codes[0])


def test_recovery_codes_and_the_secret_are_not_readable_in_the_database(inscrite):
    secret = read_secret(inscrite.second_facteur)
    assert secret not in SecondFacteur.objects.get().secret_chiffre
    assert not CodeSecours.objects.filter(code_hache__in=inscrite.codes).exists()


def test_too_many_wrong_codes_wait_an_hour_even_with_the_right_one(inscrite, time_machine):
    for _ in range(LIMITES[NatureTentative.FACTEUR_FAUX].par_adresse):
        with pytest.raises(ActionImpossible, match="pas le bon"):
            check_second_facteur(personne=inscrite, code="000000")
    with pytest.raises(ActionImpossible, match="Trop d’essais"):
        check_second_facteur(personne=inscrite, code=lire_code(inscrite.second_facteur))
    time_machine.move_to(datetime(2026, 3, 2, 10, 5, tzinfo=UTC), tick=False)
    check_second_facteur(personne=inscrite, code=lire_code(inscrite.second_facteur))


def test_a_changed_installation_key_says_what_to_do_and_a_former_key_still_reads(inscrite, settings):
    ancienne = settings.SECRET_KEY
    settings.SECRET_KEY = "une autre clé"
    with pytest.raises(ActionImpossible, match="n’est plus lisible"):
        read_secret(inscrite.second_facteur)
    settings.SECRET_KEY_FALLBACKS = [ancienne]
    assert len(read_secret(inscrite.second_facteur)) == 32


def test_removing_someone_elses_needs_a_reason_and_closes_the_sessions(client, inscrite):
    entrer(client, inscrite)
    client.post(reverse("connexion-facteur"), {"code": lire_code(inscrite.second_facteur)})
    admin = make_personne("administrateur")
    with pytest.raises(ActionImpossible, match="pourquoi"):
        remove_second_facteur(personne=inscrite, by=admin)
    remove_second_facteur(personne=inscrite, by=admin, motif="téléphone perdu, vérifié de vive voix")
    assert client.get(reverse("espace-accueil")).status_code == 302
    assert Entree.objects.get(code="comptes.second_facteur.retire").motif.startswith("téléphone perdu")


def test_it_is_not_touched_from_a_session_that_has_not_shown_it(connecter, inscrite, settings):
    settings.SECOND_FACTEUR_EXIGE = False
    client = connecter(inscrite)  # session ouverte sans second facteur
    assert client.post(reverse("facteur-retirer")).status_code == 403
    assert client.post(reverse("codes-secours")).status_code == 403
    assert SecondFacteur.objects.exists()


def test_a_demonstration_account_may_try_it_without_locking_the_next_visitor_out(client, settings):
    personne = make_personne("region", is_demonstration=True)
    facteur = start_second_facteur(personne=personne)
    confirm_second_facteur(personne=personne, code=lire_code(facteur))
    demo = reverse("connexion-demonstration")
    assert client.post(demo, {"personne": personne.pk}).url == reverse("connexion-facteur")
    assert client.get(reverse("espace-accueil")).status_code == 302
    client.post(reverse("facteur-passer"))
    assert client.get(reverse("espace-accueil")).status_code == 200
    settings.CONNEXION_DEMONSTRATION = False
    autre = type(client)()
    entrer(autre, personne)
    assert autre.post(reverse("facteur-passer")).status_code == 404


def test_enrolling_closes_the_sessions_that_never_showed_it(client):
    personne = make_personne("chef_projet", territoire=make_territoire())
    ailleurs = type(client)()
    entrer(ailleurs, personne)
    entrer(client, personne)
    client.post(reverse("facteur-inscrire"), {"commencer": "oui"})
    client.post(reverse("facteur-inscrire"), {"code": lire_code(SecondFacteur.objects.get())})
    assert client.get(reverse("espace-accueil")).status_code == 200
    assert ailleurs.get(reverse("espace-accueil")).status_code == 302
    assert SessionOuverte.objects.filter(fermee_at__isnull=True).count() == 1
