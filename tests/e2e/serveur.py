"""La démonstration, servie pour de vrai par uvicorn, sur une copie jetable de sa base.

La démonstration est construite une fois par session ; chaque module de tests part de sa copie, et n’en voit pas d’autre.
"""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

RACINE = Path(__file__).resolve().parents[2]
# Un essai peut courir dans plusieurs processus : chacun a ses bases.
PROCESSUS = os.environ.get("PYTEST_XDIST_WORKER", "seul")
MODELE = f"e2e_modele_{PROCESSUS}"
_numeros = count(1)


class ServeurEnPanne(RuntimeError):
    """Le serveur n’a pas démarré, ou a écrit une erreur ; le message montre son journal."""


def _environnement(dossier: Path, base: str, **autres: str) -> dict[str, str]:
    propre = {
        nom: valeur for nom, valeur in os.environ.items() if not nom.startswith(("MAILLAGE_", "MARQUE_"))
    }
    return propre | {
        "PYTHONPATH": str(RACINE / "src"),
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "MAILLAGE_VAR": str(dossier),
        "MAILLAGE_BASE": base,
        **autres,
    }


@dataclass
class Serveur:
    """Une démonstration qui répond. `url` sans barre finale."""

    url: str
    dossier: Path
    base: str

    @property
    def journal(self) -> str:
        return (self.dossier / "uvicorn.log").read_text(encoding="utf-8", errors="replace")

    def find_pannes(self) -> list[str]:
        """Les entrées du journal qui portent une trace d’erreur. Un refus (403) en porte une aussi : il est voulu."""
        entrees = re.split(r"(?m)^(?=\d{4}-\d\d-\d\d [\d:,]+ [A-Z]+ )", self.journal)
        return [
            entree
            for entree in entrees
            if "Traceback" in entree and " WARNING django.request Forbidden (Permission denied)" not in entree
        ]

    def run_longs(self) -> None:
        """Fait les longs travaux en file, comme le processus que `./maillage demo` lance à côté du serveur."""
        subprocess.run(
            [
                sys.executable,
                "-m",
                "django",
                "db_worker",
                "--backend",
                "longs",
                "--batch",
                "--no-startup-delay",
            ],
            env=_environnement(self.dossier, self.base),
            check=True,
            capture_output=True,
        )

    def read(self, sql: str, *valeurs: Any) -> list[tuple[Any, ...]]:
        """Lignes d’une requête de lecture ; les valeurs se marquent « ? »."""
        if self.base.startswith("sqlite"):
            with sqlite3.connect(f"file:{self.dossier / 'demo.sqlite3'}?mode=ro", uri=True) as lien:
                return lien.execute(sql, valeurs).fetchall()
        import psycopg

        with psycopg.connect(self.base) as connexion:
            return connexion.execute(sql.replace("?", "%s"), valeurs).fetchall()

    def read_courriel(self, destinataire: str) -> str:
        """Le texte du dernier courriel préparé pour cette adresse."""
        lignes = self.read(
            "SELECT sujet, corps FROM notifications_courriel WHERE destinataire = ? ORDER BY id DESC LIMIT 1",
            destinataire,
        )
        assert lignes, f"aucun courriel pour {destinataire}"
        sujet, corps = lignes[0]
        return f"{sujet}\n{corps}" if corps else self._read_console(destinataire)

    def _read_console(self, destinataire: str) -> str:
        """Le texte du dernier courriel parti à cette adresse, tel que la console l’a écrit : un code parti s’efface en base."""
        for ecrit in reversed(re.split(r"(?m)^-{79}$", self.journal)):
            entete, _, corps = ecrit[max(ecrit.find("Content-Type: text/plain"), 0) :].partition("\n\n")
            if f"\nTo: {destinataire}\n" in entete:
                return corps
        raise AssertionError(f"aucun courriel parti à {destinataire} dans le journal du serveur")


class Modele:
    """La démonstration construite, et ses copies. `postgres` : adresse d’une base où l’on peut en créer d’autres."""

    def __init__(self, dossier: Path, postgres: str = "") -> None:
        self.dossier = dossier
        self.postgres = postgres
        self.construit = False

    def _build(self) -> None:
        if self.construit:
            return
        base = "sqlite:///demo.sqlite3"
        if self.postgres:
            self._execute(f'DROP DATABASE IF EXISTS "{MODELE}"', f'CREATE DATABASE "{MODELE}"')
            base = self._adresse(MODELE)
        sortie = subprocess.run(
            [sys.executable, "-m", "django", "demo", "--sans-serveur"],
            env=_environnement(self.dossier / "modele", base),
            capture_output=True,
            text=True,
            check=False,
        )
        if sortie.returncode:
            raise ServeurEnPanne(f"la démonstration ne se construit pas :\n{sortie.stdout}{sortie.stderr}")
        self.construit = True

    def _adresse(self, base: str) -> str:
        morceaux = urlsplit(self.postgres)
        return urlunsplit(morceaux._replace(path=f"/{base}"))

    def _execute(self, *ordres: str) -> None:
        import psycopg

        with psycopg.connect(self.postgres, autocommit=True) as connexion:
            for ordre in ordres:
                connexion.execute(ordre)

    @contextmanager
    def open_copie(self) -> Iterator[Serveur]:
        """Une copie de la démonstration, servie ; arrêtée et effacée à la fin. Un défaut écrit au journal lève ServeurEnPanne."""
        self._build()
        numero = next(_numeros)
        dossier = self.dossier / f"copie-{numero}"
        shutil.copytree(self.dossier / "modele", dossier)
        base, copie = "sqlite:///demo.sqlite3", f"e2e_copie_{PROCESSUS}_{numero}"
        if self.postgres:
            self._execute(
                f'DROP DATABASE IF EXISTS "{copie}"', f'CREATE DATABASE "{copie}" TEMPLATE "{MODELE}"'
            )
            base = self._adresse(copie)
        port = _find_port()
        serveur = Serveur(f"http://127.0.0.1:{port}", dossier, base)
        with (dossier / "uvicorn.log").open("wb") as journal:
            processus = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "uvicorn",
                    "config.asgi:application",
                    "--port",
                    str(port),
                    "--log-level",
                    "warning",
                ],
                env=_environnement(dossier, base, MAILLAGE_ADRESSE=serveur.url),
                stdout=journal,
                stderr=journal,
            )
        try:
            _wait(serveur, processus)
            yield serveur
            if pannes := serveur.find_pannes():
                raise ServeurEnPanne(f"le serveur a écrit une erreur :\n{pannes[0][-6000:]}")
        finally:
            processus.terminate()
            try:
                processus.wait(timeout=10)
            except subprocess.TimeoutExpired:
                processus.kill()
                processus.wait()
            if self.postgres:
                self._execute(f'DROP DATABASE IF EXISTS "{copie}" WITH (FORCE)')
            shutil.rmtree(dossier, ignore_errors=True)


def _find_port() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


def _wait(serveur: Serveur, processus: "subprocess.Popen[bytes]") -> None:
    hote, port = serveur.url.removeprefix("http://").split(":")
    for _ in range(300):
        if processus.poll() is not None:
            break
        with socket.socket() as prise:
            prise.settimeout(0.5)
            if prise.connect_ex((hote, int(port))) == 0:
                return
        time.sleep(0.1)
    raise ServeurEnPanne(f"le serveur ne répond pas :\n{serveur.journal[-6000:]}")
