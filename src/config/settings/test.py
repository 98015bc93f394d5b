"""Tests : rapides, sans réseau ; la base vient de MAILLAGE_BASE (SQLite fichier par défaut)."""

import tempfile
from pathlib import Path

from config.environnement import lire, lire_base
from config.settings.base import *  # noqa: F403

SECRET_KEY = "tests"  # noqa: S105
ALLOWED_HOSTS = ["*"]
CONNEXION_DEMONSTRATION = True
# Les essais du second facteur le rétablissent ; les autres se connectent en une ligne.
SECOND_FACTEUR_EXIGE = False
_DOSSIER = Path(tempfile.mkdtemp(prefix="maillage-tests-"))
DATABASES = {
    "default": lire_base(lire("MAILLAGE_BASE_TEST", "sqlite:///test.sqlite3"), dossier=str(_DOSSIER))
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Un fichier, non la mémoire : les fils d'exécution se comportent comme en production.
    DATABASES["default"]["TEST"] = {"NAME": str(_DOSSIER / "test-base.sqlite3")}
else:
    # Sans réserve de connexions : une base d'essai s'efface quand plus personne n'y est connecté.
    DATABASES["default"]["OPTIONS"] = {}
MEDIA_ROOT = _DOSSIER / "pieces"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
