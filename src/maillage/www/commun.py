"""Ce que les pages d’un espace partagent : charger ce qui est à moi ou répondre 404, menu de côté, fil d’Ariane."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from maillage.comptes.permissions import Permission
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import has_permission, territoires_for
from maillage.www.contexte import Entree

Chemin = list[tuple[str, str]]


@dataclass(frozen=True)
class MenuEspace:
    titre: str
    entrees: list[Entree]


def load_territoire(request: HttpRequest, vague: str, id_ti: str) -> Territoire:
    """Le territoire demandé s’il est à moi (404 sinon), avec sa vague et sa région."""
    try:
        numero = int(vague.removeprefix("v"))
    except ValueError:
        raise Http404 from None
    territoire = (
        territoires_for(request.user, Permission.TERRITOIRE_READ)
        .filter(vague__numero=numero, id_ti=id_ti)
        .select_related("vague", "region", "departement")
        .first()
    )
    if territoire is None:
        raise Http404("Ce territoire n’existe pas, ou n’est pas à vous.")
    return territoire


# Entrées de l’espace d’un territoire : libellé, nom d’adresse, permission.
ENTREES_TERRITOIRE: tuple[tuple[str, str, Permission], ...] = (
    ("Vue d’ensemble", "espace-territoire", Permission.TERRITOIRE_READ),
    ("Ateliers", "ateliers", Permission.TERRITOIRE_READ),
    ("Fiches action", "fiches", Permission.FICHE_READ),
    ("Financement", "financement", Permission.FICHE_READ),
    ("Entreprises", "campagnes", Permission.FICHE_READ),
    ("Instruction", "instruction", Permission.FICHE_READ),
    ("Actes", "actes", Permission.ACTE_READ),
    ("Gouvernance", "comite-liste", Permission.COMITE_READ),
    ("Périmètre", "perimetre", Permission.TERRITOIRE_READ),
    ("Label et statuts", "label", Permission.TERRITOIRE_READ),
    ("Journal", "territoire-journal", Permission.JOURNAL_READ),
)


def menu_territoire(request: HttpRequest, territoire: Territoire, courant: str) -> MenuEspace | None:
    """Menu de côté : les entrées auxquelles la personne a droit ; aucun menu pour qui n’a accès qu’à une fiche."""
    args = [territoire.vague.code, territoire.id_ti]
    entrees = [
        Entree(libelle, reverse(nom, args=args), "page" if nom == courant else "")
        for libelle, nom, permission in ENTREES_TERRITOIRE
        if has_permission(request.user, permission, territoire)
    ]
    return MenuEspace(territoire.nom, entrees) if entrees else None


def chemin_territoire(territoire: Territoire, *suite: tuple[str, str]) -> Chemin:
    """Fil d’Ariane d’une page du territoire ; `suite` : (libellé, adresse), la dernière est la page présente."""
    return [("Mon espace", reverse("espace-accueil")), (territoire.nom, territoire.get_espace_url()), *suite]


def contexte_territoire(
    request: HttpRequest, territoire: Territoire, courant: str, *suite: tuple[str, str]
) -> dict[str, Any]:
    """Contexte commun des pages d’un territoire : objet, menu de côté, fil d’Ariane."""
    return {
        "territoire": territoire,
        "menu_espace": menu_territoire(request, territoire, courant),
        "chemin": chemin_territoire(territoire, *suite),
    }


Vue = Callable[..., HttpResponse]


def public(vue: Vue) -> Vue:
    """Marque une page publique : la seule liste de ce qui se lit sans connexion (tests/coherence la relit)."""

    @wraps(vue)
    def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return vue(request, *args, **kwargs)

    enveloppe.login_required = False  # type: ignore[attr-defined]
    return enveloppe
