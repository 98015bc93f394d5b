"""Qui peut faire entrer qui, et à quel titre ; qui peut dire un départ."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from maillage.comptes.enums import RoleOrganisation
from maillage.comptes.models import Fonction, Organisation, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.permissions_comptes import user_can_manage_comptes
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_TERRITOIRE
from maillage.equipes.models import DemandeRattachement, Invitation
from maillage.socle.erreurs import AccesRefuse
from maillage.territoires.enums import RoleMandat
from maillage.territoires.models import Mandat, Territoire
from maillage.territoires.permissions import territoires_for

# Ce que l’équipe d’un territoire peut proposer chez elle. Le référent de l’État est nommé par l’État.
ROLES_INVITES_PAR_EQUIPE = (
    RoleMandat.CHEF_PROJET,
    RoleMandat.ELU,
    RoleMandat.INDUSTRIEL,
    RoleMandat.PARTENAIRE,
)


@dataclass(frozen=True)
class Titre:
    """À quel titre on fait entrer quelqu’un : un rôle, dans une organisation ou sur un territoire."""

    role: str
    organisation: Organisation | None = None
    territoire: Territoire | None = None

    @property
    def code(self) -> str:
        sorte, cle = (
            ("t", self.territoire.pk) if self.territoire else ("o", getattr(self.organisation, "pk", 0))
        )
        return f"{sorte}:{cle}:{self.role}"

    @property
    def libelle(self) -> str:
        return f"{(ROLES_TERRITOIRE | ROLES_ORGANISATION)[self.role].nom}, {self.territoire or self.organisation}"


def is_en_personne(user: Any) -> bool:
    """Le support n’ouvre ni ne ferme de droits au nom d’un autre."""
    return isinstance(user, Personne) and not user.is_assistee


def territoires_of_equipe(user: Any) -> QuerySet[Territoire]:
    """Territoires dont `user` conduit l’équipe."""
    if not is_en_personne(user):
        return Territoire.objects.none()
    return territoires_for(user, Permission.TERRITOIRE_UPDATE).select_related("vague").order_by("nom", "pk")


def titres_for(user: Any) -> list[Titre]:
    """Les titres que `user` peut donner : son propre rôle dans ses organisations, les rôles de ses territoires.

    L’administrateur peut tous les donner ; sa page choisit autrement (`check_user_can_give`).
    """
    if not is_en_personne(user):
        return []
    titres = [Titre(f.role, organisation=f.organisation) for f in user.get_fonctions()]
    titres += [
        Titre(role.value, territoire=territoire)
        for territoire in territoires_of_equipe(user)
        for role in ROLES_INVITES_PAR_EQUIPE
    ]
    return list({titre.code: titre for titre in titres}.values())


def user_can_give(user: Any, titre: Titre) -> bool:
    return user_can_manage_comptes(user) or titre.code in {possible.code for possible in titres_for(user)}


def check_user_can_give(user: Any, titre: Titre) -> None:
    if not user_can_give(user, titre):
        raise AccesRefuse(f"Vous ne pouvez pas inviter à ce titre\u00a0: {titre.libelle}.")


def invitations_visible_to(user: Any) -> QuerySet[Invitation]:
    """Celles de ses organisations et de ses territoires ; toutes, pour l’administrateur."""
    invitations = Invitation.objects.select_related("organisation", "territoire__vague", "cree_by")
    if user_can_manage_comptes(user):
        return invitations
    if not is_en_personne(user):
        return invitations.none()
    return invitations.filter(
        Q(territoire__in=territoires_of_equipe(user).values("pk"))
        | Q(territoire__isnull=True, organisation__in=user.get_organisation_ids())
    )


def demandes_visible_to(user: Any) -> QuerySet[DemandeRattachement]:
    """Demandes confirmées pour ses organisations ; toutes, pour l’administrateur."""
    demandes = DemandeRattachement.objects.filter(confirmee_at__isnull=False).select_related("organisation")
    if user_can_manage_comptes(user):
        return demandes
    if not is_en_personne(user):
        return demandes.none()
    return demandes.filter(organisation__in=user.get_organisation_ids())


def titres_for_demande(user: Any, demande: DemandeRattachement) -> list[Titre]:
    """Les rôles que `user` peut donner dans l’organisation demandée."""
    if user_can_manage_comptes(user):
        return [Titre(role, organisation=demande.organisation) for role in RoleOrganisation.values]
    return [t for t in titres_for(user) if t.organisation and t.organisation.pk == demande.organisation_id]


def user_can_end_fonction(user: Any, fonction: Fonction) -> bool:
    """Quelqu’un de la même organisation, au même rôle ; l’administrateur, toujours ; jamais le support pour un autre."""
    return user_can_give(user, Titre(fonction.role, organisation=fonction.organisation))


def user_can_end_mandat(user: Any, mandat: Mandat) -> bool:
    """L’équipe du territoire, pour les rôles qu’elle peut donner ; l’administrateur, toujours."""
    return user_can_give(user, Titre(mandat.role, territoire=mandat.territoire))
