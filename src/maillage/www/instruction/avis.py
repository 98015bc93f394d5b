"""Les avis : les demander, les donner, les relancer, lire le document reçu."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.instruction import policies
from maillage.instruction.actions import ask_avis, remind_avis, render_avis
from maillage.instruction.enums import SensAvisPlan
from maillage.instruction.models import AvisPlan, DossierPlan
from maillage.instruction.permissions import (
    avis_visible_to,
    check_user_can_instruct,
    check_user_can_render_avis,
    is_avis_recu,
)
from maillage.instruction.selectors import get_transmission, lignes_of
from maillage.socle.erreurs import ActionImpossible
from maillage.www.champs import show_refus
from maillage.www.envoi import envoi_unique
from maillage.www.instruction.forms import AvisPlanForm, DemanderAvisForm
from maillage.www.instruction.views import contexte_dossier, load_dossier
from maillage.www.territoires.pieces import keep_piece, serve_piece


def _load_avis(request: HttpRequest, dossier: DossierPlan, pk: int) -> AvisPlan:
    avis = avis_visible_to(request.user, dossier).filter(pk=pk).first()
    if avis is None:
        raise Http404("Cet avis n’existe pas, ou n’est pas à vous.")
    return avis


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def avis_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """La Région demande un avis à un service ou à un opérateur, avec une date."""
    dossier = load_dossier(request, pk)
    check_user_can_instruct(request.user, dossier)
    lignes = lignes_of(get_transmission(dossier))
    form = DemanderAvisForm(
        request.POST if request.method == "POST" else None, dossier=dossier, lignes=lignes
    )
    if request.method == "POST" and form.is_valid():
        try:
            avis = ask_avis(dossier=dossier, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, f"L’avis de {avis.de} est demandé.")
            return redirect(dossier)
    contexte = contexte_dossier(request, dossier, ("Demander un avis", request.path)) | {
        "form": form,
        "titre": "Demander un avis",
        "introduction": "Le service ou l’opérateur lira les fiches que vous lui soumettez, et elles seules.",
        "bouton": "Demander cet avis",
        "url_retour": dossier.get_absolute_url(),
    }
    return render(request, "instruction/formulaire.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def avis_render(request: HttpRequest, pk: int, avis: int) -> HttpResponse:
    """Donner son avis sur le plan et, si l’on veut, fiche par fiche ; ou déposer celui qu’on a reçu."""
    dossier = load_dossier(request, pk)
    un = _load_avis(request, dossier, avis)
    check_user_can_render_avis(request.user, un)
    lignes = lignes_of(get_transmission(dossier))
    if not un.is_requis:
        soumises = set(un.fiches.values_list("fiche_id", flat=True))
        lignes = [ligne for ligne in lignes if ligne.version.fiche_id in soumises]
    recu = is_avis_recu(request.user, un)
    poste = request.method == "POST"
    form = AvisPlanForm(
        request.POST if poste else None, request.FILES if poste else None, avis=un, lignes=lignes, recu=recu
    )
    if poste and form.is_valid():
        donnees = form.cleaned_data
        try:
            with transaction.atomic():
                render_avis(
                    avis=un,
                    sens=SensAvisPlan(donnees["sens"]),
                    texte=donnees["texte"],
                    conditions=donnees["conditions"],
                    cadres=donnees.get("cadres", ""),
                    fiches=form.get_fiches(),
                    rendu_le=donnees.get("rendu_le"),
                    piece=keep_piece(request, donnees.get("piece"), f"Avis de {un.de} sur {dossier}"),
                    by=request.user,
                )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "L’avis est enregistré. Le territoire et la Région le lisent.")
            return redirect(dossier)
    contexte = contexte_dossier(request, dossier, (f"Avis de {un.de}", request.path)) | {
        "form": form,
        "un": un,
        "recu": recu,
        "clos": bool(un.sens) or dossier.statut in policies.CLOS,
    }
    return render(request, "instruction/avis.html", contexte)


@require_POST
def avis_remind(request: HttpRequest, pk: int, avis: int) -> HttpResponse:
    dossier = load_dossier(request, pk)
    un = _load_avis(request, dossier, avis)
    check_user_can_instruct(request.user, dossier)
    try:
        remind_avis(avis=un, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"Une relance est partie à {un.de}.")
    return redirect(dossier)


@require_safe
def avis_piece(request: HttpRequest, pk: int, avis: int) -> HttpResponse:
    """Le document d’un avis reçu par courrier."""
    dossier = load_dossier(request, pk)
    return serve_piece(request, _load_avis(request, dossier, avis).piece, dossier.get_absolute_url())
