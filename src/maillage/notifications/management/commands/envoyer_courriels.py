from django.core.management.base import BaseCommand

from maillage.notifications import actions
from maillage.notifications.models import Courriel


class Command(BaseCommand):
    help = "Réessaie les courriels qui ne sont pas partis (à lancer toutes les dix minutes)."

    def handle(self, *args: object, **options: object) -> None:
        restants = Courriel.objects.filter(
            envoye_at=None, rejete_at=None, essais__lt=actions.ESSAIS_MAX
        ).order_by("id")
        resultats = [actions.deliver_courriel(courriel_id=pk) for pk in restants.values_list("pk", flat=True)]
        self.stdout.write(
            f"{sum(resultats)} courriel(s) parti(s), {len(resultats) - sum(resultats)} en échec."
        )
