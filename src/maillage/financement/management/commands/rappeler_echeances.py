from typing import Any

from django.core.management.base import BaseCommand

from maillage.financement import actions


class Command(BaseCommand):
    help = "Rappelle les délais de droit qui approchent (à lancer chaque jour)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{actions.remind_echeances()} délai(s) de droit à tenir.")
