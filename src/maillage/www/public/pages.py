"""Pages de référence : sources, accessibilité, mentions légales, et ce que lisent les moteurs de recherche."""

from collections.abc import Iterator
from itertools import chain, islice
from xml.sax.saxutils import escape

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.fiches.models import FicheAction
from maillage.referentiels.selectors import load_sources
from maillage.socle.donnees_personnelles import list_traitements
from maillage.territoires.models import Territoire
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


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Ce qu’un moteur de recherche peut lire : les pages publiques, non les espaces ni les liens personnels."""
    lignes = [
        "User-agent: *",
        *(f"Disallow: {debut}" for debut in ("/espace/", "/lien/", "/connexion/", "/composants/")),
        f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}",
    ]
    return HttpResponse("\n".join(lignes) + "\n", content_type="text/plain; charset=utf-8")


@public
@require_safe
def sitemap(request: HttpRequest) -> StreamingHttpResponse:
    """Les adresses publiques : pages du site, territoires, fiches publiques."""
    racine = request.build_absolute_uri("/")[:-1]
    return StreamingHttpResponse(_write_sitemap(racine), content_type="application/xml; charset=utf-8")


PAGES_DU_SITE = (
    "accueil",
    "territoires",
    "chiffres",
    "mon-territoire",
    "donnees",
    "verifier",
    "sources",
    "accessibilite",
    "mentions-legales",
)
ADRESSES_MAX = 50_000  # par fichier, d’après sitemaps.org


def _write_sitemap(racine: str) -> Iterator[str]:
    fiches = FicheAction.objects.publiques().select_related("territoire__vague").order_by("id")
    territoires = Territoire.objects.publics().select_related("vague")
    adresses = chain(
        map(reverse, PAGES_DU_SITE),
        (territoire.get_absolute_url() for territoire in territoires.iterator(chunk_size=1000)),
        (fiche.get_public_url() for fiche in fiches.iterator(chunk_size=1000)),
    )
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for adresse in islice(adresses, ADRESSES_MAX):
        yield f"<url><loc>{escape(racine + adresse)}</loc></url>\n"
    yield "</urlset>\n"
