from django.apps import AppConfig


class ReferentielsConfig(AppConfig):
    name = "maillage.referentiels"
    label = "referentiels"
