"""Mes données : ce qui est gardé de moi, pourquoi, combien de temps ; l’emporter, l’effacer."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.models import Personne
from maillage.comptes.permissions_comptes import check_en_personne
from maillage.equipes.actions import erase_donnees
from maillage.equipes.selectors import has_role_public
from maillage.socle.donnees_personnelles import list_traitements
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.www.comptes.forms import EffacerForm
from maillage.www.comptes.mon_compte import contexte_compte


def build_export(personne: Personne) -> dict[str, Any]:
    """Tout ce que le registre rend pour cette personne, avec la finalité et la durée de chaque sorte."""
    return {
        "personne": str(personne),
        "fait_le": maintenant().isoformat(),
        "donnees": [
            {
                "nature": traitement.donnees,
                "finalite": traitement.finalite,
                "conservation": traitement.conservation,
                "lignes": traitement.exporter(personne),
            }
            for traitement in list_traitements()
        ],
    }


@never_cache
@require_safe
def donnees(request: HttpRequest) -> HttpResponse:
    """La table de ce qui est gardé, et le nombre de lignes de chaque sorte."""
    check_en_personne(request.user)
    lignes = [(traitement, len(traitement.exporter(request.user))) for traitement in list_traitements()]
    contexte = contexte_compte(request, "compte-donnees", "Mes données") | {"lignes": lignes}
    return render(request, "comptes/donnees.html", contexte)


@never_cache
@require_safe
def donnees_export(request: HttpRequest) -> HttpResponse:
    """Le fichier de tout ce qui est gardé de moi, lisible par une machine (RGPD, article 20)."""
    check_en_personne(request.user)
    reponse = JsonResponse(
        build_export(request.user),  # type: ignore[arg-type]
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    reponse["Content-Disposition"] = (
        f'attachment; filename="mes-donnees-maillage-{aujourdhui():%Y-%m-%d}.json"'
    )
    return reponse


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def donnees_effacer(request: HttpRequest) -> HttpResponse:
    """Efface mon compte et mon contact, après une confirmation écrite (RGPD, article 17)."""
    check_en_personne(request.user)
    personne: Personne = request.user  # type: ignore[assignment]
    form = EffacerForm(request.POST if request.method == "POST" else None, attendu=personne.email or "")
    if request.method == "POST" and form.is_valid():
        try:
            erase_donnees(personne=personne, by=personne)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            logout(request)
            messages.success(request, "Vos données sont effacées et votre compte est fermé.")
            return redirect("accueil")
    contexte = contexte_compte(request, "compte-donnees", "Effacer mes données") | {
        "form": form,
        "is_publique": has_role_public(personne),
    }
    return render(request, "comptes/donnees_effacer.html", contexte)
