"""Tous les plans devant la Région : la liste, et plusieurs à la fois devant le comité de pilotage."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.gouvernance.enums import Sens, StatutSeance
from maillage.gouvernance.models import Seance
from maillage.instruction import policies
from maillage.instruction.actions import decide_dossiers, put_on_agenda
from maillage.instruction.enums import StatutDossier
from maillage.instruction.models import DossierPlan
from maillage.instruction.permissions import dossiers_visible_to, get_regions_instruites
from maillage.instruction.selectors import (
    count_defavorables,
    dossiers_a_decider,
    dossiers_with_avis,
    is_en_retard,
)
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire
from maillage.territoires.selectors import find_territoires
from maillage.www.champs import show_refus
from maillage.www.colonnes import colonne_jour
from maillage.www.espace.entrees import check_can_open
from maillage.www.instruction.forms import LotForm
from maillage.www.tableaux import Colonne, Filtre, Liste


def _chemin(*suite: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Mon espace", reverse("espace-accueil")), ("Plans à instruire", reverse("dossiers")), *suite]


@require_safe
def dossiers(request: HttpRequest) -> HttpResponse:
    """Les plans que je peux lire devant les Régions : où en est chacun, et qui est attendu."""
    jour = aujourdhui()
    liste = Liste(
        request,
        dossiers_with_avis(dossiers_visible_to(request.user)),
        nom="plans-a-instruire",
        titre="Plans devant la Région",
        tri_defaut=("-ouvert_at",),
        recherche=lambda lignes, texte: lignes.filter(
            Q(territoire__in=find_territoires(Territoire.objects.all(), texte))
        ),
        aide_recherche="Nom ou identifiant du territoire",
        filtres=[Filtre("statut", "État", list(StatutDossier.choices), lambda valeur: Q(statut=valeur))],
        colonnes=[
            Colonne(
                "territoire",
                "Territoire",
                lambda d: d.territoire.nom,
                ("territoire__nom_recherche",),
                entete=True,
                lien=DossierPlan.get_absolute_url,
            ),
            Colonne("region", "Région", lambda d: d.territoire.region.nom, ("territoire__region__nom",)),
            Colonne("statut", "État", lambda d: d.get_statut_display(), ("statut",)),
            Colonne("tour", "Tour", lambda d: len(d.transmissions.all()), nombre=True),
            Colonne("attendus", "Avis attendus", lambda d: _write_attendus(d, jour)),
            colonne_jour("echeance", "Pour le", "echeance"),
        ],
    )
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = {
        "liste": liste,
        "url_lot": reverse("dossiers-lot") if get_regions_instruites(request.user) else "",
        "chemin": _chemin(),
    }
    return render(request, "instruction/dossiers.html", contexte)


def _write_attendus(dossier: DossierPlan, jour: Any) -> str:
    if dossier.statut in policies.CLOS:
        return ""
    return ", ".join(
        f"{avis.de} (en retard)" if is_en_retard(avis, jour) else avis.de
        for avis in dossier.avis.all()
        if not avis.sens
    )


@require_http_methods(["GET", "HEAD", "POST"])
def dossiers_lot(request: HttpRequest) -> HttpResponse:
    """Plusieurs plans devant une séance : les mettre à l’ordre du jour, ou enregistrer une même décision."""
    regions = get_regions_instruites(request.user)
    check_can_open(
        bool(regions),
        "Cet écran est celui des Régions, qui portent les plans devant leur comité de pilotage.",
    )
    a_decider = dossiers_a_decider(regions)
    seances = (
        Seance.objects.filter(comite__region__in=regions)
        .exclude(statut=StatutSeance.ANNULEE)
        .filter(releve__isnull=True)
        .select_related("rendez_vous", "comite")
        .order_by("-rendez_vous__debut_at", "-id")
    )
    form = LotForm(request.POST if request.method == "POST" else None, dossiers=a_decider, seances=seances)
    if request.method == "POST" and form.is_valid():
        choisis, seance = list(form.cleaned_data["dossiers"]), form.cleaned_data["seance"]
        try:
            if sens := form.cleaned_data["sens"]:
                decide_dossiers(
                    dossiers=choisis,
                    seance=seance,
                    sens=Sens(sens),
                    texte=form.cleaned_data["texte"],
                    by=request.user,
                )
                messages.success(request, f"La décision est enregistrée pour {len(choisis)} plan(s).")
            else:
                nombre = put_on_agenda(dossiers=choisis, seance=seance, by=request.user)
                messages.success(request, f"{nombre} point(s) ajouté(s) à l’ordre du jour.")
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            return redirect(seance)
    lignes = [(dossier, count_defavorables(dossier)) for dossier in a_decider]
    contexte = {
        "form": form,
        "lignes": lignes,
        "coches": set(form["dossiers"].value() or []) if form.is_bound else {str(d.pk) for d, _ in lignes},
        "has_seances": seances.exists(),
        "chemin": _chemin(("Devant le comité", request.path)),
    }
    return render(request, "instruction/lot.html", contexte)
