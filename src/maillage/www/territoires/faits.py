"""Dans l’espace d’un territoire : son périmètre et son histoire ; son label, ses étapes, ses statuts ; ce que la délégation nationale y enregistre."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.permissions import Permission
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.actions import correct_etape, correct_statut, record_etape, record_statut
from maillage.territoires.actions_perimetre import (
    Mouvement,
    Preuve,
    cancel_mutation,
    choose_prefecture,
    correct_mutation,
    record_fusion_epci,
    record_mutation,
    split_territoire,
)
from maillage.territoires.enums import Fait, Fiabilite, Mutation, NatureStatut, Sens
from maillage.territoires.models import (
    DemandePerimetre,
    Etape,
    EvenementPerimetre,
    Perimetre,
    StatutTerritoire,
    Territoire,
)
from maillage.territoires.permissions import check_permission, has_permission
from maillage.territoires.policies import DEMANDABLES
from maillage.territoires.selectors_perimetre import list_mutations, list_statuts
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.envoi import envoi_unique
from maillage.www.territoires.forms import (
    EtapeCorrigeForm,
    EtapeForm,
    MotifForm,
    MutationCorrigeForm,
    MutationForm,
    PrefectureForm,
    StatutCorrigeForm,
    StatutForm,
)
from maillage.www.territoires.pieces import keep_piece, serve_piece
from maillage.www.territoires.presentation import view_mutations
from maillage.www.territoires.public import contexte_perimetre

# Ce que la délégation nationale peut enregistrer elle-même sur un territoire (une création vient d’une liste).
ENREGISTRABLES = tuple(m for m in Mutation if m != Mutation.CREATION)
VERBES = {
    Mutation.ENTREE: "Faire entrer des membres",
    Mutation.SORTIE: "Faire sortir des membres",
    Mutation.TRANSFERT: "Transférer des membres",
    Mutation.SCISSION: "Partager le territoire en deux",
    Mutation.FUSION: "Fusionner avec un autre territoire",
    Mutation.RENOMMAGE: "Changer le nom",
    Mutation.FUSION_EPCI: "Fusion d’intercommunalités",
    Mutation.DISSOLUTION_EPCI: "Dissolution d’une intercommunalité",
}


def _args(territoire: Territoire) -> list[str]:
    return [territoire.vague.code, territoire.id_ti]


def _url(nom: str, territoire: Territoire) -> str:
    return reverse(nom, args=_args(territoire))


@require_safe
def perimetre(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Le périmètre du territoire à toute date, son histoire, ses demandes, et ce que je peux y faire."""
    territoire = load_territoire(request, vague, id_ti)
    contexte = contexte_territoire(
        request, territoire, "perimetre", ("Périmètre", _url("perimetre", territoire))
    )
    demandes = DemandePerimetre.objects.filter(territoire=territoire).select_related("territoire", "autre")
    peut_enregistrer = has_permission(request.user, Permission.PERIMETRE_RECORD, territoire)
    contexte |= contexte_perimetre(request, territoire)
    contexte |= {
        "histoire": view_mutations(
            territoire, list_mutations(territoire, avec_remplaces=bool(request.GET.get("tout")))
        ),
        "avec_remplaces": bool(request.GET.get("tout")),
        "args": _args(territoire),
        "demandes": list(demandes),
        "demandables": [(m.value, VERBES[m]) for m in DEMANDABLES]
        if has_permission(request.user, Permission.PERIMETRE_REQUEST, territoire)
        else [],
        "enregistrables": [(m.value, VERBES[m]) for m in ENREGISTRABLES] if peut_enregistrer else [],
        "peut_enregistrer": peut_enregistrer,
    }
    return render(request, "territoires/perimetre.html", contexte)


def _render_form(
    request: HttpRequest,
    territoire: Territoire,
    courant: str,
    form: forms.Form,
    titre: str,
    **suite: Any,
) -> HttpResponse:
    contexte = contexte_territoire(
        request,
        territoire,
        courant,
        ("Périmètre" if courant == "perimetre" else "Label et statuts", _url(courant, territoire)),
        (titre, ""),
    )
    contexte |= {
        "form": form,
        "titre": titre,
        "url_retour": _url(courant, territoire),
        "introduction": "",
        "bouton": "Enregistrer",
    }
    return render(request, "territoires/formulaire.html", contexte | suite)


