"""Tâche de fond : porte mince vers l’acte."""

from django_tasks import task

from maillage.programmation import actions
from maillage.socle.travaux import LONGS, run_travail


@task(backend=LONGS)
def calculer(simulation_id: int, travail_id: int) -> None:
    run_travail(travail_id, lambda suivi: actions.calcule(simulation_id=simulation_id, suivi=suivi))
