"""Tâches de fond : portes minces vers les actes."""

from django_tasks import task

from maillage.notifications import actions


@task()
def envoyer_courriel(courriel_id: int) -> bool:
    return actions.deliver_courriel(courriel_id=courriel_id)
