from django.urls import path

from maillage.www.public import donnees, pages, views

urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("territoires/", views.territoires, name="territoires"),
    path("territoires/<str:vague>/<str:id_ti>/", views.territoire_detail, name="territoire-detail"),
    path("territoires/<str:vague>/<str:id_ti>/fiches/<int:pk>/", views.fiche_publique, name="fiche-publique"),
    path("mon-territoire/", views.mon_territoire, name="mon-territoire"),
    path("donnees/", donnees.catalogue, name="donnees"),
    path("donnees/catalogue.json", donnees.catalogue_json, name="donnees-catalogue"),
    path("donnees/<slug:cle>.<slug:forme>", donnees.fichier, name="donnees-fichier"),
    path("robots.txt", pages.robots, name="robots"),
    path("sitemap.xml", pages.sitemap, name="sitemap"),
    path("sources/", pages.sources, name="sources"),
    path("accessibilite/", pages.accessibilite, name="accessibilite"),
    path("mentions-legales/", pages.mentions_legales, name="mentions-legales"),
]
