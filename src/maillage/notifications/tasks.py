"""Tâches de fond : portes minces vers les actes."""

from django_tasks import task

from maillage.notifications import actions


@task()
def envoyer_courriel(courriel_id: int) -> bool:
    return actions.deliver_courriel(courriel_id=courriel_id)


@task()
def envoyer_code(email: str) -> None:
    actions.send_code(email=email)


@task()
def prevenir(attente_id: int) -> int:
    return actions.notify_attente(attente_id=attente_id)
