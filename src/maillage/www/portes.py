"""Où mène un nom, pour la personne qui lit : une page qu’elle peut ouvrir, ou rien. Une porte ne mène jamais à un refus."""

from functools import cached_property
from typing import Any

from maillage.comptes.permissions import Permission
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import territoires_for


class Portes:
    """Les portes d’une personne, avec une requête au plus pour toute une liste."""

    def __init__(self, user: Any) -> None:
        self.user = user

    @cached_property
    def _fictifs(self) -> set[int]:
        miens = territoires_for(self.user, Permission.TERRITOIRE_READ).filter(is_fictif=True)
        return set(miens.values_list("pk", flat=True))

    def find_territoire(self, territoire: Territoire) -> str:
        """Sa page publique ; un espace fictif n’en a pas : son espace, s’il est ouvert à la personne."""
        if not territoire.is_fictif:
            return territoire.get_absolute_url()
        return territoire.get_espace_url() if territoire.pk in self._fictifs else ""

    def find_fiche(self, fiche: Any) -> str:
        """L’espace de la fiche pour qui y a droit (`is_lisible`, annoté), sa page publique sinon, s’il y en a une."""
        if fiche.is_lisible:
            return str(fiche.get_absolute_url())
        return str(fiche.get_public_url()) if fiche.is_publique else ""
