"""Qui transmet, qui instruit, qui donne un avis, qui lit un dossier."""

from typing import Any

from django.db.models import Q, QuerySet

from maillage.comptes.models import Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.instruction.models import AvisPlan, DossierPlan
from maillage.socle.erreurs import AccesRefuse
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import PHRASES_REFUS, has_permission, territoires_for

ROLES_AVIS = [role for role, r in ROLES_ORGANISATION.items() if Permission.AVIS_RENDER in r.permissions]


def get_regions_instruites(user: Any) -> set[str]:
    """Codes des régions au nom desquelles la personne instruit."""
    if not isinstance(user, Personne):
        return set()
    return {
        str(f.organisation.region_id)
        for f in user.get_fonctions()
        if f.role == "region"
        and f.organisation.region_id
        and Permission.FICHE_INSTRUCT in ROLES_ORGANISATION[f.role].permissions
    }


def _organisations_avis(user: Any) -> set[int]:
    return user.get_organisation_ids(*ROLES_AVIS) if isinstance(user, Personne) else set()


def dossiers_visible_to(user: Any) -> QuerySet[DossierPlan]:
    """Dossiers des territoires dont on lit les fiches, et ceux sur lesquels un avis est demandé à son organisation."""
    if not isinstance(user, Personne):
        return DossierPlan.objects.none()
    demandes = AvisPlan.objects.filter(organisation__in=_organisations_avis(user))
    return DossierPlan.objects.filter(
        Q(territoire__in=territoires_for(user, Permission.FICHE_READ).values("pk"))
        | Q(pk__in=demandes.values("dossier"))
    )


def reads_whole_dossier(user: Any, dossier: DossierPlan) -> bool:
    """Vrai pour qui lit le territoire ; faux pour un service à qui l’on n’a soumis que certaines fiches."""
    return has_permission(user, Permission.FICHE_READ, dossier.territoire)


def user_can_transmit(user: Any, territoire: Territoire) -> bool:
    return has_permission(user, Permission.FICHE_TRANSMIT, territoire)


def check_user_can_transmit(user: Any, territoire: Territoire) -> None:
    if not user_can_transmit(user, territoire):
        raise AccesRefuse(PHRASES_REFUS[Permission.FICHE_TRANSMIT].format(territoire=territoire))


def user_can_instruct(user: Any, dossier: DossierPlan) -> bool:
    """La Région chef de file : elle reçoit, demande des compléments et des avis, conclut, met à l’ordre du jour."""
    return dossier.territoire.region_id in get_regions_instruites(user)


def check_user_can_instruct(user: Any, dossier: DossierPlan) -> None:
    if not user_can_instruct(user, dossier):
        raise AccesRefuse(
            f"Seule la Région chef de file de «\u00a0{dossier.territoire}\u00a0» instruit ce dossier."
        )


def user_can_render_avis(user: Any, avis: AvisPlan) -> bool:
    """La Région ou l’organisation de l’avis ; la Région chef de file dépose aussi l’avis qu’elle a reçu par courrier."""
    if avis.region_id and str(avis.region_id) in get_regions_instruites(user):
        return True
    if avis.organisation_id and avis.organisation_id in _organisations_avis(user):
        return True
    return user_can_instruct(user, avis.dossier)


def is_avis_recu(user: Any, avis: AvisPlan) -> bool:
    """Vrai si la personne ne peut que déposer un avis reçu : elle n’est pas de l’organisation qui le donne."""
    if avis.region_id:
        return str(avis.region_id) not in get_regions_instruites(user)
    return avis.organisation_id not in _organisations_avis(user)


def check_user_can_render_avis(user: Any, avis: AvisPlan) -> None:
    if not user_can_render_avis(user, avis):
        raise AccesRefuse(f"Cet avis revient à {avis.de}.")


def avis_visible_to(user: Any, dossier: DossierPlan) -> QuerySet[AvisPlan]:
    """Tous les avis pour qui lit le territoire ; le sien seulement pour un service consulté."""
    avis = AvisPlan.objects.filter(dossier=dossier).select_related(
        "region", "organisation", "transmission", "piece", "dossier__territoire__region"
    )
    if reads_whole_dossier(user, dossier):
        return avis
    return avis.filter(organisation__in=_organisations_avis(user))
