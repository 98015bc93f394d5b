"""Pages d’erreur : toujours une phrase, jamais un écran blanc."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def introuvable(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "erreurs/404.html", status=404)


def refuse(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "erreurs/403.html", {"phrase": str(exception)}, status=403)


def panne(request: HttpRequest) -> HttpResponse:
    """Sans rien demander à la base : elle est peut-être la cause."""
    return HttpResponse(render_to_string("erreurs/500.html"), status=500)


def demande_illisible(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "erreurs/400.html", status=400)


def formulaire_perime(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Jeton de formulaire absent ou périmé (session close entre-temps)."""
    return render(request, "erreurs/formulaire_perime.html", status=403)
