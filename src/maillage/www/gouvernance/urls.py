from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from maillage.www.gouvernance import comites, liens, seances

_TERRITOIRE = "espace/territoires/<str:vague>/<str:id_ti>/gouvernance/"
_SANS_TERRITOIRE = "espace/gouvernance/"


def _deux(suffixe: str, vue: Callable[..., Any], nom: str) -> list[URLPattern]:
    """La même page sous son territoire, ou sans (COPIL régional, COPIL national) : un seul nom d’adresse."""
    return [path(f"{racine}{suffixe}", vue, name=nom) for racine in (_TERRITOIRE, _SANS_TERRITOIRE)]


_C, _S = "comites/<int:pk>/", "seances/<int:pk>/"

urlpatterns = [
    path(_TERRITOIRE, comites.comite_liste, name="comite-liste"),
    path(f"{_TERRITOIRE}comites/creer/", comites.comite_create, name="comite-create"),
    path(_SANS_TERRITOIRE, comites.comite_miens, name="comite-miens"),
    path(f"{_SANS_TERRITOIRE}comites/creer/", comites.comite_copil_create, name="comite-copil-create"),
    *_deux(_C, comites.comite_detail, "comite-detail"),
    *_deux(f"{_C}renommer/", comites.comite_update, "comite-update"),
    *_deux(f"{_C}dissoudre/", comites.comite_dissoudre, "comite-dissoudre"),
    *_deux(f"{_C}regle/", comites.comite_regle, "comite-regle"),
    *_deux(f"{_C}colleges/", comites.comite_college_create, "comite-college-create"),
    *_deux(f"{_C}colleges/<int:college>/retirer/", comites.comite_college_remove, "comite-college-remove"),
    *_deux(f"{_C}membres/ajouter/", comites.comite_membre_create, "comite-membre-create"),
    *_deux(f"{_C}membres/<int:membre>/corriger/", comites.comite_membre_update, "comite-membre-update"),
    *_deux(f"{_C}membres/<int:membre>/fin/", comites.comite_membre_end, "comite-membre-end"),
    *_deux(f"{_C}seances/preparer/", seances.seance_create, "seance-create"),
    *_deux(_S, seances.seance_detail, "seance-detail"),
    *_deux(f"{_S}modifier/", seances.seance_update, "seance-update"),
    *_deux(f"{_S}annuler/", seances.seance_annuler, "seance-annuler"),
    *_deux(f"{_S}passer/<str:vers>/", seances.seance_move, "seance-move"),
    *_deux(f"{_S}points/", seances.seance_point_create, "seance-point-create"),
    *_deux(f"{_S}points/proposes/", seances.seance_points_proposes, "seance-points-proposes"),
    *_deux(f"{_S}points/<int:point>/rang/", seances.seance_point_move, "seance-point-move"),
    *_deux(f"{_S}points/<int:point>/retirer/", seances.seance_point_remove, "seance-point-remove"),
    *_deux(f"{_S}inviter/", seances.seance_invite, "seance-invite"),
    *_deux(f"{_S}repondre/", seances.seance_repondre, "seance-repondre"),
    *_deux(f"{_S}reponse-ics/", seances.seance_ics_depot, "seance-ics-depot"),
    *_deux(f"{_S}rendez-vous.ics", seances.seance_ics, "seance-ics"),
    *_deux(f"{_S}presence/", seances.seance_presence, "seance-presence"),
    *_deux(f"{_S}feuille.pdf", seances.seance_feuille, "seance-feuille"),
    *_deux(f"{_S}decider/", seances.seance_decision, "seance-decision"),
    *_deux(f"{_S}releve/", seances.seance_releve, "seance-releve"),
    *_deux(f"{_S}releve/fichier/<str:forme>/", seances.seance_releve_fichier, "seance-releve-fichier"),
    *_deux(f"{_S}releve/arreter/", seances.seance_releve_arreter, "seance-releve-arreter"),
    *_deux(f"{_S}releve/envoyer/", seances.seance_releve_envoyer, "seance-releve-envoyer"),
    *_deux(f"{_S}releve/signer/", seances.seance_releve_signer, "seance-releve-signer"),
    *_deux(f"{_S}releve/lien/<int:membre>/", liens.seance_releve_lien, "seance-releve-lien"),
    path("lien/releve/<int:pk>/", liens.lien_releve, name="lien-releve"),
    path("lien/releve/<int:pk>/pdf/", liens.lien_releve_pdf, name="lien-releve-pdf"),
]
