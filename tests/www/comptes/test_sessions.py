"""La connexion par code et les sessions : une clé neuve, révocables, et rien qui dise si un compte existe."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.comptes.actions import create_code
from maillage.comptes.models import CodeConnexion, SessionOuverte
from maillage.notifications.models import Courriel
from tests.fabriques import make_personne

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def demander(client, email, capture):
    with capture(execute=True):
        return client.post(reverse("connexion"), {"email": email})


def entrer(client, personne, **entetes):
    session = client.session
    session["connexion_email"] = personne.email
    session.save()
    return client.post(
        reverse("connexion-code"), {"code": create_code(email=personne.email)}, headers=entetes or None
    )


def is_connecte(client):
    return client.get(reverse("espace-accueil")).status_code == 200


def test_a_known_and_an_unknown_address_get_the_same_page_by_the_same_queries(client):
    """Le compte n’est cherché qu’ensuite, par la tâche : la page ne peut ni le dire, ni prendre plus de temps."""
    make_personne(email="connue@essai.example")
    requetes, pages = [], []
    for adresse in ("connue@essai.example", "inconnue@essai.example"):
        navigateur = type(client)()
        with CaptureQueriesContext(connection) as faites:
            reponse = navigateur.post(reverse("connexion"), {"email": adresse})
        requetes.append([re.sub(r"'[^']*'|\d+", "?", requete["sql"]) for requete in faites])
        assert not [sql for sql in requetes[-1] if "comptes_personne" in sql]
        pages.append(navigateur.get(reponse.url).content.decode().replace(adresse, ""))
    assert requetes[0] == requetes[1]
    assert re.sub(r'value="\w{64}"', "", pages[0]) == re.sub(r'value="\w{64}"', "", pages[1])


def test_only_a_known_address_receives_a_code_but_both_have_one(client, django_capture_on_commit_callbacks):
    make_personne(email="connue@essai.example")
    for adresse in ("connue@essai.example", "inconnue@essai.example"):
        demander(client, adresse, django_capture_on_commit_callbacks)
    assert [m.to for m in mail.outbox] == [["connue@essai.example"]]
    assert CodeConnexion.objects.count() == 2


def test_a_wrong_code_reads_the_same_for_both(client, django_capture_on_commit_callbacks):
    make_personne(email="connue@essai.example")
    phrases = []
    for adresse in ("connue@essai.example", "inconnue@essai.example"):
        demander(client, adresse, django_capture_on_commit_callbacks)
        page = client.post(reverse("connexion-code"), {"code": "abcdef"}).content.decode()
        phrases.append("Ce n’est pas le bon code" in page)
    assert phrases == [True, True]


def test_the_code_is_wiped_from_the_mail_log_once_sent(client, django_capture_on_commit_callbacks):
    make_personne(email="connue@essai.example")
    demander(client, "connue@essai.example", django_capture_on_commit_callbacks)
    (message,) = mail.outbox
    courriel = Courriel.objects.get(destinataire="connue@essai.example")
    assert courriel.is_secret
    assert courriel.corps == ""
    assert courriel.sujet != message.subject


def test_a_used_code_opens_nothing_again(client):
    personne = make_personne()
    code = create_code(email=personne.email)
    for navigateur, attendu in ((client, True), (type(client)(), False)):
        session = navigateur.session
        session["connexion_email"] = personne.email
        session.save()
        navigateur.post(reverse("connexion-code"), {"code": code})
        assert is_connecte(navigateur) is attendu


def test_the_code_of_one_address_does_not_open_another_account(client):
    mien, autre = make_personne(), make_personne()
    session = client.session
    session["connexion_email"] = autre.email
    session.save()
    client.post(reverse("connexion-code"), {"code": create_code(email=mien.email)})
    assert not is_connecte(client)


def test_a_session_fixed_before_signing_in_is_worth_nothing_after(client):
    client.get(reverse("connexion"))
    session = client.session
    session["piege"] = "oui"
    session.save()
    fixee = session.session_key
    entrer(client, make_personne())
    assert client.session.session_key != fixee
    voleur = type(client)()
    voleur.cookies["sessionid"] = fixee
    assert not is_connecte(voleur)


def test_a_session_is_listed_with_its_device_and_can_be_closed_from_another(client):
    personne = make_personne()
    entrer(client, personne, **{"user-agent": FIREFOX})
    perdu = type(client)()
    entrer(perdu, personne)
    assert is_connecte(perdu)
    page = client.get(reverse("compte-securite")).content.decode()
    assert "Firefox sur Windows" in page
    assert "Cette session" in page
    cle = SessionOuverte.objects.get(appareil="Appareil inconnu").pk
    client.post(reverse("sessions-fermer"), {"session": cle})
    assert not is_connecte(perdu)
    assert is_connecte(client)
    assert SessionOuverte.objects.filter(fermee_at__isnull=True).count() == 1


def test_all_other_sessions_close_at_once(client):
    personne = make_personne()
    autres = [type(client)() for _ in range(2)]
    for navigateur in (client, *autres):
        entrer(navigateur, personne)
    client.post(reverse("sessions-fermer"))
    assert [is_connecte(n) for n in (client, *autres)] == [True, False, False]


def test_the_session_of_someone_else_does_not_exist_for_me(client):
    autre = type(client)()
    entrer(autre, make_personne())
    entrer(client, make_personne())
    cle = SessionOuverte.objects.order_by("pk")[0].pk
    assert client.post(reverse("sessions-fermer"), {"session": cle}).status_code == 404
    assert is_connecte(autre)


def test_signing_out_closes_the_session_in_the_list(client):
    personne = make_personne()
    entrer(client, personne)
    client.post(reverse("deconnexion"))
    assert not is_connecte(client)
    assert SessionOuverte.objects.get().fermee_at


@pytest.mark.parametrize(
    "suite", ["https://intrus.example/", "//intrus.example", "javascript:alert(1)", "/\\intrus.example"]
)
def test_the_page_asked_is_never_another_site(client, suite):
    personne = make_personne()
    session = client.session
    session["connexion_email"] = personne.email
    session.save()
    reponse = client.post(
        reverse("connexion-code"), {"code": create_code(email=personne.email), "next": suite}
    )
    assert reponse.url == reverse("espace-accueil")


def test_signing_in_again_leaves_one_line_in_the_list(client):
    personne = make_personne()
    for _ in range(2):
        entrer(client, personne)
    assert SessionOuverte.objects.filter(fermee_at__isnull=True).count() == 1
