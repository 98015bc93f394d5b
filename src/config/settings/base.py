"""Réglages communs. Un clone tout neuf démarre sans aucune variable (voir dev.py)."""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from config.environnement import lire, lire_base, lire_booleen, lire_liste

RACINE = Path(__file__).resolve().parents[3]
DOSSIER_VAR = Path(lire("MAILLAGE_VAR", str(RACINE / ".maillage")))
DOSSIER_DONNEES = RACINE / "donnees"

DEBUG = False
SECRET_KEY = lire("MAILLAGE_SECRET", "")
ALLOWED_HOSTS: list[str] = []
CSRF_TRUSTED_ORIGINS: list[str] = []

INSTALLED_APPS = [
    "maillage.demonstration",
    "maillage.www",
    "maillage.pilotage",
    "maillage.programmation",
    "maillage.echanges",
    "maillage.aides",
    "maillage.contrats",
    "maillage.instruction",
    "maillage.financement",
    "maillage.dispositifs",
    "maillage.gouvernance",
    "maillage.verification",
    "maillage.ateliers",
    "maillage.fiches",
    "maillage.equipes",
    "maillage.territoires",
    "maillage.agenda",
    "maillage.notifications",
    "maillage.documents",
    "maillage.comptes",
    "maillage.referentiels",
    "maillage.journal",
    "maillage.socle",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "widget_tweaks",
    "dsfr",
    "django.forms",
    "csp",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "maillage.www.comptes.middleware.IdentiteMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "maillage.www.reprise.ConnexionMiddleware",
    "maillage.www.reprise.MethodeMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "maillage.socle.middleware.LectureSeuleMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [RACINE / "src" / "maillage" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "maillage.www.contexte.communs",
            ],
            "builtins": ["maillage.socle.templatetags.maillage", "maillage.journal.templatetags.journal"],
        },
    }
]

DATABASES = {"default": lire_base(lire("MAILLAGE_BASE", "sqlite:///demo.sqlite3"), dossier=str(DOSSIER_VAR))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "comptes.Personne"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "connexion"
LOGIN_REDIRECT_URL = "espace-accueil"
LOGOUT_REDIRECT_URL = "accueil"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "maillage.www.erreurs.formulaire_perime"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/statique/"
STATIC_ROOT: str | None = None  # la production rassemble ses fichiers (prod.py)
STATICFILES_DIRS = [RACINE / "src" / "maillage" / "static"]
MEDIA_ROOT = DOSSIER_VAR / "pieces"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
SITE_ID = 1

# « longs » : une file à part, pour qu’un calcul de quarante secondes ne retarde pas un courriel (ADR 0003).
_IMMEDIAT = {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}
TASKS = {"default": _IMMEDIAT, "longs": _IMMEDIAT}

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = lire("MAILLAGE_EXPEDITEUR", "Maillage <ne-pas-repondre@maillage.invalid>")
# Annexe du décret n° 2022-968 (CSV : code_commune, zone, taux) ; sans elle, les règles demandent la zone.
ZONAGE_AFR = lire("MAILLAGE_ZONAGE_AFR", "")
ADRESSE_PUBLIQUE = lire("MAILLAGE_ADRESSE", "http://127.0.0.1:8000").rstrip("/")

# Qui une attente concerne : lu par maillage.notifications, qui ne connaît ni mandats ni fonctions.
DESTINATAIRES_ATTENTE = "maillage.territoires.selectors.destinataires_of"

# --- connexion ---------------------------------------------------------------------------------------------------
# Le second facteur de l'État, des Régions, des opérateurs et de l'administrateur : toujours dû, sauf en démonstration.
SECOND_FACTEUR_EXIGE = True
SECRET_KEY_FALLBACKS: list[str] = lire_liste("MAILLAGE_SECRETS_PASSES")
# ProConnect, ou tout fournisseur OpenID Connect : sans émetteur, la connexion se fait par code seulement.
PROCONNECT_EMETTEUR = lire("MAILLAGE_PROCONNECT_EMETTEUR", "")
PROCONNECT_CLIENT = lire("MAILLAGE_PROCONNECT_CLIENT", "")
PROCONNECT_SECRET = lire("MAILLAGE_PROCONNECT_SECRET", "")
PROCONNECT_NOM = lire("MAILLAGE_PROCONNECT_NOM", "ProConnect")
PROCONNECT_PORTEES = lire("MAILLAGE_PROCONNECT_PORTEES", "openid email given_name usual_name siret")
PROCONNECT_AUTHENTIFICATION = lire("MAILLAGE_PROCONNECT_AUTHENTIFICATION", "client_secret_post")
PROCONNECT_ACR = lire("MAILLAGE_PROCONNECT_ACR", "")
PROCONNECT_ACR_FORTS = lire_liste(
    "MAILLAGE_PROCONNECT_ACR_FORTS",
    "eidas2,eidas3,https://proconnect.gouv.fr/assurance/self-asserted-2fa,"
    "https://proconnect.gouv.fr/assurance/consistency-checked-2fa",
)

# La marque de l'État (bloc-marque, police Marianne) n'est permise qu'aux services de l'État, sur un nom en .gouv.fr.
MARQUE_ETAT = lire_booleen("MARQUE_ETAT", False)
# Connexion par choix d'un compte de démonstration : refusée au démarrage en production.
CONNEXION_DEMONSTRATION = False
TAILLE_MAX_PIECE = 10 * 1024 * 1024  # octets

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"simple": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "simple"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Un 403 ou un 404 est une réponse, pas une panne : seules les pannes s’écrivent avec leur trace.
    "loggers": {"django.request": {"level": "ERROR"}},
}

# Une page lue n'écrit rien (maillage.socle.middleware).
LECTURE_SEULE_SUR_GET = True
