from django.apps import AppConfig


class SocleConfig(AppConfig):
    name = "maillage.socle"
    label = "socle"
