from django.urls import path

from maillage.www.territoires import demandes, faits, listes, public

TERRITOIRE = "espace/territoires/<str:vague>/<str:id_ti>/"
DEMANDE = "espace/demandes-perimetre/<int:pk>/"

urlpatterns = [
    path("carte/", public.carte, name="carte"),
    path("territoires/passage/", public.passage, name="passage"),
    path("territoires/<str:vague>/<str:id_ti>/perimetre/", public.perimetre, name="territoire-perimetre"),
    path(f"{TERRITOIRE}perimetre/", faits.perimetre, name="perimetre"),
    path(f"{TERRITOIRE}perimetre/demander/<str:mutation>/", demandes.demande_create, name="demande-create"),
    path(f"{TERRITOIRE}perimetre/enregistrer/<str:mutation>/", faits.mutation_create, name="mutation-create"),
    path(
        f"{TERRITOIRE}perimetre/evenements/<int:pk>/corriger/",
        faits.mutation_correct,
        name="mutation-correct",
    ),
    path(
        f"{TERRITOIRE}perimetre/evenements/<int:pk>/annuler/", faits.mutation_cancel, name="mutation-cancel"
    ),
    path(f"{TERRITOIRE}perimetre/evenements/<int:pk>/piece/", faits.mutation_piece, name="mutation-piece"),
    path(f"{TERRITOIRE}label/", faits.label, name="label"),
    path(f"{TERRITOIRE}label/etapes/nouvelle/", faits.etape_create, name="etape-create"),
    path(f"{TERRITOIRE}label/etapes/<int:pk>/", faits.etape_correct, name="etape-correct"),
    path(f"{TERRITOIRE}label/etapes/<int:pk>/piece/", faits.etape_piece, name="etape-piece"),
    path(f"{TERRITOIRE}label/prefecture/", faits.prefecture_choose, name="prefecture-choose"),
    path(f"{TERRITOIRE}label/statuts/nouveau/", faits.statut_create, name="statut-create"),
    path(f"{TERRITOIRE}label/statuts/<int:pk>/", faits.statut_correct, name="statut-correct"),
    path("espace/demandes-perimetre/", demandes.demandes, name="demandes-perimetre"),
    path(DEMANDE, demandes.demande_detail, name="demande-perimetre"),
    path(f"{DEMANDE}avis/", demandes.avis_add, name="avis-add"),
    path(f"{DEMANDE}avis/<int:avis_pk>/", demandes.avis_render, name="avis-render"),
    path(f"{DEMANDE}decider/", demandes.demande_decide, name="demande-decide"),
    path(f"{DEMANDE}enregistrer/", demandes.demande_record, name="demande-record"),
    path(f"{DEMANDE}retirer/", demandes.demande_withdraw, name="demande-withdraw"),
    path(f"{DEMANDE}pieces/<int:piece_pk>/", demandes.demande_piece, name="demande-piece"),
    path("espace/listes-territoires/", listes.listes, name="listes-territoires"),
    path("espace/listes-territoires/nouveau/", listes.territoire_create, name="territoire-create"),
    path("espace/listes-territoires/<int:pk>/", listes.liste_detail, name="liste-territoires"),
    path("espace/listes-territoires/<int:pk>/appliquer/", listes.liste_apply, name="liste-apply"),
]
