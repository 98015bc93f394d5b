"""Qui importe : qui peut à la fois créer et modifier les fiches du territoire."""

from typing import Any

from django.db.models import QuerySet

from maillage.comptes.permissions import Permission
from maillage.echanges.models import ImportPlan
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import check_permission, has_permission, territoires_for


def user_can_import(user: Any, territoire: Territoire) -> bool:
    """Un import écrit des fiches et leur financement : il faut les deux droits."""
    return has_permission(user, Permission.FICHE_CREATE, territoire) and has_permission(
        user, Permission.PLAN_UPDATE, territoire
    )


def check_user_can_import(user: Any, territoire: Territoire) -> None:
    """AccesRefuse, avec la phrase du droit qui manque."""
    check_permission(user, Permission.FICHE_CREATE, territoire)
    check_permission(user, Permission.PLAN_UPDATE, territoire)


def imports_visible_to(user: Any) -> QuerySet[ImportPlan]:
    """Un classeur reçu n’est qu’à l’équipe : il nomme des personnes et des montants qui ne sont pas encore des fiches."""
    return ImportPlan.objects.filter(
        territoire__in=territoires_for(user, Permission.PLAN_UPDATE).values("pk")
    )
