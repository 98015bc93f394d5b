"""Les migrations, que la production rejoue, et la création directe, que la démonstration et les tests font, donnent les
mêmes tables."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

from django.conf import settings

CREER = """
import django; django.setup()
from maillage.demonstration.management.commands.demo import _create_tables
_create_tables()
"""


def _run(dossier: Path, *commande: str) -> dict[str, tuple[frozenset[tuple[str, ...]], frozenset[str]]]:
    """Crée une base dans ce dossier ; rend, par table, ses colonnes et les noms de ses contraintes et index."""
    environnement = {
        nom: valeur for nom, valeur in os.environ.items() if not nom.startswith(("MAILLAGE_", "DJANGO_"))
    }
    subprocess.run(
        [sys.executable, *commande],
        env=environnement
        | {
            "PYTHONPATH": str(settings.RACINE / "src"),
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "MAILLAGE_VAR": str(dossier),
        },
        check=True,
        capture_output=True,
    )
    with sqlite3.connect(dossier / "demo.sqlite3") as base:
        tables = {}
        for nom, sql in base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
            colonnes = base.execute(f"PRAGMA table_info('{nom}')").fetchall()
            index = base.execute(f"PRAGMA index_list('{nom}')").fetchall()
            tables[nom] = (
                frozenset((c[1], c[2], str(c[3])) for c in colonnes),
                frozenset(re.findall(r'CONSTRAINT "(\w+)" CHECK', sql))
                | {i[1] for i in index if i[3] == "c"},
            )
    return tables


def test_migrations_and_direct_creation_make_the_same_tables(tmp_path):
    rejouees = _run(tmp_path / "rejouees", "-m", "django", "migrate", "-v", "0")
    directes = _run(tmp_path / "directes", "-c", CREER)
    assert rejouees.keys() == directes.keys()
    for table, (colonnes, noms) in directes.items():
        assert rejouees[table][0] == colonnes, table
        assert rejouees[table][1] == noms, table
