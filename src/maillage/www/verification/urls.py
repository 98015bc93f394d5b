from django.urls import path

from maillage.www.verification import entreprises, views

BASE = "espace/territoires/<str:vague>/<str:id_ti>/entreprises/"

urlpatterns = [
    path(BASE, views.campagnes, name="campagnes"),
    path(f"{BASE}nouvelle/", views.campagne_create, name="campagne-create"),
    path(f"{BASE}<int:pk>/", views.campagne_detail, name="campagne"),
    path(f"{BASE}<int:pk>/entreprises/ajouter/", views.sollicitation_create, name="sollicitation-create"),
    path(
        f"{BASE}<int:pk>/entreprises/<int:sollicitation>/fermer/",
        views.sollicitation_revoke,
        name="sollicitation-revoke",
    ),
    path(f"{BASE}<int:pk>/ouvrir/", views.campagne_open, name="campagne-open"),
    path(f"{BASE}<int:pk>/clore/", views.campagne_close, name="campagne-close"),
    path(f"{BASE}<int:pk>/besoins/<int:besoin>/", views.besoin_convert, name="besoin-convert"),
    path("besoins/<str:jeton>/", entreprises.besoins, name="besoins"),
    path("besoins/<str:jeton>/refuser/", entreprises.besoins_refuse, name="besoins-refuse"),
]
