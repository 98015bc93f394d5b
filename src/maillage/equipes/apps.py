from django.apps import AppConfig


class EquipesConfig(AppConfig):
    name = "maillage.equipes"
    label = "equipes"
