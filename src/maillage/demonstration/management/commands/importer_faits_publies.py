from django.core.management.base import BaseCommand

from maillage.demonstration.faits_publies import record_faits_publies


class Command(BaseCommand):
    help = "Enregistre les faits et les chiffres publiés de donnees/programme/ (après importer_territoires). Rejouable."

    def handle(self, *args: object, **options: object) -> None:
        record_faits_publies()
        self.stdout.write("Faits et chiffres publiés enregistrés.")