# --- évènements de périmètre ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def mutation_create(request: HttpRequest, vague: str, id_ti: str, mutation: str) -> HttpResponse:
    """Enregistre un changement décidé ou publié, à sa date ou entre deux bornes."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.PERIMETRE_RECORD, territoire)
    if mutation not in ENREGISTRABLES:
        raise Http404
    nature = Mutation(mutation)
    recu = request.method == "POST"
    form = MutationForm(
        request.POST if recu else None,
        request.FILES if recu else None,
        territoire=territoire,
        mutation=nature,
    )
    if recu and form.is_valid():
        try:
            with transaction.atomic():
                _record(request, territoire, nature, form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"« {VERBES[nature]} » : le changement est enregistré.")
            return redirect("perimetre", *_args(territoire))
    return _render_form(
        request,
        territoire,
        "perimetre",
        form,
        VERBES[nature],
        introduction="Le changement prend place dans l’histoire du périmètre, avec sa preuve. Rien n’est effacé : une erreur se corrige par un nouveau fait.",
    )


def _record(request: HttpRequest, territoire: Territoire, nature: Mutation, donnees: dict[str, Any]) -> None:
    by: Any = request.user
    preuve = Preuve(
        source=donnees["source"],
        source_url=donnees["source_url"],
        piece=keep_piece(request, donnees["piece"], f"Périmètre de {territoire}"),
        fiabilite=Fiabilite(donnees["fiabilite"]),
        instance=donnees["instance"],
        decide_le=donnees["decide_le"],
        remarque=donnees["remarque"],
    )
    sortent: list[Perimetre] = list(donnees.get("sortent", []))
    if nature == Mutation.FUSION_EPCI:
        record_fusion_epci(
            anciens=[p.epci for p in sortent],
            nouveau=donnees["entrent"][0],
            jour=donnees["debut"],
            preuve=preuve,
            by=by,
        )
        return
    if nature == Mutation.SCISSION:
        premiers = list(donnees["premier"])
        reste = (
            Perimetre.objects.at(donnees["debut"])
            .filter(territoire=territoire)
            .exclude(pk__in=[p.pk for p in premiers])
        )
        split_territoire(
            territoire=territoire,
            parts=[
                (donnees["id_1"], donnees["nom_1"], premiers),
                (donnees["id_2"], donnees["nom_2"], list(reste.select_related("epci", "commune"))),
            ],
            jour=donnees["debut"],
            preuve=preuve,
            by=by,
        )
        return
    autre: Territoire | None = donnees.get("autre")
    mouvements = [Mouvement(territoire, Sens.SORTIE, p.epci, p.commune, p.site) for p in sortent]
    mouvements += [
        Mouvement(
            territoire,
            Sens.ENTREE,
            epci=membre if membre._meta.model_name == "epci" else None,
            commune=membre if membre._meta.model_name == "commune" else None,
            site=donnees.get("site", ""),
        )
        for membre in donnees.get("entrent", [])
    ]
    if nature == Mutation.TRANSFERT and autre is not None:
        mouvements += [Mouvement(autre, Sens.ENTREE, p.epci, p.commune, p.site) for p in sortent]
    if nature == Mutation.FUSION and autre is not None:
        rejoignent = Perimetre.objects.at(donnees["debut"]).filter(territoire=autre)
        for p in rejoignent.select_related("epci", "commune"):
            mouvements += [
                Mouvement(autre, Sens.SORTIE, p.epci, p.commune, p.site),
                Mouvement(territoire, Sens.ENTREE, p.epci, p.commune, p.site),
            ]
    record_mutation(
        mutation=nature,
        territoire=territoire,
        debut=donnees["debut"],
        fin=donnees["fin"],
        preuve=preuve,
        mouvements=mouvements,
        autres=[autre] if autre is not None else [],
        nouveau_nom=donnees.get("nouveau_nom", ""),
        by=by,
    )


def _load_mutation(territoire: Territoire, pk: int) -> EvenementPerimetre:
    return get_object_or_404(
        EvenementPerimetre.objects.filter(territoires=territoire).select_related(
            "territoire__vague", "piece"
        ),
        pk=pk,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def mutation_correct(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Redate ou redocumente un évènement : un nouveau le remplace, l’ancien reste dans l’histoire."""
    territoire = load_territoire(request, vague, id_ti)
    evenement = _load_mutation(territoire, pk)
    check_permission(request.user, Permission.PERIMETRE_RECORD, territoire)
    recu = request.method == "POST"
    initial = {
        "debut": evenement.debut,
        "fin": None if evenement.is_exact else evenement.fin,
        "fiabilite": evenement.fiabilite,
        "source": evenement.source,
        "source_url": evenement.source_url,
    }
    form = MutationCorrigeForm(
        request.POST if recu else None, request.FILES if recu else None, initial=initial
    )
    if recu and form.is_valid():
        donnees = form.cleaned_data
        try:
            with transaction.atomic():
                correct_mutation(
                    evenement=evenement,
                    debut=donnees["debut"],
                    fin=donnees["fin"],
                    motif=donnees["motif"],
                    preuve=Preuve(
                        source=donnees["source"],
                        source_url=donnees["source_url"],
                        piece=keep_piece(request, donnees["piece"], "Correction") or evenement.piece,
                        fiabilite=Fiabilite(donnees["fiabilite"]),
                        instance=evenement.instance,
                        organisation=evenement.organisation,
                        decide_le=evenement.decide_le,
                        remarque=evenement.remarque,
                    ),
                    by=request.user,
                )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "L’évènement est corrigé ; l’ancien reste dans l’histoire.")
            return redirect("perimetre", *_args(territoire))
    return _render_form(
        request,
        territoire,
        "perimetre",
        form,
        f"Corriger : {evenement.get_mutation_display()}",
        introduction="Les membres restent les mêmes. Pour changer les membres, annulez cet évènement et enregistrez-en un autre.",
        form_annuler=MotifForm(prefix="annuler") if evenement.mutation != Mutation.CREATION else None,
        url_annuler=reverse("mutation-cancel", args=[*_args(territoire), evenement.pk]),
    )


