"""Ce qu’une installation de production refuse : une phrase par danger, avec ce qu’il faut faire.

Ne dépend d’aucune base : lu par config.settings.prod au démarrage, et par la commande `verifier_production`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

LONGUEUR_SECRET = 50
HOTES_DE_CETTE_MACHINE = {"localhost", "127.0.0.1", "::1"}


def find_dangers(reglages: Mapping[str, Any]) -> list[str]:
    """Les réglages qui mettraient des gens ou des données en danger, un par phrase ; liste vide si tout va bien."""
    return [
        *_check_secret(str(reglages.get("SECRET_KEY", ""))),
        *_check_adresse(reglages),
        *_check_base(reglages),
        *_check_courriel(reglages),
        *_check_demonstration(reglages),
    ]


def _check_secret(secret: str) -> list[str]:
    if not secret:
        return [
            "MAILLAGE_SECRET manque. Donnez-lui au moins 50 caractères tirés au hasard "
            "(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')."
        ]
    if len(secret) < LONGUEUR_SECRET or len(set(secret)) < 10 or "demonstration" in secret:
        return [
            f"MAILLAGE_SECRET est trop facile à deviner ({len(secret)} caractères)\u00a0: il en faut au moins "
            f"{LONGUEUR_SECRET}, tirés au hasard. Qui connaît ce secret peut se faire passer pour n’importe qui."
        ]
    return []


def _check_adresse(reglages: Mapping[str, Any]) -> list[str]:
    dangers = []
    adresse = urlsplit(str(reglages.get("ADRESSE_PUBLIQUE", "")))
    hotes = list(reglages.get("ALLOWED_HOSTS", []))
    if adresse.scheme != "https" or not adresse.hostname or adresse.path or adresse.query:
        dangers.append(
            "MAILLAGE_ADRESSE doit être l’adresse publique en https, sans chemin\u00a0: https://maillage.example.gouv.fr. "
            "En http, les codes de connexion et les cookies passent en clair."
        )
    elif adresse.hostname in HOTES_DE_CETTE_MACHINE:
        dangers.append(
            "MAILLAGE_ADRESSE désigne cette machine\u00a0: les liens envoyés par courriel ne s’ouvriraient pas ailleurs."
        )
    if not hotes or any("*" in hote for hote in hotes):
        dangers.append(
            "MAILLAGE_HOTES doit énumérer les noms de machine servis, séparés par des virgules, sans «\u00a0*\u00a0»\u00a0: "
            "sinon un lien de connexion peut être fabriqué vers un autre site."
        )
    elif adresse.hostname and not any(_serves(hote, adresse.hostname) for hote in hotes):
        dangers.append(
            f"MAILLAGE_HOTES ne contient pas {adresse.hostname}, le nom de MAILLAGE_ADRESSE\u00a0: ajoutez-le."
        )
    if reglages.get("MARQUE_ETAT") and not str(adresse.hostname or "").endswith(".gouv.fr"):
        dangers.append(
            "MARQUE_ETAT=oui demande une adresse en .gouv.fr\u00a0: la marque de l’État n’est permise qu’à ses services."
        )
    return dangers


def _serves(hote: str, nom: str) -> bool:
    return hote == nom or (hote.startswith(".") and nom.endswith(hote))


def _check_base(reglages: Mapping[str, Any]) -> list[str]:
    if not reglages.get("BASE_DECLAREE"):
        return [
            "MAILLAGE_BASE manque\u00a0: indiquez la base (postgresql://nom:secret@hote/base, ou sqlite:////dossier/base.sqlite3 "
            "pour une seule machine). La base de la démonstration ne sert pas en production."
        ]
    return []


def _check_courriel(reglages: Mapping[str, Any]) -> list[str]:
    dangers = []
    if not reglages.get("EMAIL_HOST"):
        dangers.append(
            "MAILLAGE_COURRIEL_HOTE manque\u00a0: on se connecte par un code envoyé par courriel, sans lui personne n’entre."
        )
    if ".invalid" in str(reglages.get("DEFAULT_FROM_EMAIL", "")):
        dangers.append(
            "MAILLAGE_EXPEDITEUR manque\u00a0: donnez l’adresse d’où partent les courriels (Maillage <adresse>)."
        )
    return dangers


def _check_demonstration(reglages: Mapping[str, Any]) -> list[str]:
    dangers = []
    if reglages.get("DEBUG"):
        dangers.append(
            "MAILLAGE_DEBUG=oui montre le code et les réglages à qui provoque une erreur\u00a0: retirez-le."
        )
    if reglages.get("CONNEXION_DEMONSTRATION"):
        dangers.append(
            "CONNEXION_DEMONSTRATION laisse entrer sans code\u00a0: ce réglage est réservé à la démonstration."
        )
    return dangers
