from django.urls import path

from maillage.www.ceremonies import views

_CEREMONIE = "espace/ceremonies/<int:pk>/"

urlpatterns = [
    path("espace/ceremonies/", views.ceremonies, name="ceremonies"),
    path(_CEREMONIE, views.ceremonie_detail, name="ceremonie-detail"),
    path(f"{_CEREMONIE}ecran/", views.ceremonie_ecran, name="ceremonie-ecran"),
    path(f"{_CEREMONIE}acte/", views.ceremonie_acte, name="ceremonie-acte"),
    path(
        f"{_CEREMONIE}actes/<int:ligne>/retirer/", views.ceremonie_acte_retirer, name="ceremonie-acte-retirer"
    ),
    path(f"{_CEREMONIE}presents/", views.ceremonie_presents, name="ceremonie-presents"),
    path(f"{_CEREMONIE}ouvrir/", views.ceremonie_ouvrir, name="ceremonie-ouvrir"),
    path(f"{_CEREMONIE}clore/", views.ceremonie_clore, name="ceremonie-clore"),
    path(f"{_CEREMONIE}signer/", views.ceremonie_signer, name="ceremonie-signer"),
]
