"""Pages de référence : sources, accessibilité, mentions légales."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maillage.referentiels.selectors import load_sources
from maillage.socle.donnees_personnelles import list_traitements
from maillage.www.commun import public


@public
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Données ouvertes reprises ici : producteur, millésime, licence, mention, usage."""
    return render(request, "public/sources.html", {"sources": load_sources()})


@public
@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    return render(request, "public/accessibilite.html")


@public
@require_safe
def mentions_legales(request: HttpRequest) -> HttpResponse:
    return render(request, "public/mentions_legales.html", {"traitements": list_traitements()})
