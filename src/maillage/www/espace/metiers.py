"""Les espaces par métier : territoires du ressort, Région, financeur, porteur."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maillage.comptes.permissions import Permission
from maillage.financement.models import LigneFinancement
from maillage.pilotage.selectors_espaces import (
    compute_bilan_porteur,
    compute_delais,
    fiches_carried_by,
    fiches_to_instruct,
    group_attentes,
    lignes_to_answer,
    lignes_with_delai,
    parts_to_confirm,
    sum_lignes,
    territoires_with_etape,
)
from maillage.territoires.permissions import has_permission_nationale, territoires_for
from maillage.territoires.selectors import attentes_for
from maillage.www.commun import MenuEspace
from maillage.www.espace import listes
from maillage.www.espace.entrees import can_open_financeur, can_open_porteur, check_can_open, chemin, menu

FICHES_MONTREES = 10
PARTS_MONTREES = 10

MENU_REGION = [
    ("Mes territoires", "espace-region"),
    ("Fiches à instruire", "espace-region-fiches"),
    ("Pilotage", "pilotage"),
]
MENU_FINANCEUR = [("À répondre", "espace-financeur"), ("Mes engagements", "espace-financeur-engagements")]


@require_safe
def territoires(request: HttpRequest) -> HttpResponse:
    """Tous les territoires que la personne peut ouvrir."""
    miens = territoires_with_etape(territoires_for(request.user, Permission.TERRITOIRE_READ))
    liste = listes.liste_territoires(request, miens)
    if (fichier := liste.export()) is not None:
        return fichier
    return render(request, "espace/territoires.html", {"liste": liste, "chemin": chemin("Mes territoires")})


def _check_region(request: HttpRequest) -> None:
    check_can_open(
        has_permission_nationale(request.user, Permission.FICHE_INSTRUCT),
        "Cet espace est celui des Régions, qui instruisent les fiches.",
    )


def _contexte_region(request: HttpRequest, courant: str) -> dict[str, Any]:
    return {"menu_espace": menu(request, "Région", MENU_REGION, courant), "chemin": chemin("Région")}


@require_safe
def region(request: HttpRequest) -> HttpResponse:
    """Les fiches à instruire d’abord, puis les territoires de la région et leur étape."""
    _check_region(request)
    miens = territoires_with_etape(territoires_for(request.user, Permission.FICHE_INSTRUCT))
    liste = listes.liste_territoires(request, miens, avec_instruction=True)
    if (fichier := liste.export()) is not None:
        return fichier
    a_instruire = fiches_to_instruct(request.user)
    contexte = _contexte_region(request, "espace-region") | {
        "liste": liste,
        "a_instruire": a_instruire[:FICHES_MONTREES],
        "a_instruire_nombre": a_instruire.count(),
        "montrees": FICHES_MONTREES,
    }
    return render(request, "espace/region.html", contexte)


@require_safe
def region_fiches(request: HttpRequest) -> HttpResponse:
    """Toutes les fiches transmises à la Région, la plus ancienne d’abord."""
    _check_region(request)
    liste = listes.liste_fiches_a_instruire(request, fiches_to_instruct(request.user))
    if (fichier := liste.export()) is not None:
        return fichier
    return render(
        request,
        "espace/region_fiches.html",
        _contexte_region(request, "espace-region-fiches") | {"liste": liste},
    )


def _menu_financeur(request: HttpRequest, courant: str) -> MenuEspace:
    check_can_open(
        can_open_financeur(request.user),  # type: ignore[arg-type]
        "Cet espace est celui des financeurs. Il s’ouvre dès qu’une demande est adressée à votre organisation.",
    )
    return menu(request, "Financeur", MENU_FINANCEUR, courant)


@require_safe
def financeur(request: HttpRequest) -> HttpResponse:
    """Les lignes qui attendent une réponse, la plus ancienne d’abord."""
    menu_espace = _menu_financeur(request, "espace-financeur")
    liste = listes.liste_a_repondre(request, lignes_to_answer(request.user))
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = {"menu_espace": menu_espace, "chemin": chemin("Financeur"), "liste": liste}
    return render(request, "espace/financeur.html", contexte)


@require_safe
def financeur_engagements(request: HttpRequest) -> HttpResponse:
    """Toutes les lignes du financeur, leurs montants, leurs totaux et les délais de réponse."""
    menu_espace = _menu_financeur(request, "espace-financeur-engagements")
    lignes = lignes_with_delai(request.user)
    liste = listes.liste_engagements(request, lignes)
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = {
        "menu_espace": menu_espace,
        "chemin": chemin("Mes engagements"),
        "liste": liste,
        "sommes": sum_lignes(liste.lignes),
        "delais": compute_delais(liste.lignes),
        "has_fictif": liste.lignes.filter(plan__fiche__territoire__is_fictif=True).exists(),
    }
    return render(request, "espace/engagements.html", contexte)


@require_safe
def porteur(request: HttpRequest) -> HttpResponse:
    """Les actions portées par les organisations de la personne, et ce qui y attend une réponse d’elle."""
    check_can_open(
        can_open_porteur(request.user),  # type: ignore[arg-type]
        "Cet espace est celui des porteurs. Il s’ouvre dès que votre organisation porte une action.",
    )
    liste = listes.liste_actions(request, fiches_carried_by(request.user))
    if (fichier := liste.export()) is not None:
        return fichier
    parts = list(parts_to_confirm(request.user))
    autres = attentes_for(request.user).exclude(
        objet_type=LigneFinancement._meta.label_lower, objet_id__in=[str(part.pk) for part in parts]
    )
    contexte = {
        "liste": liste,
        "bilan": compute_bilan_porteur(request.user),
        "parts": parts[:PARTS_MONTREES],
        "parts_nombre": len(parts),
        "parts_montrees": PARTS_MONTREES,
        "groupes": group_attentes(autres.order_by("depuis", "id")[:PARTS_MONTREES]),
        "chemin": chemin("Mes actions"),
    }
    return render(request, "espace/porteur.html", contexte)
