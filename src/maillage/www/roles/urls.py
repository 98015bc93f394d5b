from django.urls import path

from maillage.www.roles import referents, views

TI = "espace/territoires/<str:vague>/<str:id_ti>/gouvernance/"

urlpatterns = [
    path(f"{TI}personnes/", views.roles, name="territoire-roles"),
    path(f"{TI}mandats/nouveau/", views.mandat_create, name="mandat-create"),
    path(f"{TI}mandats/<int:pk>/", views.mandat_update, name="mandat-update"),
    path(f"{TI}mandats/<int:pk>/retirer/", views.mandat_cancel, name="mandat-cancel"),
    path(f"{TI}binomes/nouveau/", views.binome_create, name="binome-create"),
    path(f"{TI}binomes/<int:pk>/confier/", views.portage_create, name="portage-create"),
    path(f"{TI}places/<str:role>/", views.place_declare, name="place-declare"),
    path(f"{TI}animation/nouvelle/", views.animation_create, name="animation-create"),
    path(f"{TI}poste/nouvelle-part/", views.cofinancement_create, name="cofinancement-create"),
    path(f"{TI}finir/<str:genre>/<int:pk>/", views.fait_end, name="fait-end"),
    path("espace/referents/", referents.referents, name="referents"),
    path("espace/referents/manquants/", referents.manquants, name="referents-manquants"),
    path("espace/referents/nommer/", referents.referent_create, name="referent-create"),
    path("espace/referents/<int:pk>/finir/", referents.referent_end, name="referent-end"),
]
