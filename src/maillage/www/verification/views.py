"""Vérifier les besoins avec les entreprises : préparer, inviter, lire les réponses, faire une fiche d’un besoin."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.permissions import Permission
from maillage.fiches.policies import CONTENU_FIGE
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import check_permission
from maillage.verification import actions
from maillage.verification.models import Campagne
from maillage.verification.permissions import (
    campagnes_visible_to,
    check_user_can_manage_campagnes,
    user_can_manage_campagnes,
    user_can_read_par_fiche,
)
from maillage.verification.selectors import list_resultats, list_suivis
from maillage.www.champs import show_refus
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.envoi import envoi_unique
from maillage.www.tableaux import Colonne, Liste
from maillage.www.verification.forms import BesoinForm, CampagneForm, SollicitationForm


def _contexte(request: HttpRequest, territoire: Territoire, *suite: tuple[str, str]) -> dict[str, Any]:
    args = [territoire.vague.code, territoire.id_ti]
    chemin = ("Entreprises", reverse("campagnes", args=args))
    return contexte_territoire(request, territoire, "campagnes", chemin, *suite) | {"args": args}


def load_campagne(request: HttpRequest, vague: str, id_ti: str, pk: int) -> Campagne:
    """La campagne si je lis les fiches du territoire (404 sinon)."""
    territoire = load_territoire(request, vague, id_ti)
    campagne = (
        campagnes_visible_to(request.user)
        .filter(territoire=territoire, pk=pk)
        .select_related("territoire__vague", "territoire__region")
        .first()
    )
    if campagne is None:
        raise Http404("Cette vérification n’existe pas, ou n’est pas à vous.")
    return campagne


@require_safe
def campagnes(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Les vérifications du territoire."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    liste = Liste(
        request,
        campagnes_visible_to(request.user).filter(territoire=territoire).select_related("territoire__vague"),
        nom="verifications",
        titre="Vérifications",
        tri_defaut=("-creee_at",),
        colonnes=[
            Colonne(
                "titre",
                "Vérification",
                lambda c: c.titre,
                ("titre",),
                entete=True,
                lien=lambda c: c.get_absolute_url(),
            ),
            Colonne("etat", "État", lambda c: c.get_etat_display(), ("etat",)),
            Colonne("fin", "Réponses jusqu’au", lambda c: c.fin, ("fin",), "pilotage/cellule_jour.html"),
        ],
    )
    if (export := liste.export()) is not None:
        return export
    contexte = _contexte(request, territoire) | {
        "liste": liste,
        "can_manage": user_can_manage_campagnes(request.user, territoire),
    }
    return render(request, "verification/campagnes.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def campagne_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Prépare une vérification : choisir des fiches, les dire en deux phrases."""
    territoire = load_territoire(request, vague, id_ti)
    check_user_can_manage_campagnes(request.user, territoire)
    fiches = list(territoire.fiches.exclude(statut__in=CONTENU_FIGE).select_related("axe"))
    form = CampagneForm(request.POST if request.method == "POST" else None, fiches=fiches)
    if request.method == "POST" and form.is_valid():
        donnees = form.cleaned_data
        try:
            campagne = actions.create_campagne(
                territoire=territoire,
                titre=donnees["titre"],
                message=donnees["message"],
                fin=donnees["fin"],
                fiches=form.get_fiches(),
                by=request.user,
            )
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, "La vérification est prête. Ajoutez les entreprises, puis ouvrez-la.")
            return redirect(campagne)
    contexte = _contexte(request, territoire, ("Nouvelle vérification", request.path)) | {"form": form}
    return render(request, "verification/campagne_form.html", contexte)


def _render_campagne(
    request: HttpRequest, campagne: Campagne, *, form: SollicitationForm | None = None, refus: str = ""
) -> HttpResponse:
    territoire = campagne.territoire
    can_manage = user_can_manage_campagnes(request.user, territoire)
    par_fiche = user_can_read_par_fiche(request.user, territoire)
    suivis = list_suivis(campagne)
    contexte = _contexte(request, territoire, (campagne.titre, campagne.get_absolute_url())) | {
        "campagne": campagne,
        "can_manage": can_manage,
        "par_fiche": par_fiche,
        "resultats": list_resultats(campagne),
        "invitees": len(suivis),
        "repondantes": sum(bool(s.reponses or s.besoins) for s in suivis),
        "besoins_nombre": sum(len(s.besoins) for s in suivis),
        "refus": refus,
    }
    if can_manage:
        contexte |= {
            "suivis": suivis,
            "besoins": [
                (s.sollicitation, besoin, BesoinForm(prefix=f"b{besoin.pk}"))
                for s in suivis
                for besoin in s.besoins
            ],
            "form": form or SollicitationForm(campagne=campagne),
        }
    return render(request, "verification/campagne.html", contexte)


