"""Adresses du site : une zone par dossier de maillage.www."""

from django.urls import include, path

urlpatterns = [
    path("", include("maillage.www.public.urls")),
    path("", include("maillage.www.territoires.urls")),
    path("", include("maillage.www.comptes.urls")),
    path("", include("maillage.www.pilotage.urls")),
    path("", include("maillage.www.actes.urls")),
    path("", include("maillage.www.gouvernance.urls")),
    path("", include("maillage.www.instruction.urls")),
    path("", include("maillage.www.agenda.urls")),
    path("", include("maillage.www.fiches.urls")),
    path("", include("maillage.www.echanges.urls")),
    path("", include("maillage.www.verification.urls")),
    path("", include("maillage.www.financement.urls")),
    path("", include("maillage.www.programmation.urls")),
    path("", include("maillage.www.aides.urls")),
    path("", include("maillage.www.dispositifs.urls")),
    path("", include("maillage.www.equipes.urls")),
    path("", include("maillage.www.espace.urls")),
    path("", include("maillage.www.roles.urls")),
    path("", include("maillage.www.organisations.urls")),
    path("", include("maillage.www.ateliers.urls")),
    path("", include("maillage.www.composants.urls")),
]

handler400 = "maillage.www.erreurs.demande_illisible"
handler403 = "maillage.www.erreurs.refuse"
handler404 = "maillage.www.erreurs.introuvable"
handler500 = "maillage.www.erreurs.panne"
