"""Préparer une simulation, la lancer, la voir avancer, la copier, la partager."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.financement.models import PlanFinancement
from maillage.programmation import actions
from maillage.programmation.enums import IssueFiche, StatutSimulation
from maillage.programmation.models import AideSimulee, Simulation
from maillage.programmation.permissions import (
    check_user_can_simulate,
    check_user_owns_simulation,
    simulations_visible_to,
    user_can_simulate,
)
from maillage.programmation.policies import can_prepare
from maillage.programmation.selectors import compute_bilan, plans_of
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.travaux import get_travail
from maillage.www.champs import show_refus
from maillage.www.envoi import envoi_unique
from maillage.www.programmation.chargement import contexte_simulation, load_simulation
from maillage.www.programmation.forms import (
    AideForm,
    CadreForm,
    CopieForm,
    EnveloppeForm,
    PartageForm,
    ReglageForm,
)
from maillage.www.tableaux import Colonne, Filtre, Liste, list_pages

FICHES_PAR_PAGE = 50


def _liste(request: HttpRequest, lignes: QuerySet[Simulation]) -> Liste:
    return Liste(
        request,
        lignes.select_related("organisation", "region", "cree_by").annotate(
            bouclees=Count("resultats", filter=Q(resultats__issue=IssueFiche.BOUCLEE), distinct=True),
            fiches=Count("resultats", distinct=True),
        ),
        colonnes=[
            Colonne(
                "nom",
                "Simulation",
                lambda s: s.nom,
                ("nom",),
                entete=True,
                lien=lambda s: s.get_absolute_url(),
            ),
            Colonne("organisation", "Organisation", lambda s: s.organisation.nom, ("organisation__nom",)),
            Colonne("perimetre", "Fiches de", lambda s: s.libelle_perimetre),
            Colonne("critere", "Critère", lambda s: s.get_critere_display()),
            Colonne("statut", "État", lambda s: s.get_statut_display(), ("statut",)),
            Colonne(
                "bouclees",
                "Fiches bouclées",
                lambda s: s.bouclees if s.statut == StatutSimulation.CALCULEE else None,
                ("bouclees",),
                nombre=True,
            ),
            Colonne("cree", "Créée le", lambda s: s.cree_at, ("cree_at",)),
        ],
        filtres=[
            Filtre("statut", "État", list(StatutSimulation.choices), lambda statut: Q(statut=statut)),
        ],
        recherche=lambda lignes, texte: lignes.filter(nom__icontains=texte),
        nom="simulations",
        titre="Simulations de programmation",
        tri_defaut=("-cree_at", "-id"),
    )


@require_safe
def simulations(request: HttpRequest) -> HttpResponse:
    """Les simulations de mon organisation, et celles qu’on partage avec elle."""
    check_user_can_simulate(request.user)
    liste = _liste(request, simulations_visible_to(request.user))
    if (fichier := liste.export()) is not None:
        return fichier
    chemin = [("Mon espace", reverse("espace-accueil")), ("Simulations", reverse("simulations"))]
    return render(request, "programmation/simulations.html", {"liste": liste, "chemin": chemin})


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def simulation_create(request: HttpRequest) -> HttpResponse:
    """Ouvre une simulation : son nom, ses fiches, ce qu’elle cherche."""
    check_user_can_simulate(request.user)
    form = CadreForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            simulation = actions.create_simulation(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "La simulation est ouverte. Ajoutez les aides et leurs enveloppes.")
            return redirect(simulation)
    contexte = {
        "form": form,
        "titre": "Nouvelle simulation",
        "bouton": "Créer la simulation",
        "url_retour": reverse("simulations"),
        "chemin": [
            ("Mon espace", reverse("espace-accueil")),
            ("Simulations", reverse("simulations")),
            ("Nouvelle", request.path),
        ],
    }
    return render(request, "programmation/formulaire.html", contexte)


def _load_mienne(request: HttpRequest, pk: int) -> Simulation:
    simulation = load_simulation(request, pk)
    check_user_owns_simulation(request.user, simulation)
    return simulation


@require_http_methods(["GET", "HEAD", "POST"])
def simulation_update(request: HttpRequest, pk: int) -> HttpResponse:
    """Change le cadre, tant que la simulation n’est pas lancée."""
    simulation = _load_mienne(request, pk)
    form = CadreForm(
        request.POST if request.method == "POST" else None, user=request.user, simulation=simulation
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_simulation(simulation=simulation, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "Le cadre est enregistré.")
            return redirect(simulation)
    contexte = contexte_simulation(request, simulation, ("Cadre", request.path)) | {
        "form": form,
        "titre": "Cadre de la simulation",
        "bouton": "Enregistrer",
        "url_retour": simulation.get_absolute_url(),
    }
    return render(request, "programmation/formulaire.html", contexte)


@require_safe
def simulation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """La question, son calcul, sa réponse."""
    simulation = load_simulation(request, pk)
    return _render_detail(request, simulation)


def _render_detail(request: HttpRequest, simulation: Simulation, **refuses: Any) -> HttpResponse:
    """La page d’une simulation ; `refuses` : formulaires rendus avec leurs erreurs (form_aide, form_partage)."""
    contexte = contexte_simulation(request, simulation)
    prepare = contexte["est_mienne"] and can_prepare(simulation)
    aides = list(
        simulation.aides.select_related("dispositif", "financeur").prefetch_related("enveloppes__region")
    )
    travail = get_travail(simulation)
    contexte |= {
        "prepare": prepare,
        "aides": [(aide, _say_hypotheses(aide), list(aide.enveloppes.all())) for aide in aides],
        "avec_enveloppe": any(aide.enveloppes.all() for aide in aides),
        "travail": travail,
        "url_arret": reverse("simulation-stop", args=[simulation.pk]) if contexte["est_mienne"] else "",
        "peut_relancer": contexte["est_mienne"]
        and simulation.statut == StatutSimulation.LANCEE
        and (travail is None or not travail.is_ouvert),
        "partages": list(simulation.partages.select_related("organisation")),
    }
    if prepare:
        contexte |= {
            "form_aide": AideForm(simulation=simulation),
            "fiches_nombre": plans_of(simulation, request.user).count(),
            "reglages_nombre": simulation.reglages.count(),
        }
    if contexte["est_mienne"]:
        contexte["form_partage"] = PartageForm(simulation=simulation)
    if simulation.statut == StatutSimulation.CALCULEE:
        contexte |= {
            "bilan": compute_bilan(simulation),
            "autres": _list_comparables(request, simulation),
            "formes": [("Word", "docx"), ("PDF", "pdf")],
        }
    if user_can_simulate(request.user):
        contexte["form_copie"] = CopieForm(user=request.user, simulation=simulation)
    return render(request, "programmation/simulation.html", contexte | refuses)


def _list_comparables(request: HttpRequest, simulation: Simulation) -> list[Simulation]:
    autres = simulations_visible_to(request.user).filter(statut=StatutSimulation.CALCULEE)
    return list(autres.exclude(pk=simulation.pk).order_by("-cree_at")[:20])


def _say_hypotheses(aide: AideSimulee) -> str:
    """« hypothèse : taux, plafond » ; vide si tout vient du catalogue."""
    noms = {"taux": "taux", "plancher": "minimum", "plafond": "maximum"}
    if not aide.hypotheses:
        return ""
    return "hypothèse\u00a0: " + ", ".join(noms[nom] for nom in aide.hypotheses)


@require_POST
def aide_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Ajoute une aide et son enveloppe."""
    simulation = _load_mienne(request, pk)
    form = AideForm(request.POST, simulation=simulation)
    if form.is_valid():
        try:
            aide = actions.add_aide_dotee(simulation=simulation, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, f"«\u00a0{aide}\u00a0» est dans la simulation.")
            return redirect(f"{simulation.get_absolute_url()}#aides")
    return _render_detail(request, simulation, form_aide=form)


