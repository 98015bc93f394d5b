from django.apps import AppConfig


class EchangesConfig(AppConfig):
    name = "maillage.echanges"
    verbose_name = "Échanges de fichiers"
