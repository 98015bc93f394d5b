from django.apps import AppConfig


class AteliersConfig(AppConfig):
    name = "maillage.ateliers"
    label = "ateliers"
