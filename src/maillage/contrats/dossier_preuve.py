"""Le dossier de preuve d’un acte : le fichier arrêté, son empreinte, chaque signature avec ce qui la prouve, dans l’ordre du temps."""

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django.utils import timezone

from maillage.contrats import policies
from maillage.contrats.enums import MoyenSignature
from maillage.contrats.models import Acte, Signataire
from maillage.documents.models import Piece
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.socle.erreurs import ActionImpossible

_EPOQUE = (1980, 1, 1, 0, 0, 0)  # un même dossier a toujours les mêmes octets


def build_dossier_preuve(acte: Acte) -> bytes:
    """Une archive ZIP : `acte.pdf`, `acte-scelle.pdf`, `preuves/`, `preuve.json` (pour une machine) et `LISEZ-MOI.txt`."""
    if acte.piece_pdf is None:
        raise ActionImpossible("Cet acte n’est pas arrêté ici\u00a0: il n’a pas de dossier de preuve.")
    signataires = list(
        acte.signataires.select_related(
            "organisation", "groupe", "piece_preuve", "piece_delegation"
        ).prefetch_related("remplacements")
    )
    fichiers: dict[str, bytes] = {"acte.pdf": _read(acte.piece_pdf)}
    if acte.piece_cachet:
        fichiers["acte-scelle.pdf"] = _read(acte.piece_cachet)
    lignes = []
    for signataire in sorted(signataires, key=lambda s: (s.signe_at is None, s.signe_at, s.ordre, s.pk)):
        lignes.append(_describe(signataire, fichiers))
    entrees = Entree.objects.for_cible(acte).order_by("enregistre_at", "id")
    contenu = {
        "acte": acte.titre,
        "territoire": acte.territoire.cle,
        "fictif": acte.territoire.is_fictif,
        "etat": str(acte.get_statut_display()),
        "arrete_le": acte.arrete_le.isoformat() if acte.arrete_le else "",
        "sha256": acte.piece_pdf.sha256,
        "sha256_scelle": acte.piece_cachet.sha256 if acte.piece_cachet else "",
        "signatures": lignes,
        "histoire": [
            {
                "enregistre": e.enregistre_at.isoformat(),
                "par": e.auteur_libelle,
                "fait": phrase(e),
                "motif": e.motif,
            }
            for e in entrees
        ],
    }
    fichiers["preuve.json"] = json.dumps(contenu, ensure_ascii=False, indent=2).encode()
    fichiers["LISEZ-MOI.txt"] = _write_lisez_moi(acte, lignes).encode()
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, octets in fichiers.items():
            archive.writestr(zipfile.ZipInfo(nom, _EPOQUE), octets, zipfile.ZIP_DEFLATED)
    return tampon.getvalue()


def _read(piece: Piece) -> bytes:
    with piece.fichier.open("rb") as fichier:
        return bytes(fichier.read())


def _describe(signataire: Signataire, fichiers: dict[str, bytes]) -> dict[str, Any]:
    pieces = {}
    for nom, piece in (("preuve", signataire.piece_preuve), ("delegation", signataire.piece_delegation)):
        if piece:
            chemin = f"preuves/{piece.sha256[:16]}-{piece.nom}"
            fichiers.setdefault(chemin, _read(piece))
            pieces[nom] = {"fichier": chemin, "sha256": piece.sha256}
    moyen = MoyenSignature(signataire.moyen) if signataire.moyen else None
    return {
        "organisation": str(signataire.organisation),
        "nom": signataire.nom,
        "qualite": signataire.qualite,
        "delegation": signataire.delegation,
        "rang": signataire.ordre,
        "deliberation": signataire.deliberation,
        "deliberation_le": signataire.deliberation_le.isoformat() if signataire.deliberation_le else "",
        "signe_le": signataire.signe_le.isoformat() if signataire.signe_le else "",
        "enregistree": signataire.signe_at.isoformat() if signataire.signe_at else "",
        "par": signataire.signe_by,
        "moyen": str(moyen.label) if moyen else "",
        "valeur": policies.VALEURS[moyen] if moyen else "",
        "preuve": {cle: valeur for cle, valeur in signataire.preuve.items() if cle != "personne"},
        "refus": signataire.refus_motif,
        "remplacements": [
            {"de": r.ancien_nom, "a": r.nouveau_nom, "le": r.effet_le.isoformat(), "motif": r.motif}
            for r in signataire.remplacements.all()
        ],
        "pieces": pieces,
    }


def _write_lisez_moi(acte: Acte, lignes: list[dict[str, Any]]) -> str:
    assert acte.piece_pdf is not None  # noqa: S101 - vérifié par build_dossier_preuve
    morceaux = [
        f"Dossier de preuve\u00a0: {acte.titre}",
        "Acte fictif\u00a0: il n’engage personne." if acte.territoire.is_fictif else "",
        f"État\u00a0: {acte.get_statut_display()}.",
        f"Empreinte SHA-256 de acte.pdf\u00a0: {acte.piece_pdf.sha256}",
        "Pour la recalculer\u00a0: sha256sum acte.pdf (Linux, macOS) ou certutil -hashfile acte.pdf SHA256 (Windows).",
        "",
        "Signatures, dans l’ordre du temps\u00a0:",
    ]
    for rang, ligne in enumerate(lignes, start=1):
        quand = ligne["enregistree"]
        if quand:
            instant = timezone.localtime(datetime.fromisoformat(quand))
            morceaux.append(
                f"{rang}. {ligne['organisation']}, {ligne['nom'] or ligne['qualite']}\u00a0: signé le {ligne['signe_le']}, enregistré le "
                f"{instant:%d/%m/%Y à %H:%M:%S}. {ligne['moyen']}. {ligne['valeur']}"
            )
        else:
            morceaux.append(f"{rang}. {ligne['organisation']}\u00a0: pas signé.")
    return "\n".join(morceaux) + "\n"
