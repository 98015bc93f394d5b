from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from maillage.socle.donnees_personnelles import list_traitements
from maillage.socle.horloge import maintenant


class Command(BaseCommand):
    help = "Efface les données personnelles qui ont passé leur durée (registre de «\u00a0Mes données\u00a0»). À lancer chaque jour."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        instant = maintenant()
        for traitement in list_traitements():
            if traitement.purger is not None:
                nombre = traitement.purger(instant)
                self.stdout.write(f"{traitement.donnees}\u00a0: {nombre} ligne(s) effacée(s).")
