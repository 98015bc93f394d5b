from django.urls import path

from maillage.www.financement import lignes, plan, regles, territoire

TERRITOIRE = "espace/territoires/<str:vague>/<str:id_ti>/"
PLAN = f"{TERRITOIRE}fiches/<int:pk>/financement/"

urlpatterns = [
    path(f"{TERRITOIRE}financement/", territoire.financement, name="financement"),
    path(PLAN, plan.plan_detail, name="plan-detail"),
    path(f"{PLAN}cadre/", plan.plan_update, name="plan-update"),
    path(f"{PLAN}preciser/", regles.plan_preciser, name="plan-preciser"),
    path(f"{PLAN}aides-recues/", regles.aide_recue_create, name="aide-recue-create"),
    path(f"{PLAN}aides-recues/<int:aide_pk>/retirer/", regles.aide_recue_delete, name="aide-recue-delete"),
    path(f"{PLAN}sans-besoin/", plan.sans_besoin_declare, name="sans-besoin-declare"),
    path(f"{PLAN}sans-besoin/lever/", plan.sans_besoin_lift, name="sans-besoin-lift"),
    path(f"{PLAN}depenses/", plan.depense_create, name="depense-create"),
    path(f"{PLAN}depenses/<int:depense_pk>/", plan.depense_update, name="depense-update"),
    path(f"{PLAN}depenses/<int:depense_pk>/retirer/", plan.depense_delete, name="depense-delete"),
    path(f"{PLAN}lignes/", plan.ligne_create, name="ligne-create"),
    path(f"{PLAN}services/", plan.service_create, name="service-create"),
    path(f"{PLAN}remede/", plan.remede_apply, name="remede-apply"),
    path("espace/lignes/<int:pk>/", lignes.ligne_detail, name="ligne-detail"),
    path("espace/lignes/<int:pk>/passer/<str:vers>/", lignes.ligne_move, name="ligne-move"),
    path("espace/lignes/<int:pk>/revoir/", lignes.ligne_revise, name="ligne-revise"),
    path("espace/lignes/<int:pk>/confirmer/", lignes.ligne_confirm, name="ligne-confirm"),
    path("espace/lignes/<int:pk>/preciser/", regles.ligne_preciser, name="ligne-preciser"),
    path("espace/lignes/<int:pk>/lien/", lignes.ligne_lien, name="ligne-lien"),
    path("espace/lignes/<int:pk>/pieces/<int:etape_pk>/", lignes.piece_ligne, name="piece-ligne"),
    path("lien/ligne/<int:pk>/", lignes.lien_ligne, name="lien-ligne"),
    path("lien/ligne/<int:pk>/passer/<str:vers>/", lignes.lien_ligne_move, name="lien-ligne-move"),
    path("lien/ligne/<int:pk>/pieces/<int:etape_pk>/", lignes.lien_ligne_piece, name="lien-ligne-piece"),
]
