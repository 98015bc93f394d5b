"""Fichiers acceptés : extension et contenu doivent dire la même chose. Python pur, sauf la phrase de refus."""

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import IO

from maillage.socle.erreurs import ActionImpossible

NOM_MAX = 150
_MEMBRES_MAX = 5_000  # un document bureautique en compte quelques dizaines ; au-delà, c'est un piège


@dataclass(frozen=True)
class TypePiece:
    libelle: str
    type_mime: str
    reconnait: Callable[[bytes], bool]


def _debut(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda contenu: contenu.startswith(signatures)


def _membres(contenu: bytes) -> list[str]:
    """Noms des membres d'une archive, sans rien décompresser. Une archive illisible n'en a pas."""
    try:
        with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return []


def _office(membre: str) -> Callable[[bytes], bool]:
    return lambda contenu: contenu.startswith(b"PK\x03\x04") and membre in _membres(contenu)


def _opendocument(type_mime: str) -> Callable[[bytes], bool]:
    def reconnait(contenu: bytes) -> bool:
        if not contenu.startswith(b"PK\x03\x04") or "mimetype" not in _membres(contenu):
            return False
        try:
            with zipfile.ZipFile(io.BytesIO(contenu)) as archive, archive.open("mimetype") as membre:
                return membre.read(len(type_mime) + 1).strip() == type_mime.encode()
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
            return False

    return reconnait


_OPENXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_JPEG = TypePiece("image JPEG", "image/jpeg", _debut(b"\xff\xd8\xff"))

TYPES_PIECES: dict[str, TypePiece] = {
    "pdf": TypePiece("PDF", "application/pdf", _debut(b"%PDF-")),
    "png": TypePiece("image PNG", "image/png", _debut(b"\x89PNG\r\n\x1a\n")),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "docx": TypePiece("document Word", f"{_OPENXML}.wordprocessingml.document", _office("word/document.xml")),
    "xlsx": TypePiece("classeur Excel", f"{_OPENXML}.spreadsheetml.sheet", _office("xl/workbook.xml")),
    "odt": TypePiece("texte OpenDocument", f"{_ODF}.text", _opendocument(f"{_ODF}.text")),
    "ods": TypePiece("classeur OpenDocument", f"{_ODF}.spreadsheet", _opendocument(f"{_ODF}.spreadsheet")),
}
"""extension → type. Une page qui n'en veut que certaines donne la liste de ses extensions."""


def clean_nom(nom: str) -> str:
    """Nom présentable : sans chemin ni caractère de commande, 150 signes au plus, extension en minuscules."""
    court = re.split(r"[/\\]", unicodedata.normalize("NFC", nom))[-1]
    court = "".join(" " if unicodedata.category(signe)[0] == "C" else signe for signe in court)
    court = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", court)).strip(" .")
    souche, point, extension = court.rpartition(".")
    if not point:
        return court[:NOM_MAX]
    extension = extension.strip().lower()[:20]
    return f"{souche.strip()[: NOM_MAX - len(extension) - 1]}.{extension}"


def check_format(*, contenu: bytes, nom: str, types: Collection[str] = tuple(TYPES_PIECES)) -> TypePiece:
    """Le type du fichier `nom` (déjà nettoyé). ActionImpossible s'il n'est pas admis ou ment sur ce qu'il est."""
    acceptes = ", ".join(f".{extension}" for extension in TYPES_PIECES if extension in types)
    souche, point, extension = nom.rpartition(".")
    if not point or not souche:
        raise ActionImpossible(
            f"Le fichier «\u00a0{nom}\u00a0» n’a pas de nom avec extension\u00a0: renommez-le (formats acceptés\u00a0: {acceptes})."
        )
    if extension not in types or extension not in TYPES_PIECES:
        raise ActionImpossible(
            f"Le format .{extension} n’est pas accepté. Enregistrez le document dans un de ces formats\u00a0: {acceptes}."
        )
    type_piece = TYPES_PIECES[extension]
    if not type_piece.reconnait(contenu):
        raise ActionImpossible(
            f"Le fichier «\u00a0{nom}\u00a0» n’est pas un {type_piece.libelle} lisible, malgré son nom\u00a0: il est abîmé, protégé par un "
            "mot de passe ou d’un autre format. Ouvrez-le, enregistrez-le de nouveau, puis déposez-le."
        )
    if contenu.startswith(b"PK"):
        _check_archive(contenu, nom)
    return type_piece


def _check_archive(contenu: bytes, nom: str) -> None:
    membres = [membre.lower() for membre in _membres(contenu)]
    if len(membres) > _MEMBRES_MAX:
        raise ActionImpossible(
            f"Le fichier «\u00a0{nom}\u00a0» contient trop d’éléments internes\u00a0: déposez plutôt un PDF."
        )
    if any(
        membre.endswith("vbaproject.bin") or membre.startswith(("basic/", "scripts/")) for membre in membres
    ):
        raise ActionImpossible(
            f"Le fichier «\u00a0{nom}\u00a0» contient des macros, qui ne sont pas acceptées\u00a0: enregistrez-le sans macros ou en PDF."
        )


def compute_sha256(fichier: bytes | IO[bytes]) -> str:
    """Empreinte SHA-256 (64 chiffres hexadécimaux), lue par morceaux ; un fichier ouvert est relu depuis son début."""
    if isinstance(fichier, bytes):
        return hashlib.sha256(fichier).hexdigest()
    empreinte = hashlib.sha256()
    fichier.seek(0)
    while morceau := fichier.read(1 << 16):
        empreinte.update(morceau)
    fichier.seek(0)
    return empreinte.hexdigest()
