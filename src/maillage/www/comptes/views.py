"""Se connecter par code ou par ProConnect, choisir un compte de démonstration, entrer par un lien personnel."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.actions import ask_code, create_code, hash_jeton, use_code
from maillage.comptes.actions_comptes import end_assistance
from maillage.comptes.actions_connexion import close_session, find_personne_proconnect
from maillage.comptes.enums import ButLien, MoyenConnexion
from maillage.comptes.models import Invite, LienPersonnel, Personne
from maillage.notifications.actions import request_code, send_courriel
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.middleware import ecriture_permise
from maillage.www.commun import public
from maillage.www.comptes import proconnect
from maillage.www.comptes.forms import CodeForm, CourrielForm
from maillage.www.comptes.session import (
    get_machine,
    get_personne_a_confirmer,
    get_suite,
    is_suite_sure,
    mark_confirmee,
    start_session,
)

CLE_EMAIL = "connexion_email"
CLE_SUITE = "connexion_suite"
CLE_JETON = "proconnect_jeton"
CLE_LIENS = "liens_ouverts"


def _enter(
    request: HttpRequest, personne: Personne, moyen: MoyenConnexion, suite: str, *, is_forte: bool = False
) -> HttpResponse:
    """Ouvre la session et mène à la page demandée, par le second facteur s’il est dû."""
    if start_session(request, personne, moyen, is_forte=is_forte):
        return redirect(suite)
    request.session[CLE_SUITE] = suite
    return redirect("connexion-facteur")


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connexion(request: HttpRequest) -> HttpResponse:
    """Demande un code ; la réponse est la même, dans le même temps, que l’adresse soit connue ou non."""
    if get_personne_a_confirmer(request):
        return redirect("connexion-facteur")
    form = CourrielForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].lower()
        try:
            request_code(email=email, machine=get_machine(request))
        except ActionImpossible as erreur:
            form.add_error("email", str(erreur))
        else:
            request.session[CLE_EMAIL] = email
            return redirect(f"{reverse('connexion-code')}?{urlencode({'next': get_suite(request)})}")
    comptes = []
    if settings.CONNEXION_DEMONSTRATION:
        comptes = list(
            Personne.objects.filter(is_demonstration=True, is_active=True)
            .prefetch_related("fonctions__organisation", "mandats__territoire")
            .order_by("id")
        )
    contexte = {
        "form": form,
        "comptes": comptes,
        "suite": get_suite(request),
        "proconnect": settings.PROCONNECT_NOM if proconnect.is_actif() else "",
    }
    return render(request, "comptes/connexion.html", contexte)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connexion_code(request: HttpRequest) -> HttpResponse:
    """Reçoit le code et ouvre la session."""
    email = request.session.get(CLE_EMAIL)
    if not email:
        return redirect("connexion")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            use_code(email=email, code=form.cleaned_data["code"], machine=get_machine(request))
            personne = Personne.objects.filter(email__iexact=email, is_active=True).first()
            if personne is None:
                raise ActionImpossible("Ce code n’est plus valable. Demandez-en un nouveau.")
        except ActionImpossible as erreur:
            form.add_error("code", str(erreur))
        else:
            del request.session[CLE_EMAIL]
            return _enter(request, personne, MoyenConnexion.CODE, get_suite(request))
    return render(request, "comptes/code.html", {"form": form, "email": email, "suite": get_suite(request)})


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
    return _enter(request, personne, MoyenConnexion.DEMONSTRATION, get_suite(request))


@public
@require_POST
def deconnexion(request: HttpRequest) -> HttpResponse:
    """Ferme la session ; celle du fournisseur d’identité aussi, si c’est par lui qu’on est entré.

    La page de passage mène chez lui par un en-tête `Refresh` : une redirection après un formulaire serait refusée par
    la politique de contenu (`form-action`).
    """
    jeton = request.session.get(CLE_JETON, "")
    if request.user.is_authenticated and (assistance := request.user.assistance):  # type: ignore[union-attr]
        end_assistance(assistance=assistance)
    if request.session.session_key:
        close_session(cle=request.session.session_key)
    logout(request)
    if jeton and proconnect.is_actif() and (adresse := proconnect.build_adresse_fin(request, jeton)):
        contexte = {"adresse": adresse, "proconnect": settings.PROCONNECT_NOM}
        page = render(request, "comptes/deconnexion_proconnect.html", contexte)
        page["Refresh"] = f"0;url={adresse}"
        return page
    messages.success(request, "Vous êtes déconnecté.")
    return redirect("accueil")


# --- ProConnect ----------------------------------------------------------------------------------------------------


def _refuse_proconnect(request: HttpRequest, phrase: str) -> HttpResponse:
    messages.error(request, phrase)
    return redirect("connexion")


@public
@never_cache
@require_safe
def proconnect_demarrer(request: HttpRequest) -> HttpResponse:
    """Renvoie vers le fournisseur d’identité ; seule la session garde quelque chose."""
    if not proconnect.is_actif():
        raise Http404
    request.session[CLE_SUITE] = get_suite(request)
    try:
        return proconnect.start(request)
    except ActionImpossible as erreur:
        return _refuse_proconnect(request, str(erreur))


@ecriture_permise
@public
@never_cache
@require_safe
def proconnect_retour(request: HttpRequest) -> HttpResponse:
    """La réponse du fournisseur : vérifiée de bout en bout, elle ouvre la session du compte qu’elle atteste."""
    if not proconnect.is_actif():
        raise Http404
    if "error" in request.GET:
        return _refuse_proconnect(
            request, "La connexion a été abandonnée. Recommencez, ou recevez un code par courriel."
        )
    try:
        identite = proconnect.read_identite(request)
    except ActionImpossible as erreur:
        return _refuse_proconnect(request, str(erreur))
    personne = find_personne_proconnect(
        emetteur=identite.emetteur,
        sub=identite.sub,
        email=identite.email,
        is_email_sur=identite.is_email_sur,
        siret=identite.siret,
    )
    if personne is None:
        contexte = {"identite": identite, "proconnect": settings.PROCONNECT_NOM}
        return render(request, "comptes/proconnect_inconnu.html", contexte, status=403)
    suite = request.session.pop(CLE_SUITE, "")
    suite = suite if is_suite_sure(request, suite) else reverse("espace-accueil")
    reponse = _enter(request, personne, MoyenConnexion.PROCONNECT, suite, is_forte=identite.is_forte)
    request.session[CLE_JETON] = identite.id_token
    return reponse


@public
@never_cache
@require_safe
def proconnect_fin(request: HttpRequest) -> HttpResponse:
    """Retour après la déconnexion chez le fournisseur d’identité."""
    attendu = request.session.pop("proconnect_fin", "")
    if attendu and request.GET.get("state") == attendu:
        messages.success(request, f"Vous êtes déconnecté de Maillage et de {settings.PROCONNECT_NOM}.")
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
        {
            ButLien.REPONDRE_LIGNE: "lien-ligne",
            ButLien.SIGNER_ACTE: "lien-signature",
            ButLien.SIGNER_RELEVE: "lien-releve",
        }[ButLien(lien.but)],
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
            ask_code(email=lien.email, machine=get_machine(request))
            code = create_code(email=lien.email, lien=lien)
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
        else:
            send_courriel(
                destinataire=lien.email,
                gabarit="code_connexion",
                contexte={"code": code},
                motif="vous ouvrez le lien personnel qui vous a été envoyé",
                is_secret=True,
            )
            envoye = True
    elif envoye and form.is_valid():
        try:
            use_code(
                email=lien.email, code=form.cleaned_data["code"], lien=lien, machine=get_machine(request)
            )
        except ActionImpossible as erreur:
            form.add_error("code", str(erreur))
        else:
            request.session[CLE_LIENS] = [*request.session.get(CLE_LIENS, []), lien.pk]
            mark_confirmee(request)
            return redirect(_get_destination(lien))
    return render(request, "comptes/lien.html", {"lien": lien, "form": form, "envoye": envoye})