@require_http_methods(["POST"])
def mutation_cancel(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Retire un évènement enregistré par erreur ; il reste lisible, marqué annulé."""
    territoire = load_territoire(request, vague, id_ti)
    evenement = _load_mutation(territoire, pk)
    check_permission(request.user, Permission.PERIMETRE_RECORD, territoire)
    try:
        cancel_mutation(evenement=evenement, motif=request.POST.get("annuler-motif", ""), by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect("mutation-correct", *_args(territoire), evenement.pk)
    messages.success(request, "L’évènement est annulé ; il reste dans l’histoire, avec le motif.")
    return redirect("perimetre", *_args(territoire))


@require_safe
def mutation_piece(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse | FileResponse:
    """Le document d’un évènement, pour qui lit le territoire."""
    territoire = load_territoire(request, vague, id_ti)
    return serve_piece(request, _load_mutation(territoire, pk).piece, _url("perimetre", territoire))


# --- label, étapes, statuts --------------------------------------------------------------------------------------------


@require_safe
def label(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """La vie du label : les étapes constatées et leurs corrections, les statuts à côté."""
    territoire = load_territoire(request, vague, id_ti)
    etapes = Etape.objects.filter(territoire=territoire).select_related("piece")
    contexte = contexte_territoire(
        request, territoire, "label", ("Label et statuts", _url("label", territoire))
    )
    contexte |= {
        "etapes": list(etapes.filter(remplacee_at__isnull=True).order_by("fin", "debut", "pk")),
        "corrigees": list(etapes.filter(remplacee_at__isnull=False).order_by("-remplacee_at")),
        "statuts": list_statuts(territoire),
        "autres_departements": list(territoire.departements.exclude(pk=territoire.departement_id)),
        "autres_regions": list(territoire.regions.exclude(pk=territoire.region_id)),
        "anciens_statuts": list(
            StatutTerritoire.objects.filter(territoire=territoire, remplace_at__isnull=False)
        ),
        "peut_enregistrer": has_permission(request.user, Permission.ETAPE_RECORD, territoire),
        "args": _args(territoire),
        "jour": aujourdhui(),
    }
    return render(request, "territoires/label.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def etape_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Constate une étape, dans n’importe quel ordre, avec sa source ou son document."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.ETAPE_RECORD, territoire)
    recu = request.method == "POST"
    form = EtapeForm(request.POST if recu else None, request.FILES if recu else None)
    if recu and form.is_valid():
        donnees = form.cleaned_data
        try:
            with transaction.atomic():
                record_etape(
                    territoire=territoire,
                    fait=Fait(donnees["fait"]),
                    debut=donnees["debut"],
                    fin=donnees["fin"],
                    source=donnees["source"],
                    source_url=donnees["source_url"],
                    fiabilite=Fiabilite(donnees["fiabilite"]),
                    piece=keep_piece(request, donnees["piece"], f"Étape de {territoire}"),
                    by=request.user,
                )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "L’étape est constatée.")
            return redirect("label", *_args(territoire))
    return _render_form(request, territoire, "label", form, "Constater une étape")


@require_http_methods(["GET", "HEAD", "POST"])
def etape_correct(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Corrige la date ou la source d’une étape : un nouveau fait la remplace."""
    territoire = load_territoire(request, vague, id_ti)
    etape = get_object_or_404(Etape, territoire=territoire, pk=pk)
    check_permission(request.user, Permission.ETAPE_RECORD, territoire)
    recu = request.method == "POST"
    form = EtapeCorrigeForm(
        request.POST if recu else None,
        request.FILES if recu else None,
        initial={
            "debut": etape.debut,
            "fin": None if etape.is_exacte else etape.fin,
            "fiabilite": etape.fiabilite,
            "source": etape.source,
            "source_url": etape.source_url,
        },
    )
    if recu and form.is_valid():
        donnees = form.cleaned_data
        try:
            with transaction.atomic():
                correct_etape(
                    etape=etape,
                    debut=donnees["debut"],
                    fin=donnees["fin"] or donnees["debut"],
                    source=donnees["source"],
                    source_url=donnees["source_url"],
                    fiabilite=Fiabilite(donnees["fiabilite"]),
                    piece=keep_piece(request, donnees["piece"], "Correction") or etape.piece,
                    motif=donnees["motif"],
                    by=request.user,
                )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "L’étape est corrigée ; l’ancienne reste lisible.")
            return redirect("label", *_args(territoire))
    return _render_form(request, territoire, "label", form, f"Corriger : {etape.get_fait_display()}")


