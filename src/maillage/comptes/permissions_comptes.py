"""Qui tient les comptes, qui doit un second facteur."""

from typing import Any

from maillage.comptes.models import Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_SECOND_FACTEUR
from maillage.socle.erreurs import AccesRefuse


def user_can_manage_comptes(user: Any) -> bool:
    """L’administrateur de la plateforme, en personne : le support n’ouvre pas de compte au nom d’un autre."""
    return (
        isinstance(user, Personne)
        and not user.is_assistee
        and any(
            Permission.COMPTE_MANAGE in ROLES_ORGANISATION[f.role].permissions for f in user.get_fonctions()
        )
    )


def check_user_can_manage_comptes(user: Any) -> None:
    if not user_can_manage_comptes(user):
        raise AccesRefuse("Seul l’administrateur tient les comptes.")


def check_user_can_assist(user: Any) -> None:
    if not user_can_manage_comptes(user):
        raise AccesRefuse("Seul l’administrateur peut agir au nom de quelqu’un, pour l’aider.")


def check_en_personne(user: Any) -> None:
    """Ce qui n’appartient qu’à la personne : ses données, son second facteur, ses sessions, signer, accorder."""
    if isinstance(user, Personne) and user.is_assistee:
        raise AccesRefuse(
            "Vous agissez au nom de quelqu’un\u00a0: ceci n’appartient qu’à cette personne. Rendez d’abord la main."
        )


def must_use_second_facteur(personne: Personne) -> bool:
    """Vrai si une fonction du jour demande un second facteur (État, Région, opérateur, administrateur)."""
    return any(f.role in ROLES_SECOND_FACTEUR for f in personne.get_fonctions())
