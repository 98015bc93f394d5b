from django.urls import path

from maillage.www.ateliers import conduite, salle

BASE = "espace/territoires/<str:vague>/<str:id_ti>/ateliers/"

urlpatterns = [
    path("a/", salle.entrer, name="atelier-entrer"),
    path("a/service.js", salle.service, name="atelier-service"),
    path("a/<str:code>/", salle.rejoindre, name="atelier-rejoindre"),
    path("a/<str:code>/salle/", salle.salle, name="atelier-salle"),
    path("a/<str:code>/quitter/", salle.quitter, name="atelier-quitter"),
    path("a/<str:code>/tableaux/<int:pk>/gestes/", salle.gestes, name="atelier-gestes"),
    path("a/<str:code>/suite/", salle.suite, name="atelier-suite"),
    path(BASE, conduite.ateliers, name="ateliers"),
    path(f"{BASE}nouveau/", conduite.atelier_create, name="atelier-create"),
    path(f"{BASE}<int:pk>/", conduite.atelier, name="atelier"),
    path(f"{BASE}<int:pk>/modifier/", conduite.atelier_update, name="atelier-update"),
    path(f"{BASE}<int:pk>/geste/", conduite.atelier_geste, name="atelier-geste"),
    path(f"{BASE}<int:pk>/phases/nouvelle/", conduite.phase_edit, name="phase-create"),
    path(f"{BASE}<int:pk>/phases/<int:phase>/", conduite.phase_edit, name="phase-update"),
    path(f"{BASE}<int:pk>/ecran/", conduite.ecran, name="atelier-ecran"),
    path(f"{BASE}<int:pk>/feuilles/", conduite.feuilles, name="atelier-feuilles"),
    path(f"{BASE}<int:pk>/saisie/", conduite.saisie, name="atelier-saisie"),
    path(f"{BASE}<int:pk>/inviter/", conduite.inviter, name="atelier-inviter"),
    path(f"{BASE}<int:pk>/absents/", conduite.absents, name="atelier-absents"),
    path(f"{BASE}<int:pk>/synthese/", conduite.synthese, name="atelier-synthese"),
    path(f"{BASE}<int:pk>/synthese/<str:forme>/", conduite.synthese_fichier, name="atelier-synthese-fichier"),
]
