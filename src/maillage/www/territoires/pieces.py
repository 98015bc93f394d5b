"""Garder et rendre les documents des actes de périmètre."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from maillage.documents.actions import store_piece
from maillage.documents.models import Piece
from maillage.documents.reponses import serve_piece as serve
from maillage.socle.erreurs import ActionImpossible


def keep_piece(request: HttpRequest, fichier: Any, description: str) -> Piece | None:
    """La pièce déposée, ou None. Erreur : ActionImpossible (format, taille)."""
    if not fichier:
        return None
    by: Any = request.user
    return store_piece(contenu=fichier, nom=fichier.name, by=by, description=description)


def serve_piece(request: HttpRequest, piece: Piece | None, retour: str) -> HttpResponse | FileResponse:
    """La pièce en téléchargement (404 s’il n’y en a pas) ; une phrase si son fichier n’est plus là."""
    if piece is None:
        raise Http404
    try:
        return serve(piece)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect(retour)
