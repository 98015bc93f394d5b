"""Les délais d’un financeur, pour lui d’abord ; puis, mois clos, pour qui pilote une région ou la nation."""

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from maillage.comptes.models import Organisation
from maillage.comptes.permissions import Permission
from maillage.financement.models import LigneFinancement
from maillage.financement.permissions import lignes_visible_to
from maillage.financement.selectors import lignes_of_financeur
from maillage.financement.selectors_delais import (
    ETAPES,
    PAR_CLE,
    compute_delais,
    compute_delais_par,
    lignes_suivies,
    q_etape,
)
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import AccesRefuse
from maillage.socle.horloge import aujourdhui
from maillage.territoires.permissions import PHRASES_REFUS, has_permission_nationale
from maillage.www.espace import listes
from maillage.www.espace.entrees import chemin
from maillage.www.espace.metiers import menu_financeur
from maillage.www.pilotage.forms import EspaceForm, read_form


def get_mois_clos(jour: date) -> date:
    """Le dernier jour du mois précédent : ce qu’une Région lit d’un financeur, qui l’a lu avant elle."""
    return jour.replace(day=1) - timedelta(days=1)


def _filtrer(lignes: QuerySet[LigneFinancement], form: EspaceForm) -> QuerySet[LigneFinancement]:
    lignes = lignes.filter(plan__fiche__territoire__is_fictif=form.cleaned_data["fictif"])
    if region := form.cleaned_data["region"]:
        lignes = lignes.filter(plan__fiche__territoire__region=region)
    return lignes


def _read(request: HttpRequest, lignes: QuerySet[LigneFinancement], **defauts: str) -> EspaceForm:
    """Le périmètre demandé ; sans choix, l’espace fictif quand il n’y a rien d’autre à montrer."""
    if "au" not in request.GET and not lignes.filter(plan__fiche__territoire__is_fictif=False).exists():
        defauts["fictif"] = "on"
    return read_form(EspaceForm, request, **defauts)


def _params(form: EspaceForm, au: date, **autres: Any) -> str:
    region = form.cleaned_data["region"]
    params = {"au": au.isoformat(), "region": region.code if region else ""} | autres
    if form.cleaned_data["fictif"]:
        params["fictif"] = "on"
    return urlencode({cle: valeur for cle, valeur in params.items() if valeur})


@require_safe
def financeur_delais(request: HttpRequest) -> HttpResponse:
    """Mes délais, étape par étape, à un jour."""
    menu_espace = menu_financeur(request, "financeur-delais")
    lignes = lignes_of_financeur(request.user)
    form = _read(request, lignes)
    contexte: dict[str, Any] = {
        "menu_espace": menu_espace,
        "chemin": chemin("Mes délais"),
        "form": form,
        "dates": [],
    }
    if form.is_valid():
        au = form.cleaned_data["au"]
        url = reverse("financeur-delais-lignes")
        contexte["delais"] = [
            (
                delai,
                f"{url}?{_params(form, au, delai=delai.etape.cle, finie='oui')}",
                f"{url}?{_params(form, au, delai=delai.etape.cle)}",
            )
            for delai in compute_delais(_filtrer(lignes, form), au=au)
        ]
        contexte["au"] = au
    return render(request, "financement/delais_financeur.html", contexte)


def _contexte_lignes(
    request: HttpRequest, lignes: QuerySet[Any], form: EspaceForm, au: date
) -> dict[str, Any]:
    etape = PAR_CLE.get(request.GET.get("delai", ""))
    if etape is None:
        raise Http404("Ce délai n’existe pas.")
    finie = request.GET.get("finie", "") == "oui"
    comptees = lignes_suivies(_filtrer(lignes, form), au=au).filter(q_etape(etape, au=au, finie=finie))
    if (financeur := request.GET.get("organisation", "")).isdecimal():
        comptees = comptees.filter(financeur=int(financeur[:18]))
    return {"etape": etape, "finie": finie, "comptees": comptees, "au": au}


