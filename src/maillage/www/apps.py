from django.apps import AppConfig
from django.core.validators import MaxValueValidator, MinValueValidator


class WwwConfig(AppConfig):
    name = "maillage.www"
    label = "www"

    def ready(self) -> None:
        # Les phrases de Django, dans la voix de la maison : ce qu’il faut faire, pas une mise en garde.
        MinValueValidator.message = "Écrivez un nombre d’au moins %(limit_value)s."
        MaxValueValidator.message = "Écrivez un nombre d’au plus %(limit_value)s."
