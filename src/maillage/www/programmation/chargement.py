"""Charger une simulation que je peux lire (404 sinon) ; contexte commun de ses pages."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from maillage.programmation.models import Simulation
from maillage.programmation.permissions import simulations_visible_to, user_owns_simulation


def load_simulation(request: HttpRequest, pk: int) -> Simulation:
    """La simulation demandée si elle est à mon organisation ou partagée avec elle."""
    simulation = (
        simulations_visible_to(request.user).filter(pk=pk).select_related("organisation", "region").first()
    )
    if simulation is None:
        raise Http404("Cette simulation n’existe pas, ou n’est pas à vous.")
    return simulation


def contexte_simulation(
    request: HttpRequest, simulation: Simulation, *suite: tuple[str, str]
) -> dict[str, Any]:
    return {
        "simulation": simulation,
        "est_mienne": user_owns_simulation(request.user, simulation),
        "chemin": [
            ("Mon espace", reverse("espace-accueil")),
            ("Simulations", reverse("simulations")),
            (simulation.nom, simulation.get_absolute_url()),
            *suite,
        ],
    }
