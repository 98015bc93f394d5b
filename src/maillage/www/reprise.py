"""Ne rien perdre quand la session est finie : la saisie envoyée trop tard est gardée, puis rendue après la connexion.

Ce module porte aussi la page des adresses qui ne reçoivent que des formulaires (un rechargement après un refus).
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_http_methods

CLE = "saisie_gardee"
TAILLE_MAX = 200_000  # caractères


class ConnexionMiddleware(LoginRequiredMiddleware):
    """Demande la connexion partout, et garde en session ce qu’une personne déconnectée venait d’envoyer."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        champs = [
            (nom, valeur)
            for nom, valeurs in request.POST.lists()
            if nom != "csrfmiddlewaretoken"
            for valeur in valeurs
        ]
        if sum(len(nom) + len(valeur) for nom, valeur in champs) > TAILLE_MAX:
            champs = []
        request.session[CLE] = {
            "adresse": request.get_full_path(),
            "champs": champs,
            "fichiers": sorted(fichier.name or "" for fichier in request.FILES.values()),
        }
        messages.warning(
            request,
            "Votre session est terminée. Votre saisie est gardée\u00a0: reconnectez-vous pour l’envoyer.",
        )
        return redirect(f"{reverse('connexion')}?next={reverse('reprise')}")


@require_http_methods(["GET", "HEAD", "POST"])
def reprise(request: HttpRequest) -> HttpResponse:
    """Rend la saisie gardée : un bouton l’envoie où elle allait, un autre l’abandonne."""
    gardee = request.session.get(CLE)
    if request.method == "POST" or gardee is None:
        if request.session.pop(CLE, None):
            messages.info(request, "La saisie gardée est abandonnée.")
        return redirect("espace-accueil")
    return render(request, "comptes/reprise.html", {"gardee": gardee, "textes": _textes(gardee["champs"])})


def _textes(champs: list[Any]) -> list[str]:
    """Les saisies assez longues pour mériter d’être relues."""
    return [valeur for _, valeur in champs if len(valeur) > 20]


class MethodeMiddleware:
    """Une adresse qui ne reçoit que des formulaires, ouverte ou rechargée : une page qui dit où revenir, non un écran vide."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reponse = self.get_response(request)
        if reponse.status_code != 405 or request.method != "GET":
            return reponse
        page = render(request, "erreurs/405.html", {"adresse": find_page_au_dessus(request.path)}, status=405)
        page["Allow"] = reponse.get("Allow", "")
        return page


def find_page_au_dessus(chemin: str) -> str:
    """La première adresse au-dessus de celle-ci qui mène à une page ; l’accueil à défaut."""
    morceaux = chemin.strip("/").split("/")
    for longueur in range(len(morceaux) - 1, 0, -1):
        adresse = "/" + "/".join(morceaux[:longueur]) + "/"
        try:
            resolve(adresse)
        except Resolver404:
            continue
        return adresse
    return "/"
