"""Lecture des variables d'environnement : une phrase claire quand il en manque une.

La liste complète est dans docs/guides/configuration.md (un test compare les deux).
"""

import os

from django.core.exceptions import ImproperlyConfigured

VRAI = {"1", "oui", "true", "vrai", "on"}
FAUX = {"", "0", "non", "false", "faux", "off"}


def lire(nom: str, defaut: str | None = None) -> str:
    """Valeur de la variable `nom`. Sans valeur ni défaut : ImproperlyConfigured, avec ce qu'il faut faire."""
    valeur = os.environ.get(nom, defaut)
    if valeur is None:
        raise ImproperlyConfigured(
            f"La variable d'environnement {nom} manque. Voyez docs/guides/configuration.md, puis donnez-lui une valeur."
        )
    return valeur


def lire_booleen(nom: str, defaut: bool = False) -> bool:
    valeur = os.environ.get(nom, "oui" if defaut else "").strip().lower()
    if valeur in VRAI:
        return True
    if valeur in FAUX:
        return False
    raise ImproperlyConfigured(f"{nom}={valeur!r} n'est ni «\u00a0oui\u00a0» ni «\u00a0non\u00a0».")


def lire_entier(nom: str, defaut: int) -> int:
    valeur = os.environ.get(nom, str(defaut))
    try:
        return int(valeur)
    except ValueError:
        raise ImproperlyConfigured(f"{nom}={valeur!r} n'est pas un nombre entier.") from None


def lire_liste(nom: str, defaut: str = "") -> list[str]:
    return [element.strip() for element in os.environ.get(nom, defaut).split(",") if element.strip()]


def lire_base(url: str, *, dossier: str, connexions: int = 8) -> dict[str, object]:
    """Réglage Django d'une base, depuis `sqlite:///chemin` ou `postgresql://nom:secret@hote:port/base`.

    PostgreSQL : une réserve d'au plus `connexions` par processus. Sous ASGI chaque demande a son fil : des connexions gardées
    par fil s'accumulent jusqu'à ce que le serveur les refuse ; ici une demande de trop attend son tour.
    SQLite : WAL, transactions IMMEDIATE (deux personnes qui écrivent s'attendent au lieu d'échouer) ;
    voir docs/adr/0002-base-de-donnees.md.
    """
    from urllib.parse import parse_qs, unquote, urlsplit

    morceaux = urlsplit(url)
    if morceaux.scheme == "sqlite":
        chemin = unquote(morceaux.path.removeprefix("/")) or "maillage.sqlite3"
        if not os.path.isabs(chemin):
            chemin = os.path.join(dossier, chemin)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": chemin,
            "ATOMIC_REQUESTS": False,
            "OPTIONS": {
                "timeout": 10,
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                    "PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
                ),
            },
        }
    if morceaux.scheme in {"postgres", "postgresql"}:
        hote = parse_qs(morceaux.query).get("host", [morceaux.hostname or ""])[0]
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(morceaux.path.lstrip("/")),
            "USER": unquote(morceaux.username or ""),
            "PASSWORD": unquote(morceaux.password or ""),
            "HOST": hote,
            "PORT": str(morceaux.port or ""),
            "ATOMIC_REQUESTS": False,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"pool": {"min_size": 1, "max_size": connexions, "timeout": 20}},
        }
    raise ImproperlyConfigured(
        f"MAILLAGE_BASE commence par «\u00a0{morceaux.scheme}://\u00a0»\u00a0: seuls sqlite:/// et postgresql:// sont connus."
    )
