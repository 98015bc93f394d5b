"""Le plan d’actions devant la Région : transmettre, suivre, recevoir, demander des compléments."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.permissions import Permission
from maillage.fiches.permissions import fiches_visible_to
from maillage.instruction import policies
from maillage.instruction.actions import (
    ask_complements,
    declare_complet,
    mark_lu,
    receive_dossier,
    transmit_plan,
    withdraw_dossier,
)
from maillage.instruction.enums import StatutDossier
from maillage.instruction.models import DossierPlan
from maillage.instruction.permissions import (
    avis_visible_to,
    check_user_can_instruct,
    check_user_can_transmit,
    dossiers_visible_to,
    reads_whole_dossier,
    user_can_instruct,
    user_can_render_avis,
    user_can_transmit,
)
from maillage.instruction.selectors import (
    dossiers_with_avis,
    fiches_a_transmettre,
    find_ecarts_presents,
    get_dossier_ouvert,
    get_transmission,
    is_en_retard,
    lignes_of,
    list_entrees,
    read_avis_fiches,
    read_nouveautes,
)
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.permissions import check_permission
from maillage.www.champs import show_refus
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.envoi import envoi_unique
from maillage.www.espace.listes import lire_phrases
from maillage.www.instruction.forms import ComplementsForm, MotifRetraitForm, RecevoirForm, TransmettreForm

S = StatutDossier


@require_safe
def instruction(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Où en est le plan du territoire devant la Région, et les instructions passées."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    dossiers = list(dossiers_with_avis(territoire.dossiers_plan.all()))
    ouvert = next((d for d in dossiers if d.statut not in policies.CLOS), None)
    peut = user_can_transmit(request.user, territoire) and (ouvert is None or ouvert.statut == S.A_COMPLETER)
    contexte = contexte_territoire(request, territoire, "instruction", ("Instruction", request.path)) | {
        "dossiers": dossiers,
        "url_transmettre": reverse("plan-transmit", args=[vague, id_ti]) if peut else "",
        "nombre": fiches_a_transmettre(territoire).count(),
    }
    return render(request, "instruction/territoire.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def plan_transmit(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Choisir les fiches du plan, puis les transmettre à la Région : leurs versions sont figées."""
    territoire = load_territoire(request, vague, id_ti)
    check_user_can_transmit(request.user, territoire)
    fiches = fiches_a_transmettre(territoire)
    form = TransmettreForm(request.POST if request.method == "POST" else None, fiches=fiches)
    if request.method == "POST" and form.is_valid():
        try:
            dossier = transmit_plan(
                territoire=territoire,
                fiches=form.cleaned_data["fiches"],
                message=form.cleaned_data["message"],
                by=request.user,
            )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(
                request,
                "Le plan est transmis. La Région est prévenue\u00a0; ce qui est transmis ne bouge plus.",
            )
            return redirect(dossier)
    ouvert = get_dossier_ouvert(territoire)
    liste = ("Instruction", reverse("instruction", args=[vague, id_ti]))
    contexte = contexte_territoire(
        request, territoire, "instruction", liste, ("Transmettre", request.path)
    ) | {
        "form": form,
        "ouvert": ouvert,
        "obstacle": bool(ouvert and ouvert.statut != S.A_COMPLETER),
        "fiches": list(fiches),
        "dehors": territoire.fiches.exclude(statut__in=policies.TRANSMISSIBLES).order_by("rang", "id"),
    }
    return render(request, "instruction/transmettre.html", contexte)


# --- un dossier --------------------------------------------------------------------------------------------------------


def load_dossier(request: HttpRequest, pk: int) -> DossierPlan:
    dossier = (
        dossiers_visible_to(request.user)
        .filter(pk=pk)
        .select_related(
            "territoire__vague",
            "territoire__region",
            "decision__seance__rendez_vous",
            "decision__seance__comite",
        )
        .first()
    )
    if dossier is None:
        raise Http404("Ce dossier n’existe pas, ou n’est pas à vous.")
    return dossier


