from django.urls import path

from maillage.www.ateliers import conduite, dehors, preparation, salle, suites

BASE = "espace/territoires/<str:vague>/<str:id_ti>/ateliers/"

urlpatterns = [
    path("ateliers/<int:pk>/", dehors.atelier_public, name="atelier-public"),
    path("ateliers/<int:pk>/rendez-vous.ics", dehors.atelier_ics, name="atelier-public-ics"),
    path("a/", salle.entrer, name="atelier-entrer"),
    path("a/service.js", salle.service, name="atelier-service"),
    path("a/<str:code>/", salle.rejoindre, name="atelier-rejoindre"),
    path("a/<str:code>/salle/", salle.salle, name="atelier-salle"),
    path("a/<str:code>/quitter/", salle.quitter, name="atelier-quitter"),
    path("a/<str:code>/tableaux/<int:pk>/gestes/", salle.gestes, name="atelier-gestes"),
    path("a/<str:code>/suite/", salle.suite, name="atelier-suite"),
    path(BASE, preparation.ateliers, name="ateliers"),
    path(f"{BASE}nouveau/", preparation.atelier_create, name="atelier-create"),
    path(f"{BASE}<int:pk>/", conduite.atelier, name="atelier"),
    path(f"{BASE}<int:pk>/modifier/", preparation.atelier_update, name="atelier-update"),
    path(f"{BASE}<int:pk>/geste/", conduite.atelier_geste, name="atelier-geste"),
    path(f"{BASE}<int:pk>/phases/nouvelle/", preparation.phase_edit, name="phase-create"),
    path(f"{BASE}<int:pk>/phases/<int:phase>/", preparation.phase_edit, name="phase-update"),
    path(f"{BASE}<int:pk>/ecran/", conduite.ecran, name="atelier-ecran"),
    path(f"{BASE}<int:pk>/feuilles/", conduite.feuilles, name="atelier-feuilles"),
    path(f"{BASE}<int:pk>/saisie/", conduite.saisie, name="atelier-saisie"),
    path(f"{BASE}<int:pk>/inviter/", dehors.inviter, name="atelier-inviter"),
    path(f"{BASE}<int:pk>/publication/", dehors.publication, name="atelier-publication"),
    path(f"{BASE}<int:pk>/absents/", suites.absents, name="atelier-absents"),
    path(f"{BASE}<int:pk>/synthese/", suites.synthese, name="atelier-synthese"),
    path(f"{BASE}<int:pk>/synthese/<str:forme>/", suites.synthese_fichier, name="atelier-synthese-fichier"),
]
