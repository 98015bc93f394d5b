from django.urls import path

from maillage.www.organisations import views

urlpatterns = [
    path("espace/organisations/", views.organisations, name="organisations"),
    path("espace/organisations/nouvelle/", views.organisation_create, name="organisation-create"),
    path("espace/organisations/<int:pk>/", views.organisation_detail, name="organisation-detail"),
    path("espace/organisations/<int:pk>/modifier/", views.organisation_update, name="organisation-update"),
    path("espace/organisations/<int:pk>/fonctions/nouvelle/", views.fonction_create, name="fonction-create"),
    path(
        "espace/organisations/<int:pk>/fonctions/<int:fonction>/finir/",
        views.fonction_end,
        name="fonction-end",
    ),
    path("espace/organisations/<int:pk>/fonctions/vacante/", views.vacance_create, name="vacance-create"),
    path("espace/organisations/<int:pk>/contacts/nouveau/", views.contact_create, name="contact-create"),
    path(
        "espace/organisations/<int:pk>/contacts/<int:contact>/fermer/",
        views.contact_close,
        name="contact-close",
    ),
]
