"""Se connecter par code, choisir un compte de démonstration, entrer par un lien personnel."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from maillage.comptes.actions import create_code, hash_jeton, use_code
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Invite, LienPersonnel, Personne
from maillage.notifications.actions import send_courriel
from maillage.socle.erreurs import ActionImpossible
from maillage.www.commun import public
from maillage.www.comptes.forms import CodeForm, CourrielForm

CLE_EMAIL = "connexion_email"
CLE_LIENS = "liens_ouverts"
MOTEUR = "django.contrib.auth.backends.ModelBackend"


def _suite(request: HttpRequest) -> str:
    suite = request.POST.get("next") or request.GET.get("next", "")
    sure = url_has_allowed_host_and_scheme(
        suite, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return suite if sure else reverse("espace-accueil")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def connexion(request: HttpRequest) -> HttpResponse:
    """Demande un code ; la réponse est la même que l’adresse soit connue ou non."""
    form = CourrielForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].lower()
        personne = Personne.objects.filter(email__iexact=email, is_active=True).first()
        try:
            code = create_code(email=email)
        except ActionImpossible as erreur:
            form.add_error("email", str(erreur))
        else:
            if personne:
                send_courriel(
                    destinataire=email,
                    gabarit="code_connexion",
                    contexte={"code": code},
                    motif="quelqu’un a demandé à se connecter avec votre adresse",
                    personne=personne,
                )
            request.session[CLE_EMAIL] = email
            return redirect(f"{reverse('connexion-code')}?next={_suite(request)}")
    comptes = []
    if settings.CONNEXION_DEMONSTRATION:
        comptes = list(
            Personne.objects.filter(is_demonstration=True, is_active=True)
            .prefetch_related("fonctions__organisation", "mandats__territoire")
            .order_by("id")
        )
    return render(
        request, "comptes/connexion.html", {"form": form, "comptes": comptes, "suite": _suite(request)}
    )


@public
@require_http_methods(["GET", "HEAD", "POST"])
def connexion_code(request: HttpRequest) -> HttpResponse:
    """Reçoit le code et ouvre la session."""
    email = request.session.get(CLE_EMAIL)
    if not email:
        return redirect("connexion")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            use_code(email=email, code=form.cleaned_data["code"])
            personne = Personne.objects.filter(email__iexact=email, is_active=True).first()
            if personne is None:
                raise ActionImpossible("Ce code n’est plus valable. Demandez-en un nouveau.")
        except ActionImpossible as erreur:
            form.add_error("code", str(erreur))
        else:
            del request.session[CLE_EMAIL]
            login(request, personne, backend=MOTEUR)
            return redirect(_suite(request))
    return render(request, "comptes/code.html", {"form": form, "email": email, "suite": _suite(request)})


@public
@require_POST
def connexion_demonstration(request: HttpRequest) -> HttpResponse:
    """Ouvre la session d’un compte de démonstration (impossible en production)."""
    if not settings.CONNEXION_DEMONSTRATION:
        raise Http404
    identifiant = request.POST.get("personne", "")
    personne = get_object_or_404(
        Personne, pk=identifiant if identifiant.isdigit() else 0, is_demonstration=True, is_active=True
    )
    login(request, personne, backend=MOTEUR)
    return redirect(_suite(request))


@public
@require_POST
def deconnexion(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, "Vous êtes déconnecté.")
    return redirect("accueil")


# --- liens personnels --------------------------------------------------------------------------------------------


def get_invite(request: HttpRequest, but: ButLien, objet_type: str, objet_id: int) -> Invite | None:
    """L’invité entré par un lien encore valable sur cet objet, s’il y en a un dans la session."""
    ouverts = request.session.get(CLE_LIENS, [])
    lien = (
        LienPersonnel.objects.valides()
        .filter(pk__in=ouverts, but=but, objet_type=objet_type, objet_id=str(objet_id))
        .select_related("organisation", "cree_by")
        .first()
    )
    return Invite(lien) if lien else None


def _get_destination(lien: LienPersonnel) -> str:
    return reverse(
        {ButLien.REPONDRE_LIGNE: "lien-ligne", ButLien.SIGNER_ACTE: "lien-signature"}[ButLien(lien.but)],
        args=[lien.objet_id],
    )


@public
@require_http_methods(["GET", "HEAD", "POST"])
def lien_ouvrir(request: HttpRequest, jeton: str) -> HttpResponse:
    """Page d’un lien personnel : dit de quoi il s’agit, envoie un code à l’adresse du lien, ouvre l’objet.

    Le code part sur un bouton, non à l’ouverture : les messageries visitent les liens d’elles-mêmes.
    """
    lien = (
        LienPersonnel.objects.valides()
        .filter(jeton_sha256=hash_jeton(jeton))
        .select_related("organisation", "cree_by")
        .first()
    )
    if lien is None:
        return render(request, "comptes/lien_perime.html", status=410)
    if lien.pk in request.session.get(CLE_LIENS, []):
        return redirect(_get_destination(lien))
    form = CodeForm(request.POST if "code" in request.POST else None)
    envoye = "code" in request.POST
    if request.method == "POST" and not envoye:
        try:
            code = create_code(email=lien.email, lien=lien)
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
        else:
            send_courriel(
                destinataire=lien.email,
                gabarit="code_connexion",
                contexte={"code": code},
                motif=f"vous ouvrez le lien personnel envoyé par {lien.cree_by}",
            )
            envoye = True
    elif envoye and form.is_valid():
        try:
            use_code(email=lien.email, code=form.cleaned_data["code"], lien=lien)
        except ActionImpossible as erreur:
            form.add_error("code", str(erreur))
        else:
            request.session[CLE_LIENS] = [*request.session.get(CLE_LIENS, []), lien.pk]
            return redirect(_get_destination(lien))
    return render(request, "comptes/lien.html", {"lien": lien, "form": form, "envoye": envoye})
