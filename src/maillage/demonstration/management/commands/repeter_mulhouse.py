"""./maillage gerer repeter_mulhouse : la cérémonie de Mulhouse, répétée dans des espaces fictifs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maillage.demonstration.repetition import TOTAL, rehearse_mulhouse
from maillage.referentiels.models import Region
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.models import Territoire, Vague

GRAND_EST = "44"


class Command(BaseCommand):
    help = "Répète la cérémonie de Mulhouse dans quinze espaces fictifs\u00a0: 2 sur 15, puis 13 sur 15."

    def handle(self, *args: Any, **options: Any) -> None:
        region = Region.objects.filter(pk=GRAND_EST).first()
        vague = Vague.objects.filter(numero=1).first()
        if region is None or vague is None:
            raise CommandError("Les territoires ne sont pas importés\u00a0: lancez d’abord ./maillage demo.")
        miens = Territoire.objects.filter(region=region, vague=vague)
        restent = TOTAL - miens.filter(is_fictif=True).count()
        modeles = list(
            miens.filter(is_fictif=False).select_related("vague", "region").order_by("nom", "pk")[:restent]
        )
        try:
            bilan = rehearse_mulhouse(region=region, vague=vague, modeles=modeles, dire=self.stdout.write)
        except ActionImpossible as erreur:
            raise CommandError(str(erreur)) from erreur
        self.stdout.write(
            f"{bilan.avant.signes} sur {bilan.avant.total}, puis {bilan.apres.signes} sur {bilan.apres.total}\u00a0; "
            f"{bilan.signatures} signatures. Préparation\u00a0: {bilan.preparation:.0f}\u00a0s\u00a0; cérémonie\u00a0: {bilan.ceremonie:.1f}\u00a0s."
        )
