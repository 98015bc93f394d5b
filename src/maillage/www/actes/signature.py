"""Signer : avec son compte, ou par un lien personnel ; le même écran, les mêmes questions."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.actions import ask_code, create_code, use_code
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Invite, Personne
from maillage.contrats import policies
from maillage.contrats.actions import change_email_signataire, refuse_signature, sign_acte
from maillage.contrats.enums import MoyenSignature
from maillage.contrats.models import Signataire
from maillage.contrats.permissions import check_user_can_prepare_acte, check_user_can_sign, user_can_sign
from maillage.documents.reponses import serve_piece
from maillage.notifications.actions import send_courriel
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
from maillage.www.actes.forms_suites import MotifForm
from maillage.www.commun import public
from maillage.www.comptes.session import get_confirmee, get_machine, mark_confirmee
from maillage.www.comptes.views import get_invite


@require_http_methods(["GET", "HEAD", "POST"])
def acte_sign(request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int) -> HttpResponse:
    """Lire l’acte, puis le signer pour son organisation."""
    acte = load_acte(request, vague, id_ti, pk)
    a_signer = load_signataire(acte, signataire)
    check_user_can_sign(request.user, a_signer)
    form, signe = _sign(request, a_signer, by=request.user, email=request.user.email or "")  # type: ignore[union-attr]
    if signe:
        messages.success(request, f"Votre signature est enregistrée, pour {a_signer.organisation}.")
        return redirect(acte)
    contexte = (
        contexte_acte(request, acte, ("Signer", request.path))
        | {
            "signataire": a_signer,
            "form": form,
            "obstacle": _get_obstacle(a_signer),
            "url_pdf": adresse_acte("acte-fichier", acte, "pdf"),
            "url_retour": acte.get_absolute_url(),
            "url_refuser": adresse_acte("signataire-refuser", acte, a_signer.pk),
        }
        | _contexte_signer(request, a_signer, request.user)
    )
    return render(request, "actes/signer.html", contexte)


def is_confirmee(request: HttpRequest, by: Any) -> bool:
    """Vrai si l’identité vient d’être prouvée. Un compte de démonstration ne reçoit pas de courriel : sa carte suffit."""
    if get_confirmee(request) is not None:
        return True
    return settings.CONNEXION_DEMONSTRATION and isinstance(by, Personne) and by.is_demonstration


def _contexte_signer(request: HttpRequest, signataire: Signataire, by: Any) -> dict[str, Any]:
    moyen = MoyenSignature.PLATEFORME if isinstance(by, Personne) else MoyenSignature.LIEN
    return {
        "consentement": policies.write_consentement(signataire.acte, signataire),
        "valeur": policies.VALEURS[moyen],
        "is_confirmee": is_confirmee(request, by),
        "code_envoye": request.method == "POST" and not is_confirmee(request, by),
        "form_refus": MotifForm(),
    }


def _sign(request: HttpRequest, signataire: Signataire, *, by: Any, email: str) -> tuple[SignatureForm, bool]:
    """Le formulaire, et vrai si la signature vient d’être donnée. Sans identité confirmée récemment, un code est demandé."""
    organisation = signataire.organisation
    confirmee = is_confirmee(request, by)
    if request.method != "POST":
        initial = {"signe_le": aujourdhui()}
        return SignatureForm(organisation=organisation, with_code=not confirmee, initial=initial), False
    if request.POST.get("geste") == "code":
        _send_code(request, by, email)
        initial = {"signe_le": aujourdhui()}
        return SignatureForm(organisation=organisation, with_code=not confirmee, initial=initial), False
    form = SignatureForm(request.POST, organisation=organisation, with_code=not confirmee)
    if not form.is_valid():
        return form, False
    try:
        if not confirmee:
            use_code(
                email=email,
                code=form.cleaned_data["code"],
                lien=by.lien if isinstance(by, Invite) else None,
                machine=get_machine(request),
            )
            mark_confirmee(request)
    except ActionImpossible as erreur:
        form.add_error("code", str(erreur))
        return form, False
    try:
        sign_acte(
            signataire=signataire,
            by=by,
            signe_le=form.cleaned_data["signe_le"],
            authentification=describe_authentification(request),
        )
    except ActionImpossible as erreur:
        form.add_error(None, str(erreur))
        return form, False
    return form, True


def _send_code(request: HttpRequest, by: Any, email: str) -> None:
    """Envoie un code à l’adresse de la personne : la session ouverte depuis longtemps ne suffit pas pour signer."""
    lien = by.lien if isinstance(by, Invite) else None
    try:
        ask_code(email=email, machine=get_machine(request))
        code = create_code(email=email, lien=lien)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return
    send_courriel(
        destinataire=email,
        gabarit="code_connexion",
        contexte={"code": code},
        motif="vous signez un acte",
        is_secret=True,
    )
    messages.info(request, f"Un code est parti à {email}.")


def describe_authentification(request: HttpRequest) -> str:
    instant = get_confirmee(request)
    if instant is None:
        return "Compte de démonstration"
    return f"Identité confirmée le {timezone.localtime(instant):%d/%m/%Y à %H:%M}"


def _get_obstacle(signataire: Signataire) -> str:
    """La phrase qui dit pourquoi on ne signe pas maintenant ; vide si c’est le moment."""
    acte = signataire.acte
    try:
        policies.check_can_sign(
            acte, signataire, list(acte.signataires.select_related("organisation", "groupe"))
        )
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
    form, signe = _sign(request, signataire, by=invite, email=invite.lien.email)
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
        "url_refuser": reverse("lien-refuser", args=[pk]),
        "menu_espace": None,
        "chemin": [],
    } | _contexte_signer(request, signataire, invite)
    return render(request, "actes/signer.html", contexte)


@public
@require_POST
def lien_refuser(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuser de signer, par lien personnel."""
    signataire, invite = _load_by_lien(request, pk)
    form = MotifForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors["motif"]))
        return redirect("lien-signature", pk=pk)
    try:
        refuse_signature(signataire=signataire, motif=form.cleaned_data["motif"], by=invite)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "Votre refus est enregistré. L’équipe du territoire est prévenue.")
    return redirect("lien-signature", pk=pk)


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
