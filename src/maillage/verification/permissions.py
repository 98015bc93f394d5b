"""Qui lit quoi : l’équipe du territoire, entreprise par entreprise ; le binôme, fiche par fiche ; les autres, des totaux.

L’industriel du binôme vient d’une entreprise : il ne lit ni le nom ni la réponse d’une autre.
"""

from typing import Any

from django.db.models import QuerySet

from maillage.comptes.permissions import Permission
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import check_permission, has_permission, territoires_for
from maillage.verification.models import Campagne


def campagnes_visible_to(user: Any) -> QuerySet[Campagne]:
    return Campagne.objects.filter(territoire__in=territoires_for(user, Permission.FICHE_READ).values("pk"))


def user_can_manage_campagnes(user: Any, territoire: Territoire) -> bool:
    """Mener une campagne et lire chaque réponse : l’équipe du territoire."""
    return has_permission(user, Permission.TERRITOIRE_UPDATE, territoire)


def check_user_can_manage_campagnes(user: Any, territoire: Territoire) -> None:
    check_permission(user, Permission.TERRITOIRE_UPDATE, territoire)


def user_can_read_par_fiche(user: Any, territoire: Territoire) -> bool:
    """Lire ce qui est dit de chaque fiche, sans les noms : ceux qui retiennent les fiches."""
    return has_permission(user, Permission.FICHE_RETAIN, territoire)
