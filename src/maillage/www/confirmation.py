"""Demander confirmation avant un geste qui ferme des droits ou ne se reprend pas : une page dit ce qu’il fait, et pour qui."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

CHAMP = "confirme"


def is_confirmed(request: HttpRequest) -> bool:
    """Vrai si la personne a lu la page de confirmation et envoyé la même saisie."""
    return CHAMP in request.POST


def ask_confirmation(
    request: HttpRequest, *, titre: str, phrases: Sequence[str], bouton: str, retour: str
) -> HttpResponse:
    """La page qui dit ce que le geste fera ; son bouton renvoie la même saisie, confirmée. `retour` : l’adresse de la page quittée."""
    champs = [
        (nom, str(valeur))
        for nom, valeurs in request.POST.lists()
        if nom != "csrfmiddlewaretoken"
        for valeur in valeurs
    ]
    contexte = {
        "titre": titre,
        "phrases": phrases,
        "bouton": bouton,
        "retour": retour,
        "champs": champs,
        "champ_confirme": CHAMP,
    }
    return render(request, "formulaires/confirmer.html", contexte)
