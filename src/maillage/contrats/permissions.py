"""Qui prépare et qui signe."""

from typing import Any

from maillage.comptes.enums import ButLien
from maillage.comptes.models import Invite, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.contrats.models import Acte, ActeCeremonie, Ceremonie, Signataire
from maillage.socle.erreurs import AccesRefuse
from maillage.territoires.permissions import check_permission, has_permission, territoires_for

ROLES_SIGNATAIRES = [role for role, r in ROLES_ORGANISATION.items() if Permission.ACTE_SIGN in r.permissions]


def actes_visible_to(user: Any):  # type: ignore[no-untyped-def]
    """Actes de ses territoires, plus ceux que ses organisations signent."""
    from django.db.models import Q

    if not isinstance(user, Personne):
        return Acte.objects.none()
    signes = Signataire.objects.filter(organisation__in=user.get_organisation_ids()).exclude(
        acte__statut="projet"
    )
    return Acte.objects.filter(
        Q(territoire__in=territoires_for(user, Permission.ACTE_READ).values("pk"))
        | Q(pk__in=signes.values("acte"))
    )


def check_user_can_prepare_acte(user: Any, acte: Acte) -> None:
    check_permission(user, Permission.ACTE_PREPARE, acte.territoire)


def user_can_prepare_acte(user: Any, acte: Acte) -> bool:
    return has_permission(user, Permission.ACTE_PREPARE, acte.territoire)


def user_can_sign(user: Any, signataire: Signataire) -> bool:
    """Les gens de l’organisation signataire, ou le porteur du lien personnel ouvert sur cette signature."""
    if isinstance(user, Invite):
        lien = user.lien
        return (
            lien.but == ButLien.SIGNER_ACTE
            and lien.objet_type == Signataire._meta.label_lower
            and lien.objet_id == str(signataire.pk)
            and lien.organisation_id == signataire.organisation_id
            and signataire.email in ("", lien.email.lower())  # l’adresse changée, l’ancien lien ne signe plus
        )
    if not isinstance(user, Personne) or user.is_assistee:  # le support ne signe au nom de personne
        return False
    return signataire.organisation_id in user.get_organisation_ids(*ROLES_SIGNATAIRES)


def get_regions_ceremonie(user: Any) -> set[str]:
    """Codes des régions dont la personne tient les cérémonies : celles dont elle tient le comité de pilotage."""
    if not isinstance(user, Personne):
        return set()
    return {
        str(f.organisation.region_id)
        for f in user.get_fonctions()
        if f.role in ("region", "prefecture")
        and f.organisation.region_id
        and Permission.CEREMONIE_HOLD in ROLES_ORGANISATION[f.role].permissions
    }


def ceremonies_visible_to(user: Any):  # type: ignore[no-untyped-def]
    """Cérémonies de sa région, et celles où l’un de ses actes, ou l’une de ses signatures, est inscrit."""
    if not isinstance(user, Personne):
        return Ceremonie.objects.none()
    from django.db.models import Q

    return Ceremonie.objects.filter(
        Q(region__in=get_regions_ceremonie(user))
        | Q(
            pk__in=ActeCeremonie.objects.filter(acte__in=actes_visible_to(user).values("pk")).values(
                "ceremonie"
            )
        )
    )


def user_can_hold_ceremonie(user: Any, ceremonie: Ceremonie) -> bool:
    return ceremonie.region_id in get_regions_ceremonie(user)


def check_user_can_hold_ceremonie(user: Any, ceremonie: Ceremonie) -> None:
    if not user_can_hold_ceremonie(user, ceremonie):
        raise AccesRefuse("La Région ou la préfecture de région tient la cérémonie.")


def check_user_can_sign(user: Any, signataire: Signataire) -> None:
    if not user_can_sign(user, signataire):
        raise AccesRefuse(f"Cette signature revient à {signataire}.")
