"""Plan de financement d’une fiche : barre, phrase, règles, dépenses, ressources."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from calcul.financement.modele import get_exceptions
from maillage.comptes.enums import TypeOrganisation
from maillage.fiches.models import FicheAction
from maillage.financement import actions
from maillage.financement.enums import TypePorteur
from maillage.financement.models import LigneDepense, LigneFinancement, PlanFinancement
from maillage.financement.permissions import (
    check_user_can_update_plan,
    user_can_read_pieces,
    user_can_update_plan,
)
from maillage.financement.policies import get_type_porteur
from maillage.financement.selectors_plans import compute_echeancier_plan, read_plan
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.www.envoi import envoi_unique
from maillage.www.fiches.views import (
    args_fiche,
    contexte_fiche,
    load_fiche,
    say_porteur,
)
from maillage.www.financement.forms import (
    CadreForm,
    DepenseForm,
    LigneForm,
    SansBesoinForm,
    ServiceForm,
)
from maillage.www.financement.presentation import list_regles


def _render_plan(request: HttpRequest, fiche: FicheAction, **refuses: Any) -> HttpResponse:
    """La page du plan ; `refuses` : formulaires rendus avec leurs erreurs (form_depense, form_ligne, form_service…)."""
    plan = read_plan(fiche)
    can_update = user_can_update_plan(request.user, fiche)
    regles = list_regles(plan, args=args_fiche(fiche), can_update=can_update)
    contexte = contexte_fiche(
        request, fiche, "financement", ("Plan de financement", reverse("plan-detail", args=args_fiche(fiche)))
    )
    contexte |= {
        "plan": plan,
        "porteur": say_porteur(fiche),
        "regles": regles,
        "echeancier": compute_echeancier_plan(plan),
        "is_collectivite": get_type_porteur(plan.plan) is TypePorteur.COLLECTIVITE,
        "publication": plan.plan.publications.first() if plan.plan.pk else None,
        "regles_sans_objet": [regle for regle in regles if regle.is_sans_objet],
        "lignes": [(ligne, _get_etape_with_piece(request.user, ligne)) for ligne in plan.lignes],
        "can_update": can_update,
        "is_sans_besoin": plan.plan.sans_besoin_depuis is not None,
        "exception": get_exceptions().get(plan.plan.exception_participation, "Aucune"),
    }
    if can_update:
        contexte |= {
            "form_depense": DepenseForm(),
            "form_ligne": LigneForm(fiche=fiche),
            "form_service": ServiceForm(fiche=fiche),
            "form_cadre": CadreForm(plan=plan.plan),
            "form_sans_besoin": SansBesoinForm(),
        }
    return render(request, "financement/plan_detail.html", contexte | refuses)


def _get_etape_with_piece(user: Any, ligne: LigneFinancement) -> Any:
    """La dernière étape de la ligne qui porte une pièce, si la personne peut la lire."""
    avec = [etape for etape in ligne.etapes.all() if etape.piece_id]
    return avec[-1] if avec and user_can_read_pieces(user, ligne) else None


@require_http_methods(["GET"])
def plan_detail(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Plan de financement d’une fiche : barre, phrase, règles, dépenses, ressources."""
    return _render_plan(request, load_fiche(request, vague, id_ti, pk))


def _load_fiche_a_changer(request: HttpRequest, vague: str, id_ti: str, pk: int) -> FicheAction:
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_plan(request.user, fiche)
    return fiche


def _redirect_plan(fiche: FicheAction) -> HttpResponse:
    return redirect("plan-detail", *args_fiche(fiche))