@require_safe
def campagne_detail(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Une vérification : ses entreprises (à l’équipe), ses résultats par fiche (au binôme), ses totaux (aux autres)."""
    return _render_campagne(request, load_campagne(request, vague, id_ti, pk))


def _load_mienne(request: HttpRequest, vague: str, id_ti: str, pk: int) -> Campagne:
    campagne = load_campagne(request, vague, id_ti, pk)
    check_user_can_manage_campagnes(request.user, campagne.territoire)
    return campagne


@require_http_methods(["POST"])
@envoi_unique
def sollicitation_create(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Ajoute une entreprise ; si la vérification est ouverte, son lien part aussitôt."""
    campagne = _load_mienne(request, vague, id_ti, pk)
    form = SollicitationForm(request.POST, campagne=campagne)
    if form.is_valid():
        donnees = form.cleaned_data
        try:
            ajoutee = actions.add_sollicitation(
                campagne=campagne, by=request.user, **{**donnees, "fiches": list(donnees["fiches"])}
            )
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            suite = "\u00a0: son lien est parti." if ajoutee.envoyee_at else "."
            messages.success(request, f"{ajoutee} est ajoutée{suite}")
            return redirect(campagne)
    return _render_campagne(request, campagne, form=form)


@require_http_methods(["POST"])
def sollicitation_revoke(
    request: HttpRequest, vague: str, id_ti: str, pk: int, sollicitation: int
) -> HttpResponse:
    """Ferme le lien d’une entreprise."""
    campagne = _load_mienne(request, vague, id_ti, pk)
    visee = get_object_or_404(
        campagne.sollicitations.select_related("campagne__territoire__vague"), pk=sollicitation
    )
    actions.revoke_sollicitation(sollicitation=visee, by=request.user)
    messages.success(request, f"Le lien de {visee} est fermé. Ses réponses restent.")
    return redirect(campagne)


@require_http_methods(["POST"])
def campagne_open(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Ouvre la vérification : les liens partent."""
    campagne = _load_mienne(request, vague, id_ti, pk)
    try:
        actions.open_campagne(campagne=campagne, by=request.user)
    except ActionImpossible as refus:
        return _render_campagne(request, campagne, refus=str(refus))
    messages.success(request, "La vérification est ouverte\u00a0: chaque entreprise reçoit son lien.")
    return redirect(campagne)


@require_http_methods(["POST"])
def campagne_close(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Clôt la vérification."""
    campagne = _load_mienne(request, vague, id_ti, pk)
    try:
        actions.close_campagne(campagne=campagne, by=request.user)
    except ActionImpossible as refus:
        return _render_campagne(request, campagne, refus=str(refus))
    messages.success(request, "La vérification est close. Les résultats restent ici.")
    return redirect(campagne)


@require_http_methods(["POST"])
@envoi_unique
def besoin_convert(request: HttpRequest, vague: str, id_ti: str, pk: int, besoin: int) -> HttpResponse:
    """Fait une fiche « Idée » d’un besoin nouveau."""
    campagne = _load_mienne(request, vague, id_ti, pk)
    vise = next((b for s in list_suivis(campagne) for b in s.besoins if b.pk == besoin), None)
    if vise is None:
        raise Http404("Ce besoin n’existe pas, ou n’est pas à vous.")
    form = BesoinForm(request.POST, prefix=f"b{vise.pk}")
    if not form.is_valid():
        return _render_campagne(
            request, campagne, refus="Donnez un titre à la fiche qui naîtra de ce besoin."
        )
    try:
        fiche = actions.make_fiche(besoin=vise, titre=form.cleaned_data["titre"], by=request.user)
    except ActionImpossible as refus:
        return _render_campagne(request, campagne, refus=str(refus))
    messages.success(request, "Le besoin est devenu une fiche «\u00a0Idée\u00a0».")
    return redirect(fiche)
