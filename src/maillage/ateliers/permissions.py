"""Qui voit et qui anime un atelier. Ce qui s’y dit n’est qu’aux participants et à qui anime."""

from typing import Any

from django.db.models import QuerySet

from maillage.ateliers.models import Atelier
from maillage.comptes.permissions import Permission
from maillage.territoires.permissions import check_permission, has_permission, territoires_for


def ateliers_visible_to(user: Any) -> QuerySet[Atelier]:
    """Les ateliers de ses territoires : qu’ils ont eu lieu, jamais ce qui s’y est dit."""
    return Atelier.objects.filter(territoire__in=territoires_for(user, Permission.TERRITOIRE_READ))


def user_can_animate(user: Any, atelier: Atelier) -> bool:
    return has_permission(user, Permission.ATELIER_ANIMATE, atelier.territoire)


def check_user_can_animate(user: Any, atelier: Atelier) -> None:
    check_permission(user, Permission.ATELIER_ANIMATE, atelier.territoire)
