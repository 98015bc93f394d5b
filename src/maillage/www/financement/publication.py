"""Publier le plan de financement d’une collectivité : la page publique, le document, l’affiche de chantier."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from maillage.financement import actions
from maillage.financement.composition import compose_affiche, compose_plan_publie, get_reste
from maillage.financement.models import PublicationPlan
from maillage.financement.permissions import check_user_can_update_plan
from maillage.socle.erreurs import ActionImpossible
from maillage.www.commun import public
from maillage.www.fiches.views import args_fiche, load_fiche
from maillage.www.financement.documents import FORMES, serve_document


@require_POST
def plan_publish(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Publie le plan tel qu’il est."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_plan(request.user, fiche)
    try:
        publication = actions.publish_plan(fiche=fiche, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect("plan-detail", *args_fiche(fiche))
    messages.success(
        request,
        "Le plan est publié. Imprimez-le pour le siège, et l’affiche pour le chantier\u00a0; l’adresse se met sur votre site.",
    )
    return redirect("plan-publie", publication.pk)


def _load(pk: int) -> PublicationPlan:
    return get_object_or_404(PublicationPlan, pk=pk)


@public
@require_http_methods(["GET"])
def plan_publie(request: HttpRequest, pk: int) -> HttpResponse:
    """Un plan publié, figé au jour de sa publication."""
    publication = _load(pk)
    suivante = publication.plan.publications.filter(pk__gt=pk).order_by("-id").first()
    contexte: dict[str, Any] = {
        "publication": publication,
        "contenu": publication.contenu,
        "reste": get_reste(publication.contenu),
        "suivante": suivante,
    }
    return render(request, "financement/plan_publie.html", contexte)


def _serve(pk: int, forme: str, compose: Any, nom: str) -> HttpResponse:
    if forme not in FORMES:
        raise Http404
    return serve_document(compose(_load(pk)), forme, f"{nom}-{pk}")


@public
@require_http_methods(["GET"])
def plan_publie_fichier(request: HttpRequest, pk: int, forme: str) -> HttpResponse:
    """Le plan publié, en PDF ou en Word."""
    return _serve(pk, forme, compose_plan_publie, "plan-de-financement")


@public
@require_http_methods(["GET"])
def plan_publie_affiche(request: HttpRequest, pk: int, forme: str) -> HttpResponse:
    """L’affiche de chantier, en PDF ou en Word."""
    return _serve(pk, forme, compose_affiche, "affiche-de-chantier")
