from typing import Any

from django.core.management.base import BaseCommand

from maillage.verification import actions


class Command(BaseCommand):
    help = "Relance poliment les entreprises sollicitées, et dit à celles qui ont répondu où en est leur besoin. À lancer chaque jour."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{actions.send_relances()} relance(s), {actions.send_nouvelles()} nouvelle(s).")