@require_POST
@envoi_unique
def depense_create(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    form = DepenseForm(request.POST)
    if form.is_valid():
        try:
            depense = actions.add_depense(fiche=fiche, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"La dépense «\u00a0{depense}\u00a0» est inscrite.")
            return _redirect_plan(fiche)
    return _render_plan(request, fiche, form_depense=form)


def _load_depense(fiche: FicheAction, pk: int) -> LigneDepense:
    return get_object_or_404(LigneDepense.objects.filter(plan__fiche=fiche), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def depense_update(request: HttpRequest, vague: str, id_ti: str, pk: int, depense_pk: int) -> HttpResponse:
    """Change ou retire une dépense."""
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    depense = _load_depense(fiche, depense_pk)
    form = DepenseForm(request.POST if request.method == "POST" else None, depense=depense)
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_depense(depense=depense, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "La dépense est enregistrée.")
            return _redirect_plan(fiche)
    contexte = contexte_fiche(
        request,
        fiche,
        "financement",
        ("Plan de financement", reverse("plan-detail", args=args_fiche(fiche))),
        ("Dépense", request.path),
    )
    return render(request, "financement/depense_update.html", contexte | {"form": form, "depense": depense})


@require_POST
def depense_delete(request: HttpRequest, vague: str, id_ti: str, pk: int, depense_pk: int) -> HttpResponse:
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    depense = _load_depense(fiche, depense_pk)
    try:
        actions.delete_depense(depense=depense, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"La dépense «\u00a0{depense.libelle}\u00a0» est retirée.")
    return _redirect_plan(fiche)


@require_POST
@envoi_unique
def ligne_create(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Inscrit un financement pressenti."""
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    form = LigneForm(request.POST, fiche=fiche)
    if form.is_valid():
        try:
            ligne = _add_ligne(request, fiche, form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request,
                f"{ligne.financeur} est pressenti. La demande part quand vous la faites, sur la page de la ligne.",
            )
            return _redirect_plan(fiche)
    return _render_plan(request, fiche, form_ligne=form)


@require_POST
@envoi_unique
def service_create(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Inscrit une demande de service pressentie."""
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    form = ServiceForm(request.POST, fiche=fiche)
    if form.is_valid():
        try:
            ligne = actions.add_service(fiche=fiche, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request, "Le service est inscrit. La demande part quand vous la faites, sur cette page."
            )
            return redirect("ligne-detail", ligne.pk)
    return _render_plan(request, fiche, form_service=form)


@require_POST
def remede_apply(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Applique le remède qu’une règle propose."""
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    try:
        remede = actions.apply_remede(
            fiche=fiche,
            regle=request.POST.get("regle", ""),
            cle=request.POST.get("cle", ""),
            by=request.user,  # type: ignore[arg-type]
        )
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(
            request,
            f"Le remède est appliqué\u00a0: {remede.phrase} Chaque ligne changée peut encore être revue.",
        )
    return redirect(f"{reverse('plan-detail', args=args_fiche(fiche))}#titre-regles")


def _add_ligne(request: HttpRequest, fiche: FicheAction, saisie: dict[str, Any]) -> LigneFinancement:
    champs = {nom: saisie[nom] for nom in ("nature", "montant", "dispositif_libelle", "date_effet")}
    champs |= {"fiche": fiche, "by": request.user, "origine": saisie["origine"] or None}
    if saisie["financeur"]:
        return actions.add_ligne(financeur=saisie["financeur"], **champs)
    return actions.add_ligne_nouveau_financeur(
        nom=saisie["nouveau_nom"],
        type_organisation=TypeOrganisation(saisie["nouveau_type"]),
        siren=saisie["nouveau_siren"],
        **champs,
    )


@require_POST
def plan_update(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Change le cadre du plan : ce qui décide des règles."""
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    form = CadreForm(request.POST, plan=read_plan(fiche).plan)
    if form.is_valid():
        try:
            actions.update_cadre(fiche=fiche, by=request.user, **form.cleaned_data)
        except ConflitEdition as erreur:
            form = form.build_conflit(plan=read_plan(fiche).plan)
            form.add_error(None, str(erreur))
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "Le cadre du plan est enregistré\u00a0; les règles sont recalculées.")
            return _redirect_plan(fiche)
    return _render_plan(request, fiche, form_cadre=form)


@require_POST
def sans_besoin_declare(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    form = SansBesoinForm(request.POST)
    if form.is_valid():
        try:
            actions.declare_sans_besoin(fiche=fiche, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "La fiche est déclarée sans besoin financier.")
            return _redirect_plan(fiche)
    return _render_plan(request, fiche, form_sans_besoin=form)


@require_POST
def sans_besoin_lift(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    plan = get_object_or_404(PlanFinancement, fiche=fiche)
    try:
        actions.lift_sans_besoin(plan=plan, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "La déclaration «\u00a0sans besoin financier\u00a0» est levée.")
    return _redirect_plan(fiche)
