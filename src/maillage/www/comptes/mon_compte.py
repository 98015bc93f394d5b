"""Mon compte : qui je suis ici, mes courriels, mon second facteur, mes sessions."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.actions_connexion import (
    has_second_facteur,
    remove_second_facteur,
    renew_codes_secours,
    revoke_sessions,
)
from maillage.comptes.models import CodeSecours, IdentiteExterne, Personne, SessionOuverte
from maillage.comptes.permissions_comptes import check_en_personne
from maillage.notifications.actions import update_preference
from maillage.notifications.enums import ATTENTES_IMMEDIATES
from maillage.notifications.models import PreferenceCourriel
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.territoires.models import Mandat
from maillage.www.comptes.forms import PreferenceForm
from maillage.www.comptes.session import CLE_FACTEUR, FORT, must_confirm
from maillage.www.espace.entrees import chemin, menu

MENU_COMPTE = [
    ("Mon compte", "compte"),
    ("Sécurité", "compte-securite"),
    ("Mes données", "compte-donnees"),
]


def contexte_compte(request: HttpRequest, courant: str, titre: str) -> dict[str, Any]:
    return {"menu_espace": menu(request, "Mon compte", MENU_COMPTE, courant), "chemin": chemin(titre)}


@require_http_methods(["GET", "HEAD", "POST"])
def compte(request: HttpRequest) -> HttpResponse:
    """Mes rôles, et les courriels que je veux recevoir."""
    personne: Personne = request.user  # type: ignore[assignment]
    preference = PreferenceCourriel.objects.filter(personne=personne).first() or PreferenceCourriel()
    form = PreferenceForm(
        request.POST if request.method == "POST" else None,
        initial={"hebdomadaire": preference.hebdomadaire, "immediat": preference.immediat},
    )
    if request.method == "POST" and form.is_valid():
        update_preference(personne=personne, **form.cleaned_data)
        messages.success(request, "Vos préférences sont enregistrées.")
        return redirect("compte")
    contexte = contexte_compte(request, "compte", "Mon compte") | {
        "form": form,
        "fonctions": personne.get_fonctions(),
        "mandats": Mandat.objects.du_jour()
        .filter(personne=personne)
        .select_related("territoire__vague")
        .order_by("territoire__nom", "id"),
        "immediates": len(ATTENTES_IMMEDIATES),
    }
    return render(request, "comptes/compte.html", contexte)


@never_cache
@require_safe
def securite(request: HttpRequest) -> HttpResponse:
    """Mon second facteur, mes identités reliées, mes sessions ouvertes."""
    check_en_personne(request.user)
    personne: Personne = request.user  # type: ignore[assignment]
    sessions = SessionOuverte.objects.filter(
        personne=personne, fermee_at__isnull=True, expire_at__gt=maintenant()
    )
    contexte = contexte_compte(request, "compte-securite", "Sécurité") | {
        "has_facteur": has_second_facteur(personne),
        "codes_restants": CodeSecours.objects.filter(personne=personne, utilise_at__isnull=True).count(),
        "oblige": must_confirm(personne),
        "sessions": sessions,
        "cle": request.session.session_key,
        "identites": IdentiteExterne.objects.filter(personne=personne).order_by("reliee_at"),
    }
    return render(request, "comptes/securite.html", contexte)


@require_POST
def sessions_fermer(request: HttpRequest) -> HttpResponse:
    """Ferme une de mes sessions, ou toutes les autres. Celle d’un autre n’existe pas pour moi."""
    check_en_personne(request.user)
    personne: Personne = request.user  # type: ignore[assignment]
    seule = request.POST.get("session", "")
    if seule and not (
        seule.isdecimal() and SessionOuverte.objects.filter(pk=seule, personne=personne).exists()
    ):
        raise Http404("Cette session n’existe pas, ou n’est pas à vous.")
    nombre = revoke_sessions(
        personne=personne,
        by=personne,
        sauf=request.session.session_key or "",
        seule=int(seule) if seule else None,
    )
    messages.success(
        request,
        "Aucune autre session n’était ouverte."
        if not nombre
        else "La session est fermée."
        if nombre == 1
        else f"{nombre} sessions sont fermées.",
    )
    return redirect("compte-securite")


def _check_session_forte(request: HttpRequest) -> None:
    """Toucher au second facteur demande de l’avoir présenté dans cette session."""
    check_en_personne(request.user)
    if request.session.get(CLE_FACTEUR) != FORT:
        raise AccesRefuse(
            "Reconnectez-vous en présentant votre second facteur\u00a0: sans lui, on ne le retire ni ne le remplace."
        )


@require_POST
def facteur_retirer(request: HttpRequest) -> HttpResponse:
    """Retire mon second facteur ; qui en doit un en inscrira un autre à la page suivante."""
    _check_session_forte(request)
    personne: Personne = request.user  # type: ignore[assignment]
    try:
        remove_second_facteur(personne=personne, by=personne)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        request.session[CLE_FACTEUR] = ""
        messages.success(request, "Votre second facteur est retiré.")
    return redirect("compte-securite")


@never_cache
@require_POST
def codes_secours(request: HttpRequest) -> HttpResponse:
    """Remplace mes codes de secours et les montre une fois."""
    _check_session_forte(request)
    try:
        codes = renew_codes_secours(personne=request.user)  # type: ignore[arg-type]
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect("compte-securite")
    return render(
        request, "comptes/codes_secours.html", {"codes": codes, "suite": reverse("compte-securite")}
    )
