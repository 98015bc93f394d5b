"""Binômes et personnes d’un territoire : qui tient quelle place, depuis quand, d’après quoi. Nommer, corriger, finir."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.permissions import Permission
from maillage.fiches.actions_portage import end_portage, give_portage
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import Portage
from maillage.fiches.permissions import fiches_visible_to
from maillage.fiches.selectors import list_portages
from maillage.socle.dates import format_jour, parse_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires import actions_mandats as actes
from maillage.territoires.actions import appoint
from maillage.territoires.enums import ROLES_BINOME, EtatPlace, PorteeBinome, RoleMandat
from maillage.territoires.models import Binome, CofinancementPoste, Mandat, StructureAnimatrice, Territoire
from maillage.territoires.permissions import check_permission, has_permission
from maillage.territoires.selectors import get_jour_de_reference
from maillage.territoires.selectors_mandats import list_mandats_a_venir, list_mandats_passes, read_roles
from maillage.www.champs import show_refus
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.envoi import envoi_unique
from maillage.www.gouvernance.chargement import onglets_gouvernance
from maillage.www.roles.forms import (
    AnimationForm,
    BinomeForm,
    CofinancementForm,
    FinForm,
    MandatForm,
    MandatUpdateForm,
    MotifForm,
    PlaceForm,
    PortageForm,
)

TITRE = "Binômes et personnes"


def _url(territoire: Territoire) -> str:
    return reverse("territoire-roles", args=[territoire.vague.code, territoire.id_ti])


def _contexte(request: HttpRequest, territoire: Territoire, titre: str = "") -> dict[str, Any]:
    suite = [(TITRE, _url(territoire))] + ([(titre, "")] if titre else [])
    return contexte_territoire(request, territoire, "comite-liste", *suite) | {
        "onglets": onglets_gouvernance(request, territoire, "territoire-roles"),
        "titre": titre or TITRE,
        "retour": _url(territoire),
        "args": [territoire.vague.code, territoire.id_ti],
    }


def _load_mien(request: HttpRequest, vague: str, id_ti: str) -> Territoire:
    """Le territoire, si je peux y tenir les rôles (404 s’il n’est pas à moi, 403 sans le droit)."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.MANDAT_GIVE, territoire)
    return territoire


def _read_au(request: HttpRequest, territoire: Territoire) -> date:
    """Le jour demandé ; aujourd’hui, ou le dernier jour d’une phase finie, si rien de lisible n’est demandé."""
    try:
        return parse_jour(request.GET["au"])
    except (KeyError, ValueError):
        return get_jour_de_reference(territoire.vague, aujourdhui())