@require_safe
def etape_piece(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse | FileResponse:
    """Le document d’une étape, pour qui lit le territoire."""
    territoire = load_territoire(request, vague, id_ti)
    etape = get_object_or_404(Etape.objects.select_related("piece"), territoire=territoire, pk=pk)
    return serve_piece(request, etape.piece, _url("label", territoire))


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def statut_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Constate un statut à côté du label, avec l’aide apportée."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.ETAPE_RECORD, territoire)
    recu = request.method == "POST"
    form = StatutForm(request.POST if recu else None, request.FILES if recu else None)
    if recu and form.is_valid():
        donnees = form.cleaned_data
        try:
            with transaction.atomic():
                record_statut(
                    territoire=territoire,
                    nature=NatureStatut(donnees["nature"]),
                    debut=donnees["debut"],
                    fin=donnees["fin"],
                    aide=donnees["aide"],
                    source=donnees["source"],
                    source_url=donnees["source_url"],
                    piece=keep_piece(request, donnees["piece"], f"Statut de {territoire}"),
                    by=request.user,
                )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "Le statut est constaté.")
            return redirect("label", *_args(territoire))
    return _render_form(request, territoire, "label", form, "Constater un statut")


@require_http_methods(["GET", "HEAD", "POST"])
def statut_correct(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Termine ou corrige un statut : un nouveau fait le remplace."""
    territoire = load_territoire(request, vague, id_ti)
    statut = get_object_or_404(StatutTerritoire, territoire=territoire, pk=pk)
    check_permission(request.user, Permission.ETAPE_RECORD, territoire)
    recu = request.method == "POST"
    champs = ("debut", "fin", "aide", "source", "source_url")
    form = StatutCorrigeForm(
        request.POST if recu else None,
        request.FILES if recu else None,
        initial={champ: getattr(statut, champ) for champ in champs},
    )
    if recu and form.is_valid():
        donnees = form.cleaned_data
        try:
            with transaction.atomic():
                correct_statut(
                    statut=statut,
                    **{champ: donnees[champ] for champ in champs},
                    piece=keep_piece(request, donnees["piece"], "Correction"),
                    motif=donnees["motif"],
                    by=request.user,
                )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "Le statut est mis à jour ; l’ancien fait reste lisible.")
            return redirect("label", *_args(territoire))
    return _render_form(
        request, territoire, "label", form, f"Terminer ou corriger : {statut.get_nature_display()}"
    )


@require_http_methods(["GET", "HEAD", "POST"])
def prefecture_choose(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Choisit la préfecture chef de file d’un territoire à cheval sur plusieurs départements."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.PERIMETRE_RECORD, territoire)
    form = PrefectureForm(request.POST if request.method == "POST" else None, territoire=territoire)
    if request.method == "POST" and form.is_valid():
        try:
            choose_prefecture(territoire=territoire, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "La préfecture chef de file est choisie.")
            return redirect("label", *_args(territoire))
    return _render_form(request, territoire, "label", form, "Choisir la préfecture chef de file")
