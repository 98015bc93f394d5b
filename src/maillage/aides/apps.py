from django.apps import AppConfig


class AidesConfig(AppConfig):
    name = "maillage.aides"
    label = "aides"
