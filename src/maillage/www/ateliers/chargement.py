"""Ce que les pages d’un atelier partagent, côté équipe : charger ce qui est à moi ou répondre 404, fil d’Ariane."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from maillage.ateliers.models import Atelier
from maillage.ateliers.permissions import ateliers_visible_to, user_can_animate
from maillage.www.commun import contexte_territoire, load_territoire

Chemin = tuple[str, str]


def load_atelier(request: HttpRequest, vague: str, id_ti: str, pk: int) -> Atelier:
    """L’atelier demandé s’il est d’un de mes territoires ; 404 sinon."""
    territoire = load_territoire(request, vague, id_ti)
    atelier = (
        ateliers_visible_to(request.user)
        .filter(pk=pk, territoire=territoire)
        .select_related("territoire__vague", "territoire__region", "rendez_vous")
        .first()
    )
    if atelier is None:
        raise Http404("Cet atelier n’existe pas, ou n’est pas à vous.")
    return atelier


def get_contexte(request: HttpRequest, atelier: Atelier, *suite: Chemin) -> dict[str, Any]:
    """Contexte commun des pages de l’atelier : menu, fil d’Ariane, droit d’animer."""
    args = [atelier.territoire.vague.code, atelier.territoire.id_ti]
    return contexte_territoire(
        request,
        atelier.territoire,
        "ateliers",
        ("Ateliers", reverse("ateliers", args=args)),
        (atelier.titre, atelier.get_absolute_url()),
        *suite,
    ) | {"atelier": atelier, "args": [*args, atelier.pk], "anime": user_can_animate(request.user, atelier)}


def read_entier(request: HttpRequest, nom: str) -> int:
    """Un numéro du formulaire ; 0 s’il manque ou ne se lit pas."""
    valeur = request.POST.get(nom, "")
    return int(valeur) if valeur.isdecimal() and len(valeur) < 12 else 0
