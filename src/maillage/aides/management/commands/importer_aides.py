import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calcul.montants import format_montant
from maillage.aides.actions import import_aides
from maillage.aides.enums import SourceAides
from maillage.journal.actions import Systeme
from maillage.socle.erreurs import ActionImpossible

REJETS_AFFICHES = 20


class Command(BaseCommand):
    help = "Importe des aides publiées en données ouvertes (.csv ou .csv.gz) et les place dans les territoires. Rejouable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", choices=SourceAides.values, help="d’où vient le fichier")
        parser.add_argument("fichier", type=Path)
        parser.add_argument(
            "--annee", type=int, help="année des aides, quand ni les colonnes ni le nom ne la disent"
        )
        parser.add_argument("--json", action="store_true", help="écrit le bilan en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bilan = import_aides(
                source=SourceAides(options["source"]),
                chemin=options["fichier"],
                annee=options["annee"],
                by=Systeme("import"),
            )
        except ActionImpossible as erreur:
            raise CommandError(f"{erreur}\nRien n’a été enregistré.") from erreur
        if options["json"]:
            self.stdout.write(json.dumps(bilan.as_json(), ensure_ascii=False))
            return
        self.stdout.write(
            f"{bilan.lignes} lignes lues, {format_montant(bilan.centimes)}\u00a0: "
            f"{bilan.crees} nouvelles, {bilan.corriges} corrigées, {len(bilan.rejets)} rejetées."
        )
        for vague, nombre in bilan.dans_ti.items():
            self.stdout.write(f"  dans un territoire {vague}\u00a0: {nombre}")
        self.stdout.write(
            f"  dans aucun territoire\u00a0: {bilan.hors_ti} (dont {bilan.non_localisees} sans commune dans la source)"
        )
        for rejet in bilan.rejets[:REJETS_AFFICHES]:
            self.stdout.write(f"  rejeté, {rejet}")
        if len(bilan.rejets) > REJETS_AFFICHES:
            self.stdout.write(f"  … et {len(bilan.rejets) - REJETS_AFFICHES} autres rejets")
