from django.urls import path

from maillage.www.organisations import views

urlpatterns = [
    path("espace/organisations/", views.organisations, name="organisations"),
    path("espace/organisations/nouvelle/", views.organisation_create, name="organisation-create"),
    path("espace/organisations/<int:pk>/", views.organisation_update, name="organisation-update"),
]
