from django.urls import path

from maillage.www import reprise
from maillage.www.comptes import administration, facteur, mes_donnees, mon_compte, views

urlpatterns = [
    path("connexion/", views.connexion, name="connexion"),
    path("connexion/code/", views.connexion_code, name="connexion-code"),
    path("connexion/demonstration/", views.connexion_demonstration, name="connexion-demonstration"),
    path("connexion/second-facteur/", facteur.facteur, name="connexion-facteur"),
    path("connexion/second-facteur/inscrire/", facteur.facteur_inscrire, name="facteur-inscrire"),
    path("connexion/second-facteur/passer/", facteur.facteur_passer, name="facteur-passer"),
    path("connexion/proconnect/", views.proconnect_demarrer, name="proconnect"),
    path("connexion/proconnect/retour/", views.proconnect_retour, name="proconnect-retour"),
    path("connexion/proconnect/fin/", views.proconnect_fin, name="proconnect-fin"),
    path("reprise/", reprise.reprise, name="reprise"),
    path("deconnexion/", views.deconnexion, name="deconnexion"),
    path("lien/<str:jeton>/", views.lien_ouvrir, name="lien-ouvrir"),
    path("espace/compte/", mon_compte.compte, name="compte"),
    path("espace/compte/securite/", mon_compte.securite, name="compte-securite"),
    path(
        "espace/compte/securite/second-facteur/retirer/", mon_compte.facteur_retirer, name="facteur-retirer"
    ),
    path("espace/compte/securite/codes/", mon_compte.codes_secours, name="codes-secours"),
    path("espace/compte/sessions/fermer/", mon_compte.sessions_fermer, name="sessions-fermer"),
    path("espace/compte/donnees/", mes_donnees.donnees, name="compte-donnees"),
    path("espace/compte/donnees/maillage.json", mes_donnees.donnees_export, name="compte-export"),
    path("espace/compte/donnees/effacer/", mes_donnees.donnees_effacer, name="compte-effacer"),
    path("espace/comptes/", administration.comptes, name="comptes"),
    path("espace/comptes/<int:pk>/", administration.compte, name="compte-detail"),
    path("espace/comptes/<int:pk>/<str:acte>/", administration.compte_acte, name="compte-acte"),
    path("espace/assistance/finir/", administration.assistance_finir, name="assistance-finir"),
    path("espace/courriels/", administration.courriels, name="courriels"),
    path("espace/courriels/<int:pk>/", administration.courriel, name="courriel"),
]
