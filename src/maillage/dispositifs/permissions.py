"""Qui tient le catalogue : chaque financeur ses dispositifs, la délégation nationale tous. Tout le monde le lit."""

from typing import Any

from django.db.models import Q, QuerySet

from maillage.comptes.models import Organisation, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.dispositifs.models import Dispositif, VersionDispositif
from maillage.socle.erreurs import AccesRefuse

TENEURS = [role for role, r in ROLES_ORGANISATION.items() if Permission.DISPOSITIF_UPDATE in r.permissions]
REFUS = (
    "Seuls les gens du financeur et la délégation nationale tiennent un dispositif au catalogue. "
    "Signalez-leur ce qui a changé\u00a0: leur contact est sur la page du dispositif."
)


def user_is_delegation(user: Any) -> bool:
    """Vrai pour la délégation nationale, qui tient tout le catalogue et les conventions."""
    return isinstance(user, Personne) and any(
        f.role == "national" and Permission.DISPOSITIF_UPDATE in ROLES_ORGANISATION[f.role].permissions
        for f in user.get_fonctions()
    )


def financeurs_of(user: Any) -> QuerySet[Organisation]:
    """Les organisations au nom desquelles `user` peut inscrire un dispositif ; toutes pour la délégation nationale."""
    if user_is_delegation(user):
        return Organisation.objects.filter(is_financeur=True)
    if not isinstance(user, Personne):
        return Organisation.objects.none()
    return Organisation.objects.filter(pk__in=user.get_organisation_ids(*TENEURS))


def user_can_create_dispositif(user: Any) -> bool:
    return user_is_delegation(user) or (
        isinstance(user, Personne) and bool(user.get_organisation_ids(*TENEURS))
    )


def check_user_can_create_dispositif(user: Any) -> None:
    if not user_can_create_dispositif(user):
        raise AccesRefuse(REFUS)


def user_can_update_dispositif(user: Any, dispositif: Dispositif) -> bool:
    if user_is_delegation(user):
        return True
    return (
        isinstance(user, Personne)
        and dispositif.financeur_id is not None
        and dispositif.financeur_id in user.get_organisation_ids(*TENEURS)
    )


def check_user_can_update_dispositif(user: Any, dispositif: Dispositif) -> None:
    if not user_can_update_dispositif(user, dispositif):
        raise AccesRefuse(REFUS)


def check_user_can_import(user: Any) -> None:
    """Seule la délégation nationale importe un fichier : il parle des dispositifs de tous les financeurs."""
    if not user_is_delegation(user):
        raise AccesRefuse("Seule la délégation nationale importe des dispositifs dans le catalogue.")


def versions_visible_to(user: Any) -> QuerySet[VersionDispositif]:
    """Le catalogue est public ; une entrée fictive ne se lit que connecté, pour qui répète dans l’espace fictif."""
    if isinstance(user, Personne):
        return VersionDispositif.objects.all()
    return VersionDispositif.objects.filter(Q(dispositif__is_fictif=False))
