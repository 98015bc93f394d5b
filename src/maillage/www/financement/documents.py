"""Rendre un document du financement en PDF ou en Word."""

from django.http import HttpResponse

from maillage.documents.blocs import Document
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word

FORMES = {
    "pdf": ("application/pdf", render_pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", render_word),
}


def serve_document(document: Document, forme: str, nom: str) -> HttpResponse:
    """Le document en téléchargement (`forme` : une clé de FORMES)."""
    type_mime, render = FORMES[forme]
    reponse = HttpResponse(render(document), content_type=type_mime)
    reponse["Content-Disposition"] = f'attachment; filename="{nom}.{forme}"'
    reponse["X-Content-Type-Options"] = "nosniff"
    return reponse
