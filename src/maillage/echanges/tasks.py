"""Tâches de fond : portes minces vers les actes."""

from django_tasks import task

from maillage.echanges.actions import run_import
from maillage.echanges.models import ImportPlan
from maillage.socle.travaux import LONGS, run_travail


@task(backend=LONGS)
def poursuivre_import(travail_id: int, import_id: int) -> None:
    """Écrit ce qui reste d’un import, lot après lot, en disant où il en est."""
    run_travail(travail_id, lambda suivi: run_import(recu=ImportPlan.objects.get(pk=import_id), suivi=suivi))
