"""Lectures sur les territoires : ce qui m’attend, la frise de la chaîne, les membres."""

from typing import Any

from django.db.models import Q, QuerySet

from maillage.comptes.models import Personne
from maillage.comptes.permissions import Permission
from maillage.notifications.models import Attente
from maillage.territoires.models import Mandat, Territoire
from maillage.territoires.permissions import territoires_for


def attentes_for(user: Any) -> QuerySet[Attente]:
    """Ce qui attend cette personne : adressé à ses organisations, ou à un rôle qu’elle tient sur un territoire."""
    if not isinstance(user, Personne):
        return Attente.objects.none()
    condition = Q(organisation__in=user.get_organisation_ids())
    roles: dict[str, list[str]] = {}
    for mandat in Mandat.objects.du_jour().filter(personne=user).select_related("territoire__vague"):
        roles.setdefault(mandat.role, []).append(mandat.territoire.cle)
    for role, cles in roles.items():
        condition |= Q(role=role, territoire__in=cles)
        if role in ("elu", "industriel"):
            condition |= Q(role="elu", territoire__in=cles)
    if any(fonction.role == "region" for fonction in user.get_fonctions()):
        cles = [t.cle for t in territoires_for(user, Permission.FICHE_INSTRUCT).select_related("vague")]
        condition |= Q(role="region", territoire__in=cles)
    return Attente.objects.ouvertes().filter(condition)


def find_territoires(territoires: QuerySet[Territoire], texte: str) -> QuerySet[Territoire]:
    """Territoires dont chaque mot de la recherche est dans le nom, la marque locale ou l’identifiant, sans accent."""
    from maillage.socle.texte import replier

    for mot in replier(texte).split():
        territoires = territoires.filter(nom_recherche__contains=mot)
    return territoires
