"""Emporter une fiche ou le plan en document : PDF, Word, diapositives."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from maillage.comptes.permissions import Permission
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.echanges.composition import (
    compose_document_fiche,
    compose_document_plan,
    write_diapositives,
)
from maillage.fiches.models import FicheAction
from maillage.socle.horloge import aujourdhui
from maillage.territoires.permissions import check_permission
from maillage.www.commun import load_territoire
from maillage.www.fiches.views import load_fiche

_OPENXML = "application/vnd.openxmlformats-officedocument"
RENDUS = {
    "pdf": ("application/pdf", render_pdf),
    "docx": (f"{_OPENXML}.wordprocessingml.document", render_word),
}
PPTX = f"{_OPENXML}.presentationml.presentation"


def _send(contenu: bytes, nom: str, type_mime: str) -> HttpResponse:
    reponse = HttpResponse(contenu, content_type=type_mime)
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse


@require_safe
def export_fiche(request: HttpRequest, vague: str, id_ti: str, pk: int, forme: str) -> HttpResponse:
    """Une fiche en PDF ou en Word, telle qu’elle est aujourd’hui."""
    fiche = load_fiche(request, vague, id_ti, pk)
    if forme not in RENDUS:
        raise Http404("Une fiche s’emporte en PDF ou en Word.")
    type_mime, rend = RENDUS[forme]
    nom = slugify(f"fiche-{fiche.code or fiche.pk}-{fiche.titre}")[:80]
    return _send(rend(compose_document_fiche(fiche, aujourdhui())), f"{nom}.{forme}", type_mime)


@require_safe
def export_plan(request: HttpRequest, vague: str, id_ti: str, forme: str) -> HttpResponse:
    """Le plan entier en PDF ou en Word, ou en diapositives pour un comité."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    if forme not in (*RENDUS, "pptx"):
        raise Http404("Le plan s’emporte en PDF, en Word ou en diapositives.")
    fiches = list(
        FicheAction.objects.filter(territoire=territoire)
        .select_related("territoire__vague", "axe", "porteur")
        .order_by("rang", "id")
    )
    nom, jour = f"plan-{slugify(territoire.nom)}.{forme}", aujourdhui()
    if forme == "pptx":
        return _send(write_diapositives(territoire, fiches, jour), nom, PPTX)
    type_mime, rend = RENDUS[forme]
    return _send(rend(compose_document_plan(territoire, fiches, jour)), nom, type_mime)
