"""`./maillage verifier` (ne change rien), `./maillage corriger` (met en forme), `./maillage docs` (régénère).

Chaque vérification a un titre, dit OK ou ÉCHEC, et montre sa sortie quand elle échoue.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
# Les salles qui portent les règles sont typées ; les pages et les formulaires sont libres.
SALLES_TYPEES = {"actions", "policies", "permissions", "selectors"}


@dataclass(frozen=True)
class Tache:
    titre: str
    commande: Sequence[str | Path]
    remede: str = ""


def dire(phrase: str = "") -> None:
    sys.stdout.write(f"{phrase}\n")
    sys.stdout.flush()


def find_salles() -> list[Path]:
    """Les fichiers typés : `calcul` en entier, et ces salles de chaque application, modules ou paquets."""
    applications = RACINE / "src" / "maillage"
    modules = [f for f in applications.glob("*/*.py") if f.stem.split("_")[0] in SALLES_TYPEES]
    paquets = [f for salle in SALLES_TYPEES for f in applications.glob(f"*/{salle}/*.py")]
    return [RACINE / "src" / "calcul", *sorted(modules + paquets)]


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def get_verifications() -> list[Tache]:
    return [
        Tache("Style du code (ruff)", [BIN / "ruff", "check", "."], "./maillage corriger"),
        Tache(
            "Mise en forme (ruff)", [BIN / "ruff", "format", "--check", "--quiet", "."], "./maillage corriger"
        ),
        Tache("Types (mypy)", [BIN / "mypy", *find_salles()]),
        Tache("Flèches entre applications (import-linter)", [BIN / "lint-imports"]),
        Tache("Réglages et modèles (django check)", python("django", "check", "--fail-level", "WARNING")),
        Tache(
            "Migrations à jour",
            python("django", "makemigrations", "--check", "--dry-run"),
            "./maillage gerer makemigrations",
        ),
        Tache(
            "Pages des règles à jour (docs/regles)",
            python("calcul.documentation", "--verifier"),
            "./maillage docs",
        ),
        Tache(
            "États et rôles à jour (docs/etats.md, docs/roles.md)",
            python("django", "documenter", "--verifier"),
            "./maillage docs",
        ),
        Tache(
            "Cohérence du code (tests/coherence, sans base)",
            python("pytest", "-q", "-p", "no:cacheprovider", "-m", "not django_db", "tests/coherence"),
        ),
    ]


def get_corrections() -> list[Tache]:
    return [
        Tache("Style du code (ruff)", [BIN / "ruff", "check", "--fix", "."]),
        Tache("Mise en forme (ruff)", [BIN / "ruff", "format", "."]),
        Tache("Typographie des gabarits", [sys.executable, RACINE / "tests" / "typographie.py"]),
    ]


def get_documents() -> list[Tache]:
    return [
        Tache("Pages des règles (docs/regles)", python("calcul.documentation")),
        Tache("États et rôles (docs/etats.md, docs/roles.md)", python("django", "documenter")),
    ]


def run(taches: list[Tache]) -> int:
    environnement = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(RACINE / "src"), str(RACINE)]),
        "MYPYPATH": str(RACINE / "src"),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    rates = []
    for tache in taches:
        debut = time.monotonic()
        resultat = subprocess.run(
            tache.commande, cwd=RACINE, env=environnement, text=True, capture_output=True, check=False
        )
        duree = time.monotonic() - debut
        if resultat.returncode == 0:
            dire(f"OK     {tache.titre} ({duree:.0f} s)")
            continue
        rates.append(tache)
        dire(f"ÉCHEC  {tache.titre} ({duree:.0f} s)")
        dire(
            "\n".join(f"       {ligne}" for ligne in (resultat.stdout + resultat.stderr).strip().splitlines())
        )
        if tache.remede:
            dire(f"       Remède\u00a0: {tache.remede}")
    dire()
    if rates:
        dire(
            f"{len(rates)} vérifications en échec sur {len(taches)}\u00a0: {', '.join(t.titre for t in rates)}."
        )
        return 1
    dire(f"Tout est en ordre ({len(taches)} vérifications).")
    return 0


def main(arguments: Sequence[str]) -> int:
    suites = {"verifier": get_verifications, "corriger": get_corrections, "docs": get_documents}
    if len(arguments) != 1 or arguments[0] not in suites:
        dire("Usage\u00a0: ./maillage verifier | corriger | docs")
        return 2
    return run(suites[arguments[0]]())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
