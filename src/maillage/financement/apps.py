from django.apps import AppConfig


class FinancementConfig(AppConfig):
    name = "maillage.financement"
    label = "financement"
