"""Servir une pièce : la page contrôle d'abord les droits, puis appelle `serve_piece`. Il n'y a pas d'adresse générique."""

from django.http import FileResponse

from maillage.documents.models import Piece
from maillage.socle.erreurs import ActionImpossible


def serve_piece(piece: Piece) -> FileResponse:
    """La pièce en téléchargement, jamais affichée dans le site. ActionImpossible si le fichier manque au stockage."""
    try:
        fichier = piece.fichier.open("rb")
    except FileNotFoundError:
        raise ActionImpossible(
            f"Le fichier «\u00a0{piece.nom}\u00a0» est introuvable dans le stockage\u00a0: signalez-le à l’administrateur, avec la référence "
            f"{piece.sha256[:12]}."
        ) from None
    reponse = FileResponse(fichier, as_attachment=True, filename=piece.nom, content_type=piece.type_mime)
    reponse["X-Content-Type-Options"] = "nosniff"
    reponse["Content-Security-Policy"] = "sandbox; default-src 'none'"
    reponse["Cache-Control"] = "private, no-store"
    return reponse
