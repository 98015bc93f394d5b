"""Ce que l’atelier montre dehors : l’annonce, l’inscription de soi-même, la synthèse publiée carte par carte."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from maillage.agenda.models import Invitation
from maillage.ateliers import actions
from maillage.ateliers.actions import erase_participants
from maillage.ateliers.actions_annonce import announce_atelier
from maillage.ateliers.models import Atelier, Inscription
from maillage.notifications.models import Courriel
from tests import fabriques as f
from tests.ateliers.salle import fill, geste, make_atelier, pose, post, start

pytestmark = pytest.mark.django_db
MIDI = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
SAISIE = {
    "nom": "Jeanne Martin",
    "email": "jeanne@exemple.fr",
    "college": "industriel",
    "organisation": "Forge",
}


@pytest.fixture
def horloge() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MIDI, tick=False) as voyage:
        yield voyage


@pytest.fixture
def atelier(horloge: time_machine.Traveller) -> Atelier:
    objet = actions.create_atelier(
        territoire=(territoire := f.make_territoire()),
        titre="Soirée de mars",
        jour=date(2026, 3, 20),
        heure=time(18),
        lieu="Pôle",
        modele="swot_projets",
        by=f.make_personne("chef_projet", territoire=territoire),
    )
    announce_atelier(
        atelier=objet, presentation="Venez nombreux", adresse="http://essai/a/", by=objet.cree_by
    )
    objet.refresh_from_db()
    return objet


def conduite(nom: str, atelier: Atelier) -> str:
    return reverse(nom, args=[atelier.territoire.vague.code, atelier.territoire.id_ti, atelier.pk])


def sign_up(client: Client, atelier: Atelier, horloge: time_machine.Traveller, **champs: str) -> str:
    """Ouvre la page, laisse passer dix secondes, s’inscrit ; rend la page obtenue."""
    page = client.get(atelier.get_public_url()).content.decode()
    ouverture = re.search(r'name="ouverture" value="([^"]+)"', page)
    assert ouverture is not None
    horloge.shift(timedelta(seconds=10))
    reponse = client.post(
        atelier.get_public_url(), SAISIE | {"ouverture": ouverture[1]} | champs, follow=True
    )
    return reponse.content.decode()


def test_a_soiree_not_announced_has_no_public_page(client: Client) -> None:
    secret = make_atelier()
    assert client.get(secret.get_public_url()).status_code == 404
    assert client.get(reverse("atelier-public-ics", args=[secret.pk])).status_code == 404


def test_the_public_page_tells_when_and_where_and_gives_the_calendar_but_never_the_code(
    client: Client, atelier: Atelier
) -> None:
    page = client.get(atelier.get_public_url()).content.decode()
    assert "Venez nombreux" in page
    assert "20 mars 2026" in page
    assert atelier.code not in page
    calendrier = client.get(reverse("atelier-public-ics", args=[atelier.pk]))
    assert calendrier["Content-Type"].startswith("text/calendar")
    assert "SUMMARY:Soirée de mars" in calendrier.content.decode()


def test_an_inscription_counts_once_its_courriel_is_answered_by_one_click(
    client: Client, atelier: Atelier, horloge: time_machine.Traveller
) -> None:
    assert "Un courriel vient de partir" in sign_up(client, atelier, horloge)
    inscription = Inscription.objects.get()
    assert (inscription.invitation.reponse, inscription.organisation) == ("", "Forge")
    lien = re.search(r"/lien/invitation/\S+", Courriel.objects.get(destinataire="jeanne@exemple.fr").corps)
    assert lien is not None
    client.post(lien[0], {"valeur": "oui"})
    client.force_login(atelier.cree_by)
    page = client.get(conduite("atelier-inviter", atelier)).content.decode()
    assert "Jeanne Martin" in page
    assert "Forge" in page
    assert "1 vient" in page.replace("\u00a0", " ")


def test_who_signs_up_twice_gets_the_courriel_again_and_is_there_once(
    client: Client, atelier: Atelier, horloge: time_machine.Traveller
) -> None:
    premiere = sign_up(client, atelier, horloge)
    seconde = sign_up(client, atelier, horloge)
    assert ("Un courriel vient de partir" in premiere) == ("Un courriel vient de partir" in seconde)
    assert Inscription.objects.count() == Invitation.objects.count() == 1
    assert Courriel.objects.filter(destinataire="jeanne@exemple.fr").count() == 2


def test_a_robot_that_fills_the_hidden_field_writes_nothing(
    client: Client, atelier: Atelier, horloge: time_machine.Traveller
) -> None:
    assert "Un courriel vient de partir" in sign_up(client, atelier, horloge, site="http://robot.invalid")
    assert not Invitation.objects.exists()
    assert not mail.outbox


@pytest.mark.parametrize("ouverture", ["", "abc", "1:1:1"])
def test_an_inscription_sent_without_opening_the_page_comes_back_with_what_was_typed(
    client: Client, atelier: Atelier, ouverture: str
) -> None:
    page = client.post(atelier.get_public_url(), SAISIE | {"ouverture": ouverture}).content.decode()
    assert "Relisez ce que vous avez écrit" in page
    assert "jeanne@exemple.fr" in page
    assert not Invitation.objects.exists()


def test_a_form_sent_at_once_is_asked_again(client: Client, atelier: Atelier) -> None:
    page = client.get(atelier.get_public_url()).content.decode()
    ouverture = re.search(r'name="ouverture" value="([^"]+)"', page)
    assert ouverture is not None
    page = client.post(atelier.get_public_url(), SAISIE | {"ouverture": ouverture[1]}).content.decode()
    assert "Relisez ce que vous avez écrit" in page


def test_too_many_inscriptions_of_one_address_are_told_to_wait(
    client: Client, atelier: Atelier, horloge: time_machine.Traveller
) -> None:
    pages = [sign_up(client, atelier, horloge) for _ in range(6)]
    assert "Trop d’inscriptions" in pages[-1]
    assert "Trop d’inscriptions" not in pages[-2]


def test_after_the_soiree_nobody_signs_up(
    client: Client, atelier: Atelier, horloge: time_machine.Traveller
) -> None:
    horloge.move_to(datetime(2026, 3, 21, 12, 0, tzinfo=UTC))
    page = client.get(atelier.get_public_url()).content.decode()
    assert "Les inscriptions sont closes" in page
    reponse = client.post(atelier.get_public_url(), SAISIE)
    assert reponse.status_code == 200
    assert not Invitation.objects.exists()


def test_the_annonce_is_opened_changed_and_closed_by_who_animates(client: Client, atelier: Atelier) -> None:
    client.force_login(atelier.cree_by)
    adresse = conduite("atelier-publication", atelier)
    page = client.post(adresse, {"geste": "annoncer", "presentation": "Autre mot"}, follow=True)
    assert "Autre mot" in page.content.decode()
    client.post(adresse, {"geste": "taire"})
    assert client.get(atelier.get_public_url()).status_code == 404
    page = client.post(adresse, {"geste": "taire"}, follow=True)
    assert "n’est pas annoncé" in page.content.decode()
    page = client.post(adresse, {"geste": "autre"}, follow=True)
    assert "n’existe pas" in page.content.decode()


def test_an_atelier_without_an_hour_is_not_announced(client: Client) -> None:
    sans_heure = make_atelier(ouvert=False)
    client.force_login(sans_heure.cree_by)
    page = client.post(conduite("atelier-publication", sans_heure), {"geste": "annoncer"}, follow=True)
    assert "l’heure de début" in page.content.decode()
    assert client.get(sans_heure.get_public_url()).status_code == 404


def test_an_hour_taken_back_after_the_annonce_comes_back_at_its_field(
    client: Client, atelier: Atelier
) -> None:
    client.force_login(atelier.cree_by)
    reponse = client.post(
        conduite("atelier-update", atelier), {"titre": "Soirée", "jour": "20/03/2026", "heure": ""}
    )
    assert reponse.status_code == 200
    assert "l’heure de début" in reponse.content.decode()
    atelier.refresh_from_db()
    assert atelier.heure == time(18)


def test_the_public_synthese_shows_the_published_cartes_and_no_other(client: Client) -> None:
    atelier = make_atelier()
    fill(atelier, 4)
    tableau = start(atelier, 2).tableaux.get()
    montree = pose(tableau, atelier.cree_by, "Un internat")
    pose(tableau, atelier.cree_by, "Un secret de la salle")
    actions.close_atelier(atelier=atelier, by=atelier.cree_by)
    client.force_login(atelier.cree_by)
    adresse = conduite("atelier-publication", atelier)
    page = client.post(adresse, {"geste": "publier"}, follow=True).content.decode()
    assert "Publiez au moins une carte" in page
    post(tableau, atelier.cree_by, geste("publiee", montree))
    client.post(adresse, {"geste": "publier"})
    client.logout()
    page = client.get(atelier.get_public_url()).content.decode()
    assert "Un internat" in page
    assert "Un secret de la salle" not in page
    territoire = client.get(atelier.territoire.get_absolute_url()).content.decode()
    assert atelier.get_public_url() in territoire
    client.force_login(atelier.cree_by)
    client.post(adresse, {"geste": "depublier"})
    assert client.get(atelier.get_public_url()).status_code == 404


def test_a_soiree_still_open_has_no_public_synthese(client: Client) -> None:
    atelier = make_atelier()
    client.force_login(atelier.cree_by)
    page = client.post(conduite("atelier-publication", atelier), {"geste": "publier"}, follow=True)
    assert "n’est pas clos" in page.content.decode()


def test_inscriptions_are_erased_one_year_after(
    client: Client, atelier: Atelier, horloge: time_machine.Traveller
) -> None:
    sign_up(client, atelier, horloge)
    erase_participants(datetime(2027, 3, 22, tzinfo=UTC))
    invitation = Invitation.objects.get()
    assert (invitation.nom, invitation.email) == ("Anonyme", "")
    assert not Inscription.objects.exists()


def test_queries_of_the_public_page_do_not_grow_with_cartes(
    client: Client, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    atelier = make_atelier()
    tableau = start(atelier, 2).tableaux.get()
    for n in range(30):
        carte = pose(tableau, atelier.cree_by, f"idée {n}")
        post(tableau, atelier.cree_by, geste("publiee", carte))
    actions.close_atelier(atelier=atelier, by=atelier.cree_by)
    client.force_login(atelier.cree_by)
    client.post(conduite("atelier-publication", atelier), {"geste": "publier"})
    client.logout()
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get(atelier.get_public_url())
