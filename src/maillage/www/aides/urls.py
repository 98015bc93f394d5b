from django.urls import path

from maillage.www.aides import views

urlpatterns = [
    path("aides-observees/", views.comparaison, name="aides-observees"),
    path("aides-observees/lignes/", views.lignes, name="aides-lignes"),
    path("espace/aides-observees/rapprochement/", views.rapprochement, name="aides-rapprochement"),
]
