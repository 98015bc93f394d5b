import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from config.verifications import find_dangers
from maillage.comptes.models import Personne


class Command(BaseCommand):
    help = "Vérifie qu’une installation peut servir\u00a0: réglages, base, comptes, fichiers. À lancer avant chaque démarrage."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        dangers = find_dangers({nom: getattr(settings, nom) for nom in dir(settings) if nom.isupper()})
        dangers += [
            f"{alerte.msg} ({alerte.id})"
            for alerte in run_checks(tags=[Tags.security], include_deployment_checks=True)
            if not alerte.is_silenced()
        ]
        dangers += [*_check_base(), *_check_fichiers()]
        if dangers:
            raise CommandError(
                "Cette installation ne doit pas servir\u00a0:\n" + "\n".join(f"  - {d}" for d in dangers)
            )
        self.stdout.write("Installation en ordre\u00a0: réglages, base, comptes et fichiers.")


def _check_base() -> list[str]:
    try:
        executeur = MigrationExecutor(connection)
        if executeur.migration_plan(executeur.loader.graph.leaf_nodes()):
            return ["La base n’est pas à jour\u00a0: lancez «\u00a0./maillage gerer migrate\u00a0»."]
        actifs = Personne.objects.filter(is_demonstration=True, is_active=True).count()
    except DatabaseError as panne:
        return [f"La base ne répond pas ({panne}). Vérifiez MAILLAGE_BASE et que le serveur est démarré."]
    if actifs:
        return [
            f"{actifs} comptes de démonstration sont actifs dans cette base\u00a0: n’importe qui les connaît. "
            "Servez une base vide, sans la démonstration."
        ]
    return []


def _check_fichiers() -> list[str]:
    dangers = []
    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        dangers.append(
            "Les fichiers statiques manquent\u00a0: lancez «\u00a0./maillage gerer collectstatic --noinput\u00a0»."
        )
    try:
        Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.MEDIA_ROOT):
            pass
    except OSError as panne:
        dangers.append(
            f"Le dossier des pièces (MAILLAGE_MEDIA) n’est pas accessible en écriture\u00a0: {panne}."
        )
    return dangers
