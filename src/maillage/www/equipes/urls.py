from django.urls import path

from maillage.www.equipes import rejoindre, views

urlpatterns = [
    path("invitation/<str:jeton>/", rejoindre.invitation_ouvrir, name="invitation-ouvrir"),
    path("rejoindre/", rejoindre.rejoindre, name="rejoindre"),
    path("rejoindre/envoyee/", rejoindre.rejoindre_envoyee, name="rejoindre-envoyee"),
    path("rejoindre/<str:jeton>/", rejoindre.rattachement_confirmer, name="rattachement-confirmer"),
    path("espace/equipe/", views.equipe, name="equipe"),
    path("espace/equipe/depart/<int:pk>/corriger/", views.depart_correct, name="depart-correct"),
    path("espace/equipe/depart/<str:sorte>/<int:pk>/", views.depart, name="depart"),
    path("espace/equipe/invitations/", views.invitations, name="invitations"),
    path("espace/equipe/invitations/nouvelle/", views.invitation_create, name="invitation-create"),
    path("espace/equipe/invitations/<int:pk>/renvoyer/", views.invitation_resend, name="invitation-resend"),
    path("espace/equipe/invitations/<int:pk>/annuler/", views.invitation_cancel, name="invitation-cancel"),
    path("espace/equipe/demandes/", views.demandes, name="rattachements"),
    path("espace/equipe/demandes/<int:pk>/", views.demande, name="rattachement"),
]
