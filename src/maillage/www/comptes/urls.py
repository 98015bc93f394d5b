from django.urls import path

from maillage.www import reprise
from maillage.www.comptes import views

urlpatterns = [
    path("connexion/", views.connexion, name="connexion"),
    path("connexion/code/", views.connexion_code, name="connexion-code"),
    path("connexion/demonstration/", views.connexion_demonstration, name="connexion-demonstration"),
    path("reprise/", reprise.reprise, name="reprise"),
    path("deconnexion/", views.deconnexion, name="deconnexion"),
    path("lien/<str:jeton>/", views.lien_ouvrir, name="lien-ouvrir"),
]
