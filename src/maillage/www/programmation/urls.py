from django.urls import path

from maillage.www.programmation import fiches, lectures, views

_S = "espace/simulations/<int:pk>/"

urlpatterns = [
    path("espace/simulations/", views.simulations, name="simulations"),
    path("espace/simulations/creer/", views.simulation_create, name="simulation-create"),
    path(_S, views.simulation_detail, name="simulation-detail"),
    path(f"{_S}cadre/", views.simulation_update, name="simulation-update"),
    path(f"{_S}copier/", views.simulation_copy, name="simulation-copy"),
    path(f"{_S}supprimer/", views.simulation_delete, name="simulation-delete"),
    path(f"{_S}aides/ajouter/", views.aide_create, name="aide-simulee-create"),
    path(f"{_S}aides/<int:aide>/retirer/", views.aide_remove, name="aide-simulee-remove"),
    path(f"{_S}aides/<int:aide>/enveloppe/", views.enveloppe_set, name="enveloppe-simulee-set"),
    path(f"{_S}enveloppes/<int:enveloppe>/retirer/", views.enveloppe_remove, name="enveloppe-simulee-remove"),
    path(f"{_S}fiches/", views.simulation_fiches, name="simulation-fiches"),
    path(f"{_S}lancer/", views.simulation_launch, name="simulation-launch"),
    path(f"{_S}arreter/", views.simulation_stop, name="simulation-stop"),
    path(f"{_S}partager/", views.simulation_share, name="simulation-share"),
    path(f"{_S}partages/<int:partage>/retirer/", views.simulation_unshare, name="simulation-unshare"),
    path(f"{_S}fiches-proposees/", lectures.simulation_resultats, name="simulation-resultats"),
    path(f"{_S}decisions/", lectures.simulation_suites, name="simulation-suites"),
    path(f"{_S}comparer/", lectures.simulation_comparer, name="simulation-comparer"),
    path(f"{_S}liste.<str:forme>", lectures.simulation_liste, name="simulation-liste"),
    path(
        "espace/territoires/<str:vague>/<str:id_ti>/fiches/<int:pk>/financement/proposer/",
        fiches.plan_proposer,
        name="plan-proposer",
    ),
]
