from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maillage.journal.actions import Systeme
from maillage.referentiels.actions import Bilan, import_referentiels
from maillage.referentiels.enums import SourceImport
from maillage.socle.erreurs import ActionImpossible, DonneesIllisibles

REJETS_AFFICHES = 20


class Command(BaseCommand):
    help = (
        "Importe les référentiels (régions, départements, communes, EPCI, EPT, codes postaux, NAF, contours) "
        "depuis donnees/. Rejouable : un fichier déjà importé est laissé de côté."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--partie",
            action="append",
            choices=SourceImport.values,
            default=[],
            help="n’importer que cette partie (répétable)",
        )
        parser.add_argument(
            "--fichier", type=Path, help="lire ce fichier au lieu de celui de donnees/ (avec une partie)"
        )
        parser.add_argument("--forcer", action="store_true", help="relire même un fichier déjà importé")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            import_referentiels(
                by=Systeme("import"),
                parties=options["partie"],
                fichier=options["fichier"],
                forcer=options["forcer"],
                suivi=self._affiche,
            )
        except DonneesIllisibles as erreur:
            raise CommandError(f"{erreur}\nRien n’a été enregistré.") from erreur
        except ActionImpossible as erreur:
            raise CommandError(str(erreur)) from erreur

    def _affiche(self, bilan: Bilan) -> None:
        self.stdout.write(bilan.phrase())
        for rejet in bilan.rejets[:REJETS_AFFICHES]:
            self.stdout.write(f"  rejeté, {rejet}")
        if len(bilan.rejets) > REJETS_AFFICHES:
            self.stdout.write(
                f"  … et {len(bilan.rejets) - REJETS_AFFICHES} autres rejets (voir l’import en base)"
            )
