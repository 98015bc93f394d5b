from django.urls import path

from maillage.www.fiches import codes, indicateurs, partages, parties, remarques, versions, views, vues

BASE = "espace/territoires/<str:vague>/<str:id_ti>/fiches/"

urlpatterns = [
    path(BASE, views.fiches, name="fiches"),
    path(f"{BASE}nouvelle/", views.fiche_create, name="fiche-create"),
    path(f"{BASE}tableau/", vues.fiches_tableau, name="fiches-tableau"),
    path(f"{BASE}calendrier/", vues.fiches_calendrier, name="fiches-calendrier"),
    path(f"{BASE}carte/", vues.fiches_carte, name="fiches-carte"),
    path(f"{BASE}modifier/", vues.fiches_lot, name="fiches-lot"),
    path(f"{BASE}colonnes/", vues.fiches_colonnes, name="fiches-colonnes"),
    path(f"{BASE}<int:pk>/", views.fiche_detail, name="fiche-detail"),
    path(f"{BASE}<int:pk>/modifier/", views.fiche_update, name="fiche-update"),
    path(f"{BASE}<int:pk>/modifier/<slug:partie>/", parties.fiche_partie, name="fiche-partie"),
    path(
        f"{BASE}<int:pk>/indicateurs/<int:indicateur>/",
        indicateurs.indicateur_detail,
        name="fiche-indicateur",
    ),
    path(f"{BASE}<int:pk>/passer/<str:vers>/", views.fiche_move, name="fiche-move"),
    path(f"{BASE}<int:pk>/remarques/", remarques.fiche_remarques, name="fiche-remarques"),
    path(f"{BASE}<int:pk>/remarques/<int:remarque>/clore/", remarques.remarque_clore, name="remarque-clore"),
    path(f"{BASE}<int:pk>/fusionner/", codes.fiche_fusionner, name="fiche-fusionner"),
    path(f"{BASE}<int:pk>/scinder/", codes.fiche_scinder, name="fiche-scinder"),
    path(f"{BASE}<int:pk>/territoires/", partages.fiche_territoires, name="fiche-territoires"),
    path(
        f"{BASE}<int:pk>/territoires/<int:partage>/repondre/",
        partages.partage_repondre,
        name="partage-repondre",
    ),
    path(
        f"{BASE}<int:pk>/territoires/<int:partage>/retirer/",
        partages.partage_retirer,
        name="partage-retirer",
    ),
    path(f"{BASE}<int:pk>/lue/", versions.fiche_lue, name="fiche-lue"),
    path(f"{BASE}<int:pk>/brouillon/<slug:partie>/", versions.fiche_brouillon, name="fiche-brouillon"),
    path(
        f"{BASE}<int:pk>/versions/<int:numero>/restaurer/",
        versions.version_restaurer,
        name="version-restaurer",
    ),
    path(f"{BASE}<int:pk>/versions/", views.fiche_versions, name="fiche-versions"),
]
