from django.urls import path

from maillage.www.actes import edition, signature, suites, verification, views

_TERRITOIRE = "espace/territoires/<str:vague>/<str:id_ti>/actes/"
_ACTE = f"{_TERRITOIRE}<int:pk>/"

urlpatterns = [
    path(_TERRITOIRE, views.actes, name="actes"),
    path(f"{_TERRITOIRE}ouvrir/", views.acte_ouvrir, name="acte-ouvrir"),
    path(_ACTE, views.acte_detail, name="acte-detail"),
    path(f"{_ACTE}apercu/<str:forme>/", views.acte_apercu, name="acte-apercu"),
    path(f"{_ACTE}fichier/<str:forme>/", views.acte_fichier, name="acte-fichier"),
    path(f"{_ACTE}arreter/", views.acte_arreter, name="acte-arreter"),
    path(
        f"{_ACTE}remplaces/<int:arret>/<str:forme>/",
        views.acte_fichier_remplace,
        name="acte-fichier-remplace",
    ),
    path(f"{_ACTE}reprendre/", views.acte_reprendre, name="acte-reprendre"),
    path(f"{_ACTE}modifier/", edition.acte_update, name="acte-update"),
    path(f"{_ACTE}signataires/", edition.acte_signataires, name="acte-signataires"),
    path(
        f"{_ACTE}signataires/<int:signataire>/modifier/",
        edition.acte_signataire_update,
        name="acte-signataire-update",
    ),
    path(
        f"{_ACTE}signataires/<int:signataire>/retirer/",
        edition.acte_signataire_retirer,
        name="acte-signataire-retirer",
    ),
    path(f"{_ACTE}signataires/<int:signataire>/signer/", signature.acte_sign, name="acte-sign"),
    path(f"{_ACTE}signataires/<int:signataire>/lien/", signature.acte_lien, name="acte-lien"),
    path(f"{_ACTE}papier/", suites.acte_papier, name="acte-papier"),
    path(f"{_ACTE}copies/", suites.acte_copies, name="acte-copies"),
    path(f"{_ACTE}copies/<int:copie>/", suites.acte_copie_fichier, name="acte-copie-fichier"),
    path(
        f"{_ACTE}copies/<int:copie>/signatures/", suites.acte_copie_signatures, name="acte-copie-signatures"
    ),
    path(f"{_ACTE}retirer/", suites.acte_retirer, name="acte-retirer"),
    path(f"{_ACTE}avenant/", suites.acte_avenant, name="acte-avenant"),
    path(f"{_ACTE}groupe/", suites.acte_groupe, name="acte-groupe"),
    path(f"{_ACTE}preuve/", suites.acte_preuve, name="acte-preuve"),
    path(f"{_ACTE}sceller/", suites.acte_sceller, name="acte-sceller"),
    path(f"{_ACTE}signataires/<int:signataire>/pdf/", suites.signataire_pdf, name="signataire-pdf"),
    path(
        f"{_ACTE}signataires/<int:signataire>/refuser/", suites.signataire_refuser, name="signataire-refuser"
    ),
    path(
        f"{_ACTE}signataires/<int:signataire>/remplacer/",
        suites.signataire_remplacer,
        name="signataire-remplacer",
    ),
    path(
        f"{_ACTE}signataires/<int:signataire>/deliberation/",
        suites.signataire_deliberation,
        name="signataire-deliberation",
    ),
    path(
        f"{_ACTE}signataires/<int:signataire>/piece/<str:nature>/",
        suites.signataire_piece,
        name="signataire-piece",
    ),
    path("lien/signature/<int:pk>/refuser/", signature.lien_refuser, name="lien-refuser"),
    path("lien/signature/<int:pk>/", signature.lien_signature, name="lien-signature"),
    path("lien/signature/<int:pk>/pdf/", signature.lien_signature_pdf, name="lien-signature-pdf"),
    path("verifier/", verification.verifier, name="verifier"),
    path("verifier/<str:sha256>/", verification.verifier_empreinte, name="verifier-empreinte"),
]
