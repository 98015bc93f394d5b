from django.urls import path

from maillage.www.financement import views

TERRITOIRE = "espace/territoires/<str:vague>/<str:id_ti>/"
PLAN = f"{TERRITOIRE}fiches/<int:pk>/financement/"

urlpatterns = [
    path(f"{TERRITOIRE}financement/", views.financement, name="financement"),
    path(PLAN, views.plan_detail, name="plan-detail"),
    path(f"{PLAN}cadre/", views.plan_update, name="plan-update"),
    path(f"{PLAN}sans-besoin/", views.sans_besoin_declare, name="sans-besoin-declare"),
    path(f"{PLAN}sans-besoin/lever/", views.sans_besoin_lift, name="sans-besoin-lift"),
    path(f"{PLAN}depenses/", views.depense_create, name="depense-create"),
    path(f"{PLAN}depenses/<int:depense_pk>/", views.depense_update, name="depense-update"),
    path(f"{PLAN}depenses/<int:depense_pk>/retirer/", views.depense_delete, name="depense-delete"),
    path(f"{PLAN}lignes/", views.ligne_create, name="ligne-create"),
    path("espace/lignes/<int:pk>/", views.ligne_detail, name="ligne-detail"),
    path("espace/lignes/<int:pk>/passer/<str:vers>/", views.ligne_move, name="ligne-move"),
    path("espace/lignes/<int:pk>/confirmer/", views.ligne_confirm, name="ligne-confirm"),
    path("espace/lignes/<int:pk>/lien/", views.ligne_lien, name="ligne-lien"),
    path("espace/lignes/<int:pk>/pieces/<int:etape_pk>/", views.piece_ligne, name="piece-ligne"),
    path("lien/ligne/<int:pk>/", views.lien_ligne, name="lien-ligne"),
    path("lien/ligne/<int:pk>/passer/<str:vers>/", views.lien_ligne_move, name="lien-ligne-move"),
    path("lien/ligne/<int:pk>/pieces/<int:etape_pk>/", views.lien_ligne_piece, name="lien-ligne-piece"),
]
