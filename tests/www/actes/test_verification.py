"""Vérifier un fichier reçu : reconnu ou inconnu, sans compte, sans rien garder, sans nom de personne."""

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from maillage.contrats.models import Acte
from maillage.documents.models import Piece
from tests.contrats.monde import Monde, create_monde

VERIFIER = reverse("verifier")


def read(acte: Acte, forme: str) -> bytes:
    piece = {"PDF": acte.piece_pdf, "Word": acte.piece_word}[forme]
    with piece.fichier.open("rb") as fichier:
        return bytes(fichier.read())


@pytest.mark.parametrize("forme", ["PDF", "Word"])
def test_a_file_kept_here_is_recognised_with_its_form(client: Client, monde: Monde, forme: str) -> None:
    contenu = read(monde.arrete(), forme)
    pieces = Piece.objects.count()
    page = client.post(VERIFIER, {"fichier": SimpleUploadedFile("x", contenu)}, follow=True).content.decode()
    assert "Ce fichier est reconnu" in page
    assert f"<strong>{forme}</strong>" in page
    assert Piece.objects.count() == pieces


def test_the_answer_names_organisations_and_no_person(client: Client, monde: Monde) -> None:
    acte = monde.arrete()
    page = client.get(reverse("verifier-empreinte", args=[acte.piece_pdf.sha256])).content.decode()
    for texte in ("CC des Forges", monde.etat.nom, "Sous-préfet", "Pas encore signé"):
        assert texte in page
    for prive in ("Camille Martin", "Dominique Petit", "Alix Durand", "alix@forges.example"):
        assert prive not in page


def test_a_changed_file_is_named_and_another_is_unknown(client: Client, monde: Monde) -> None:
    contenu = read(monde.arrete(), "PDF") + b" "
    page = client.post(VERIFIER, {"fichier": SimpleUploadedFile("acte.pdf", contenu)}, follow=True)
    assert "Ce fichier a été complété" in page.content.decode()
    page = client.post(VERIFIER, {"fichier": SimpleUploadedFile("autre.pdf", b"%PDF-1.7")}, follow=True)
    assert "n’est pas un acte arrêté ici, ou il a été modifié" in page.content.decode()


def test_a_fictif_acte_says_so(client: Client, db: None) -> None:
    monde = create_monde(is_fictif=True)
    monde.fiche("F1")
    acte = monde.arrete()
    page = client.get(reverse("verifier-empreinte", args=[acte.piece_pdf.sha256])).content.decode()
    assert "Acte fictif" in page


def test_an_empreinte_pasted_with_spaces_leads_to_its_shareable_address(client: Client, monde: Monde) -> None:
    sha256 = monde.arrete().piece_pdf.sha256
    pasted = f" SHA256: {sha256[:32].upper()} {sha256[32:]} "
    reponse = client.post(VERIFIER, {"empreinte": pasted})
    assert reponse.url == reverse("verifier-empreinte", args=[sha256])
    assert client.get(reverse("verifier-empreinte", args=[sha256.upper()])).url == reponse.url


@pytest.mark.parametrize(
    ("saisie", "phrase"),
    [
        ({}, "Choisissez un fichier, ou collez une empreinte"),
        ({"empreinte": "abc"}, "64 signes"),
        ({"fichier": SimpleUploadedFile("vide.pdf", b"")}, "Ce fichier est vide"),
    ],
)
@pytest.mark.django_db
def test_bad_input_gets_a_sentence(client: Client, saisie: dict[str, object], phrase: str) -> None:
    page = client.post(VERIFIER, saisie)
    assert page.status_code == 200
    assert phrase in page.content.decode()


@pytest.mark.django_db
def test_a_bad_address_keeps_what_was_asked(client: Client) -> None:
    page = client.get(reverse("verifier-empreinte", args=["pas-une-empreinte"])).content.decode()
    assert "64 signes" in page
    assert 'value="pas-une-empreinte"' in page


@pytest.mark.django_db
def test_a_file_too_big_is_refused(client: Client, settings: LazySettings) -> None:
    settings.TAILLE_MAX_PIECE = 10
    page = client.post(VERIFIER, {"fichier": SimpleUploadedFile("gros.pdf", b"x" * 11)}).content.decode()
    assert "trop lourd" in page
