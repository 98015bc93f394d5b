"""Préparer un atelier : la liste, le titre et le jour, le programme."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from maillage.ateliers import actions
from maillage.ateliers.enums import EtatAtelier
from maillage.ateliers.permissions import check_user_can_animate
from maillage.comptes.permissions import Permission
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.permissions import check_permission, has_permission
from maillage.www.ateliers.chargement import get_contexte, load_atelier
from maillage.www.ateliers.forms import AtelierCreateForm, AtelierForm, PhaseForm
from maillage.www.champs import show_refus
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.tableaux import Colonne, Filtre, Liste


@require_GET
def ateliers(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Les ateliers du territoire : date, état, présents."""
    territoire = load_territoire(request, vague, id_ti)
    liste = Liste(
        request,
        territoire.ateliers.select_related("territoire__vague").annotate(presents=Count("participants")),
        nom=f"ateliers-{vague}-{id_ti}",
        titre="Ateliers",
        colonnes=[
            Colonne(
                "titre",
                "Atelier",
                lambda a: a.titre,
                tri=("titre",),
                entete=True,
                lien=lambda a: a.get_absolute_url(),
            ),
            Colonne("jour", "Date", lambda a: a.jour, tri=("jour",)),
            Colonne("lieu", "Lieu", lambda a: a.lieu, tri=("lieu",)),
            Colonne("etat", "État", lambda a: a.get_etat_display(), tri=("etat",)),
            Colonne("presents", "Participants", lambda a: a.presents, tri=("presents",), nombre=True),
        ],
        filtres=[Filtre("etat", "État", list(EtatAtelier.choices), lambda v: Q(etat=v))],
        recherche=lambda lignes, texte: lignes.filter(Q(titre__icontains=texte) | Q(lieu__icontains=texte)),
        aide_recherche="titre ou lieu",
        tri_defaut=("-jour",),
    )
    if fichier := liste.export():
        return fichier
    contexte = contexte_territoire(request, territoire, "ateliers", ("Ateliers", request.path))
    peut = has_permission(request.user, Permission.ATELIER_ANIMATE, territoire)
    return render(
        request, "ateliers/ateliers.html", contexte | {"liste": liste, "anime": peut, "args": [vague, id_ti]}
    )


@require_http_methods(["GET", "POST"])
def atelier_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Préparer un atelier : un titre, un jour, un programme type."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.ATELIER_ANIMATE, territoire)
    form = AtelierCreateForm(request.POST or None, territoire=territoire)
    if request.method == "POST" and form.is_valid():
        try:
            atelier = actions.create_atelier(territoire=territoire, by=request.user, **form.cleaned_data)
        except ActionImpossible as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Atelier créé. Relisez son programme, puis ouvrez-le le jour venu.")
            return redirect(atelier.get_absolute_url())
    contexte = contexte_territoire(
        request,
        territoire,
        "ateliers",
        ("Ateliers", reverse("ateliers", args=[vague, id_ti])),
        ("Nouvel atelier", request.path),
    )
    return render(request, "ateliers/formulaire.html", contexte | {"form": form, "titre": "Nouvel atelier"})


@require_http_methods(["GET", "POST"])
def atelier_update(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Changer date, lieu, hôte."""
    atelier = load_atelier(request, vague, id_ti, pk)
    check_user_can_animate(request.user, atelier)
    form = AtelierForm(
        request.POST or None,
        territoire=atelier.territoire,
        atelier=atelier,
        initial=AtelierForm.get_initial(atelier),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_atelier(atelier=atelier, by=request.user, **form.cleaned_data)
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, "Atelier enregistré.")
            return redirect(atelier.get_absolute_url())
    contexte = get_contexte(request, atelier, ("Modifier", request.path))
    return render(
        request, "ateliers/formulaire.html", contexte | {"form": form, "titre": "Modifier l’atelier"}
    )


@require_http_methods(["GET", "POST"])
def phase_edit(request: HttpRequest, vague: str, id_ti: str, pk: int, phase: int = 0) -> HttpResponse:
    """Ajouter une phase au programme, ou changer une phase qui n’a pas commencé."""
    objet = load_atelier(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    existante = get_object_or_404(objet.phases, pk=phase) if phase else None
    form = PhaseForm(
        request.POST or None,
        atelier=objet,
        phase=existante,
        initial=PhaseForm.get_initial(existante) if existante else {"tour": None, "duree": 30},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_phase(atelier=objet, phase=existante, by=request.user, **form.get_champs())
        except ActionImpossible as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Programme enregistré.")
            return redirect(objet.get_absolute_url())
    titre = "Modifier la phase" if existante else "Nouvelle phase"
    contexte = get_contexte(request, objet, (titre, request.path))
    return render(request, "ateliers/formulaire.html", contexte | {"form": form, "titre": titre})
