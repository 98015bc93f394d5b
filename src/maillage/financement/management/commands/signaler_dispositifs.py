from typing import Any

from django.core.management.base import BaseCommand

from maillage.financement.actions.dispositifs import alert_dispositifs


class Command(BaseCommand):
    help = (
        "Prévient chaque territoire des dispositifs nouveaux ou bientôt clos qui peuvent servir ses fiches. "
        "À lancer chaque nuit."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Attentes ouvertes\u00a0: {alert_dispositifs()}.")
