from django.apps import AppConfig


class DemonstrationConfig(AppConfig):
    """Les faits publiés (valables partout) et l’espace de démonstration, construits par les actes mêmes des écrans."""

    name = "maillage.demonstration"
    label = "demonstration"
