"""Signer avec son compte ou par lien : à son tour, pour son organisation, et l’on sait ce qu’on signe."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from maillage.contrats import events
from maillage.contrats.actions import sign_acte
from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.journal.models import Entree
from tests.contrats.monde import Monde
from tests.www.actes.test_pages import adresse

LE_19_NOVEMBRE = date(2019, 11, 19)
ACCORD = {"signe_le": "2019-11-19", "accord": "on"}


def get_signataire(acte: Acte, organisation: Any) -> Signataire:
    return acte.signataires.get(organisation=organisation)


def au_tour_de_l_entreprise(monde: Monde) -> tuple[Acte, Signataire]:
    acte = monde.arrete()
    sign_acte(signataire=get_signataire(acte, monde.epci), by=monde.presidente, signe_le=LE_19_NOVEMBRE)
    sign_acte(signataire=get_signataire(acte, monde.etat), by=monde.sous_prefet, signe_le=LE_19_NOVEMBRE)
    return acte, get_signataire(acte, monde.entreprise)


def test_a_president_signs_for_its_epci(presidente: Client, monde: Monde) -> None:
    acte = monde.arrete()
    signataire = get_signataire(acte, monde.epci)
    url = adresse("acte-sign", acte, signataire.pk)
    page = presidente.get(url).content.decode()
    assert "J’ai lu l’acte et je le signe pour CC des Forges" in page
    assert adresse("acte-fichier", acte, "pdf") in page
    assert presidente.post(url, ACCORD).url == acte.get_absolute_url()
    signataire.refresh_from_db()
    acte.refresh_from_db()
    assert (signataire.signe_le.isoformat(), acte.statut) == ("2019-11-19", StatutActe.SIGNE_PARTIELLEMENT)


def test_a_sous_prefet_without_the_territoire_signs(sous_prefet: Client, monde: Monde) -> None:
    acte = monde.arrete()
    signataire = get_signataire(acte, monde.etat)
    sous_prefet.post(adresse("acte-sign", acte, signataire.pk), ACCORD)
    signataire.refresh_from_db()
    assert signataire.signe_at is not None


def test_nobody_signs_for_another_organisation(sous_prefet: Client, cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    url = adresse("acte-sign", acte, get_signataire(acte, monde.epci).pk)
    assert [client.post(url, ACCORD).status_code for client in (sous_prefet, cheffe)] == [403, 403]
    assert not acte.signataires.filter(signe_at__isnull=False).exists()


def test_signing_needs_the_box_and_a_past_date(presidente: Client, monde: Monde) -> None:
    acte = monde.arrete()
    url = adresse("acte-sign", acte, get_signataire(acte, monde.epci).pk)
    sans_accord = presidente.post(url, {"signe_le": "19/11/2019"}).content.decode()
    assert "Cochez cette case pour signer" in sans_accord
    assert 'value="2019-11-19"' in sans_accord
    with time_machine.travel(datetime(2019, 11, 19, 9, tzinfo=UTC), tick=False):
        presidente.force_login(monde.presidente)
        futur = presidente.post(url, ACCORD | {"signe_le": "2019-11-20"}).content.decode()
    assert "dans l’avenir" in futur
    assert not acte.signataires.filter(signe_at__isnull=False).exists()


def test_an_old_page_gives_the_sentence_and_no_second_line(presidente: Client, monde: Monde) -> None:
    acte = monde.arrete()
    url = adresse("acte-sign", acte, get_signataire(acte, monde.epci).pk)
    presidente.post(url, ACCORD)
    page = presidente.post(url, ACCORD)
    assert "a déjà signé" in page.content.decode()
    assert Entree.objects.filter(code=events.SIGNATURE_DONNEE).count() == 1


def test_an_industrialist_signs_by_lien_and_closes_the_acte(
    monde: Monde, entrer_par_lien: Callable[[Signataire], Client]
) -> None:
    acte, signataire = au_tour_de_l_entreprise(monde)
    client = entrer_par_lien(signataire)
    url = reverse("lien-signature", args=[signataire.pk])
    page = client.get(url).content.decode()
    assert f"Signer pour {monde.entreprise}" in page
    assert acte.piece_pdf.sha256 in page
    fichier = client.get(reverse("lien-signature-pdf", args=[signataire.pk]))
    assert b"".join(fichier.streaming_content).startswith(b"%PDF")
    assert "Vous avez signé" in client.post(url, ACCORD, follow=True).content.decode()
    acte.refresh_from_db()
    signataire.refresh_from_db()
    assert acte.statut == StatutActe.SIGNE
    assert signataire.signe_by.endswith("par lien personnel")


def test_a_lien_opens_nothing_else(monde: Monde, entrer_par_lien: Callable[[Signataire], Client]) -> None:
    acte, signataire = au_tour_de_l_entreprise(monde)
    client = entrer_par_lien(signataire)
    autre = get_signataire(acte, monde.epci)
    for nom in ("lien-signature", "lien-signature-pdf"):
        assert client.get(reverse(nom, args=[autre.pk])).status_code == 404
        assert Client().get(reverse(nom, args=[signataire.pk])).status_code == 404
    assert client.get(acte.get_absolute_url()).status_code == 302  # la page du territoire demande un compte


@pytest.mark.parametrize("saisie", [{}, {"signe_le": "hier", "accord": "on"}])
def test_a_bad_answer_by_lien_signs_nothing(
    monde: Monde, entrer_par_lien: Callable[[Signataire], Client], saisie: dict[str, str]
) -> None:
    _, signataire = au_tour_de_l_entreprise(monde)
    page = entrer_par_lien(signataire).post(reverse("lien-signature", args=[signataire.pk]), saisie)
    assert page.status_code == 200
    assert "Vérifiez votre saisie" in page.content.decode()
    signataire.refresh_from_db()
    assert signataire.signe_at is None


def test_an_old_session_confirms_with_a_code_before_signing(
    monde: Monde, connecter: Callable[[Any], Client], django_capture_on_commit_callbacks: Any
) -> None:
    acte = monde.arrete()
    signataire = get_signataire(acte, monde.epci)
    client, url = connecter(monde.presidente), adresse("acte-sign", acte, signataire.pk)
    page = client.get(url).content.decode()
    assert "Recevoir un code par courriel" in page
    assert acte.piece_pdf.sha256 in page
    assert "eIDAS" in page
    assert "Demandez un code" in client.post(url, ACCORD).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"geste": "code"})
    assert "pas le bon code" in client.post(url, ACCORD | {"code": "000000"}).content.decode()
    code = re.search(r"\b(\d{3} ?\d{3})\b", mail.outbox[-1].body)[1]
    assert client.post(url, ACCORD | {"code": code}).status_code == 302
    signataire.refresh_from_db()
    assert signataire.preuve["authentification"].startswith("Identité confirmée le")


def test_a_refusal_by_lien_says_why(monde: Monde, entrer_par_lien: Callable[[Signataire], Client]) -> None:
    _, signataire = au_tour_de_l_entreprise(monde)
    client = entrer_par_lien(signataire)
    url = reverse("lien-refuser", args=[signataire.pk])
    assert "Dites pourquoi" in client.post(url, {"motif": ""}, follow=True).content.decode()
    assert "Refus enregistré" in client.post(url, {"motif": "Pas prêts"}, follow=True).content.decode()
    signataire.refresh_from_db()
    assert signataire.refus_motif == "Pas prêts"


def test_the_team_files_a_copy_and_says_who_signed(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    imprime = cheffe.get(adresse("acte-papier", acte)).content
    refus = cheffe.post(adresse("acte-copies", acte), {"copie": SimpleUploadedFile("a.pdf", b"%PDF-1.7")})
    assert "ne se lit pas" in refus.content.decode()
    cheffe.post(adresse("acte-copies", acte), {"copie": SimpleUploadedFile("a.pdf", imprime)})
    copie = acte.copies.get()
    url = adresse("acte-copie-signatures", acte, copie.pk)
    assert "Choisissez qui a signé" in cheffe.post(url, {"signe_le": "2019-11-19"}).content.decode()
    signataire = get_signataire(acte, monde.epci)
    cheffe.post(url, {"signe_le": "2019-11-19", "signataires": [signataire.pk]})
    page = cheffe.get(acte.get_absolute_url()).content.decode()
    assert "à la main, sur papier" in page
    assert adresse("acte-preuve", acte) in page


def test_the_team_replaces_withdraws_and_downloads_the_proof(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    epci = get_signataire(acte, monde.epci)
    url = adresse("signataire-remplacer", acte, epci.pk)
    assert (
        "Donnez le nom" in cheffe.post(url, {"motif": "Élection", "effet_le": "2019-11-20"}).content.decode()
    )
    saisie = {"motif": "Élection", "effet_le": "2019-11-20", "nom": "Nouvelle", "qualite": "Présidente"}
    assert cheffe.post(url, saisie).status_code == 302
    assert cheffe.get(adresse("acte-preuve", acte))["Content-Type"] == "application/zip"
    assert cheffe.post(adresse("acte-retirer", acte), {"motif": "Trop tôt"}).status_code == 302
    assert "Il ne vaut plus" in cheffe.get(acte.get_absolute_url()).content.decode()