def contexte_dossier(request: HttpRequest, dossier: DossierPlan, *suite: tuple[str, str]) -> dict[str, Any]:
    """Contexte d’une page du dossier : dans l’espace du territoire pour qui le lit, sans menu pour un service consulté."""
    territoire = dossier.territoire
    ici = (str(dossier), dossier.get_absolute_url())
    if reads_whole_dossier(request.user, dossier):
        liste = ("Instruction", reverse("instruction", args=[territoire.vague.code, territoire.id_ti]))
        contexte = contexte_territoire(request, territoire, "instruction", liste, ici, *suite)
    else:
        chemin = [
            ("Mon espace", reverse("espace-accueil")),
            ("Plans à lire", reverse("dossiers")),
            ici,
            *suite,
        ]
        contexte = {"territoire": territoire, "menu_espace": None, "chemin": chemin}
    return contexte | {"dossier": dossier}


def lignes_soumises(request: HttpRequest, dossier: DossierPlan) -> list[Any]:
    """Les fiches de la dernière transmission que la personne a le droit de lire : toutes, ou celles qui lui sont soumises."""
    lignes = lignes_of(get_transmission(dossier))
    if reads_whole_dossier(request.user, dossier):
        return lignes
    soumises = {
        ligne.fiche_id
        for avis in avis_visible_to(request.user, dossier).prefetch_related("fiches")
        for ligne in avis.fiches.all()
    }
    return [ligne for ligne in lignes if ligne.version.fiche_id in soumises]


