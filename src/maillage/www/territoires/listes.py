"""Les listes publiques de territoires : recevoir un fichier, le comparer, l’appliquer. À la délégation nationale."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.permissions import Permission
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.territoires.actions_perimetre import Preuve, create_territoire
from maillage.territoires.enums import Fiabilite
from maillage.territoires.imports import apply_liste, compare_recue, receive_liste
from maillage.territoires.models import ListeRecue
from maillage.territoires.permissions import has_permission_nationale
from maillage.www.envoi import envoi_unique
from maillage.www.tableaux import Colonne, Liste
from maillage.www.territoires.forms import ListeForm, NouveauTerritoireForm
from maillage.www.territoires.pieces import keep_piece

TAILLE_MAX = 20 * 2**20  # octets ; la liste nationale par communes en pèse moins de deux


def _check(request: HttpRequest) -> None:
    if not has_permission_nationale(request.user, Permission.PERIMETRE_RECORD):
        raise AccesRefuse("Les listes de territoires sont tenues par la délégation nationale.")


@require_http_methods(["GET", "HEAD", "POST"])
def listes(request: HttpRequest) -> HttpResponse:
    """Les listes reçues, et le formulaire pour en recevoir une : elle est lue et comparée, rien ne change encore."""
    _check(request)
    recu = request.method == "POST"
    form = ListeForm(request.POST if recu else None, request.FILES if recu else None)
    if recu and form.is_valid():
        donnees = form.cleaned_data
        fichier = donnees["fichier"]
        try:
            if fichier.size > TAILLE_MAX:
                raise ActionImpossible(
                    f"« {fichier.name} » pèse plus de 20 Mo. Exportez la liste sans la colonne des contours, ou passez par la "
                    "commande « ./maillage gerer comparer_liste »."
                )
            recue = receive_liste(
                contenu=fichier.read(),
                fichier=fichier.name,
                vague_attendue=donnees["vague"],
                arretee_le=donnees["arretee_le"],
                depuis=donnees["depuis"],
                source=donnees["source"],
                by=request.user,
            )
        except ActionImpossible as erreur:
            form.add_error("fichier", str(erreur))
        else:
            messages.info(request, "La liste est lue et comparée. Rien n’a changé : relisez, puis appliquez.")
            return redirect("liste-territoires", recue.pk)
    lignes: QuerySet[Any] = ListeRecue.objects.select_related("vague").defer("contenu")
    liste = Liste(
        request,
        lignes,
        nom="listes-recues",
        titre="Listes reçues",
        tri_defaut=("-recue_at",),
        colonnes=[
            Colonne(
                "fichier",
                "Fichier",
                lambda r: r.fichier,
                ("fichier",),
                entete=True,
                lien=lambda r: reverse("liste-territoires", args=[r.pk]),
            ),
            Colonne("vague", "Phase", lambda r: r.vague.nom, ("vague__numero",)),
            Colonne("format", "Forme", lambda r: r.get_format_display(), ("format",)),
            Colonne(
                "arretee", "Arrêtée le", lambda r: r.arretee_le, ("arretee_le",), "pilotage/cellule_jour.html"
            ),
            Colonne("recue", "Reçue le", lambda r: r.recue_at, ("recue_at",), "espace/cellule_instant.html"),
            Colonne(
                "appliquee",
                "Appliquée le",
                lambda r: r.appliquee_at,
                ("appliquee_at",),
                "espace/cellule_instant.html",
            ),
        ],
    )
    if (export := liste.export()) is not None:
        return export
    return render(
        request,
        "territoires/listes.html",
        {
            "form": form,
            "liste": liste,
            "chemin": [("Mon espace", reverse("espace-accueil")), ("Listes de territoires", "")],
        },
    )


def _load(request: HttpRequest, pk: int) -> ListeRecue:
    """La liste demandée ; 404 pour qui ne tient pas les listes."""
    if not has_permission_nationale(request.user, Permission.PERIMETRE_RECORD):
        raise Http404
    return get_object_or_404(ListeRecue.objects.select_related("vague"), pk=pk)


def _render(request: HttpRequest, recue: ListeRecue, erreur: str = "") -> HttpResponse:
    return render(
        request,
        "territoires/liste.html",
        {
            "recue": recue,
            "comparaison": compare_recue(recue),
            "erreur": erreur,
            "chemin": [
                ("Mon espace", reverse("espace-accueil")),
                ("Listes de territoires", reverse("listes-territoires")),
                (recue.fichier, ""),
            ],
        },
    )


@require_safe
def liste_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Ce que la liste changerait : qui entre, sort, change de nom ou de territoire, quels codes sont inconnus."""
    return _render(request, _load(request, pk))


@require_http_methods(["POST"])
def liste_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Applique les écarts : chacun devient un évènement daté."""
    recue = _load(request, pk)
    try:
        bilan = apply_liste(recue=recue, by=request.user)
    except ActionImpossible as erreur:
        return _render(request, recue, str(erreur))
    messages.success(request, f"Liste appliquée. {bilan.phrase()}.")
    return redirect("liste-territoires", recue.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def territoire_create(request: HttpRequest) -> HttpResponse:
    """Labellise un territoire qu’aucune liste ne porte encore, avec ses premiers membres."""
    _check(request)
    recu = request.method == "POST"
    form = NouveauTerritoireForm(request.POST if recu else None, request.FILES if recu else None)
    if recu and form.is_valid():
        donnees = form.cleaned_data
        by: Any = request.user
        try:
            with transaction.atomic():
                territoire = create_territoire(
                    vague=donnees["vague"],
                    id_ti=donnees["id_ti"],
                    nom=donnees["nom"],
                    region=donnees["region"],
                    membres=donnees["entrent"],
                    debut=donnees["debut"],
                    fin=donnees["fin"],
                    preuve=Preuve(
                        source=donnees["source"],
                        source_url=donnees["source_url"],
                        piece=keep_piece(request, donnees["piece"], f"Label : {donnees['nom']}"),
                        fiabilite=Fiabilite(donnees["fiabilite"]),
                        instance=donnees["instance"],
                    ),
                    by=by,
                )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"« {territoire} » est labellisé.")
            return redirect("perimetre", territoire.vague.code, territoire.id_ti)
    return render(
        request,
        "territoires/formulaire.html",
        {
            "form": form,
            "titre": "Labelliser un territoire",
            "introduction": "Pour un territoire qu’aucune liste publique ne porte encore.",
            "bouton": "Labelliser",
            "url_retour": reverse("listes-territoires"),
            "territoire": "",
            "chemin": [
                ("Mon espace", reverse("espace-accueil")),
                ("Listes de territoires", reverse("listes-territoires")),
                ("Labelliser un territoire", ""),
            ],
        },
    )
