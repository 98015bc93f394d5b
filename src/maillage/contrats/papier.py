"""Signer sur papier : le PDF arrêté, imprimé avec un dessin à photographier par page ; la copie numérisée, reconnue.

Le dessin (QR) mène à la page publique de vérification et dit la page et leur nombre : il sert au lecteur comme à la machine.
Bibliothèques : pypdfium2 (lire et dessiner), segno (tracer le dessin), zxing-cpp (le lire, droit ou tourné).
"""

import io
import re
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium
import segno
import zxingcpp
from django.conf import settings

from maillage.socle.erreurs import ActionImpossible

_REPERE = re.compile(r"/verifier/([0-9a-f]{64})/\?page=(\d{1,4})-(\d{1,4})$")
_COTE = 58.0  # points : un peu plus de deux centimètres, lisible à 150 points par pouce
_MARGE = 12.0
_ECHELLES = (150 / 72, 300 / 72)  # on regarde d’abord à 150 points par pouce, puis de plus près
PAGES_MAX = 600


def _make_repere(sha256: str, page: int, total: int) -> str:
    return f"{settings.ADRESSE_PUBLIQUE}/verifier/{sha256}/?page={page}-{total}"


def draw_version_papier(contenu: bytes, *, sha256: str) -> bytes:
    """Le PDF arrêté, avec sur chaque page le dessin qui la fera reconnaître une fois signée et numérisée."""
    document = pypdfium2.PdfDocument(contenu)
    try:
        total = len(document)
        for numero in range(1, total + 1):
            _draw_qr(document[numero - 1], _make_repere(sha256, numero, total))
        tampon = io.BytesIO()
        document.save(tampon)
        return tampon.getvalue()
    finally:
        document.close()


def _draw_qr(page: pypdfium2.PdfPage, texte: str) -> None:
    matrice = [list(rangee) for rangee in segno.make(texte, error="l").matrix]
    largeur, _ = page.get_size()
    pas = _COTE / (len(matrice) + 8)  # quatre modules de blanc autour, comme la norme le demande
    gauche, bas = largeur - _COTE - _MARGE, _MARGE

    def pave(x: float, y: float, cote_x: float, cote_y: float, gris: int) -> None:
        objet = pdfium.FPDFPageObj_CreateNewRect(x, y, cote_x, cote_y)
        pdfium.FPDFPageObj_SetFillColor(objet, gris, gris, gris, 255)
        pdfium.FPDFPath_SetDrawMode(objet, pdfium.FPDF_FILLMODE_ALTERNATE, 0)
        pdfium.FPDFPage_InsertObject(page.raw, objet)

    pave(gauche, bas, _COTE, _COTE, 255)
    for rang, rangee in enumerate(matrice):
        debut = None
        for colonne, noir in enumerate([*rangee, 0]):
            if noir and debut is None:
                debut = colonne
            elif not noir and debut is not None:
                pave(
                    gauche + (debut + 4) * pas,
                    bas + _COTE - (rang + 5) * pas,
                    (colonne - debut) * pas,
                    pas,
                    0,
                )
                debut = None
    page.gen_content()


@dataclass
class ActeNumerise:
    """Les pages d’un acte reconnues dans une copie : numéro de page de l’acte → (page du fichier, quarts de tour à défaire)."""

    sha256: str
    total: int
    pages: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def manquantes(self) -> list[int]:
        return [numero for numero in range(1, self.total + 1) if numero not in self.pages]


@dataclass
class Copie:
    """Ce qu’un fichier numérisé contient : des actes reconnus, et les pages où rien n’est reconnu (numéros du fichier)."""

    actes: list[ActeNumerise]
    inconnues: list[int]


def read_scan(contenu: bytes) -> Copie:
    """Reconnaît les actes d’une copie numérisée (PDF), page par page, droites, couchées ou à l’envers."""
    try:
        document = pypdfium2.PdfDocument(contenu)
    except pypdfium2.PdfiumError as erreur:
        raise ActionImpossible(
            "Cette copie ne se lit pas\u00a0: ce n’est pas un PDF entier. Numérisez-la de nouveau."
        ) from erreur
    try:
        if len(document) > PAGES_MAX:
            raise ActionImpossible(
                f"Cette copie a {len(document)} pages\u00a0: déposez-la en plusieurs fichiers de {PAGES_MAX} pages au plus."
            )
        actes: dict[str, ActeNumerise] = {}
        inconnues = []
        for index in range(len(document)):
            repere = _find_repere(document[index])
            if repere is None:
                inconnues.append(index + 1)
                continue
            sha256, numero, total, quarts = repere
            acte = actes.setdefault(sha256, ActeNumerise(sha256, total))
            acte.pages.setdefault(numero, (index, quarts))
        return Copie(list(actes.values()), inconnues)
    finally:
        document.close()


def _find_repere(page: pypdfium2.PdfPage) -> tuple[str, int, int, int] | None:
    """(empreinte, page, total, quarts de tour vers la droite à défaire) du premier dessin qui est l’un des nôtres."""
    for echelle in _ECHELLES:
        image = page.render(scale=echelle, grayscale=True).to_numpy()
        for trouve in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode):
            if lu := _REPERE.search(trouve.text):
                quarts = round(trouve.orientation / 90) % 4
                return lu[1], int(lu[2]), int(lu[3]), quarts
    return None


def extract_acte(contenu: bytes, acte: ActeNumerise) -> bytes:
    """Les seules pages d’un acte, remises dans l’ordre et à l’endroit : plusieurs actes peuvent être dans un fichier."""
    source, cible = pypdfium2.PdfDocument(contenu), pypdfium2.PdfDocument.new()
    try:
        for rang, numero in enumerate(sorted(acte.pages)):
            index, quarts = acte.pages[numero]
            cible.import_pages(source, [index])
            page = cible[rang]
            page.set_rotation((page.get_rotation() - 90 * quarts) % 360)
        tampon = io.BytesIO()
        cible.save(tampon)
        return tampon.getvalue()
    finally:
        cible.close()
        source.close()