@require_POST
def aide_remove(request: HttpRequest, pk: int, aide: int) -> HttpResponse:
    simulation = _load_mienne(request, pk)
    try:
        actions.remove_aide(aide=get_object_or_404(simulation.aides, pk=aide), by=request.user)  # type: ignore[arg-type]
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    return redirect(f"{simulation.get_absolute_url()}#aides")


@require_http_methods(["GET", "HEAD", "POST"])
def enveloppe_set(request: HttpRequest, pk: int, aide: int) -> HttpResponse:
    """Pose ou change l’enveloppe d’une aide, pour une région ou toutes."""
    simulation = _load_mienne(request, pk)
    servie = get_object_or_404(simulation.aides.select_related("financeur"), pk=aide)
    form = EnveloppeForm(request.POST if request.method == "POST" else None, simulation=simulation)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_enveloppe(aide=servie, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "L’enveloppe est enregistrée.")
            return redirect(f"{simulation.get_absolute_url()}#aides")
    contexte = contexte_simulation(request, simulation, ("Enveloppe", request.path)) | {
        "form": form,
        "titre": f"Enveloppe de «\u00a0{servie}\u00a0»",
        "phrase": "Une enveloppe par région, ou une seule pour toutes. La même région une seconde fois remplace la première.",
        "bouton": "Enregistrer",
        "url_retour": f"{simulation.get_absolute_url()}#aides",
    }
    return render(request, "programmation/formulaire.html", contexte)


