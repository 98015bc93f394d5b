"""Ce que toutes les pages reçoivent : marque, menu, nombre de choses qui m’attendent."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from maillage.comptes.permissions import Permission
from maillage.territoires.permissions import has_permission_nationale
from maillage.territoires.selectors import attentes_for


@dataclass(frozen=True)
class Entree:
    """Une entrée de menu. `courant` : « page » si c’est elle, « true » si c’est une de ses pages, vide sinon."""

    libelle: str
    url: str
    courant: str = ""


def communs(request: HttpRequest) -> dict[str, Any]:
    utilisateur = getattr(request, "user", None)
    connecte = bool(utilisateur and utilisateur.is_authenticated)
    return {
        "marque_etat": settings.MARQUE_ETAT,
        "menu": _menu(request, connecte),
        "attentes_nombre": attentes_for(utilisateur).count() if connecte else 0,
    }


def _menu(request: HttpRequest, connecte: bool) -> list[Entree]:
    entrees = [
        ("Accueil", reverse("accueil")),
        ("Territoires", reverse("territoires")),
        ("Chiffres", reverse("chiffres")),
        ("Dispositifs", reverse("dispositifs")),
        ("Suis-je concerné ?", reverse("mon-territoire")),
        ("Données ouvertes", reverse("donnees")),
    ]
    if connecte:
        entrees.append(("Mon espace", reverse("espace-accueil")))
        if has_permission_nationale(request.user, Permission.PILOTAGE_READ):
            entrees.append(("Pilotage", reverse("pilotage")))
    return [Entree(libelle, url, _courant(request.path, url)) for libelle, url in entrees]


def _courant(chemin: str, url: str) -> str:
    if chemin == url:
        return "page"
    return "true" if url != "/" and chemin.startswith(url) else ""
