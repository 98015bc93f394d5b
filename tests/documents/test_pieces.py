import hashlib
import io
import zipfile
from datetime import UTC, datetime

import pytest
import time_machine
from csp.middleware import CSPMiddleware
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from maillage.documents.actions import store_piece
from maillage.documents.formats import TYPES_PIECES, check_format, clean_nom, compute_sha256
from maillage.documents.models import Piece
from maillage.documents.rendu_word import render_word
from maillage.documents.reponses import serve_piece
from maillage.journal.actions import Systeme
from maillage.journal.models import Entree
from maillage.socle.erreurs import ActionImpossible
from tests.documents.exemple import protocole

PDF = b"%PDF-1.7\n% un fichier"
IMPORT = Systeme("Import de la préfecture")


def archive(membres):
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as fichier:
        for nom, contenu in membres.items():
            fichier.writestr(nom, contenu)
    return tampon.getvalue()


ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
BONS = {
    "pdf": PDF,
    "png": b"\x89PNG\r\n\x1a\n....",
    "jpg": b"\xff\xd8\xff\xe0....",
    "jpeg": b"\xff\xd8\xff\xe1....",
    "docx": archive({"[Content_Types].xml": "", "word/document.xml": "<w/>"}),
    "xlsx": archive({"[Content_Types].xml": "", "xl/workbook.xml": "<x/>"}),
    "odt": archive({"mimetype": ODT, "content.xml": ""}),
    "ods": archive({"mimetype": ODS, "content.xml": ""}),
}


@pytest.fixture(autouse=True)
def stockage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def refus(**arguments):
    with pytest.raises(ActionImpossible) as erreur:
        store_piece(**{"contenu": PDF, "nom": "arrêté.pdf", "by": IMPORT} | arguments)
    return str(erreur.value)


@pytest.mark.parametrize("extension", TYPES_PIECES)
def test_each_format_is_recognised_by_its_content(extension):
    assert check_format(contenu=BONS[extension], nom=f"acte.{extension}") == TYPES_PIECES[extension]


@pytest.mark.parametrize("extension", TYPES_PIECES)
def test_content_of_another_format_is_refused(extension):
    autres = [
        contenu
        for autre, contenu in BONS.items()
        if {autre, extension} != {"jpg", "jpeg"} and autre != extension
    ]
    for contenu in [*autres, b"MZ....", b"<html>", b"PK\x03\x04", BONS[extension][1:]]:
        with pytest.raises(ActionImpossible, match="lisible, malgré son nom"):
            check_format(contenu=contenu, nom=f"acte.{extension}")


def test_word_made_here_is_accepted():
    assert (
        check_format(contenu=render_word(protocole(annexes=1)), nom="protocole.docx").libelle
        == "document Word"
    )


@pytest.mark.parametrize(
    ("nom", "membres"),
    [
        ("a.docx", {"word/document.xml": "", "word/vbaProject.bin": "x"}),
        ("a.xlsx", {"xl/workbook.xml": "", "xl/VBAPROJECT.BIN": "x"}),
        ("a.odt", {"mimetype": ODT, "Basic/Standard/Module1.xml": "x"}),
        ("a.ods", {"mimetype": ODS, "Scripts/python/m.py": "x"}),
    ],
)
def test_macros_are_refused(nom, membres):
    with pytest.raises(ActionImpossible, match="contient des macros"):
        check_format(contenu=archive(membres), nom=nom)
    sans = dict(list(membres.items())[:1])
    assert check_format(contenu=archive(sans), nom=nom)


def test_archive_with_too_many_members_is_refused():
    membres = {"word/document.xml": ""} | {f"m{rang}": "" for rang in range(5_000)}
    with pytest.raises(ActionImpossible, match="trop d’éléments"):
        check_format(contenu=archive(membres), nom="a.docx")


