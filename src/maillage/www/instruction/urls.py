from django.urls import path

from maillage.www.instruction import avis, lot, views

_TERRITOIRE = "espace/territoires/<str:vague>/<str:id_ti>/instruction/"
_DOSSIER = "espace/instruction/<int:pk>/"

urlpatterns = [
    path(_TERRITOIRE, views.instruction, name="instruction"),
    path(f"{_TERRITOIRE}transmettre/", views.plan_transmit, name="plan-transmit"),
    path("espace/instruction/", lot.dossiers, name="dossiers"),
    path("espace/instruction/lot/", lot.dossiers_lot, name="dossiers-lot"),
    path(_DOSSIER, views.dossier_detail, name="dossier-detail"),
    path(f"{_DOSSIER}lu/", views.dossier_read, name="dossier-read"),
    path(f"{_DOSSIER}retirer/", views.dossier_withdraw, name="dossier-withdraw"),
    path(f"{_DOSSIER}recevoir/", views.dossier_receive, name="dossier-receive"),
    path(f"{_DOSSIER}complet/", views.dossier_complete, name="dossier-complete"),
    path(f"{_DOSSIER}complements/", views.dossier_complements, name="dossier-complements"),
    path(f"{_DOSSIER}avis/demander/", avis.avis_ask, name="avis-plan-ask"),
    path(f"{_DOSSIER}avis/<int:avis>/", avis.avis_render, name="avis-plan-render"),
    path(f"{_DOSSIER}avis/<int:avis>/relancer/", avis.avis_remind, name="avis-plan-remind"),
    path(f"{_DOSSIER}avis/<int:avis>/document/", avis.avis_piece, name="avis-plan-piece"),
]
