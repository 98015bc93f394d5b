"""Qui peut faire avancer une ligne."""

from typing import Any

from maillage.comptes.enums import ButLien
from maillage.comptes.models import Invite, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.financement.enums import StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.financement.policies import TRANSITIONS, Main
from maillage.socle.erreurs import AccesRefuse
from maillage.territoires.permissions import PHRASES_REFUS, has_permission


def user_is_financeur_of(user: Any, ligne: LigneFinancement) -> bool:
    """Vrai pour les gens du financeur de la ligne, par compte ou par lien personnel ouvert sur cette ligne."""
    if isinstance(user, Invite):
        lien = user.lien
        return (
            lien.but == ButLien.REPONDRE_LIGNE
            and lien.objet_type == LigneFinancement._meta.label_lower
            and lien.objet_id == str(ligne.pk)
            and lien.organisation_id == ligne.financeur_id
        )
    if not isinstance(user, Personne):
        return False
    roles = [role for role, r in ROLES_ORGANISATION.items() if Permission.LIGNE_DECIDE in r.permissions]
    return ligne.financeur_id in user.get_organisation_ids(*roles)


def user_can_move_ligne(user: Any, ligne: LigneFinancement, vers: StatutLigne) -> bool:
    main = TRANSITIONS[StatutLigne(ligne.statut)].get(vers)
    if main is Main.FINANCEUR:
        return user_is_financeur_of(user, ligne)
    if main is Main.TERRITOIRE:
        permission = Permission.LIGNE_ATTEST if vers is StatutLigne.ATTESTE else Permission.LIGNE_REQUEST
        return isinstance(user, Personne) and has_permission(user, permission, ligne.plan.fiche.territoire)
    return False


def check_user_can_move_ligne(user: Any, ligne: LigneFinancement, vers: StatutLigne) -> None:
    """Refuse avec la phrase de celui qui a la main. Un passage inexistant est l’affaire de la politique, pas d’ici."""
    main = TRANSITIONS[StatutLigne(ligne.statut)].get(vers)
    if main is None or user_can_move_ligne(user, ligne, vers):
        return
    if main is Main.FINANCEUR:
        raise AccesRefuse(
            f"Seul {ligne.financeur} peut faire passer cette ligne à « {StatutLigne(vers).label} ». "
            "Si vous avez reçu sa lettre ou son arrêté, déposez la pièce : la ligne sera « attestée par pièce, à confirmer »."
        )
    permission = Permission.LIGNE_ATTEST if vers is StatutLigne.ATTESTE else Permission.LIGNE_REQUEST
    raise AccesRefuse(PHRASES_REFUS[permission].format(territoire=ligne.plan.fiche.territoire))
