"""Un indicateur d’une fiche : ses valeurs datées, prévues, déclarées ou vérifiées, et en ajouter une."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from maillage.fiches.actions_contenu import add_valeur
from maillage.fiches.enums import NatureValeur
from maillage.fiches.permissions import check_user_can_update_fiche, user_can_update_fiche
from maillage.fiches.selectors_contenu import list_mesures
from maillage.socle.erreurs import ActionImpossible
from maillage.www.champs import JourField, show_refus
from maillage.www.envoi import envoi_unique
from maillage.www.fiches.formulaires import QuantiteField
from maillage.www.fiches.views import contexte_fiche, load_fiche


class ValeurForm(forms.Form):
    valeur = QuantiteField(label="Valeur", error_messages={"required": "Écrivez la valeur, en chiffres."})
    nature = forms.ChoiceField(
        label="Comment la connaît-on\u00a0?",
        choices=NatureValeur.choices,
        initial=NatureValeur.DECLAREE,
        widget=forms.RadioSelect,
        help_text="Prévue, déclarée et vérifiée restent trois chiffres\u00a0: ils ne s’additionnent jamais.",
    )
    date_effet = JourField(label="À la date du", required=False, help_text="Aujourd’hui si la case est vide.")
    source = forms.CharField(
        label="Source",
        max_length=300,
        help_text="Qui le dit, dans quel document.",
        error_messages={
            "required": "Dites d’où vient cette valeur\u00a0: sans source elle ne se vérifie pas.",
            "max_length": "Au plus 300 signes.",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def indicateur_detail(request: HttpRequest, vague: str, id_ti: str, pk: int, indicateur: int) -> HttpResponse:
    """Les valeurs d’un indicateur ; qui écrit la fiche en ajoute. Une correction est une valeur de plus, au même jour."""
    fiche = load_fiche(request, vague, id_ti, pk)
    objet = fiche.indicateurs.filter(pk=indicateur).first()
    if objet is None:
        raise Http404("Cet indicateur n’existe pas, ou n’est plus dans la fiche.")
    if request.method == "POST":
        check_user_can_update_fiche(request.user, fiche)
    form = ValeurForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        donnees: dict[str, Any] = form.cleaned_data
        try:
            add_valeur(indicateur=objet, by=request.user, **donnees)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "La valeur est ajoutée.")
            return redirect(request.path)
    contexte = contexte_fiche(request, fiche, "fiches", (objet.libelle, request.path))
    contexte |= {
        "indicateur": objet,
        "mesures": list_mesures(objet),
        "form": form,
        "can_update": user_can_update_fiche(request.user, fiche),
    }
    return render(request, "fiches/indicateur.html", contexte)