@require_POST
def enveloppe_remove(request: HttpRequest, pk: int, enveloppe: int) -> HttpResponse:
    simulation = _load_mienne(request, pk)
    aides = simulation.aides.filter(enveloppes=enveloppe).prefetch_related("enveloppes")
    cible = next((e for aide in aides for e in aide.enveloppes.all() if e.pk == enveloppe), None)
    if cible is None:
        raise Http404("Cette enveloppe n’est pas de cette simulation.")
    try:
        actions.remove_enveloppe(enveloppe=cible, by=request.user)  # type: ignore[arg-type]
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    return redirect(f"{simulation.get_absolute_url()}#aides")


@require_http_methods(["GET", "HEAD", "POST"])
def simulation_fiches(request: HttpRequest, pk: int) -> HttpResponse:
    """Les fiches regardées : leurs points de priorité, celles qui doivent passer, celles qui attendent."""
    simulation = _load_mienne(request, pk)
    plans = plans_of(simulation, request.user)
    page = Paginator(plans, FICHES_PAR_PAGE).get_page(request.GET.get("page"))
    reglages = {r.fiche_id: r for r in simulation.reglages.filter(fiche__in=[plan.fiche_id for plan in page])}
    recu = request.POST if request.method == "POST" else None
    formulaires = [(plan, _form_reglage(recu, plan, reglages.get(plan.fiche_id))) for plan in page]
    fautives = [form for _, form in formulaires if recu is not None and not form.is_valid()]
    if recu is not None and not fautives:
        saisie = {
            plan.fiche_id: (form.cleaned_data["points"], form.cleaned_data["verrou"])
            for plan, form in formulaires
        }
        try:
            actions.set_reglages(simulation=simulation, reglages=saisie, by=request.user)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
        else:
            messages.success(request, "Les réglages de cette page sont enregistrés.")
            return redirect(request.get_full_path())
    contexte = contexte_simulation(request, simulation, ("Fiches", request.path)) | {
        "page": page,
        "pages": list_pages(page),
        "formulaires": formulaires,
        "en_erreur": bool(fautives),
        "prepare": can_prepare(simulation),
    }
    return render(request, "programmation/fiches.html", contexte)


def _form_reglage(recu: Any, plan: PlanFinancement, reglage: Any) -> ReglageForm:
    return ReglageForm(
        recu,
        prefix=f"f{plan.fiche_id}",
        initial={"points": reglage.points, "verrou": reglage.verrou} if reglage else None,
    )


@require_POST
def simulation_launch(request: HttpRequest, pk: int) -> HttpResponse:
    """Fige les entrées et lance le calcul."""
    simulation = _load_mienne(request, pk)
    try:
        actions.launch_simulation(simulation=simulation, by=request.user)  # type: ignore[arg-type]
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    return redirect(simulation)


@require_POST
def simulation_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Demande l’arrêt du calcul."""
    simulation = _load_mienne(request, pk)
    try:
        actions.stop_simulation(simulation=simulation, by=request.user)  # type: ignore[arg-type]
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    return redirect(simulation)


@require_POST
@envoi_unique
def simulation_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Copie la question, pour changer une hypothèse."""
    simulation = load_simulation(request, pk)
    check_user_can_simulate(request.user)
    form = CopieForm(request.POST, user=request.user, simulation=simulation)
    if form.is_valid():
        copie = actions.copy_simulation(simulation=simulation, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        messages.success(request, "La copie est prête à changer.")
        return redirect(copie)
    return _render_detail(request, simulation, form_copie=form)


@require_http_methods(["GET", "HEAD", "POST"])
def simulation_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Supprime une simulation, après confirmation."""
    simulation = _load_mienne(request, pk)
    if request.method == "POST":
        try:
            actions.delete_simulation(simulation=simulation, by=request.user)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
            return redirect(simulation)
        messages.success(request, f"La simulation «\u00a0{simulation.nom}\u00a0» est supprimée.")
        return redirect("simulations")
    contexte = contexte_simulation(request, simulation, ("Supprimer", request.path))
    return render(request, "programmation/supprimer.html", contexte)


@require_POST
def simulation_share(request: HttpRequest, pk: int) -> HttpResponse:
    """Ouvre la lecture à une autre organisation."""
    simulation = _load_mienne(request, pk)
    form = PartageForm(request.POST, simulation=simulation)
    if form.is_valid():
        try:
            partage = actions.share_simulation(simulation=simulation, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, f"{partage.organisation} peut maintenant lire cette simulation.")
            return redirect(f"{simulation.get_absolute_url()}#partage")
    return _render_detail(request, simulation, form_partage=form)


@require_POST
def simulation_unshare(request: HttpRequest, pk: int, partage: int) -> HttpResponse:
    simulation = _load_mienne(request, pk)
    cible = get_object_or_404(simulation.partages.select_related("organisation", "simulation"), pk=partage)
    actions.unshare_simulation(partage=cible, by=request.user)  # type: ignore[arg-type]
    messages.success(request, f"{cible.organisation} ne la lit plus.")
    return redirect(f"{simulation.get_absolute_url()}#partage")