@require_safe
def roles(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Les binômes, l’équipe, la structure animatrice, le poste, les référents : à un jour donné."""
    territoire = load_territoire(request, vague, id_ti)
    au = _read_au(request, territoire)
    contexte = _contexte(request, territoire) | {
        "au": au,
        "jour_normal": get_jour_de_reference(territoire.vague, aujourdhui()),
        "is_finie": get_jour_de_reference(territoire.vague, aujourdhui()) != aujourdhui(),
        "roles": read_roles(territoire, au),
        "portages": list_portages(territoire, au, request.user),
        "passes": list_mandats_passes(territoire, au),
        "a_venir": list_mandats_a_venir(territoire, au),
        "can_give": has_permission(request.user, Permission.MANDAT_GIVE, territoire),
        "can_name": has_permission(request.user, Permission.REFERENT_NAME, territoire),
    }
    return render(request, "roles/roles.html", contexte)


def _read_binome(request: HttpRequest, territoire: Territoire) -> Binome | None:
    """Le binôme cité dans l’adresse, s’il est de ce territoire (404 sinon)."""
    pk = request.GET.get("binome", "")
    if not pk:
        return None
    if not pk.isdecimal():
        raise Http404("Ce binôme n’existe pas.")
    return get_object_or_404(
        Binome.objects.connus().select_related("axe", "epci"), pk=int(pk[:18]), territoire=territoire
    )


def _read_role(role: str) -> RoleMandat:
    if role not in RoleMandat.values:
        raise Http404("Ce rôle n’existe pas.")
    return RoleMandat(role)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def mandat_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Nomme une personne dans un rôle."""
    territoire = _load_mien(request, vague, id_ti)
    initial = {
        "role": _read_role(request.GET.get("role", RoleMandat.ELU)),
        "binome": _read_binome(request, territoire),
    }
    form = MandatForm(
        request.POST if request.method == "POST" else None, territoire=territoire, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        donnees = form.cleaned_data
        try:
            mandat = appoint(
                territoire=territoire,
                role=RoleMandat(donnees["role"]),
                nomme=form.get_nomme(),
                binome=donnees["binome"],
                intitule=donnees["intitule"],
                debut=donnees["debut"],
                fin=donnees["fin"],
                source=donnees["source"],
                by=request.user,  # type: ignore[arg-type]
            )
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, f"{mandat.personne} est nommé·e\u00a0: {mandat.get_role_display()}.")
            return redirect(_url(territoire))
    contexte = _contexte(request, territoire, "Nommer une personne") | {"form": form, "bouton": "Nommer"}
    return render(request, "roles/formulaire.html", contexte)


def _load_mandat(territoire: Territoire, pk: int) -> Mandat:
    mandats = Mandat.objects.connus().select_related(
        "territoire__vague", "personne", "organisation", "binome__axe", "binome__epci"
    )
    mandat: Mandat = get_object_or_404(mandats, pk=pk, territoire=territoire)
    return mandat


@require_http_methods(["GET", "HEAD", "POST"])
def mandat_update(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Corrige un mandat : un nouveau fait remplace l’ancien, qui reste lisible."""
    territoire = _load_mien(request, vague, id_ti)
    mandat = _load_mandat(territoire, pk)
    form = MandatUpdateForm(request.POST if request.method == "POST" else None, mandat=mandat)
    if request.method == "POST" and form.is_valid():
        donnees = form.cleaned_data
        try:
            actes.correct_mandat(
                mandat=mandat,
                organisation=donnees["organisation"],
                intitule=donnees["intitule"],
                binome=donnees.get("binome"),
                debut=donnees["debut"],
                fin=donnees["fin"],
                motif=donnees["motif"],
                by=request.user,  # type: ignore[arg-type]
            )
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, f"Le mandat de {mandat.personne} est corrigé.")
            return redirect(_url(territoire))
    contexte = _contexte(request, territoire, "Corriger un mandat") | {
        "form": form,
        "mandat": mandat,
        "form_retirer": MotifForm(),
        "bouton": "Corriger",
    }
    return render(request, "roles/mandat.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def mandat_cancel(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Retire un mandat écrit par erreur."""
    territoire = _load_mien(request, vague, id_ti)
    mandat = _load_mandat(territoire, pk)
    form = MotifForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actes.cancel_mandat(mandat=mandat, motif=form.cleaned_data["motif"], by=request.user)  # type: ignore[arg-type]
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, f"Le mandat de {mandat.personne} est retiré\u00a0: il n’a jamais valu.")
            return redirect(_url(territoire))
    contexte = _contexte(request, territoire, "Retirer un mandat") | {
        "form": form,
        "phrase": f"{mandat}. Un mandat qui a valu se finit\u00a0; un mandat écrit par erreur se retire.",
        "bouton": "Retirer ce mandat",
    }
    return render(request, "roles/formulaire.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def binome_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Ajoute un binôme : tout le territoire, un axe, une intercommunalité ou une action."""
    territoire = _load_mien(request, vague, id_ti)
    form = BinomeForm(request.POST if request.method == "POST" else None, territoire=territoire)
    if request.method == "POST" and form.is_valid():
        donnees = form.cleaned_data
        try:
            binome = actes.create_binome(
                territoire=territoire,
                portee=PorteeBinome(donnees.pop("portee")),
                by=request.user,  # type: ignore[arg-type]
                **donnees,
            )
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, f"{binome}\u00a0: ajouté. Nommez maintenant ses deux membres.")
            return redirect(_url(territoire))
    contexte = _contexte(request, territoire, "Ajouter un binôme") | {
        "form": form,
        "phrase": "Un territoire peut en avoir plusieurs\u00a0: un par axe, par intercommunalité ou par action. Aucun n’est obligatoire.",
        "bouton": "Ajouter le binôme",
    }
    return render(request, "roles/formulaire.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def portage_create(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Confie une action à un binôme."""
    territoire = _load_mien(request, vague, id_ti)
    binome = get_object_or_404(
        Binome.objects.connus().select_related("axe", "epci"), pk=pk, territoire=territoire
    )
    fiches = fiches_visible_to(request.user).filter(territoire=territoire)
    form = PortageForm(
        request.POST if request.method == "POST" else None,
        fiches=fiches.exclude(statut=StatutFiche.ABANDONNEE).order_by("rang", "id"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            portage = give_portage(binome=binome, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, f"L’action «\u00a0{portage.fiche}\u00a0» est confiée à ce binôme.")
            return redirect(_url(territoire))
    contexte = _contexte(request, territoire, "Confier une action") | {
        "form": form,
        "phrase": f"{binome}.",
        "bouton": "Confier l’action",
    }
    return render(request, "roles/formulaire.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def place_declare(request: HttpRequest, vague: str, id_ti: str, role: str) -> HttpResponse:
    """Dit qu’une place est vacante depuis un jour, ou tenue par quelqu’un dont le nom est à confirmer."""
    territoire = _load_mien(request, vague, id_ti)
    code = _read_role(role)
    binome = _read_binome(request, territoire) if code in ROLES_BINOME else None
    form = PlaceForm(request.POST if request.method == "POST" else None, initial={"etat": EtatPlace.VACANTE})
    if request.method == "POST" and form.is_valid():
        donnees = form.cleaned_data
        try:
            actes.declare_place(
                territoire=territoire,
                role=code,
                binome=binome,
                etat=EtatPlace(donnees.pop("etat")),
                by=request.user,  # type: ignore[arg-type]
                **donnees,
            )
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, "C’est noté. Le travail du territoire continue.")
            return redirect(_url(territoire))
    contexte = _contexte(request, territoire, f"Place\u00a0: {code.label}") | {
        "form": form,
        "phrase": f"{binome}." if binome else "",
        "bouton": "Enregistrer",
    }
    return render(request, "roles/formulaire.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def animation_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Dit quelle structure anime le territoire."""
    territoire = _load_mien(request, vague, id_ti)
    form = AnimationForm(request.POST if request.method == "POST" else None, territoire=territoire)
    if request.method == "POST" and form.is_valid():
        try:
            animation = actes.name_animation(territoire=territoire, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, f"{animation} anime le territoire.")
            return redirect(_url(territoire))
    contexte = _contexte(request, territoire, "Structure animatrice") | {
        "form": form,
        "bouton": "Enregistrer",
    }
    return render(request, "roles/formulaire.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def cofinancement_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Ajoute la part d’un financeur au poste de chef·fe de projet."""
    territoire = _load_mien(request, vague, id_ti)
    form = CofinancementForm(request.POST if request.method == "POST" else None, territoire=territoire)
    if request.method == "POST" and form.is_valid():
        try:
            actes.record_cofinancement(territoire=territoire, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, "La part est enregistrée.")
            return redirect(_url(territoire))
    contexte = _contexte(request, territoire, "Part du poste de chef·fe de projet") | {
        "form": form,
        "bouton": "Enregistrer la part",
    }
    return render(request, "roles/formulaire.html", contexte)


# genre -> (table, chemin jusqu’au territoire, objets liés lus avec lui)
GENRES: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "mandat": (Mandat, "territoire", ("territoire__vague", "personne")),
    "binome": (Binome, "territoire", ("territoire__vague", "axe", "epci")),
    "animation": (StructureAnimatrice, "territoire", ("territoire__vague", "organisation")),
    "part": (CofinancementPoste, "territoire", ("territoire__vague", "financeur")),
    "portage": (
        Portage,
        "fiche__territoire",
        ("fiche__territoire__vague", "binome__axe", "binome__epci"),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def fait_end(request: HttpRequest, vague: str, id_ti: str, genre: str, pk: int) -> HttpResponse:
    """Met fin à un mandat, un binôme, une structure animatrice ou une part du poste."""
    territoire = _load_mien(request, vague, id_ti)
    if genre not in GENRES:
        raise Http404("Cette page n’existe pas.")
    modele, chemin, liens = GENRES[genre]
    fait = get_object_or_404(modele.objects.connus().select_related(*liens), pk=pk, **{chemin: territoire})
    form = FinForm(request.POST if request.method == "POST" else None, initial={"fin": aujourdhui()})
    if request.method == "POST" and form.is_valid():
        donnees = form.cleaned_data | {"by": request.user}
        try:
            if genre == "mandat":
                actes.end_mandat(mandat=fait, **donnees)
            elif genre == "binome":
                actes.end_binome(binome=fait, **donnees)
            elif genre == "portage":
                end_portage(portage=fait, **donnees)
            else:
                actes.end_fait(fait=fait, **donnees)
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, f"{fait}\u00a0: fin le {format_jour(donnees['fin'])}.")
            return redirect(_url(territoire))
    contexte = _contexte(request, territoire, "Mettre fin") | {
        "form": form,
        "phrase": f"{fait}.",
        "bouton": "Mettre fin",
    }
    return render(request, "roles/formulaire.html", contexte)
