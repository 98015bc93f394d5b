from django.urls import path

from maillage.www.echanges import imports

BASE = "espace/territoires/<str:vague>/<str:id_ti>/echanges/"

urlpatterns = [
    path(BASE, imports.echanges, name="echanges"),
    path(f"{BASE}plan-transitions.xlsx", imports.export_transitions, name="export-transitions"),
    path(f"{BASE}fiches.xlsx", imports.export_classeur, name="export-classeur"),
    path(f"{BASE}fiches.json", imports.export_json, name="export-json"),
    path(f"{BASE}modele-transitions.xlsx", imports.modele_transitions, name="modele-transitions"),
    path(f"{BASE}imports/<int:pk>/", imports.import_detail, name="import-plan"),
    path(f"{BASE}imports/<int:pk>/choisir/", imports.import_choose, name="import-plan-choisir"),
    path(f"{BASE}imports/<int:pk>/avancer/", imports.import_advance, name="import-plan-avancer"),
    path(f"{BASE}imports/<int:pk>/classeur-annote/", imports.import_marked, name="import-plan-annote"),
]
