"""Tâches de fond : portes minces vers les actes."""

from django_tasks import task

from maillage.echanges.actions import advance_import
from maillage.echanges.enums import EtatImport
from maillage.echanges.models import ImportPlan


@task()
def poursuivre_import(import_id: int) -> int:
    """Écrit ce qui reste d’un import, lot après lot ; rend le nombre d’actions traitées."""
    recu = ImportPlan.objects.get(pk=import_id)
    while recu.etat == EtatImport.EN_COURS:
        recu = advance_import(recu=recu)
    return recu.faites
