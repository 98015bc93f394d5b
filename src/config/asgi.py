"""Porte ASGI : uvicorn config.asgi:application."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
_django = get_asgi_application()

from maillage.www.ateliers.flux import with_flux  # noqa: E402 (les modèles se chargent après Django)

application = with_flux(_django)
