"""Production : tout vient de l’environnement (docs/guides/configuration.md).

Un réglage dangereux empêche le démarrage ; chaque danger est dit en une phrase, avec son remède.
"""

from django.core.exceptions import ImproperlyConfigured

from config.environnement import lire, lire_base, lire_booleen, lire_entier, lire_liste
from config.settings.base import *  # noqa: F403
from config.settings.base import ADRESSE_PUBLIQUE, DOSSIER_VAR
from config.verifications import find_dangers

DEBUG = lire_booleen("MAILLAGE_DEBUG", False)
CONNEXION_DEMONSTRATION = False

ALLOWED_HOSTS = lire_liste("MAILLAGE_HOTES")
CSRF_TRUSTED_ORIGINS = [ADRESSE_PUBLIQUE]

BASE_DECLAREE = bool(lire("MAILLAGE_BASE", ""))
DATABASES = {
    "default": lire_base(
        lire("MAILLAGE_BASE", "sqlite:///production.sqlite3"),
        dossier=str(DOSSIER_VAR),
        connexions=lire_entier("MAILLAGE_CONNEXIONS", 8),
    )
}
MEDIA_ROOT = lire("MAILLAGE_MEDIA", str(DOSSIER_VAR / "pieces"))
STATIC_ROOT = lire("MAILLAGE_STATIQUE", str(DOSSIER_VAR / "statique"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Nom de fichier qui change avec le contenu : le navigateur garde chaque fichier un an.
    "staticfiles": {"BACKEND": "maillage.socle.statiques.StatiquesEmpreints"},
}

_FILE_EN_BASE = {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}
TASKS = {"default": _FILE_EN_BASE, "longs": _FILE_EN_BASE}

# --- https ---------------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
# Le préfixe __Host- : le navigateur refuse ces cookies en http, ou posés par un sous-domaine voisin.
SESSION_COOKIE_NAME = "__Host-maillage"
CSRF_COOKIE_NAME = "__Host-maillage-formulaire"
SECURE_SSL_REDIRECT = lire_booleen("MAILLAGE_REDIRIGER_HTTPS", True)
SECURE_HSTS_SECONDS = lire_entier("MAILLAGE_HSTS", 365 * 24 * 3600)
# Les sous-domaines et la liste préchargée engagent d’autres que cette installation : à décider par qui tient le domaine.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if lire_booleen("MAILLAGE_PROXY_HTTPS", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- courriel ------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = lire("MAILLAGE_COURRIEL_HOTE", "")
EMAIL_PORT = lire_entier("MAILLAGE_COURRIEL_PORT", 587)
EMAIL_HOST_USER = lire("MAILLAGE_COURRIEL_UTILISATEUR", "")
EMAIL_HOST_PASSWORD = lire("MAILLAGE_COURRIEL_SECRET", "")
EMAIL_TIMEOUT = 20  # secondes
_CHIFFREMENT = lire("MAILLAGE_COURRIEL_CHIFFREMENT", "starttls").lower()
if _CHIFFREMENT not in ("starttls", "tls", "aucun"):
    raise ImproperlyConfigured(
        f"MAILLAGE_COURRIEL_CHIFFREMENT={_CHIFFREMENT!r}\u00a0: choisissez «\u00a0starttls\u00a0», «\u00a0tls\u00a0» ou «\u00a0aucun\u00a0»."
    )
EMAIL_USE_TLS = _CHIFFREMENT == "starttls"
EMAIL_USE_SSL = _CHIFFREMENT == "tls"

_DANGERS = find_dangers(globals())
if _DANGERS:
    raise ImproperlyConfigured(
        "La production ne démarre pas ainsi\u00a0:\n" + "\n".join(f"  - {danger}" for danger in _DANGERS)
    )
