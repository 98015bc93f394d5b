"""Signatures et cachet portés par un PDF (PAdES) : les lire, les vérifier, en poser un. Bibliothèque : pyHanko.

Rien n’est demandé au réseau : une autorité est reconnue si elle est dans `CACHET_RACINES`, sinon la page le dit.
"""

import io
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from maillage.socle.erreurs import ActionImpossible

# Une autorité inconnue est dite à l’écran : sa trace technique n’apprend rien de plus.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
CHAMP_CACHET = "CachetMaillage"


@dataclass(frozen=True)
class SignatureLue:
    """Une signature trouvée dans un PDF : qui, par quelle autorité, quand, et ce que la vérification en dit."""

    signataire: str
    autorite: str
    date: datetime | None
    is_intacte: bool
    is_complete: bool
    is_reconnue: bool

    def to_json(self) -> dict[str, Any]:
        """Ce que la preuve d’une signature en garde."""
        return {
            "signataire": self.signataire,
            "autorite": self.autorite,
            "date": self.date.isoformat() if self.date else "",
            "intacte": self.is_intacte,
            "couvre_tout": self.is_complete,
            "autorite_reconnue": self.is_reconnue,
        }


def _open_reader(contenu: bytes) -> PdfFileReader:
    try:
        return PdfFileReader(io.BytesIO(contenu))
    except (PdfError, ValueError, KeyError, IndexError) as erreur:
        raise ActionImpossible(
            "Ce PDF ne se lit pas\u00a0: il est abîmé, tronqué ou protégé. Demandez-le de nouveau à qui l’a signé."
        ) from erreur


def _get_racines() -> list[Any]:
    if not settings.CACHET_RACINES:
        return []
    return list(load_certs_from_pemder_data(Path(settings.CACHET_RACINES).read_bytes()))


def read_signatures(contenu: bytes) -> list[SignatureLue]:
    """Les signatures d’un PDF, dans leur ordre, chacune vérifiée sans réseau. Un PDF illisible : ActionImpossible."""
    contexte = ValidationContext(trust_roots=_get_racines(), allow_fetching=False)
    lues = []
    for signature in _open_reader(contenu).embedded_regular_signatures:
        try:
            etat = validate_pdf_signature(signature, contexte)
        except (SignatureValidationError, PdfError, ValueError) as erreur:
            raise ActionImpossible(
                "Une signature de ce PDF ne se lit pas\u00a0: elle est d’un genre inconnu ou abîmée. Demandez un PDF signé en PAdES."
            ) from erreur
        certificat = etat.signing_cert
        lues.append(
            SignatureLue(
                signataire=_get_nom(certificat.subject.native),
                autorite=_get_nom(certificat.issuer.native),
                date=etat.signer_reported_dt,
                is_intacte=bool(etat.intact and etat.valid),
                is_complete=etat.coverage is not None
                and etat.coverage.name in ("ENTIRE_FILE", "ENTIRE_REVISION"),
                is_reconnue=bool(etat.trusted),
            )
        )
    return lues


def _get_nom(sujet: Any) -> str:
    """« Camille Martin, CC des Forges » : le nom, puis l’organisation si elle est dite."""
    morceaux = [sujet.get(cle) for cle in ("common_name", "organization_name")]
    return ", ".join(dict.fromkeys(str(m) for m in morceaux if m)) or "Sans nom"


def read_texte(contenu: bytes) -> list[str]:
    """Le texte de chaque page, sans les blancs : deux PDF qui disent la même chose ont le même."""
    try:
        document = pypdfium2.PdfDocument(contenu)
    except pypdfium2.PdfiumError as erreur:
        raise ActionImpossible("Ce PDF ne se lit pas\u00a0: il est abîmé, tronqué ou protégé.") from erreur
    try:
        return ["".join(page.get_textpage().get_text_bounded().split()) for page in document]
    finally:
        document.close()


def check_meme_acte(*, arrete: bytes, signe: bytes) -> bool:
    """Vrai si le PDF signé est le PDF arrêté, complété de signatures ; faux s’il a été réécrit sans changer un mot.

    Un autre texte, une page de moins : ActionImpossible. Certains parapheurs réécrivent le fichier en le signant.
    """
    if signe.startswith(arrete):
        return True
    attendu, lu = read_texte(arrete), read_texte(signe)
    if len(lu) < len(attendu):
        raise ActionImpossible(
            f"Ce PDF a {len(lu)} pages, l’acte arrêté en a {len(attendu)}\u00a0: il en manque. Demandez le fichier entier."
        )
    for rang, (avant, apres) in enumerate(zip(attendu, lu, strict=False), start=1):
        if avant not in apres:
            raise ActionImpossible(
                f"Ce PDF n’est pas l’acte arrêté\u00a0: la page {rang} dit autre chose. Faites signer le PDF téléchargé ici."
            )
    return False


# --- cachet de la plateforme -----------------------------------------------------------------------------------------


def has_cachet() -> bool:
    """Vrai si un certificat de cachet est réglé et présent."""
    return bool(settings.CACHET_P12) and Path(settings.CACHET_P12).is_file()


def seal_pdf(contenu: bytes, *, raison: str) -> bytes:
    """Le même PDF, complété du cachet de la plateforme (PAdES) ; les octets d’avant restent au début du fichier."""
    try:
        signataire = signers.SimpleSigner.load_pkcs12_data(
            Path(settings.CACHET_P12).read_bytes(),
            other_certs=[],
            passphrase=settings.CACHET_MOT_DE_PASSE.encode() or None,
        )
        tampon = signers.sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(contenu)),
            signers.PdfSignatureMetadata(
                field_name=CHAMP_CACHET,
                subfilter=fields.SigSeedSubFilter.PADES,
                reason=raison,
                name="Maillage",
            ),
            signer=signataire,
        )
    except (OSError, ValueError, SigningError, PdfError) as erreur:
        raise ActionImpossible(
            "Le cachet n’a pas pu être posé\u00a0: le certificat manque, est périmé ou son mot de passe est faux. "
            "Prévenez l’administrateur\u00a0; l’acte, lui, est signé."
        ) from erreur
    return bytes(tampon.getvalue())


def write_certificat_essai(
    chemin: Path, *, mot_de_passe: str, nom: str = "Cachet Maillage (essai, sans valeur)"
) -> None:
    """Écrit un certificat d’essai, signé par lui-même, pour la démonstration et les tests ; il n’engage personne."""
    cle = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    sujet = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), x509.NameAttribute(NameOID.COMMON_NAME, nom)]
    )
    maintenant = datetime.now(UTC)
    certificat = (
        x509.CertificateBuilder()
        .subject_name(sujet)
        .issuer_name(sujet)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(maintenant - timedelta(days=1))
        .not_valid_after(maintenant + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(cle, hashes.SHA256())
    )
    chemin.parent.mkdir(parents=True, exist_ok=True)
    chemin.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"cachet", cle, certificat, None, BestAvailableEncryption(mot_de_passe.encode())
        )
    )
