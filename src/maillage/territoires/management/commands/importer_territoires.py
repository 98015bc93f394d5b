from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maillage.journal.actions import Systeme
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.imports import import_territoires


class Command(BaseCommand):
    help = "Importe les phases, les territoires et leurs membres (après les référentiels). Rejouable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--programme", type=Path, help="un autre vagues.toml que celui de donnees/programme/"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            import_territoires(
                by=Systeme("import"),
                programme=options["programme"],
                suivi=lambda bilan: self.stdout.write(bilan.phrase()),
            )
        except ActionImpossible as erreur:
            raise CommandError(f"{erreur}\nRien n’a été enregistré.") from erreur
