"""Signer : avec son compte, ou par un lien personnel ; le même écran, les mêmes questions."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.enums import ButLien
from maillage.comptes.models import Invite
from maillage.contrats import policies
from maillage.contrats.actions import change_email_signataire, sign_acte
from maillage.contrats.models import Signataire
from maillage.contrats.permissions import check_user_can_prepare_acte, check_user_can_sign, user_can_sign
from maillage.documents.reponses import serve_piece
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.www.actes.chargement import (
    ACTES_RELIES,
    adresse_acte,
    contexte_acte,
    load_acte,
    load_signataire,
)
from maillage.www.actes.forms import LienForm, SignatureForm
from maillage.www.commun import public
from maillage.www.comptes.views import get_invite


@require_http_methods(["GET", "HEAD", "POST"])
def acte_sign(request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int) -> HttpResponse:
    """Lire l’acte, puis le signer pour son organisation."""
    acte = load_acte(request, vague, id_ti, pk)
    a_signer = load_signataire(acte, signataire)
    check_user_can_sign(request.user, a_signer)
    form, signe = _sign(request, a_signer, by=request.user)
    if signe:
        messages.success(request, f"Votre signature est enregistrée, pour {a_signer.organisation}.")
        return redirect(acte)
    contexte = contexte_acte(request, acte, ("Signer", request.path)) | {
        "signataire": a_signer,
        "form": form,
        "obstacle": _get_obstacle(a_signer),
        "url_pdf": adresse_acte("acte-fichier", acte, "pdf"),
        "url_retour": acte.get_absolute_url(),
    }
    return render(request, "actes/signer.html", contexte)


def _sign(request: HttpRequest, signataire: Signataire, *, by: Any) -> tuple[SignatureForm, bool]:
    """Le formulaire, et vrai si la signature vient d’être donnée."""
    organisation = signataire.organisation
    if request.method != "POST":
        return SignatureForm(organisation=organisation, initial={"signe_le": aujourdhui()}), False
    form = SignatureForm(request.POST, organisation=organisation)
    if not form.is_valid():
        return form, False
    try:
        sign_acte(signataire=signataire, by=by, signe_le=form.cleaned_data["signe_le"])
    except ActionImpossible as erreur:
        form.add_error(None, str(erreur))
        return form, False
    return form, True


def _get_obstacle(signataire: Signataire) -> str:
    """La phrase qui dit pourquoi on ne signe pas maintenant ; vide si c’est le moment."""
    acte = signataire.acte
    try:
        policies.check_can_sign(acte, signataire, list(acte.signataires.select_related("organisation", "groupe")))
    except ActionImpossible as erreur:
        return str(erreur)
    return ""


@require_POST
def acte_lien(request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int) -> HttpResponse:
    """Donne ou change l’adresse d’un signataire sans compte, et lui (r)envoie son lien ; l’ancien ne marche plus."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    destinataire = load_signataire(acte, signataire)
    form = LienForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors["email"]))
        return redirect(acte)
    email = form.cleaned_data["email"]
    try:
        est_parti = change_email_signataire(signataire=destinataire, email=email, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(
            request,
            f"Un nouveau lien est parti à {email}. Le précédent ne marche plus."
            if est_parti
            else f"L’adresse {email} est enregistrée. Le lien y partira quand viendra le tour de {destinataire.organisation}.",
        )
    return redirect(acte)


def _load_by_lien(request: HttpRequest, pk: int) -> tuple[Signataire, Invite]:
    """La signature qu’un lien ouvert dans cette session permet de donner ; 404 sans ce lien."""
    invite = get_invite(request, ButLien.SIGNER_ACTE, Signataire._meta.label_lower, pk)
    relies = [f"acte__{relie}" for relie in ACTES_RELIES]
    signataire = (
        Signataire.objects.filter(pk=pk).select_related("organisation", *relies).first() if invite else None
    )
    if invite is None or signataire is None or not user_can_sign(invite, signataire):
        raise Http404("Ce lien n’ouvre pas cette signature.")
    return signataire, invite


@public
@require_http_methods(["GET", "HEAD", "POST"])
def lien_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """Signer par lien personnel, sans compte."""
    signataire, invite = _load_by_lien(request, pk)
    form, signe = _sign(request, signataire, by=invite)
    if signe:
        messages.success(request, f"Votre signature est enregistrée, pour {signataire.organisation}.")
        return redirect("lien-signature", pk=pk)
    contexte = {
        "acte": signataire.acte,
        "territoire": signataire.acte.territoire,
        "signataire": signataire,
        "form": form,
        "obstacle": "" if signataire.signe_at else _get_obstacle(signataire),
        "url_pdf": reverse("lien-signature-pdf", args=[pk]),
        "menu_espace": None,
        "chemin": [],
    }
    return render(request, "actes/signer.html", contexte)


@public
@require_safe
def lien_signature_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Le PDF arrêté, pour qui le signe par lien."""
    signataire, _ = _load_by_lien(request, pk)
    if signataire.acte.piece_pdf is None:
        raise Http404("Cet acte n’a pas de fichier.")
    try:
        return serve_piece(signataire.acte.piece_pdf)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect("lien-signature", pk=pk)