@require_safe
def dossier_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Un dossier : où il en est, ce qui a changé, le plan transmis, les avis, la décision."""
    return render_dossier(request, load_dossier(request, pk))


def render_dossier(request: HttpRequest, dossier: DossierPlan, **formulaires: Any) -> HttpResponse:
    user = request.user
    entier = reads_whole_dossier(user, dossier)
    avis = list(avis_visible_to(user, dossier))
    lignes = lignes_soumises(request, dossier)
    par_fiche = read_avis_fiches(avis)
    visibles = set(
        fiches_visible_to(user)
        .filter(pk__in=[ligne.version.fiche_id for ligne in lignes])
        .values_list("pk", flat=True)
    )
    instruit, transmet = user_can_instruct(user, dossier), user_can_transmit(user, dossier.territoire)
    peut = {vers: policies.can_move(dossier, vers) for vers in S}
    jour = aujourdhui()
    clos = dossier.statut in policies.CLOS
    nouveautes = read_nouveautes(dossier, user) if entier else None
    contexte = contexte_dossier(request, dossier) | {
        "transmission": get_transmission(dossier),
        "entier": entier,
        "nouveautes": nouveautes,
        "nouvelles": lire_phrases(nouveautes.entrees) if nouveautes else [],
        "lignes": [
            {
                "code": ligne.version.contenu["code"],
                "titre": ligne.version.contenu["titre"],
                "porteur": ligne.version.contenu["porteur_nom"],
                "fiche": ligne.version.fiche,
                "url": ligne.version.fiche.get_absolute_url() if ligne.version.fiche_id in visibles else "",
                "description": ligne.version.contenu["description"],
                "avis": par_fiche.get(ligne.version.fiche_id, []),
            }
            for ligne in lignes
        ],
        "changees": find_ecarts_presents(lignes) if entier and not clos else [],
        "avis": [
            {
                "avis": un,
                "en_retard": is_en_retard(un, jour),
                "url_donner": reverse("avis-plan-render", args=[dossier.pk, un.pk])
                if not un.sens and not clos and user_can_render_avis(user, un)
                else "",
                "url_relancer": reverse("avis-plan-remind", args=[dossier.pk, un.pk])
                if not un.sens
                and not clos
                and instruit
                and (un.organisation_id or un.region_id != dossier.territoire.region_id)
                else "",
            }
            for un in avis
        ],
        "form_recevoir": (formulaires.get("recevoir") or RecevoirForm())
        if instruit and peut[S.RECU]
        else None,
        "peut_completer": instruit and peut[S.EN_INSTRUCTION],
        "url_complements": reverse("dossier-complements", args=[dossier.pk])
        if instruit and peut[S.A_COMPLETER]
        else "",
        "url_demander": reverse("avis-plan-ask", args=[dossier.pk]) if instruit and not clos else "",
        "url_lot": reverse("dossiers-lot") if instruit and dossier.statut in policies.A_DECIDER else "",
        "url_transmettre": reverse(
            "plan-transmit", args=[dossier.territoire.vague.code, dossier.territoire.id_ti]
        )
        if transmet and peut[S.TRANSMIS]
        else "",
        "form_retirer": (formulaires.get("retirer") or MotifRetraitForm())
        if transmet and peut[S.RETIRE]
        else None,
        "entrees": list(list_entrees(dossier)) if entier else [],
    }
    return render(request, "instruction/dossier.html", contexte)


@require_POST
def dossier_read(request: HttpRequest, pk: int) -> HttpResponse:
    dossier = load_dossier(request, pk)
    mark_lu(dossier=dossier, by=request.user)
    messages.success(
        request, "C’est noté\u00a0: la prochaine fois, cette page vous montrera d’abord ce qui a changé."
    )
    return redirect(dossier)


@require_POST
def dossier_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    dossier = load_dossier(request, pk)
    check_user_can_transmit(request.user, dossier.territoire)
    form = MotifRetraitForm(request.POST)
    if form.is_valid():
        try:
            withdraw_dossier(dossier=dossier, motif=form.cleaned_data["motif"], by=request.user)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "Le plan est retiré de l’instruction.")
            return redirect(dossier)
    return render_dossier(request, dossier, retirer=form)


@require_POST
def dossier_receive(request: HttpRequest, pk: int) -> HttpResponse:
    dossier = load_dossier(request, pk)
    check_user_can_instruct(request.user, dossier)
    form = RecevoirForm(request.POST)
    if form.is_valid():
        try:
            receive_dossier(dossier=dossier, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "La réception est enregistrée. Le territoire la voit.")
            return redirect(dossier)
    return render_dossier(request, dossier, recevoir=form)


@require_POST
def dossier_complete(request: HttpRequest, pk: int) -> HttpResponse:
    dossier = load_dossier(request, pk)
    check_user_can_instruct(request.user, dossier)
    try:
        declare_complet(dossier=dossier, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(
            request,
            "Le dossier est complet. Les Régions concernées sont prévenues\u00a0: leur avis est attendu.",
        )
    return redirect(dossier)


@require_http_methods(["GET", "HEAD", "POST"])
def dossier_complements(request: HttpRequest, pk: int) -> HttpResponse:
    """Dire ce qui manque, au plan ou fiche par fiche : seules ces fiches sont rouvertes."""
    dossier = load_dossier(request, pk)
    check_user_can_instruct(request.user, dossier)
    form = ComplementsForm(
        request.POST if request.method == "POST" else None, lignes=lignes_of(get_transmission(dossier))
    )
    if request.method == "POST" and form.is_valid():
        try:
            ask_complements(
                dossier=dossier, motif=form.cleaned_data["motif"], fiches=form.get_fiches(), by=request.user
            )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "Les compléments sont demandés. Le territoire est prévenu.")
            return redirect(dossier)
    contexte = contexte_dossier(request, dossier, ("Demander des compléments", request.path)) | {
        "form": form,
        "titre": "Demander des compléments",
        "introduction": "Écrivez ce qui manque au plan, ou à une fiche. Seules les fiches que vous nommez sont rouvertes\u00a0; "
        "le territoire les complète, puis transmet un tour de plus.",
        "bouton": "Demander ces compléments",
        "url_retour": dossier.get_absolute_url(),
    }
    return render(request, "instruction/formulaire.html", contexte)
