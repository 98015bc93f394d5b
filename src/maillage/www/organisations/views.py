"""Les organisations : qui elles sont, de qui elles dépendent, qui y tient quoi, comment les joindre.

Lu par qui anime un territoire ou pilote ; tenu par la délégation nationale et l’administrateur : l’adresse de contact
reçoit les liens qui valent décision, un territoire ne la donne donc jamais.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.actions import create_organisation
from maillage.comptes.actions_organisations import (
    add_contact,
    close_contact,
    declare_vacante,
    end_fonction,
    name_fonction,
)
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import ContactOrganisation, Fonction, Organisation
from maillage.comptes.selectors import read_organisation
from maillage.financement.actions import review_organisation
from maillage.pilotage.selectors_espaces import organisations_visible_to
from maillage.referentiels.models import Region
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.socle.texte import replier
from maillage.www.champs import show_refus
from maillage.www.commun import Chemin
from maillage.www.envoi import envoi_unique
from maillage.www.espace.entrees import (
    can_open_organisations,
    can_read_organisations,
    check_can_open,
    chemin,
)
from maillage.www.organisations.forms import FonctionForm, JoindreForm, OrganisationForm, VacanceForm
from maillage.www.roles.forms import FinForm
from maillage.www.tableaux import Colonne, Filtre, Liste


def _check(request: HttpRequest) -> None:
    check_can_open(
        can_open_organisations(request.user),  # type: ignore[arg-type]
        "Les organisations sont tenues par la délégation nationale et l’administrateur.",
    )


def _chemin(titre: str) -> Chemin:
    accueil, _ = chemin("")
    return [accueil, ("Organisations", reverse("organisations")), (titre, "")]


def _find(lignes: QuerySet[Any], texte: str) -> QuerySet[Any]:
    """Chaque mot cherché est dans le nom, le sigle ou le SIREN, sans accent."""
    mots = replier(texte).split()
    trouvees = [
        pk
        for pk, *textes in Organisation.objects.order_by().values_list("pk", "nom", "sigle", "siren")
        if all(mot in replier(" ".join(filter(None, textes))) for mot in mots)
    ]
    return lignes.filter(pk__in=trouvees)


def _build_liste(request: HttpRequest, *, tient: bool) -> Liste:
    """Les organisations ; l’adresse qui reçoit les liens de décision et les comptes ne se montrent qu’à qui les tient."""
    du_jour = Q(fonctions__in=Fonction.objects.at(aujourdhui()), fonctions__personne__is_active=True)
    regions = [(region.code, region.nom) for region in Region.objects.order_by("nom")]
    contact = Filtre(
        "contact",
        "Adresse de contact",
        [("oui", "Connue"), ("non", "Absente")],
        lambda oui: ~Q(courriel="") if oui == "oui" else Q(courriel=""),
    )
    tenues = [
        Colonne("courriel", "Adresse de contact", lambda o: o.courriel, tri=("courriel",)),
        Colonne("comptes", "Comptes", lambda o: o.comptes, tri=("comptes",), nombre=True),
    ]
    return Liste(
        request,
        organisations_visible_to(request.user)
        .select_related("region", "parent")
        .annotate(comptes=Count("fonctions__personne", filter=du_jour, distinct=True)),
        nom="organisations",
        titre="Organisations",
        tri_defaut=("nom",),
        recherche=_find,
        aide_recherche="Nom, sigle ou SIREN",
        filtres=[
            Filtre("type", "Type", list(TypeOrganisation.choices), lambda code: Q(type=code)),
            Filtre("region", "Région", regions, lambda code: Q(region=code)),
            Filtre(
                "financeur",
                "Peut financer",
                [("oui", "Oui"), ("non", "Non")],
                lambda oui: Q(is_financeur=oui == "oui"),
            ),
            *([contact] if tient else []),
        ],
        colonnes=[
            Colonne(
                "nom",
                "Nom",
                lambda o: o.nom,
                tri=("nom",),
                entete=True,
                lien=lambda o: reverse("organisation-detail", args=[o.pk]),
            ),
            Colonne(
                "type",
                "Type",
                lambda o: o.get_categorie_display() if o.categorie else o.get_type_display(),
                tri=("type", "categorie"),
            ),
            Colonne("siren", "SIREN", lambda o: o.siren or "", tri=("siren",)),
            Colonne("region", "Région", lambda o: o.region.nom if o.region else "", tri=("region__nom",)),
            Colonne("parent", "Dépend de", lambda o: o.parent.nom if o.parent else "", tri=("parent__nom",)),
            *(tenues if tient else []),
            Colonne(
                "financeur",
                "Peut financer",
                lambda o: "Oui" if o.is_financeur else "Non",
                tri=("is_financeur",),
            ),
        ],
    )


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Toutes les organisations, leur adresse de contact et leurs comptes."""
    check_can_open(
        can_read_organisations(request.user),  # type: ignore[arg-type]
        "L’annuaire des organisations s’ouvre à qui anime un territoire ou pilote.",
    )
    tient = can_open_organisations(request.user)  # type: ignore[arg-type]
    liste = _build_liste(request, tient=tient)
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = {"liste": liste, "chemin": chemin("Organisations"), "can_keep": tient}
    return render(request, "organisations/organisations.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def organisation_create(request: HttpRequest) -> HttpResponse:
    """Ajoute une organisation."""
    _check(request)
    form = OrganisationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            organisation = create_organisation(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, f"L’organisation «\u00a0{organisation}\u00a0» est créée.")
            return redirect("organisation-detail", organisation.pk)
    contexte = {"form": form, "chemin": _chemin("Nouvelle organisation")}
    return render(request, "organisations/organisation_create.html", contexte)


def _load(request: HttpRequest, pk: int) -> Organisation:
    """L’organisation, si la personne peut la lire (404 sinon)."""
    visibles = organisations_visible_to(request.user)
    organisation = visibles.filter(pk=pk).select_related("region", "departement", "parent", "epci").first()
    if organisation is None:
        raise Http404("Cette organisation n’existe pas, ou n’est pas à vous.")
    return organisation


def _load_tenue(request: HttpRequest, pk: int) -> Organisation:
    """L’organisation, pour qui tient les organisations (404 à qui ne la lit pas, 403 à qui la lit seulement)."""
    organisation = _load(request, pk)
    _check(request)
    return organisation


@require_safe
def organisation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Une organisation : ce qu’elle est, de qui elle dépend, qui y tient quoi, comment la joindre."""
    organisation = _load(request, pk)
    contexte = {
        "lue": read_organisation(organisation, aujourdhui()),
        "organisation": organisation,
        "can_keep": can_open_organisations(request.user),  # type: ignore[arg-type]
        "chemin": _chemin(str(organisation))
        if can_read_organisations(request.user)  # type: ignore[arg-type]
        else chemin(str(organisation)),
    }
    return render(request, "organisations/organisation_detail.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_update(request: HttpRequest, pk: int) -> HttpResponse:
    """Change l’identité d’une organisation, son adresse de contact, ou dit si elle peut financer."""
    organisation = _load_tenue(request, pk)
    form = OrganisationForm(request.POST if request.method == "POST" else None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            review_organisation(organisation=organisation, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(
                request, f"L’organisation «\u00a0{form.cleaned_data['nom']}\u00a0» est enregistrée."
            )
            return redirect("organisation-detail", organisation.pk)
    return _render_formulaire(
        request,
        organisation,
        form,
        "Modifier",
        "Enregistrer",
        "Changer l’adresse de contact ferme les liens déjà envoyés à l’ancienne.",
    )


def _render_formulaire(
    request: HttpRequest, organisation: Organisation, form: Any, titre: str, bouton: str, phrase: str = ""
) -> HttpResponse:
    accueil, liste, _ = _chemin("")
    retour = reverse("organisation-detail", args=[organisation.pk])
    contexte = {
        "form": form,
        "titre": f"{organisation}\u00a0: {titre.lower()}",
        "phrase": phrase,
        "bouton": bouton,
        "retour": retour,
        "chemin": [accueil, liste, (str(organisation), retour), (titre, "")],
    }
    return render(request, "roles/formulaire.html", contexte)


def _answer(
    request: HttpRequest,
    organisation: Organisation,
    form: Any,
    acte: Callable[..., Any],
    textes: tuple[str, str, str],
) -> HttpResponse:
    """Le chemin commun des petits formulaires : un acte, un message, retour à l’organisation. `textes` : titre, bouton, message."""
    titre, bouton, message = textes
    if request.method == "POST" and form.is_valid():
        try:
            acte(by=request.user, **form.cleaned_data)
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, message)
            return redirect("organisation-detail", organisation.pk)
    return _render_formulaire(request, organisation, form, titre, bouton)


@require_http_methods(["GET", "HEAD", "POST"])
def fonction_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Donne une fonction à une personne dans l’organisation."""
    organisation = _load_tenue(request, pk)
    form = FonctionForm(request.POST if request.method == "POST" else None, organisation=organisation)
    textes = ("Donner une fonction", "Donner cette fonction", "La fonction est donnée.")
    return _answer(request, organisation, form, partial(name_fonction, organisation=organisation), textes)


@require_http_methods(["GET", "HEAD", "POST"])
def fonction_end(request: HttpRequest, pk: int, fonction: int) -> HttpResponse:
    """Met fin à une fonction : les droits s’arrêtent ce jour-là."""
    organisation = _load_tenue(request, pk)
    tenue = get_object_or_404(
        Fonction.objects.select_related("personne", "organisation"), pk=fonction, organisation=organisation
    )
    form = FinForm(request.POST if request.method == "POST" else None, initial={"fin": aujourdhui()})
    textes = (f"Fin de fonction de {tenue.personne}", "Mettre fin", "La fonction a une fin.")
    return _answer(request, organisation, form, partial(end_fonction, fonction=tenue), textes)


@require_http_methods(["GET", "HEAD", "POST"])
def vacance_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Dit qu’une fonction de l’organisation est vacante."""
    organisation = _load_tenue(request, pk)
    form = VacanceForm(request.POST if request.method == "POST" else None)
    textes = ("Fonction vacante", "Enregistrer", "La fonction est dite vacante.")
    return _answer(request, organisation, form, partial(declare_vacante, organisation=organisation), textes)


@require_http_methods(["GET", "HEAD", "POST"])
def contact_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Ajoute une façon de joindre l’organisation."""
    organisation = _load_tenue(request, pk)
    form = JoindreForm(request.POST if request.method == "POST" else None)
    textes = ("Ajouter un contact", "Ajouter", "Le contact est ajouté.")
    return _answer(request, organisation, form, partial(add_contact, organisation=organisation), textes)


@require_POST
def contact_close(request: HttpRequest, pk: int, contact: int) -> HttpResponse:
    """Ferme un contact qui ne répond plus."""
    organisation = _load_tenue(request, pk)
    close_contact(
        contact=get_object_or_404(
            ContactOrganisation.objects.select_related("organisation"), pk=contact, organisation=organisation
        ),
        by=request.user,  # type: ignore[arg-type]
    )
    messages.success(request, "Le contact est fermé.")
    return redirect("organisation-detail", organisation.pk)
