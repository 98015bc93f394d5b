# Image de production. Écrite avec soin, mais pas encore essayée : voir docs/guides/deploiement.md.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --system --create-home --home-dir /var/lib/maillage maillage
WORKDIR /srv/maillage

COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY src ./src
COPY donnees ./donnees
ENV PYTHONPATH=/srv/maillage/src DJANGO_SETTINGS_MODULE=config.settings.prod \
    MAILLAGE_VAR=/var/lib/maillage MAILLAGE_STATIQUE=/srv/maillage/statique

# Ces valeurs ne servent qu’à rassembler les fichiers statiques ; aucune ne reste dans l’image.
RUN MAILLAGE_SECRET=$(python -c 'import secrets; print(secrets.token_urlsafe(50))') \
    MAILLAGE_BASE=sqlite:////dev/null MAILLAGE_ADRESSE=https://construction.example MAILLAGE_HOTES=construction.example \
    MAILLAGE_EXPEDITEUR=construction@example.org MAILLAGE_COURRIEL_HOTE=construction.example \
    python -m django collectstatic --noinput

USER maillage
EXPOSE 8000
CMD ["sh", "-c", "python -m django verifier_production && exec uvicorn config.asgi:application --host 0.0.0.0 --port 8000 --workers 3 --timeout-graceful-shutdown 5 --no-access-log"]
