from django.urls import path

from maillage.www.pilotage import views

urlpatterns = [
    path("chiffres/", views.chiffres, name="chiffres"),
    path("chiffres.json", views.chiffres_json, name="chiffres-json"),
    path("chiffres/argent/", views.chiffres_argent, name="chiffres-argent"),
    path("chiffres/territoires/", views.chiffres_territoires, name="chiffres-territoires"),
    path("chiffres/fiches/", views.chiffres_fiches, name="chiffres-fiches"),
    path("chiffres/montants/", views.chiffres_montants, name="chiffres-montants"),
    path("espace/pilotage/", views.pilotage, name="pilotage"),
    path("espace/pilotage/signes/", views.pilotage_signes, name="pilotage-signes"),
    path(
        "espace/pilotage/territoires/<str:vague>/<str:id_ti>/",
        views.territoire_signes,
        name="territoire-signes",
    ),
]
