from django.apps import AppConfig


class GouvernanceConfig(AppConfig):
    name = "maillage.gouvernance"
    label = "gouvernance"
