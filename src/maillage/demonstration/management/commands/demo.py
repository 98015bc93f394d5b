import shutil
import sqlite3
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from maillage.comptes.models import Personne


class Command(BaseCommand):
    help = "Construit la démonstration (données réelles, comptes, rejeu fictif) si elle manque, puis la sert."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--hote", default="127.0.0.1")
        parser.add_argument("--raz", action="store_true", help="efface la démonstration et recommence")
        parser.add_argument("--sans-serveur", action="store_true", help="construit sans servir")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CONNEXION_DEMONSTRATION:
            raise CommandError("La démonstration ne se construit pas avec les réglages de production.")
        self.debut = time.monotonic()
        Path(settings.DOSSIER_VAR).mkdir(parents=True, exist_ok=True)
        if options["raz"]:
            self._efface()
        # Les courriels de la construction restent au journal des courriels : la console garde ceux de la visite.
        console, settings.EMAIL_BACKEND = (
            settings.EMAIL_BACKEND,
            "django.core.mail.backends.dummy.EmailBackend",
        )
        self._construit()
        settings.EMAIL_BACKEND = console
        if not options["sans_serveur"]:
            self._sert(options["hote"], options["port"])

    def _efface(self) -> None:
        """Vide la base de la démonstration et ses pièces ; refuse une base qui n’en est pas une."""
        if connection.vendor != "sqlite":
            raise CommandError(
                "--raz n’efface que la base SQLite de la démonstration. Supprimez vous-même cette base PostgreSQL."
            )
        connection.close()
        base = Path(settings.DATABASES["default"]["NAME"])
        for suffixe in ("", "-wal", "-shm"):
            base.with_name(base.name + suffixe).unlink(missing_ok=True)
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
        self.stdout.write("Démonstration effacée.")

    def _construit(self) -> None:
        from maillage.demonstration.aides import build_aides
        from maillage.demonstration.ateliers import build_ateliers
        from maillage.demonstration.comptes import create_comptes, create_entrees
        from maillage.demonstration.dispositifs import build_catalogue
        from maillage.demonstration.faits_publies import record_faits_publies
        from maillage.demonstration.programmation import build_simulations
        from maillage.demonstration.rejeu import build_rejeu, ensure_espace
        from maillage.demonstration.roles_fictifs import build_roles_fictifs

        # Les courriels de la démonstration vont à des adresses inventées : les construire suffit, rien ne s’affiche.
        envoi, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.dummy.EmailBackend"
        etapes: tuple[tuple[str, Callable[[], Any]], ...] = (
            ("tables", lambda: call_command("migrate", verbosity=0)),
            ("communes, EPCI, contours, NAF", lambda: call_command("importer_referentiels", stdout=_Muet())),
            (
                "332 territoires et leurs membres",
                lambda: call_command("importer_territoires", stdout=_Muet()),
            ),
            ("faits et chiffres publiés", record_faits_publies),
            ("aides observées (Fonds vert)", build_aides),
            ("premier catalogue des dispositifs", build_catalogue),
            ("espace fictif", ensure_espace),
            ("comptes de démonstration", create_comptes),
            ("rejeu\u00a0: fiches, financements, protocole, signatures", build_rejeu),
            ("rôles fictifs", lambda: build_roles_fictifs(ensure_espace())),
            ("invitations et demandes à rejoindre", create_entrees),
            ("ateliers\u00a0: Nogent, Langres, une salle d’essai", build_ateliers),
            ("simulation fictive de la Région", build_simulations),
        )
        try:
            for numero, (libelle, faire) in enumerate(etapes, start=1):
                self.stdout.write(f"[{numero}/{len(etapes)}] {libelle}… ", ending="")
                self.stdout.flush()
                depart = time.monotonic()
                faire()
                self.stdout.write(f"{time.monotonic() - depart:.1f} s")
        except sqlite3.DatabaseError as erreur:
            raise CommandError(f"La base est illisible ({erreur}). Recommencez avec --raz.") from erreur
        finally:
            settings.EMAIL_BACKEND = envoi
        self.stdout.write(f"Démonstration prête en {time.monotonic() - self.debut:.0f} s.")

    def _sert(self, hote: str, port: int) -> None:
        import socket

        import uvicorn

        with socket.socket() as sonde:
            sonde.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sonde.bind((hote, port))
            except OSError as erreur:
                raise CommandError(
                    f"Le port {port} est déjà pris. Essayez ./maillage demo --port {port + 1}"
                ) from erreur
        self.stdout.write(f"\nMaillage\u00a0: http://{hote}:{port}/   (Ctrl-C pour arrêter)\n")
        self.stdout.write("Comptes de démonstration, à choisir sur la page «\u00a0Se connecter\u00a0»\u00a0:")
        for personne in Personne.objects.filter(is_demonstration=True).order_by("id"):
            self.stdout.write(f"  · {personne.libelle_demonstration}")
        self.stdout.flush()
        longs = subprocess.Popen(
            [sys.executable, "-m", "django", "db_worker", "--backend", "longs", "-v", "0"]
        )
        try:
            uvicorn.run(
                "config.asgi:application",
                host=hote,
                port=port,
                log_level="warning",
                timeout_graceful_shutdown=5,
            )
        finally:
            longs.terminate()
            longs.wait()


class _Muet:
    """Sortie qui n’écrit rien : le détail des imports n’intéresse pas la démonstration."""

    def write(self, texte: str) -> None: ...

    def flush(self) -> None: ...
