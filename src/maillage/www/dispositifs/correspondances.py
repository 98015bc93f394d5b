"""Quels dispositifs pour une fiche, quelles fiches pour un dispositif."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from calcul.dispositifs.adequation import Verdict
from maillage.dispositifs.enums import EtatDispositif
from maillage.dispositifs.policies import get_etat
from maillage.dispositifs.selectors import versions_en_vigueur
from maillage.financement import actions
from maillage.financement.enums import NatureLigne
from maillage.financement.permissions import check_user_can_update_plan, user_can_update_plan
from maillage.financement.selectors_dispositifs import (
    Juge,
    fiches_for_dispositif,
    list_propositions,
    prepare_fiches,
)
from maillage.financement.selectors_plans import read_plan
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.www.champs import show_refus
from maillage.www.colonnes import colonne_fiche, colonne_statut, colonne_territoire, find_by_fiche
from maillage.www.dispositifs.catalogue import load_version
from maillage.www.dispositifs.forms import AjoutForm
from maillage.www.envoi import envoi_unique
from maillage.www.fiches.views import args_fiche, contexte_fiche, load_fiche, say_porteur
from maillage.www.tableaux import Colonne, Liste

TITRES = {
    Verdict.CONVIENT: ("Conviennent", "Chaque condition publiée est remplie."),
    Verdict.PEUT_CONVENIR: (
        "Peuvent convenir",
        "Rien ne s’y oppose\u00a0; il reste à savoir ou à faire quelque chose.",
    ),
    Verdict.NE_CONVIENT_PAS: ("Ne conviennent pas", "Une condition au moins n’est pas remplie."),
}
MOTS = {
    Verdict.CONVIENT: "Convient",
    Verdict.PEUT_CONVENIR: "Peut convenir",
    Verdict.NE_CONVIENT_PAS: "Ne convient pas",
}


@require_safe
def fiche_dispositifs(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Les dispositifs en vigueur en face d’une fiche, critère par critère."""
    fiche = load_fiche(request, vague, id_ti, pk)
    propositions = list_propositions(fiche, au=aujourdhui())
    contexte = contexte_fiche(request, fiche, "fiches", ("Dispositifs possibles", request.path))
    contexte |= {
        "groupes": [(verdict, *TITRES[verdict], propositions[verdict]) for verdict in Verdict],
        "total": sum(len(lot) for lot in propositions.values()),
        "can_update": user_can_update_plan(request.user, fiche),
        "plan": read_plan(fiche),
        "porteur": say_porteur(fiche),
    }
    return render(request, "dispositifs/fiche.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def fiche_dispositif_add(
    request: HttpRequest, vague: str, id_ti: str, pk: int, dispositif_pk: int
) -> HttpResponse:
    """Inscrit au plan un financement pressenti de ce dispositif."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_plan(request.user, fiche)
    version = get_object_or_404(
        versions_en_vigueur(aujourdhui(), with_fictifs=fiche.territoire.is_fictif), dispositif=dispositif_pk
    )
    fiche_lue = prepare_fiches(type(fiche).objects.filter(pk=fiche.pk)).get()
    proposition = Juge(version, au=aujourdhui()).judge(fiche_lue)
    form = AjoutForm(
        request.POST if request.method == "POST" else None,
        version=version,
        fiche=fiche,
        montant=proposition.aide_max,
    )
    if request.method == "POST" and form.is_valid():
        try:
            ligne = actions.add_ligne(
                fiche=fiche,
                financeur=form.cleaned_data.get("financeur") or version.dispositif.financeur,
                nature=NatureLigne(form.cleaned_data.get("nature") or form.natures[0]),
                montant=form.cleaned_data["montant"],
                dispositif=version.dispositif,
                by=request.user,
            )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(
                request,
                f"{ligne.financeur} est pressenti. La demande part quand vous la faites, sur la page de la ligne.",
            )
            return redirect("plan-detail", *args_fiche(fiche))
    retour = reverse("fiche-dispositifs", args=args_fiche(fiche))
    contexte = contexte_fiche(
        request, fiche, "fiches", ("Dispositifs possibles", retour), ("Ajouter au plan", request.path)
    )
    return render(
        request,
        "dispositifs/ajouter.html",
        contexte | {"form": form, "version": version, "proposition": proposition, "url_retour": retour},
    )


@require_safe
def dispositif_fiches(request: HttpRequest, pk: int) -> HttpResponse:
    """Les fiches que je vois et que ce dispositif pourrait servir."""
    version = load_version(request, pk)
    au = aujourdhui()
    juge = Juge(version, au=au)
    is_clos = get_etat(version, au) is EtatDispositif.CLOS
    fiches = fiches_for_dispositif(request.user, version)
    liste = Liste(
        request,
        prepare_fiches(fiches.none() if is_clos else fiches),
        nom=f"dispositif-{pk}-fiches",
        titre="Fiches que ce dispositif pourrait servir",
        colonnes=[
            colonne_fiche(lien=lambda f: reverse("fiche-dispositifs", args=args_fiche(f))),
            colonne_territoire(),
            Colonne("porteur", "Porteur", say_porteur, tri=("porteur__nom",)),
            colonne_statut(lambda f: f.get_statut_display()),
            Colonne(
                "verdict",
                "Verdict",
                lambda f: _say_verdict(juge, f),
            ),
        ],
        recherche=find_by_fiche(),
        aide_recherche="Titre, code, territoire",
        tri_defaut=("territoire__nom", "rang"),
    )
    if export := liste.export():
        return export
    juge.prepare(liste.page.object_list)
    return render(
        request,
        "dispositifs/fiches.html",
        {
            "liste": liste,
            "version": version,
            "dispositif": version.dispositif,
            "is_clos": is_clos,
            "chemin": [
                ("Dispositifs", reverse("dispositifs")),
                (version.titre, version.dispositif.get_absolute_url()),
                ("Fiches qu’il pourrait servir", request.path),
            ],
        },
    )


def _say_verdict(juge: Juge, fiche: Any) -> str:
    """Le verdict, et ce qui s’y oppose ou reste à savoir."""
    adequation = juge.judge(fiche).adequation
    phrases = (constat.phrase for constat in adequation.obstacles or adequation.manques)
    return " ".join([f"{MOTS[adequation.verdict]}.", *phrases])
