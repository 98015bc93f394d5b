"""Signer avec son compte ou par lien : à son tour, pour son organisation, et l’on sait ce qu’on signe."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
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
