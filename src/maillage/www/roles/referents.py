"""L’annuaire des référents : par opérateur et par territoire, avec les suppléants ; qui n’en a pas ; nommer, finir."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.models import Organisation
from maillage.referentiels.models import Region
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.socle.texte import replier
from maillage.territoires.actions_mandats import Nomme, end_fait, name_referents
from maillage.territoires.enums import RangReferent
from maillage.territoires.models import Referent, Territoire, Vague
from maillage.territoires.permissions import (
    can_read_referents,
    organisations_for_referents,
    referents_of_user,
    territoires_for_referents,
    territoires_of_annuaire,
)
from maillage.territoires.selectors import find_territoires
from maillage.territoires.selectors_mandats import annuaire, operateurs_attendus, without_referent
from maillage.www.champs import show_refus
from maillage.www.commun import Chemin
from maillage.www.envoi import envoi_unique
from maillage.www.espace.entrees import check_can_open, chemin
from maillage.www.roles.forms import FinForm, ReferentForm
from maillage.www.tableaux import Colonne, Filtre, Liste

C = Colonne


def _check(request: HttpRequest) -> None:
    check_can_open(
        can_read_referents(request.user),
        "L’annuaire des référents s’ouvre à ceux qui suivent un territoire ou nomment des référents.",
    )


def _chemin(titre: str) -> Chemin:
    accueil, _ = chemin("")
    return [accueil, ("Référents", reverse("referents")), (titre, "")]


def _en_cours(user: Any) -> QuerySet[Territoire]:
    """Les territoires de l’annuaire dont la phase est en cours : un référent n’est plus attendu dans une phase finie."""
    jour = aujourdhui()
    return (
        territoires_of_annuaire(user)
        .filter(vague__debut__lte=jour, is_fictif=False)
        .filter(Q(vague__fin__isnull=True) | Q(vague__fin__gte=jour))
    )


def _filtres(prefixe: str = "") -> list[Filtre]:
    regions = [(region.code, region.nom) for region in Region.objects.order_by("nom")]
    return [Filtre("region", "Région", regions, lambda code: Q(**{f"{prefixe}region": code}))]


def _find(lignes: QuerySet[Any], texte: str) -> QuerySet[Any]:
    for mot in replier(texte).split():
        lignes = lignes.filter(
            Q(territoire__nom_recherche__contains=mot)
            | Q(personne__nom__icontains=mot)
            | Q(personne__prenom__icontains=mot)
            | Q(organisation__nom__icontains=mot)
            | Q(organisation__sigle__icontains=mot)
        )
    return lignes


@require_safe
def referents(request: HttpRequest) -> HttpResponse:
    """Qui répond pour chaque opérateur, territoire par territoire."""
    _check(request)
    mes_organisations = organisations_for_referents(request.user)
    finissables = set(referents_of_user(request.user).values_list("pk", flat=True))
    operateurs = [(str(o.pk), o.nom) for o in operateurs_attendus()]
    phases = [(str(v.numero), f"Phase {v.numero}") for v in Vague.objects.all()]
    colonnes = [
        C("territoire", "Territoire", lambda r: r.territoire.nom, tri=("territoire__nom",), entete=True),
        C("cle", "Clé", lambda r: r.territoire.cle, tri=("territoire__vague__numero", "territoire__id_ti")),
        C("region", "Région", lambda r: r.territoire.region.nom, tri=("territoire__region__nom",)),
        C("operateur", "Opérateur", lambda r: r.organisation.nom, tri=("organisation__nom",)),
        C("personne", "Référent", lambda r: str(r.personne), tri=("personne__nom", "personne__prenom")),
        C("rang", "Rang", lambda r: r.get_rang_display(), tri=("-rang",)),
        C("courriel", "Courriel", lambda r: r.courriel),
        C("telephone", "Téléphone", lambda r: r.telephone),
        C("debut", "Depuis le", lambda r: r.debut, tri=("debut",), gabarit="pilotage/cellule_jour.html"),
        C("fin", "Jusqu’au", lambda r: r.fin, tri=("fin",), gabarit="pilotage/cellule_jour.html"),
    ]
    if finissables and not request.GET.get("export"):
        colonnes.append(
            C(
                "finir",
                "Changer",
                lambda r: "Mettre fin" if r.pk in finissables else "",
                lien=lambda r: reverse("referent-end", args=[r.pk]) if r.pk in finissables else "",
            )
        )
    liste = Liste(
        request,
        annuaire(aujourdhui(), territoires_of_annuaire(request.user)),
        nom="referents",
        titre="Annuaire des référents",
        tri_defaut=("territoire__nom", "organisation__nom", "-rang"),
        recherche=_find,
        aide_recherche="Territoire, opérateur ou personne",
        filtres=[
            Filtre("operateur", "Opérateur", operateurs, lambda pk: Q(organisation=pk)),
            *_filtres("territoire__"),
            Filtre("phase", "Phase", phases, lambda numero: Q(territoire__vague__numero=numero)),
            Filtre("rang", "Rang", list(RangReferent.choices), lambda rang: Q(rang=rang)),
        ],
        colonnes=colonnes,
    )
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = {
        "liste": liste,
        "chemin": chemin("Référents"),
        "can_name": mes_organisations.exists(),
        "manquants": without_referent(_en_cours(request.user), aujourdhui()).count(),
    }
    return render(request, "roles/referents.html", contexte)


@require_safe
def manquants(request: HttpRequest) -> HttpResponse:
    """Les territoires de la phase en cours à qui il manque un référent, et de quels opérateurs."""
    _check(request)
    operateurs = list(operateurs_attendus())
    demande = request.GET.get("operateur", "")
    operateur = next((o for o in operateurs if str(o.pk) == demande), None)
    siens = {o.pk for o in organisations_for_referents(request.user)}

    def absents(territoire: Any) -> list[Organisation]:
        presents = {referent.organisation_id for referent in territoire.titulaires}
        return [o for o in operateurs if o.pk not in presents]

    nommer = C(
        "nommer",
        "Nommer",
        lambda t: "Nommer un référent" if siens.intersection(o.pk for o in absents(t)) else "",
        lien=lambda t: (
            f"{reverse('referent-create')}?{urlencode({'territoire': t.cle, 'organisation': demande})}"
        ),
    )
    liste = Liste(
        request,
        without_referent(_en_cours(request.user), aujourdhui(), operateur).select_related("vague", "region"),
        nom="referents-manquants",
        titre="Territoires sans référent",
        tri_defaut=("nom",),
        recherche=find_territoires,
        aide_recherche="Nom ou identifiant",
        filtres=_filtres(),
        colonnes=[
            C("nom", "Territoire", lambda t: t.nom, tri=("nom",), entete=True),
            C("cle", "Clé", lambda t: t.cle, tri=("vague__numero", "id_ti")),
            C("region", "Région", lambda t: t.region.nom, tri=("region__nom",)),
            C("nombre", "Référents absents", lambda t: len(absents(t)), nombre=True),
            C("absents", "Opérateurs sans référent", lambda t: ", ".join(o.nom_court for o in absents(t))),
            *([] if request.GET.get("export") else [nommer]),
        ],
    )
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = {
        "liste": liste,
        "operateurs": operateurs,
        "operateur": operateur,
        "chemin": _chemin("Territoires sans référent"),
    }
    return render(request, "roles/referents_manquants.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def referent_create(request: HttpRequest) -> HttpResponse:
    """Nomme un référent pour un territoire, ou pour tous ceux d’une région."""
    organisations = organisations_for_referents(request.user)
    if not organisations.exists():
        raise AccesRefuse(
            "Seuls un opérateur, l’équipe d’un territoire et la délégation nationale nomment un référent."
        )
    territoires = territoires_for_referents(request.user)
    initial = {cle: request.GET[cle] for cle in ("territoire", "organisation") if request.GET.get(cle)}
    if "organisation" not in initial and (seule := list(organisations[:2])) and len(seule) == 1:
        initial["organisation"] = str(seule[0].pk)
    form = ReferentForm(
        request.POST if request.method == "POST" else None,
        organisations=organisations,
        territoires=territoires,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        d = form.cleaned_data
        try:
            nommes = name_referents(
                territoires=d["territoires"],
                organisation=d["organisation"],
                nomme=Nomme(prenom=d["prenom"], nom=d["nom"]),
                garder=d["garder"],
                rang=RangReferent(d["rang"]),
                courriel=d["courriel"],
                telephone=d["telephone"],
                debut=d["debut"],
                fin=d["fin"],
                source=d["source"],
                by=request.user,  # type: ignore[arg-type]
            )
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            combien = "un territoire" if len(nommes) == 1 else f"{len(nommes)} territoires"
            messages.success(request, f"{nommes[0].personne} est référent·e pour {combien}.")
            return redirect("referents")
    contexte = {
        "form": form,
        "titre": "Nommer un référent",
        "phrase": "Un opérateur a un seul titulaire par territoire, et autant de suppléants qu’il veut. Les coordonnées sont lues par les équipes des territoires, les Régions, les préfectures et les opérateurs.",
        "bouton": "Nommer",
        "retour": reverse("referents"),
        "territoires_proposes": territoires.filter(vague__fin__isnull=True)
        .select_related("vague")
        .order_by("nom")[:400],
        "chemin": _chemin("Nommer un référent"),
    }
    return render(request, "roles/referent.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def referent_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Met fin à la charge d’un référent (404 pour qui ne les tient pas)."""
    referent: Referent = get_object_or_404(
        referents_of_user(request.user).select_related("territoire__vague", "personne", "organisation"), pk=pk
    )
    form = FinForm(request.POST if request.method == "POST" else None, initial={"fin": aujourdhui()})
    if request.method == "POST" and form.is_valid():
        try:
            end_fait(fait=referent, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, f"{referent}\u00a0: fin le {format_jour(form.cleaned_data['fin'])}.")
            return redirect("referents")
    contexte = {
        "form": form,
        "titre": "Mettre fin",
        "phrase": f"{referent}, pour «\u00a0{referent.territoire}\u00a0».",
        "bouton": "Mettre fin",
        "retour": reverse("referents"),
        "chemin": _chemin("Mettre fin"),
    }
    return render(request, "roles/formulaire.html", contexte)
