from typing import Any

from django.core.management.base import BaseCommand

from maillage.equipes import actions


class Command(BaseCommand):
    help = "Envoie à chacun le courriel de la semaine\u00a0: ce qui l’attend. Relancée la même semaine, ne double rien."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{actions.send_recapitulatifs()} courriel(s) de la semaine.")
