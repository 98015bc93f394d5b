"""Ce que le dépôt contient : ni chemin de machine, ni adresse d’index de paquets ; des réglages tous décrits."""

import re
import subprocess

import pytest
from django.conf import settings

RACINE = settings.RACINE
BINAIRES = {
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".ico",
    ".woff2",
    ".pdf",
    ".docx",
    ".xlsx",
    ".gz",
    ".zip",
    ".odt",
}
# Écrits en morceaux : ce fichier aussi est relu.
INTERDITS = {
    "chemin de machine": r"(?<![\w.])/" + r"(?:root|home/\w+|work|Users/\w+|tmp/wt)/" + r"[\w.]",
    "index de paquets": "pypi" + r"\.org|python" + r"hosted\.org|npm" + r"js\.(?:org|com)",
}


def _list_suivis():
    sortie = subprocess.run(
        ["git", "ls-files", "-z"], cwd=RACINE, capture_output=True, text=True, check=True
    ).stdout
    return [RACINE / nom for nom in sortie.split("\0") if nom]


def _read_suivis():
    for chemin in _list_suivis():
        if chemin.is_file() and chemin.suffix not in BINAIRES and chemin.stat().st_size < 2_000_000:
            yield chemin.relative_to(RACINE).as_posix(), chemin.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("quoi", INTERDITS)
def test_no_tracked_file_holds_what_belongs_to_one_machine(quoi):
    motif = re.compile(INTERDITS[quoi])
    trouves = [
        f"{nom}\u00a0: {trouve.group()}"
        for nom, texte in _read_suivis()
        for trouve in [motif.search(texte)]
        if trouve
    ]
    assert not trouves


def _find_variables():
    """Les variables d’environnement lues par les réglages, les outils de test et les scripts."""
    lues = set()
    for nom, texte in _read_suivis():
        if nom.startswith(("src/config/", "src/maillage/")) and nom.endswith(".py"):
            lues |= set(re.findall(r"""lire(?:_booleen|_entier|_liste)?\(\s*["']([A-Z][A-Z_]+)["']""", texte))
            lues |= set(re.findall(r"""environ(?:\.get\(|\[)["'](M[A-Z_]+)["']""", texte))
        if nom in (
            "tests/lancer.py",
            "tests/e2e/conftest.py",
            "tests/e2e/navigation.py",
            "maillage",
            ".ci/run",
        ):
            lues |= set(re.findall(r"\b(MAILLAGE_[A-Z_]+)\b", texte))
    return lues


def test_every_environment_variable_is_documented_and_every_documented_one_is_read():
    guide = (RACINE / "docs" / "guides" / "configuration.md").read_text(encoding="utf-8")
    decrites = set(re.findall(r"^\| `([A-Z][A-Z_]+)`", guide, flags=re.MULTILINE))
    assert decrites == _find_variables()
