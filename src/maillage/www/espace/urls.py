from django.urls import path

from maillage.www.espace import metiers, views

urlpatterns = [
    path("espace/", views.accueil, name="espace-accueil"),
    path("espace/attentes/", views.attentes, name="espace-attentes"),
    path("espace/territoires/", metiers.territoires, name="espace-territoires"),
    path("espace/national/", metiers.national, name="espace-national"),
    path("espace/region/", metiers.region, name="espace-region"),
    path("espace/region/a-instruire/", metiers.region_fiches, name="espace-region-fiches"),
    path("espace/financeur/", metiers.financeur, name="espace-financeur"),
    path("espace/financeur/engagements/", metiers.financeur_engagements, name="espace-financeur-engagements"),
    path("espace/porteur/", metiers.porteur, name="espace-porteur"),
    path("espace/territoires/<str:vague>/<str:id_ti>/", views.territoire, name="espace-territoire"),
    path(
        "espace/territoires/<str:vague>/<str:id_ti>/feuille/",
        views.territoire_feuille,
        name="territoire-feuille",
    ),
    path("espace/territoires/<str:vague>/<str:id_ti>/journal/", views.journal, name="territoire-journal"),
]
