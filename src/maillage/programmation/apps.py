from django.apps import AppConfig


class ProgrammationConfig(AppConfig):
    name = "maillage.programmation"
    label = "programmation"
