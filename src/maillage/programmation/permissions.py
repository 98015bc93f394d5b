"""Qui voit une simulation : les gens de son organisation qui programment, et ceux des organisations à qui elle est partagée."""

from typing import Any

from django.db.models import Q, QuerySet

from maillage.comptes.models import Organisation, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.programmation.enums import Perimetre
from maillage.programmation.models import Simulation
from maillage.referentiels.models import Region
from maillage.socle.erreurs import AccesRefuse
from maillage.territoires.permissions import PHRASES_REFUS

PROGRAMMENT = [
    role for role, r in ROLES_ORGANISATION.items() if Permission.SIMULATION_MANAGE in r.permissions
]


def organisations_of(user: Any) -> QuerySet[Organisation]:
    """Les organisations au nom desquelles la personne fait des simulations."""
    if not isinstance(user, Personne):
        return Organisation.objects.none()
    return Organisation.objects.filter(pk__in=user.get_organisation_ids(*PROGRAMMENT)).order_by("nom")


def user_can_simulate(user: Any) -> bool:
    return isinstance(user, Personne) and bool(user.get_organisation_ids(*PROGRAMMENT))


def check_user_can_simulate(user: Any) -> None:
    if not user_can_simulate(user):
        raise AccesRefuse(PHRASES_REFUS[Permission.SIMULATION_MANAGE])


def simulations_visible_to(user: Any) -> QuerySet[Simulation]:
    """Celles de ses organisations, et celles qui leur sont partagées."""
    if not isinstance(user, Personne):
        return Simulation.objects.none()
    siennes = user.get_organisation_ids(*PROGRAMMENT)
    return Simulation.objects.filter(
        Q(organisation__in=siennes) | Q(partages__organisation__in=siennes)
    ).distinct()


def user_owns_simulation(user: Any, simulation: Simulation) -> bool:
    return isinstance(user, Personne) and simulation.organisation_id in user.get_organisation_ids(
        *PROGRAMMENT
    )


def check_user_owns_simulation(user: Any, simulation: Simulation) -> None:
    if not user_owns_simulation(user, simulation):
        raise AccesRefuse(
            f"Cette simulation est celle de {simulation.organisation}\u00a0: vous la lisez. Copiez-la pour en faire la vôtre."
        )


def regions_of(user: Any) -> QuerySet[Region]:
    """Les régions sur lesquelles la personne peut simuler : la sienne, ou toutes si une de ses organisations n’en a pas."""
    regions = [organisation.region_id for organisation in organisations_of(user)]
    toutes = Region.objects.order_by("nom")
    return toutes if None in regions else toutes.filter(pk__in=[r for r in regions if r])


def perimetres_of(user: Any) -> list[Perimetre]:
    """La nation n’est ouverte qu’à une organisation sans région : un opérateur, la délégation nationale."""
    sans_region = any(organisation.region_id is None for organisation in organisations_of(user))
    return [Perimetre.REGION, *([Perimetre.NATION] if sans_region else []), Perimetre.FICTIF]