@pytest.mark.parametrize(
    ("saisi", "propre"),
    [
        ("C:\\Users\\x\\Arrêté n° 3.PDF", "Arrêté n° 3.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("a\x00b\u202efdp.pdf", "a b fdp.pdf"),
        ('<script>"x".pdf', "_script__x_.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("  . ", ""),
    ],
)
def test_nom_is_cleaned_of_paths_and_tricks(saisi, propre):
    assert clean_nom(saisi) == propre


def test_sha256_reads_bytes_and_open_files_alike():
    contenu = b"x" * 200_000
    fichier = io.BytesIO(contenu)
    fichier.read(10)
    assert compute_sha256(fichier) == compute_sha256(contenu) == hashlib.sha256(contenu).hexdigest()
    assert fichier.tell() == 0


@pytest.mark.django_db
def test_store_piece_keeps_the_file_its_hash_and_who_brought_it(stockage):
    personne = get_user_model().objects.create(nom="Préfecture", email="prefecture@exemple.invalid")
    with time_machine.travel(datetime(2025, 3, 1, 12, tzinfo=UTC), tick=False):
        piece = store_piece(
            contenu=SimpleUploadedFile("ignoré.exe", PDF),
            nom="dossier/Arrêté.PDF",
            by=personne,
            description=" Arrêté\x00 signé ",
        )
    piece.refresh_from_db()
    sha256 = hashlib.sha256(PDF).hexdigest()
    assert (piece.nom, piece.type_mime, piece.taille) == ("Arrêté.pdf", "application/pdf", len(PDF))
    assert (piece.sha256, piece.description) == (sha256, "Arrêté signé")
    assert (piece.deposee_by, piece.deposant_libelle) == (personne, str(personne))
    assert piece.deposee_at == datetime(2025, 3, 1, 12, tzinfo=UTC)
    assert (stockage / sha256[:2] / sha256[2:4] / f"{sha256}.pdf").read_bytes() == PDF
    assert not Entree.objects.exists()


@pytest.mark.django_db
def test_store_piece_by_someone_without_account_keeps_the_name_only():
    piece = store_piece(contenu=PDF, nom="arrêté.pdf", by=IMPORT)
    assert (piece.deposee_by, piece.deposant_libelle) == (None, "Import de la préfecture")


@pytest.mark.django_db
def test_same_content_twice_gives_two_pieces_and_two_files():
    une, autre = (store_piece(contenu=PDF, nom=nom, by=IMPORT) for nom in ("un.pdf", "deux.pdf"))
    assert une.fichier.name != autre.fichier.name
    assert set(Piece.objects.for_sha256(une.sha256.upper())) == {une, autre}


@pytest.mark.django_db
def test_empty_file_is_refused():
    for contenu in (b"", SimpleUploadedFile("a.pdf", b"")):
        assert (
            refus(contenu=contenu)
            == "Le fichier «\u00a0arrêté.pdf\u00a0» est vide\u00a0: vérifiez-le, puis déposez-le de nouveau."
        )


@pytest.mark.django_db
def test_file_over_the_limit_is_refused_and_just_under_is_kept(settings):
    settings.TAILLE_MAX_PIECE = 3 * 2**20
    limite = PDF.ljust(settings.TAILLE_MAX_PIECE, b" ")
    assert store_piece(contenu=limite, nom="a.pdf", by=IMPORT).taille == settings.TAILLE_MAX_PIECE
    for contenu in (limite + b" ", SimpleUploadedFile("a.pdf", limite + b" ")):
        assert refus(contenu=contenu).startswith(
            "Le fichier «\u00a0arrêté.pdf\u00a0» pèse 3,1\u00a0Mo\u00a0; la limite est de 3\u00a0Mo."
        )


@pytest.mark.django_db
def test_announced_size_is_not_trusted(settings):
    settings.TAILLE_MAX_PIECE = 30
    menteur = SimpleUploadedFile("a.pdf", PDF + b" " * 30)
    menteur.size = 10
    assert "pèse" in refus(contenu=menteur)


@pytest.mark.django_db
@pytest.mark.parametrize("nom", ["virus.exe", "page.html", "dessin.svg", "macro.docm", "archive.zip"])
def test_unlisted_extension_is_refused(nom):
    assert f"Le format .{nom.split('.')[1]} n’est pas accepté" in refus(nom=nom)


@pytest.mark.django_db
@pytest.mark.parametrize("nom", ["", "arrete", ".pdf", "   "])
def test_nom_without_extension_is_refused(nom):
    assert "n’a pas de nom avec extension" in refus(nom=nom)


@pytest.mark.django_db
def test_page_may_accept_fewer_formats():
    assert store_piece(contenu=BONS["pdf"], nom="a.pdf", by=IMPORT, types=("pdf",))
    assert refus(contenu=BONS["png"], nom="a.png", types=("pdf",)) == (
        "Le format .png n’est pas accepté. Enregistrez le document dans un de ces formats\u00a0: .pdf."
    )


@pytest.mark.django_db
def test_refused_file_leaves_nothing_behind(stockage):
    refus(contenu=b"MZ...")
    assert not Piece.objects.exists()
    assert not list(stockage.rglob("*"))


@pytest.mark.django_db
@pytest.mark.parametrize("faute", [{"taille": 0}, {"deposant_libelle": ""}])
def test_database_refuses_a_piece_without_content_or_deposant(faute):
    piece = store_piece(contenu=PDF, nom="a.pdf", by=IMPORT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Piece.objects.filter(pk=piece.pk).update(**faute)


@pytest.mark.django_db
def test_served_piece_is_downloaded_never_shown():
    piece = store_piece(contenu=PDF, nom="Arrêté n° 3.pdf", by=IMPORT)
    reponse = CSPMiddleware(lambda requete: serve_piece(piece))(RequestFactory().get("/"))
    assert b"".join(reponse.streaming_content) == PDF
    assert reponse["Content-Disposition"] == "attachment; filename*=utf-8''Arr%C3%AAt%C3%A9%20n%C2%B0%203.pdf"
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse["X-Content-Type-Options"] == "nosniff"
    assert reponse["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.django_db
def test_piece_lost_by_the_storage_is_a_sentence_not_a_crash(stockage):
    piece = store_piece(contenu=PDF, nom="a.pdf", by=IMPORT)
    (stockage / piece.fichier.name).unlink()
    with pytest.raises(ActionImpossible, match="introuvable dans le stockage"):
        serve_piece(piece)
