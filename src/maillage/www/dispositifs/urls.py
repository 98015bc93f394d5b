from django.urls import path

from maillage.www.dispositifs import catalogue, correspondances, fichiers

FICHE = "espace/territoires/<str:vague>/<str:id_ti>/fiches/<int:pk>/dispositifs/"

urlpatterns = [
    path("dispositifs/", catalogue.liste, name="dispositifs"),
    path("dispositifs/<int:pk>/", catalogue.detail, name="dispositif-detail"),
    path("dispositifs/<int:pk>/versions/", catalogue.versions, name="dispositif-versions"),
    path("dispositifs/fichiers/<slug:forme>/", fichiers.fichier, name="dispositifs-fichier"),
    path("espace/dispositifs/importer/", fichiers.dispositifs_import, name="dispositifs-import"),
    path("espace/dispositifs/nouveau/", catalogue.dispositif_create, name="dispositif-create"),
    path("espace/dispositifs/<int:pk>/modifier/", catalogue.dispositif_update, name="dispositif-update"),
    path("espace/dispositifs/<int:pk>/fiches/", correspondances.dispositif_fiches, name="dispositif-fiches"),
    path(FICHE, correspondances.fiche_dispositifs, name="fiche-dispositifs"),
    path(
        f"{FICHE}<int:dispositif_pk>/ajouter/",
        correspondances.fiche_dispositif_add,
        name="fiche-dispositif-add",
    ),
]
