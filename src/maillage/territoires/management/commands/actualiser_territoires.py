from typing import Any

from django.core.management.base import BaseCommand

from maillage.territoires.actions_perimetre import refresh_territoires
from maillage.territoires.models import Territoire


class Command(BaseCommand):
    help = (
        "Met à jour nom, régions, départements et population des territoires d’après les évènements dont le jour est venu. "
        "À lancer chaque nuit, et après un nouveau découpage."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        changes = refresh_territoires(list(Territoire.objects.select_related("vague")))
        self.stdout.write(f"Territoires mis à jour : {changes}.")
