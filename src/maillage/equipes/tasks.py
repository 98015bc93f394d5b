"""Tâches de fond : portes minces vers les actes."""

from django_tasks import task

from maillage.equipes import actions


@task()
def envoyer_recapitulatifs() -> int:
    return actions.send_recapitulatifs()
