"""Une grappe PostgreSQL jetable : créée dans un dossier temporaire, sans port réseau, effacée à la fin."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROLE = "maillage"
REGLAGES = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=60",
    "max_wal_size=2GB",
)


class GrappeImpossible(RuntimeError):
    """PostgreSQL n’a pas démarré ; le message dit pourquoi."""


def find_postgres() -> Path | None:
    """Dossier des programmes de PostgreSQL (la version la plus récente installée), ou None."""
    installes = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda chemin: [int(n) for n in chemin.parts[-3].split(".") if n.isdigit()],
    )
    if installes:
        return installes[-1].parent
    trouve = shutil.which("initdb")
    return Path(trouve).resolve().parent if trouve else None


def _get_compte() -> dict[str, Any]:
    """initdb refuse root : la grappe tourne alors sous le compte `postgres`, ou `nobody`."""
    if os.getuid() != 0:
        return {}
    for nom in ("postgres", "nobody"):
        try:
            compte = pwd.getpwnam(nom)
        except KeyError:
            continue
        return {"user": compte.pw_uid, "group": compte.pw_gid, "extra_groups": []}
    raise GrappeImpossible(
        "ni le compte «\u00a0postgres\u00a0» ni le compte «\u00a0nobody\u00a0» n’existent pour lancer PostgreSQL."
    )


@contextmanager
def open_grappe(programmes: Path) -> Iterator[str]:
    """Démarre la grappe et rend l’adresse d’une base vide ; l’arrête et l’efface quoi qu’il arrive.

    Le dossier, lisible du seul propriétaire, tient aussi la prise : personne d’autre ne peut s’y connecter.
    """
    compte = _get_compte()
    # Le nom d’une prise Unix est court (107 octets) : un dossier temporaire profond ne conviendrait pas.
    racine = Path(tempfile.mkdtemp(prefix="maillage-pg-", dir="/tmp"))
    serveur: subprocess.Popen[bytes] | None = None
    try:
        if compte:
            os.chown(racine, compte["user"], compte["group"])
        donnees, sortie = racine / "donnees", racine / "journal"
        environnement = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        commun = {"cwd": racine, "env": environnement, **compte}
        init = subprocess.run(
            [
                programmes / "initdb",
                "-D",
                donnees,
                "-U",
                ROLE,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ],
            capture_output=True,
            text=True,
            check=False,
            **commun,
        )
        if init.returncode:
            raise GrappeImpossible(f"initdb a échoué\u00a0: {init.stderr.strip()}")
        options = [morceau for reglage in REGLAGES for morceau in ("-c", reglage)]
        with sortie.open("wb") as journal:
            # Sa propre session : un Ctrl-C au clavier arrête les tests d’abord, la grappe ensuite.
            serveur = subprocess.Popen(
                [programmes / "postgres", "-D", donnees, "-k", racine, *options],
                stdout=journal,
                stderr=journal,
                start_new_session=True,
                **commun,
            )
        _wait(programmes, racine, serveur, sortie)
        subprocess.run([programmes / "createdb", "-h", racine, "-U", ROLE, ROLE], check=True, **commun)
        yield f"postgresql://{ROLE}@/{ROLE}?host={racine}"
    finally:
        if serveur is not None:
            serveur.send_signal(2)  # SIGINT : arrêt rapide, les sessions ouvertes sont closes
            try:
                serveur.wait(timeout=20)
            except subprocess.TimeoutExpired:
                serveur.kill()
                serveur.wait()
        shutil.rmtree(racine, ignore_errors=True)


def _wait(programmes: Path, racine: Path, serveur: "subprocess.Popen[bytes]", sortie: Path) -> None:
    for _ in range(150):
        if serveur.poll() is not None:
            break
        pret = subprocess.run([programmes / "pg_isready", "-q", "-h", racine], check=False)
        if pret.returncode == 0:
            return
        time.sleep(0.2)
    raise GrappeImpossible(
        f"le serveur ne répond pas\u00a0: {sortie.read_text(errors='replace')[-2000:].strip()}"
    )
