from django.urls import path

from maillage.www.financement import delais, financeur, lignes, plan, publication, regles, territoire

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
    path("espace/lignes/<int:pk>/echange/<str:nature>/", lignes.ligne_echange, name="ligne-echange"),
    path("espace/lignes/<int:pk>/recu/", lignes.ligne_recu, name="ligne-recu"),
    path("espace/lignes/<int:pk>/annees/", lignes.ligne_annees, name="ligne-annees"),
    path("espace/lignes/<int:pk>/lettre/<str:vers>.<str:forme>", lignes.ligne_lettre, name="ligne-lettre"),
    path(
        "espace/lignes/<int:pk>/etapes/<int:etape_pk>/lettre.<str:forme>",
        lignes.lettre_etape,
        name="lettre-etape",
    ),
    path("lien/ligne/<int:pk>/echange/<str:nature>/", lignes.lien_ligne_echange, name="lien-ligne-echange"),
    path(
        "lien/ligne/<int:pk>/lettre/<str:vers>.<str:forme>",
        lignes.lien_ligne_lettre,
        name="lien-ligne-lettre",
    ),
    path(f"{PLAN}publier/", publication.plan_publish, name="plan-publish"),
    path("plans-de-financement/<int:pk>/", publication.plan_publie, name="plan-publie"),
    path(
        "plans-de-financement/<int:pk>/plan.<str:forme>",
        publication.plan_publie_fichier,
        name="plan-publie-fichier",
    ),
    path(
        "plans-de-financement/<int:pk>/affiche.<str:forme>",
        publication.plan_publie_affiche,
        name="plan-publie-affiche",
    ),
    path("espace/financeur/lot/", financeur.lot_create, name="lot-create"),
    path("espace/financeur/lots/<int:pk>/", financeur.lot_detail, name="lot-detail"),
    path("espace/financeur/enveloppes/", financeur.enveloppe_liste, name="enveloppe-liste"),
    path("espace/financeur/enveloppes/<int:pk>/", financeur.enveloppe_detail, name="enveloppe-detail"),
    path("espace/financeur/delais/", delais.financeur_delais, name="financeur-delais"),
    path("espace/financeur/delais/lignes/", delais.financeur_delais_lignes, name="financeur-delais-lignes"),
    path("espace/pilotage/delais/", delais.pilotage_delais, name="pilotage-delais"),
    path("espace/pilotage/delais/lignes/", delais.pilotage_delais_lignes, name="pilotage-delais-lignes"),
    path("espace/lignes/<int:pk>/confirmer/", lignes.ligne_confirm, name="ligne-confirm"),
    path("espace/lignes/<int:pk>/preciser/", regles.ligne_preciser, name="ligne-preciser"),
    path("espace/lignes/<int:pk>/lien/", lignes.ligne_lien, name="ligne-lien"),
    path("espace/lignes/<int:pk>/pieces/<int:etape_pk>/", lignes.piece_ligne, name="piece-ligne"),
    path("lien/ligne/<int:pk>/", lignes.lien_ligne, name="lien-ligne"),
    path("lien/ligne/<int:pk>/passer/<str:vers>/", lignes.lien_ligne_move, name="lien-ligne-move"),
    path("lien/ligne/<int:pk>/pieces/<int:etape_pk>/", lignes.lien_ligne_piece, name="lien-ligne-piece"),
]
