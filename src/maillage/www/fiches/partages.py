"""Les territoires qui portent une fiche ensemble : proposer, répondre, retirer."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from maillage.fiches.actions_partage import answer_partage, propose_partage, withdraw_partage
from maillage.fiches.enums import EtatPartage
from maillage.fiches.models import FicheAction, PartageFiche
from maillage.fiches.permissions import (
    check_user_can_update_fiche,
    user_can_answer_partage,
    user_can_update_fiche,
)
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.texte import replier
from maillage.territoires.models import Territoire
from maillage.www.champs import show_refus
from maillage.www.fiches.views import contexte_fiche, load_fiche


class PartageForm(forms.Form):
    territoire = forms.CharField(
        label="Territoire",
        max_length=250,
        help_text="Son nom, ou son identifiant (v1/ti-4403).",
        error_messages={"required": "Dites quel territoire porterait aussi cette fiche."},
    )
    role = forms.CharField(
        label="Ce qu’il ferait",
        max_length=300,
        required=False,
        error_messages={"max_length": "Au plus 300 signes."},
    )
    part = forms.IntegerField(
        label="Sa part de l’action, en\u00a0%",
        required=False,
        min_value=1,
        max_value=100,
        error_messages={
            "invalid": "Écrivez un nombre entier.",
            "min_value": "La part va de 1 à 100\u00a0%.",
            "max_value": "La part va de 1 à 100\u00a0%.",
        },
    )

    def __init__(self, *args: Any, fiche: FicheAction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fiche = fiche

    def clean_territoire(self) -> Territoire:
        texte = self.cleaned_data["territoire"].strip()
        cle = re.fullmatch(r"(v?[1-9])/(\S{1,30})", texte)
        if cle and (exact := Territoire.objects.by_cle(cle[1], cle[2]).first()):
            return exact
        trouves = list(
            Territoire.objects.filter(
                vague=self.fiche.territoire.vague_id, nom_recherche__contains=replier(texte)
            ).select_related("vague")[:6]
        )
        exacts = [t for t in trouves if t.nom_recherche == replier(texte)]
        if len(exacts or trouves) == 1:
            return (exacts or trouves)[0]
        if not trouves:
            raise forms.ValidationError(
                f"Aucun territoire de la même phase ne s’appelle «\u00a0{texte}\u00a0»\u00a0: vérifiez le nom."
            )
        noms = ", ".join(f"{t.nom} ({t.cle})" for t in trouves)
        raise forms.ValidationError(
            f"Plusieurs territoires répondent\u00a0: {noms}. Écrivez l’identifiant de l’un d’eux."
        )


@require_http_methods(["GET", "HEAD", "POST"])
def fiche_territoires(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Qui porte la fiche ; le chef de file propose à un autre territoire de la porter aussi."""
    fiche = load_fiche(request, vague, id_ti, pk)
    if request.method == "POST":
        check_user_can_update_fiche(request.user, fiche)
    form = PartageForm(request.POST if request.method == "POST" else None, fiche=fiche)
    if request.method == "POST" and form.is_valid():
        try:
            partage = propose_partage(fiche=fiche, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, f"La fiche est proposée à {partage.territoire}\u00a0: il répondra ici.")
            return redirect(request.path)
    contexte = contexte_fiche(request, fiche, "fiches", ("Territoires", request.path))
    can_update = user_can_update_fiche(request.user, fiche)
    contexte |= {
        "form": form,
        "can_update": can_update,
        "partages": [
            (
                partage,
                partage.etat == EtatPartage.PROPOSE and user_can_answer_partage(request.user, partage),
                partage.etat in (EtatPartage.PROPOSE, EtatPartage.ACCEPTE)
                and (can_update or user_can_answer_partage(request.user, partage)),
            )
            for partage in fiche.partages.select_related("territoire__vague")
        ],
    }
    return render(request, "fiches/territoires.html", contexte)


def _load_partage(fiche: FicheAction, pk: int) -> PartageFiche:
    partage = fiche.partages.filter(pk=pk).select_related("territoire__vague").first()
    if partage is None:
        raise Http404("Cette proposition n’existe pas.")
    return partage


@require_POST
def partage_repondre(request: HttpRequest, vague: str, id_ti: str, pk: int, partage: int) -> HttpResponse:
    """Accepte (`accepte=oui`) ou refuse, avec un motif."""
    fiche = load_fiche(request, vague, id_ti, pk)
    objet = _load_partage(fiche, partage)
    if not user_can_answer_partage(request.user, objet):
        raise AccesRefuse(f"Seul {objet.territoire} répond à cette proposition.")
    try:
        answer_partage(
            partage=objet,
            accepte=request.POST.get("accepte") == "oui",
            motif=request.POST.get("motif", ""),
            by=request.user,
        )
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "Votre réponse est enregistrée.")
    if fiche_reste_visible(request, vague, id_ti, pk):
        return redirect("fiche-territoires", vague, id_ti, pk)
    return redirect("espace-accueil")


@require_POST
def partage_retirer(request: HttpRequest, vague: str, id_ti: str, pk: int, partage: int) -> HttpResponse:
    """Met fin à un partage : le chef de file, ou le partenaire pour lui-même."""
    fiche = load_fiche(request, vague, id_ti, pk)
    objet = _load_partage(fiche, partage)
    if not (user_can_update_fiche(request.user, fiche) or user_can_answer_partage(request.user, objet)):
        raise AccesRefuse("Seuls le chef de file et ce territoire peuvent mettre fin au partage.")
    try:
        withdraw_partage(partage=objet, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"{objet.territoire} ne porte plus cette fiche.")
    if fiche_reste_visible(request, vague, id_ti, pk):
        return redirect("fiche-territoires", vague, id_ti, pk)
    return redirect("espace-accueil")


def fiche_reste_visible(request: HttpRequest, vague: str, id_ti: str, pk: int) -> bool:
    """Un partenaire qui refuse ou se retire ne lit plus la fiche : il ne faut pas l’y renvoyer."""
    try:
        load_fiche(request, vague, id_ti, pk)
    except Http404:
        return False
    return True
