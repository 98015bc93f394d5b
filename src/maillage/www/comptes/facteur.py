"""Le second facteur : l’inscrire, le présenter. Pages ouvertes à qui n’a encore prouvé que le premier."""

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from maillage.comptes.actions_connexion import (
    build_adresse_totp,
    check_second_facteur,
    confirm_second_facteur,
    has_second_facteur,
    read_secret,
    revoke_sessions,
    start_second_facteur,
)
from maillage.comptes.models import Personne, SecondFacteur
from maillage.comptes.permissions_comptes import check_en_personne
from maillage.socle.erreurs import ActionImpossible
from maillage.www.commun import public
from maillage.www.comptes.forms import FacteurForm
from maillage.www.comptes.session import (
    complete_session,
    get_machine,
    get_personne_a_confirmer,
    is_suite_sure,
)

CLE_SUITE = "connexion_suite"


def _pop_suite(request: HttpRequest) -> str:
    suite = request.session.pop(CLE_SUITE, "")
    return suite if suite and is_suite_sure(request, suite) else reverse("espace-accueil")


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def facteur(request: HttpRequest) -> HttpResponse:
    """Demande le code de l’application, ou un code de secours."""
    personne = get_personne_a_confirmer(request)
    if personne is None:
        return redirect("espace-accueil")
    if not has_second_facteur(personne):
        return redirect("facteur-inscrire")
    form = FacteurForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            check_second_facteur(
                personne=personne, code=form.cleaned_data["code"], machine=get_machine(request)
            )
        except ActionImpossible as erreur:
            form.add_error("code", str(erreur))
        else:
            complete_session(request, personne)
            return redirect(_pop_suite(request))
    return render(request, "comptes/facteur.html", {"form": form, "passable": _is_passable(personne)})


def _is_passable(personne: Personne) -> bool:
    return settings.CONNEXION_DEMONSTRATION and personne.is_demonstration


@public
@require_POST
def facteur_passer(request: HttpRequest) -> HttpResponse:
    """Un compte de démonstration n’enferme pas le visiteur suivant dehors (impossible en production)."""
    personne = get_personne_a_confirmer(request)
    if personne is None or not _is_passable(personne):
        raise Http404
    complete_session(request, personne, is_forte=False)
    return redirect(_pop_suite(request))


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def facteur_inscrire(request: HttpRequest) -> HttpResponse:
    """Inscrit une application : montre le dessin à photographier, vérifie un premier code, donne les codes de secours."""
    en_attente = get_personne_a_confirmer(request)
    personne = en_attente or request.user
    if not isinstance(personne, Personne):
        return redirect("connexion")
    check_en_personne(personne)
    if has_second_facteur(personne):
        return redirect("connexion-facteur" if en_attente else "compte-securite")
    if "commencer" in request.POST:
        start_second_facteur(personne=personne)
        return redirect("facteur-inscrire")
    prepare = SecondFacteur.objects.filter(personne=personne).select_related("personne").first()
    form = FacteurForm(request.POST or None)
    contexte = {"form": form, "facteur": prepare, "oblige": en_attente is not None, "chemin": []}
    if prepare is None:
        return render(request, "comptes/facteur_inscrire.html", contexte)
    if request.method == "POST" and form.is_valid():
        try:
            codes = confirm_second_facteur(
                personne=personne, code=form.cleaned_data["code"], machine=get_machine(request)
            )
        except ActionImpossible as erreur:
            form.add_error("code", str(erreur))
        else:
            complete_session(request, personne)
            # Une session ouverte ailleurs ne l’a pas présenté : elle le demandera en se rouvrant.
            revoke_sessions(personne=personne, by=personne, sauf=request.session.session_key or "")
            messages.success(request, "Votre second facteur est en service.")
            suite = _pop_suite(request) if en_attente else reverse("compte-securite")
            return render(request, "comptes/codes_secours.html", {"codes": codes, "suite": suite})
    try:
        contexte |= {
            "dessin": segno.make(build_adresse_totp(prepare), error="m").svg_data_uri(scale=5, border=2),
            "secret": _group(read_secret(prepare)),
        }
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect("accueil")
    return render(request, "comptes/facteur_inscrire.html", contexte)


def _group(secret: str) -> str:
    """Le secret par groupes de quatre, pour le recopier à la main."""
    return " ".join(secret[rang : rang + 4] for rang in range(0, len(secret), 4))
