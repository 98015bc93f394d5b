"""L’historique d’un objet, pour les gabarits (bibliothèque chargée d’office)."""

from collections.abc import Iterable
from typing import Any

from django import template

from maillage.journal.models import Entree
from maillage.journal.phrases import phrase

register = template.Library()


@register.inclusion_tag("composants/historique.html")
def historique(*, entrees: Iterable[Entree], titre: str = "Historique") -> dict[str, Any]:
    """Qui, quand, quoi, pourquoi, en phrases, depuis le journal. Galerie : /composants/#historique"""
    return {"lignes": [(entree, phrase(entree)) for entree in entrees], "titre": titre}
