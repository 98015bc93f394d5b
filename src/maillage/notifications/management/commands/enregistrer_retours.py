import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maillage.notifications import actions
from maillage.socle.erreurs import ActionImpossible


class Command(BaseCommand):
    help = "Lit sur l’entrée standard un avis de non-remise et marque le courriel rejeté (alias du serveur de courriel)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            courriel = actions.record_retour(message=sys.stdin.buffer.read())
        except ActionImpossible as erreur:
            raise CommandError(str(erreur)) from erreur
        self.stdout.write(f"Courriel {courriel.pk} rejeté\u00a0: {courriel.erreur}")
