"""Démonstration et développement : tout marche sans rien régler."""

from config.environnement import lire_booleen
from config.settings.base import *  # noqa: F403
from config.settings.base import CACHET_P12, DOSSIER_VAR
from config.settings.base import SECRET_KEY as _SECRET

DEBUG = lire_booleen("MAILLAGE_DEBUG", False)
SECRET_KEY = _SECRET or "demonstration-seulement-jamais-en-production"
ALLOWED_HOSTS = ["*"]
CONNEXION_DEMONSTRATION = True
# Il se propose et s’essaie ; il ne s’impose pas à qui visite la démonstration.
SECOND_FACTEUR_EXIGE = False
# Les fichiers statiques sont servis là où ils sont, sans collectstatic.
WHITENOISE_USE_FINDERS = True

# Le serveur de la démonstration lance un processus pour les longs travaux : on les voit avancer.
TASKS = {
    "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
    "longs": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]},
}

# Un cachet d’essai, écrit par la démonstration ; il n’engage personne.
if not CACHET_P12:
    CACHET_P12, CACHET_MOT_DE_PASSE = str(DOSSIER_VAR / "cachet-essai.p12"), "essai"

DOSSIER_VAR.mkdir(parents=True, exist_ok=True)