@require_safe
def financeur_delais_lignes(request: HttpRequest) -> HttpResponse:
    """Les lignes derrière un de mes délais."""
    menu_espace = menu_financeur(request, "financeur-delais")
    form = read_form(EspaceForm, request)
    contexte: dict[str, Any] = {"menu_espace": menu_espace, "form": form, "cachees": 0}
    contexte["chemin"] = [("Mes délais", reverse("financeur-delais")), ("Lignes", "")]
    if form.is_valid():
        contexte |= _contexte_lignes(
            request, lignes_of_financeur(request.user), form, form.cleaned_data["au"]
        )
        liste = listes.liste_delais(request, contexte.pop("comptees"), contexte["etape"])
        if (fichier := liste.export()) is not None:
            return fichier
        contexte["liste"] = liste
    return render(request, "financement/delais_lignes.html", contexte)


def _check_pilotage(request: HttpRequest) -> None:
    if not has_permission_nationale(request.user, Permission.PILOTAGE_READ):
        raise AccesRefuse(PHRASES_REFUS[Permission.PILOTAGE_READ])


def _get_au(form: EspaceForm) -> tuple[date, bool]:
    """Le jour montré à qui pilote : au plus la fin du dernier mois clos, et s’il a fallu reculer."""
    au, clos = form.cleaned_data["au"], get_mois_clos(aujourdhui())
    return min(au, clos), au > clos


@require_safe
def pilotage_delais(request: HttpRequest) -> HttpResponse:
    """Les délais de chaque financeur, à un jour d’un mois clos."""
    _check_pilotage(request)
    form = read_form(EspaceForm, request, au=get_mois_clos(aujourdhui()).isoformat())
    contexte: dict[str, Any] = {
        "chemin": [("Pilotage", reverse("pilotage")), ("Délais des financeurs", "")],
        "form": form,
        "dates": [],
        "etapes": ETAPES,
    }
    if form.is_valid():
        au, is_recule = _get_au(form)
        lignes = _filtrer(LigneFinancement.objects.all(), form)
        par_financeur = compute_delais_par(lignes, "financeur", au=au)
        noms = dict(Organisation.objects.filter(pk__in=par_financeur).values_list("pk", "nom"))
        url = reverse("pilotage-delais-lignes")
        contexte |= {
            "au": format_jour(au),
            "is_recule": is_recule,
            "ensemble": [
                (delai, f"{url}?{_params(form, au, delai=delai.etape.cle, finie='oui')}")
                for delai in compute_delais(lignes, au=au)
            ],
            "financeurs": [
                (
                    noms[pk],
                    [
                        (
                            delais.get(etape.cle),
                            etape.libelle,
                            f"{url}?{_params(form, au, delai=etape.cle, finie='oui', organisation=pk)}",
                        )
                        for etape in ETAPES
                    ],
                )
                for pk, delais in sorted(par_financeur.items(), key=lambda paire: noms[paire[0]])
            ],
        }
    return render(request, "financement/delais_pilotage.html", contexte)


@require_safe
def pilotage_delais_lignes(request: HttpRequest) -> HttpResponse:
    """Les lignes derrière un délai : celles qu’on a le droit de lire, et le nombre des autres."""
    _check_pilotage(request)
    form = read_form(EspaceForm, request, au=get_mois_clos(aujourdhui()).isoformat())
    contexte: dict[str, Any] = {"form": form}
    contexte["chemin"] = [
        ("Pilotage", reverse("pilotage")),
        ("Délais des financeurs", reverse("pilotage-delais")),
        ("Lignes", ""),
    ]
    if form.is_valid():
        contexte |= _contexte_lignes(request, LigneFinancement.objects.all(), form, _get_au(form)[0])
        comptees = contexte.pop("comptees")
        lisibles = comptees.filter(pk__in=lignes_visible_to(request.user).values("pk"))
        liste = listes.liste_delais(request, lisibles, contexte["etape"])
        if (fichier := liste.export()) is not None:
            return fichier
        contexte |= {"liste": liste, "cachees": comptees.count() - liste.total}
    return render(request, "financement/delais_lignes.html", contexte)
