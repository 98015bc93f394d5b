"""Fusionner une fiche dans une autre, ou la scinder."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from maillage.fiches.actions_codes import Morceau
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import check_user_can_recode_fiche
from maillage.fiches.policies import CONTENU_FIGE
from maillage.financement.actions import merge_fiche, split_fiche
from maillage.socle.erreurs import ActionImpossible
from maillage.www.champs import show_refus
from maillage.www.envoi import envoi_unique
from maillage.www.fiches.views import contexte_fiche, load_fiche

MORCEAUX_MAX = 6
POURQUOI = "Il paraît dans l’historique des deux fiches."


class FusionForm(forms.Form):
    dans = forms.ModelChoiceField(
        FicheAction.objects.none(),
        label="La fiche qui la reprend",
        empty_label="Choisir",
        error_messages={
            "required": "Choisissez la fiche qui reprend celle-ci.",
            "invalid_choice": "Choisissez une fiche de la liste.",
        },
    )
    motif = forms.CharField(label="Pourquoi", required=False, max_length=500, help_text=POURQUOI)

    def __init__(self, *args: Any, fiche: FicheAction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        autres = FicheAction.objects.filter(territoire=fiche.territoire).exclude(pk=fiche.pk)
        self.fields["dans"].queryset = autres.exclude(statut__in=CONTENU_FIGE).order_by("rang", "id")


class ScissionForm(forms.Form):
    motif = forms.CharField(label="Pourquoi", required=False, max_length=500, help_text=POURQUOI)

    def __init__(self, *args: Any, fiche: FicheAction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, MORCEAUX_MAX + 1):
            debut = fiche.code and f"{fiche.code}.{n}"
            self.fields[f"code_{n}"] = forms.CharField(
                label=f"Code de la fiche {n}", max_length=20, required=False, initial=debut if n < 3 else ""
            )
            self.fields[f"titre_{n}"] = forms.CharField(
                label=f"Titre de la fiche {n}",
                max_length=250,
                required=False,
                initial=fiche.titre if n < 3 else "",
            )

    @property
    def couples(self) -> list[tuple[Any, Any]]:
        return [(self[f"code_{n}"], self[f"titre_{n}"]) for n in range(1, MORCEAUX_MAX + 1)]

    def get_morceaux(self) -> list[Morceau]:
        donnees = self.cleaned_data
        return [
            Morceau(donnees[f"code_{n}"].strip(), donnees[f"titre_{n}"].strip())
            for n in range(1, MORCEAUX_MAX + 1)
            if donnees[f"titre_{n}"].strip()
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def fiche_fusionner(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """La fiche est reprise par une autre du territoire : elle est abandonnée, son histoire suit."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_recode_fiche(request.user, fiche)
    form = FusionForm(request.POST if request.method == "POST" else None, fiche=fiche)
    if request.method == "POST" and form.is_valid():
        try:
            merge_fiche(fiche=fiche, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(
                request, f"La fiche est fusionnée dans «\u00a0{form.cleaned_data['dans']}\u00a0»."
            )
            return redirect(form.cleaned_data["dans"])
    contexte = contexte_fiche(request, fiche, "fiches", ("Fusionner", request.path))
    return render(request, "fiches/fusionner.html", contexte | {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def fiche_scinder(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """La fiche devient plusieurs fiches, avec des codes qui disent d’où elles viennent."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_recode_fiche(request.user, fiche)
    form = ScissionForm(request.POST if request.method == "POST" else None, fiche=fiche)
    if request.method == "POST" and form.is_valid():
        try:
            nees = split_fiche(
                fiche=fiche, morceaux=form.get_morceaux(), by=request.user, motif=form.cleaned_data["motif"]
            )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(
                request, f"La fiche est scindée\u00a0: {', '.join(nee.code or nee.titre for nee in nees)}."
            )
            return redirect("fiches", vague, id_ti)
    contexte = contexte_fiche(request, fiche, "fiches", ("Scinder", request.path))
    return render(request, "fiches/scinder.html", contexte | {"form": form})
