from django.apps import AppConfig


class FichesConfig(AppConfig):
    name = "maillage.fiches"
    label = "fiches"
