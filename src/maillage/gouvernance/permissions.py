"""Qui voit un comité, qui le tient, qui signe son relevé."""

from typing import Any

from django.db.models import Q

from maillage.comptes.models import Invite, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.gouvernance.enums import Qualite
from maillage.gouvernance.models import Comite, ComiteQuerySet, MembreComite, Seance
from maillage.referentiels.models import Region
from maillage.socle.erreurs import AccesRefuse
from maillage.socle.horloge import aujourdhui
from maillage.territoires.permissions import PHRASES_REFUS, has_permission, territoires_for

TIENNENT = (Qualite.PRESIDENT, Qualite.SECRETAIRE)


def _regions(user: Personne, permission: Permission) -> set[str]:
    """Codes des régions dont une organisation de la personne (Région, préfecture) porte la permission."""
    return {
        f.organisation.region_id
        for f in user.get_fonctions()
        if f.role in ("region", "prefecture")
        and f.organisation.region_id
        and permission in ROLES_ORGANISATION[f.role].permissions
    }


def _is_national(user: Personne, permission: Permission) -> bool:
    return any(
        f.role in ("national", "administrateur") and permission in ROLES_ORGANISATION[f.role].permissions
        for f in user.get_fonctions()
    )


def comites_visible_to(user: Any) -> ComiteQuerySet:
    """Comités de ses territoires, COPIL de sa région ou de la nation, et ceux où l’on siège (soi ou son organisation)."""
    if not isinstance(user, Personne):
        return Comite.objects.none()
    # Une sous-requête, non une jointure : un comité où l’on siège deux fois ne paraît qu’une fois.
    sieges = MembreComite.objects.at(aujourdhui()).filter(
        Q(personne=user) | Q(organisation__in=user.get_organisation_ids())
    )
    condition = Q(territoire__in=territoires_for(user, Permission.COMITE_READ).values("pk"))
    condition |= Q(region__in=_regions(user, Permission.COMITE_READ)) | Q(pk__in=sieges.values("comite"))
    if _is_national(user, Permission.COMITE_READ):
        condition |= Q(territoire__isnull=True)
    return Comite.objects.filter(condition)


def seances_visible_to(user: Any) -> Any:
    """Séances des comités visibles, et celles où l’on est invité."""
    if not isinstance(user, Personne):
        return Seance.objects.none()
    invite = Q(rendez_vous__invitations__personne=user, rendez_vous__invitations__retiree_at__isnull=True)
    invitees = Seance.objects.filter(invite).values("pk")
    return Seance.objects.filter(Q(comite__in=comites_visible_to(user).values("pk")) | Q(pk__in=invitees))


def user_can_manage_comite(user: Any, comite: Comite) -> bool:
    """L’équipe du territoire, la Région pour son COPIL, la délégation nationale pour le sien ; et qui préside ou tient le
    secrétariat du comité."""
    if not isinstance(user, Personne):
        return False
    if comite.territoire:
        ouvert = has_permission(user, Permission.COMITE_MANAGE, comite.territoire)
    elif comite.region_id:
        ouvert = comite.region_id in _regions(user, Permission.COPIL_MANAGE)
    else:
        ouvert = _is_national(user, Permission.COPIL_MANAGE)
    return (
        ouvert
        or MembreComite.objects.at(aujourdhui())
        .filter(comite=comite, personne=user, place__in=TIENNENT)
        .exists()
    )


def check_user_can_manage_comite(user: Any, comite: Comite) -> None:
    if not user_can_manage_comite(user, comite):
        permission = Permission.COMITE_MANAGE if comite.territoire_id else Permission.COPIL_MANAGE
        raise AccesRefuse(PHRASES_REFUS[permission].format(territoire=comite.territoire))


def get_regions_of_copil(user: Any) -> list[Region]:
    """Les régions dont la personne peut créer le COPIL."""
    if not isinstance(user, Personne):
        return []
    return list(Region.objects.filter(pk__in=_regions(user, Permission.COPIL_MANAGE)).order_by("nom"))


def user_can_create_copil_national(user: Any) -> bool:
    return isinstance(user, Personne) and _is_national(user, Permission.COPIL_MANAGE)


def user_can_create_copil(user: Any) -> bool:
    return bool(get_regions_of_copil(user)) or user_can_create_copil_national(user)


def get_siege_signataire(user: Any, seance: Seance) -> MembreComite | None:
    """La place au nom de laquelle on signe le relevé : on présidait ou tenait le secrétariat ce jour-là.

    Par lien personnel : la place que l’adresse du lien désigne encore, tant que son tenant n’a pas de compte.
    """
    sieges = MembreComite.objects.at(seance.jour).filter(comite=seance.comite, place__in=TIENNENT)
    if isinstance(user, Personne):
        sieges = sieges.filter(personne=user)
    elif isinstance(user, Invite):
        sieges = sieges.filter(
            personne=None, organisation=user.lien.organisation_id, email__iexact=user.lien.email
        )
    else:
        return None
    return sieges.select_related("organisation").order_by("place", "id").first()


def check_user_can_sign_releve(user: Any, seance: Seance) -> MembreComite:
    membre = get_siege_signataire(user, seance)
    if membre is None:
        raise AccesRefuse("Le relevé est signé par qui présidait la séance ou en tenait le secrétariat.")
    return membre


def can_send_lien_releve(membre: MembreComite) -> bool:
    """Ce membre signe le relevé par lien personnel : il présidait ou tenait le secrétariat, il n’a pas de compte."""
    return (
        membre.place in TIENNENT
        and membre.personne_id is None
        and membre.organisation_id is not None
        and bool(membre.email)
    )
