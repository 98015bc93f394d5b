"""Mesures : comme la démonstration, sur sa propre base."""

from config.environnement import lire, lire_base
from config.settings.dev import *  # noqa: F403
from config.settings.dev import DOSSIER_VAR

DATABASES = {
    "default": lire_base(lire("MAILLAGE_BASE_BENCH", "sqlite:///bench.sqlite3"), dossier=str(DOSSIER_VAR))
}
