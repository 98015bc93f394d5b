from django.apps import AppConfig


class PilotageConfig(AppConfig):
    name = "maillage.pilotage"
    label = "pilotage"
