"""ProConnect : la connexion, et tout ce qui doit échouer. Le fournisseur d’essai tourne sur cette machine."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.urls import reverse

from maillage.comptes.actions_connexion import confirm_second_facteur, start_second_facteur
from maillage.comptes.models import IdentiteExterne, SessionOuverte
from maillage.journal.models import Entree
from maillage.www.comptes import proconnect
from tests.fabriques import make_personne
from tests.fournisseur import CLIENT, SECRET, Fournisseur, serve
from tests.www.comptes.test_second_facteur import lire_code

pytestmark = pytest.mark.django_db
ADRESSE = "agent@essai.example"


@pytest.fixture
def fournisseur(settings):
    fournisseur = Fournisseur()
    serveur = serve(fournisseur)
    settings.PROCONNECT_EMETTEUR = fournisseur.adresse
    settings.PROCONNECT_CLIENT = CLIENT
    settings.PROCONNECT_SECRET = SECRET
    settings.ADRESSE_PUBLIQUE = "http://testserver"
    proconnect._build_client.cache_clear()
    yield fournisseur
    serveur.shutdown()
    serveur.server_close()


def partir(client, **parametres):
    """Clique sur le bouton ; rend l’adresse chez le fournisseur."""
    reponse = client.get(reverse("proconnect"), parametres)
    assert reponse.status_code == 302
    return reponse["Location"]


def revenir(client, adresse, **changes):
    """Suit le fournisseur, puis revient ici ; `changes` : paramètres du retour falsifiés."""
    retour = requests.get(adresse, allow_redirects=False, timeout=5).headers["Location"]
    recus = {nom: valeurs[0] for nom, valeurs in parse_qs(urlsplit(retour).query).items()} | changes
    return client.get(reverse("proconnect-retour"), recus)


def is_connecte(client):
    return client.get(reverse("espace-accueil")).status_code == 200


def test_signing_in_opens_the_account_of_the_attested_address_and_links_it(client, fournisseur):
    personne = make_personne(email=ADRESSE)
    reponse = revenir(client, partir(client, next=reverse("compte")))
    assert reponse.url == reverse("compte")
    assert is_connecte(client)
    identite = IdentiteExterne.objects.get()
    assert (identite.personne, identite.sub, identite.siret) == (personne, "sub-123", "13002526500013")
    assert SessionOuverte.objects.get().moyen == "proconnect"
    assert Entree.objects.filter(code="comptes.identite.reliee").count() == 1


def test_the_request_carries_state_nonce_pkce_and_asks_for_amr(client, fournisseur):
    demande = {n: v[0] for n, v in parse_qs(urlsplit(partir(client)).query).items()}
    assert demande["response_type"] == "code"
    assert demande["code_challenge_method"] == "S256"
    assert len(demande["state"]) >= 20
    assert len(demande["nonce"]) >= 20
    assert "amr" in json.loads(demande["claims"])["id_token"]
    assert demande["redirect_uri"] == "http://testserver/connexion/proconnect/retour/"


def test_the_link_follows_the_subject_even_when_the_address_changes(client, fournisseur):
    personne = make_personne(email=ADRESSE)
    revenir(client, partir(client))
    client.logout()
    fournisseur.identite["email"] = "nouvelle@essai.example"
    revenir(client, partir(client))
    assert client.session["_auth_user_id"] == str(personne.pk)


def test_another_subject_cannot_take_a_linked_account(client, fournisseur):
    make_personne(email=ADRESSE)
    revenir(client, partir(client))
    client.logout()
    fournisseur.identite["sub"] = "sub-intrus"
    reponse = revenir(client, partir(client))
    assert reponse.status_code == 403
    assert not is_connecte(client)


def test_an_unverified_address_links_nothing(client, fournisseur):
    make_personne(email=ADRESSE)
    fournisseur.identite["email_verified"] = False
    assert revenir(client, partir(client)).status_code == 403
    assert not IdentiteExterne.objects.exists()


def test_an_unknown_person_is_told_how_to_join(client, fournisseur):
    reponse = revenir(client, partir(client))
    assert reponse.status_code == 403
    assert reverse("rejoindre") in reponse.content.decode()


def test_a_closed_account_stays_closed(client, fournisseur):
    personne = make_personne(email=ADRESSE)
    revenir(client, partir(client))
    client.logout()
    personne.is_active = False
    personne.save()
    assert revenir(client, partir(client)).status_code == 403


def test_plain_json_userinfo_is_read_too(client, fournisseur):
    make_personne(email=ADRESSE)
    fournisseur.ecarts["userinfo_json"] = True
    revenir(client, partir(client))
    assert is_connecte(client)


INSTANT = int(time.time())


@pytest.mark.parametrize(
    "ecarts",
    [
        {"nonce": "autre"},
        {"aud": "un-autre-client"},
        {"aud": "un-autre-client", "azp": CLIENT},
        {"iss": "https://intrus.example"},
        {"exp": INSTANT - 3600},
        {"iat": INSTANT + 3600, "exp": INSTANT + 7200},
        {"alg": "none"},
        {"alg": "HS256"},
        {"fausse_cle": True},
        {"sans_id_token": True},
        {"userinfo_faux": True},
        {"userinfo_sub": "sub-d-un-autre"},
        {"userinfo_aud": "un-autre-client"},
        {"issuer": "https://intrus.example"},
    ],
    ids=lambda ecarts: "-".join(f"{cle}" for cle in ecarts),
)
def test_a_wrong_answer_opens_nothing(client, fournisseur, ecarts):
    make_personne(email=ADRESSE)
    fournisseur.ecarts.update({cle: v for cle, v in ecarts.items() if cle != "issuer"})
    adresse = partir(client)
    fournisseur.ecarts.update(ecarts)
    if "issuer" in ecarts:
        proconnect._build_client.cache_clear()
    reponse = revenir(client, adresse)
    assert reponse.url == reverse("connexion")
    assert not is_connecte(client)
    assert not IdentiteExterne.objects.exists()


def test_a_state_from_another_browser_is_refused(client, fournisseur):
    make_personne(email=ADRESSE)
    autre = type(client)()
    adresse = partir(autre)
    reponse = revenir(client, adresse)
    assert reponse.url == reverse("connexion")
    assert not is_connecte(client)


def test_a_forged_state_is_refused(client, fournisseur):
    make_personne(email=ADRESSE)
    assert revenir(client, partir(client), state="invente").url == reverse("connexion")
    assert not is_connecte(client)


def test_an_answer_serves_once(client, fournisseur):
    make_personne(email=ADRESSE)
    retour = requests.get(partir(client), allow_redirects=False, timeout=5).headers["Location"]
    client.get(retour)
    assert is_connecte(client)
    client.logout()
    assert client.get(retour).url == reverse("connexion")
    assert not is_connecte(client)


def test_giving_up_at_the_provider_comes_back_with_a_sentence(client, fournisseur):
    partir(client)
    reponse = client.get(reverse("proconnect-retour"), {"error": "access_denied", "state": "x"}, follow=True)
    assert "abandonnée" in reponse.content.decode()


def test_a_provider_that_does_not_answer_leaves_the_code(client, fournisseur, settings):
    settings.PROCONNECT_EMETTEUR = "http://127.0.0.1:9"
    reponse = client.get(reverse("proconnect"), follow=True)
    assert "ProConnect ne répond pas" in reponse.content.decode()


def test_the_page_asked_after_signing_in_is_never_another_site(client, fournisseur):
    make_personne(email=ADRESSE)
    reponse = revenir(client, partir(client, next="https://intrus.example/"))
    assert reponse.url == reverse("espace-accueil")


@pytest.mark.parametrize("preuve", [{"amr": ["pwd", "mfa"]}, {"acr": "eidas2"}])
def test_a_strong_authentication_is_not_asked_again(client, fournisseur, settings, preuve):
    settings.SECOND_FACTEUR_EXIGE = True
    make_personne("region", email=ADRESSE)
    for champ, valeur in preuve.items():
        setattr(fournisseur, champ, valeur)
    assert revenir(client, partir(client)).url == reverse("espace-accueil")
    assert SessionOuverte.objects.get().is_forte


def test_a_weak_authentication_still_asks_the_second_factor(client, fournisseur, settings):
    settings.SECOND_FACTEUR_EXIGE = True
    personne = make_personne("region", email=ADRESSE)
    facteur = start_second_facteur(personne=personne)
    confirm_second_facteur(personne=personne, code=lire_code(facteur))
    assert revenir(client, partir(client)).url == reverse("connexion-facteur")
    assert not is_connecte(client)


def test_signing_out_also_ends_the_session_at_the_provider(client, fournisseur):
    make_personne(email=ADRESSE)
    revenir(client, partir(client))
    page = client.post(reverse("deconnexion"))
    adresse = page["Refresh"].partition("url=")[2]
    parametres = parse_qs(urlsplit(adresse).query)
    assert adresse.startswith(f"{fournisseur.adresse}/session/end?")
    assert parametres["id_token_hint"][0].count(".") == 2
    assert parametres["post_logout_redirect_uri"] == ["http://testserver/connexion/proconnect/fin/"]
    assert not is_connecte(client)
    retour = requests.get(adresse, allow_redirects=False, timeout=5).headers["Location"]
    assert (
        "Vous êtes déconnecté de Maillage et de ProConnect"
        in client.get(retour, follow=True).content.decode()
    )


def test_without_an_issuer_there_is_no_button_and_no_door(client):
    assert "ProConnect" not in client.get(reverse("connexion")).content.decode()
    assert client.get(reverse("proconnect")).status_code == 404


def test_the_button_keeps_the_page_asked(client, fournisseur):
    page = client.get(reverse("connexion"), {"next": "/espace/compte/"}).content.decode()
    assert "S’identifier avec ProConnect" in page
    assert f"{reverse('proconnect')}?next=/espace/compte/" in page


def test_the_answer_of_the_provider_is_the_only_page_that_writes_when_read():
    from tests.coherence.test_adresses import MOTIFS

    exemptes = [motif.name for motif in MOTIFS if getattr(motif.callback, "ecriture_permise", False)]
    assert exemptes == ["proconnect-retour"]
