"""Pages où l’on répond à ce que les règles demandent : sur l’opération, sur une aide, aides de minimis déclarées."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from maillage.financement import actions
from maillage.financement.models import AideDeMinimisRecue, LigneFinancement
from maillage.financement.permissions import (
    check_user_can_precise_ligne,
    check_user_can_update_plan,
    lignes_visible_to,
)
from maillage.financement.selectors_plans import read_plan
from maillage.financement.selectors_regles import get_precision_ligne, get_precision_plan
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.www.envoi import envoi_unique
from maillage.www.fiches.views import args_fiche, contexte_fiche, load_fiche
from maillage.www.financement.forms_regles import (
    AideRecueForm,
    PrecisionLigneForm,
    PrecisionPlanForm,
)

FAIT = "Vos réponses sont enregistrées\u00a0; les règles sont recalculées."


def _render_precision_plan(request: HttpRequest, fiche: Any, **forms: Any) -> HttpResponse:
    plan = read_plan(fiche).plan
    contexte = contexte_fiche(
        request,
        fiche,
        "financement",
        ("Plan de financement", reverse("plan-detail", args=args_fiche(fiche))),
        ("Répondre aux règles", reverse("plan-preciser", args=args_fiche(fiche))),
    )
    contexte |= {
        "aides_recues": list(plan.aides_recues.all()) if plan.pk else [],
        "form": PrecisionPlanForm(precision=get_precision_plan(plan)),
        "form_aide": AideRecueForm(),
    }
    return render(request, "financement/plan_preciser.html", contexte | forms)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_preciser(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Répond aux questions des règles sur l’opération."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_plan(request.user, fiche)
    if request.method != "POST":
        return _render_precision_plan(request, fiche)
    form = PrecisionPlanForm(request.POST, precision=get_precision_plan(read_plan(fiche).plan))
    if form.is_valid():
        try:
            actions.update_precision_plan(fiche=fiche, by=request.user, **form.cleaned_data)
        except ConflitEdition as erreur:
            form.accept_version(get_precision_plan(read_plan(fiche).plan).version)
            form.add_error(None, str(erreur))
        except ActionImpossible as erreur:
            form.add_error("code_commune", str(erreur))
        else:
            messages.success(request, FAIT)
            return redirect(f"{reverse('plan-detail', args=args_fiche(fiche))}#titre-regles")
    return _render_precision_plan(request, fiche, form=form)


@require_POST
@envoi_unique
def aide_recue_create(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Inscrit une aide de minimis déclarée par l’entreprise."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_plan(request.user, fiche)
    form = AideRecueForm(request.POST)
    if form.is_valid():
        try:
            actions.add_aide_recue(fiche=fiche, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "L’aide est inscrite\u00a0; les règles sont recalculées.")
            return redirect(f"{reverse('plan-preciser', args=args_fiche(fiche))}#titre-de-minimis")
    return _render_precision_plan(request, fiche, form_aide=form)


@require_POST
def aide_recue_delete(request: HttpRequest, vague: str, id_ti: str, pk: int, aide_pk: int) -> HttpResponse:
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_plan(request.user, fiche)
    aide = get_object_or_404(AideDeMinimisRecue, plan__fiche=fiche, pk=aide_pk)
    try:
        actions.delete_aide_recue(aide=aide, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "L’aide est retirée de la déclaration.")
    return redirect(f"{reverse('plan-preciser', args=args_fiche(fiche))}#titre-de-minimis")


@require_http_methods(["GET", "HEAD", "POST"])
def ligne_preciser(request: HttpRequest, pk: int) -> HttpResponse:
    """Répond aux questions des règles sur une aide."""
    visibles = lignes_visible_to(request.user).select_related(
        "financeur", "precision", "plan__fiche__territoire__vague", "plan__fiche__territoire__region"
    )
    ligne: LigneFinancement = get_object_or_404(visibles, pk=pk)
    check_user_can_precise_ligne(request.user, ligne)
    fiche = ligne.plan.fiche
    form = PrecisionLigneForm(
        request.POST if request.method == "POST" else None, precision=get_precision_ligne(ligne)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_precision_ligne(ligne=ligne, by=request.user, **form.cleaned_data)
        except ConflitEdition as erreur:
            form.accept_version(get_precision_ligne(LigneFinancement.objects.get(pk=pk)).version)
            form.add_error(None, str(erreur))
        except ActionImpossible as erreur:
            form.add_error("avance", str(erreur))
        else:
            messages.success(request, FAIT)
            return redirect(f"{reverse('plan-detail', args=args_fiche(fiche))}#titre-regles")
    contexte = contexte_fiche(
        request,
        fiche,
        "financement",
        ("Plan de financement", reverse("plan-detail", args=args_fiche(fiche))),
        (str(ligne.financeur), reverse("ligne-detail", args=[ligne.pk])),
        ("Répondre aux règles", request.path),
    )
    return render(request, "financement/ligne_preciser.html", contexte | {"form": form, "ligne": ligne})
