from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from maillage.equipes import actions, tasks


class Command(BaseCommand):
    help = "Envoie à chacun le courriel de la semaine : ce qui l’attend. Relancée la même semaine, ne double rien."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--en-file", action="store_true", help="confie l’envoi au processus de tâches")

    def handle(self, *args: Any, en_file: bool, **options: Any) -> None:
        if en_file:
            tasks.envoyer_recapitulatifs.enqueue()
            self.stdout.write("Courriel de la semaine mis en file.")
            return
        self.stdout.write(f"{actions.send_recapitulatifs()} courriel(s) de la semaine.")
