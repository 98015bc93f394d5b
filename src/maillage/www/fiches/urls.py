from django.urls import path

from maillage.www.fiches import indicateurs, parties, views

BASE = "espace/territoires/<str:vague>/<str:id_ti>/fiches/"

urlpatterns = [
    path(BASE, views.fiches, name="fiches"),
    path(f"{BASE}nouvelle/", views.fiche_create, name="fiche-create"),
    path(f"{BASE}<int:pk>/", views.fiche_detail, name="fiche-detail"),
    path(f"{BASE}<int:pk>/modifier/", views.fiche_update, name="fiche-update"),
    path(f"{BASE}<int:pk>/modifier/<slug:partie>/", parties.fiche_partie, name="fiche-partie"),
    path(
        f"{BASE}<int:pk>/indicateurs/<int:indicateur>/",
        indicateurs.indicateur_detail,
        name="fiche-indicateur",
    ),
    path(f"{BASE}<int:pk>/passer/<str:vers>/", views.fiche_move, name="fiche-move"),
    path(f"{BASE}<int:pk>/versions/", views.fiche_versions, name="fiche-versions"),
]
