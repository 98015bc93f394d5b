from django.urls import path

from maillage.www.ateliers import salle

urlpatterns = [
    path("a/", salle.entrer, name="atelier-entrer"),
    path("a/service.js", salle.service, name="atelier-service"),
    path("a/<str:code>/", salle.rejoindre, name="atelier-rejoindre"),
    path("a/<str:code>/salle/", salle.salle, name="atelier-salle"),
    path("a/<str:code>/quitter/", salle.quitter, name="atelier-quitter"),
    path("a/<str:code>/tableaux/<int:pk>/gestes/", salle.gestes, name="atelier-gestes"),
    path("a/<str:code>/suite/", salle.suite, name="atelier-suite"),
]
