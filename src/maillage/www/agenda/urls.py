from django.urls import path

from maillage.www.agenda import views

urlpatterns = [
    path("lien/invitation/<str:jeton>/", views.invitation_repondre, name="invitation-repondre"),
    path("lien/invitation/<str:jeton>/rendez-vous.ics", views.invitation_ics, name="invitation-ics"),
]
