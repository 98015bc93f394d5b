"""Les organisations : qui elles sont, où leur écrire, si elles peuvent financer. Tenu par la délégation nationale et
l’administrateur : l’adresse de contact reçoit les liens qui valent décision, un territoire ne la donne donc jamais."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.actions import create_organisation
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Fonction, Organisation
from maillage.financement.actions import review_organisation
from maillage.referentiels.models import Region
from maillage.socle.horloge import aujourdhui
from maillage.socle.texte import replier
from maillage.www.commun import Chemin
from maillage.www.envoi import envoi_unique
from maillage.www.espace.entrees import can_open_organisations, check_can_open, chemin
from maillage.www.organisations.forms import ContactForm, OrganisationForm
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


def _build_liste(request: HttpRequest) -> Liste:
    du_jour = Q(fonctions__in=Fonction.objects.at(aujourdhui()), fonctions__personne__is_active=True)
    regions = [(region.code, region.nom) for region in Region.objects.order_by("nom")]
    return Liste(
        request,
        Organisation.objects.select_related("region").annotate(
            comptes=Count("fonctions__personne", filter=du_jour, distinct=True)
        ),
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
            Filtre(
                "contact",
                "Adresse de contact",
                [("oui", "Connue"), ("non", "Absente")],
                lambda oui: ~Q(courriel="") if oui == "oui" else Q(courriel=""),
            ),
        ],
        colonnes=[
            Colonne(
                "nom",
                "Nom",
                lambda o: o.nom,
                tri=("nom",),
                entete=True,
                lien=lambda o: reverse("organisation-update", args=[o.pk]),
            ),
            Colonne("type", "Type", lambda o: o.get_type_display(), tri=("type",)),
            Colonne("region", "Région", lambda o: o.region.nom if o.region else "", tri=("region__nom",)),
            Colonne("courriel", "Adresse de contact", lambda o: o.courriel, tri=("courriel",)),
            Colonne("comptes", "Comptes", lambda o: o.comptes, tri=("comptes",), nombre=True),
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
    _check(request)
    liste = _build_liste(request)
    if (fichier := liste.export()) is not None:
        return fichier
    return render(
        request, "organisations/organisations.html", {"liste": liste, "chemin": chemin("Organisations")}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def organisation_create(request: HttpRequest) -> HttpResponse:
    """Ajoute une organisation."""
    _check(request)
    form = OrganisationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        organisation = create_organisation(by=request.user, **form.cleaned_data)
        messages.success(request, f"L’organisation «\u00a0{organisation}\u00a0» est créée.")
        return redirect("organisations")
    contexte = {"form": form, "chemin": _chemin("Nouvelle organisation")}
    return render(request, "organisations/organisation_create.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_update(request: HttpRequest, pk: int) -> HttpResponse:
    """Change l’adresse de contact d’une organisation, ou dit si elle peut financer (404 pour qui ne les tient pas)."""
    if not can_open_organisations(request.user):  # type: ignore[arg-type]
        raise Http404("Cette organisation n’existe pas, ou n’est pas à vous.")
    organisation = get_object_or_404(Organisation.objects.select_related("region"), pk=pk)
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        initial={"courriel": organisation.courriel, "is_financeur": organisation.is_financeur},
    )
    if request.method == "POST" and form.is_valid():
        review_organisation(organisation=organisation, by=request.user, **form.cleaned_data)
        messages.success(request, f"L’organisation «\u00a0{organisation}\u00a0» est enregistrée.")
        return redirect("organisations")
    contexte = {"form": form, "organisation": organisation, "chemin": _chemin(str(organisation))}
    return render(request, "organisations/organisation_update.html", contexte)
