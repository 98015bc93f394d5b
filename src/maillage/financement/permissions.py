"""Qui peut faire avancer une ligne."""

from typing import Any

from django.db.models import QuerySet

from calcul.francais import with_article
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Fonction, Invite, Organisation, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import fiches_visible_to
from maillage.financement.enums import OrigineFinanceur, StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.financement.policies import Main, can_confirm_part, can_revise, get_transitions
from maillage.socle.erreurs import AccesRefuse
from maillage.socle.horloge import aujourdhui
from maillage.territoires.permissions import PHRASES_REFUS, check_permission, has_permission

ROLES_DECIDEURS = [role for role, r in ROLES_ORGANISATION.items() if Permission.LIGNE_DECIDE in r.permissions]


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
    if not isinstance(user, Personne) or user.is_assistee:  # le support n’accorde rien au nom de personne
        return False
    return ligne.financeur_id in user.get_organisation_ids(*ROLES_DECIDEURS)


def user_can_move_ligne(user: Any, ligne: LigneFinancement, vers: StatutLigne) -> bool:
    main = get_transitions(ligne).get(vers)
    if main is Main.FINANCEUR:
        return user_is_financeur_of(user, ligne)
    if main is Main.TERRITOIRE:
        permission = Permission.LIGNE_ATTEST if vers is StatutLigne.ATTESTE else Permission.LIGNE_REQUEST
        return isinstance(user, Personne) and has_permission(user, permission, ligne.plan.fiche.territoire)
    return False


def check_user_can_move_ligne(user: Any, ligne: LigneFinancement, vers: StatutLigne) -> None:
    """Refuse avec la phrase de celui qui a la main. Un passage inexistant est l’affaire de la politique, pas d’ici."""
    main = get_transitions(ligne).get(vers)
    if main is None or user_can_move_ligne(user, ligne, vers):
        return
    if main is Main.FINANCEUR:
        raise AccesRefuse(
            f"Cette ligne ne passe à «\u00a0{StatutLigne(vers).label}\u00a0» que par {with_article(ligne.financeur.nom)}. "
            "Si vous avez reçu sa lettre ou son arrêté, déposez la pièce\u00a0: la ligne sera «\u00a0attestée par pièce, à confirmer\u00a0»."
        )
    permission = Permission.LIGNE_ATTEST if vers is StatutLigne.ATTESTE else Permission.LIGNE_REQUEST
    raise AccesRefuse(PHRASES_REFUS[permission].format(territoire=ligne.plan.fiche.territoire))


def user_can_confirm_part(user: Any, ligne: LigneFinancement) -> bool:
    """Vrai si la ligne est la part propre d’une organisation au nom de laquelle la personne décide, et reste à confirmer."""
    return can_confirm_part(ligne) and user_is_financeur_of(user, ligne)


def check_user_can_confirm_part(user: Any, ligne: LigneFinancement) -> None:
    if not user_is_financeur_of(user, ligne):
        raise AccesRefuse(
            f"Cette part n’est confirmée que par {with_article(ligne.financeur.nom)}, qui la paie."
        )


def moves_for(user: Any, ligne: LigneFinancement) -> list[StatutLigne]:
    """Passages que la table permet et sur lesquels `user` a la main, dans l’ordre de la table."""
    return [vers for vers in get_transitions(ligne) if user_can_move_ligne(user, ligne, vers)]


def lignes_visible_to(user: Any) -> QuerySet[LigneFinancement]:
    """Lignes des fiches que `user` voit."""
    return LigneFinancement.objects.filter(plan__fiche__in=fiches_visible_to(user))


def user_can_update_plan(user: Any, fiche: FicheAction) -> bool:
    return has_permission(user, Permission.PLAN_UPDATE, fiche.territoire)


def check_user_can_update_plan(user: Any, fiche: FicheAction) -> None:
    check_permission(user, Permission.PLAN_UPDATE, fiche.territoire)


def user_can_precise_ligne(user: Any, ligne: LigneFinancement) -> bool:
    """Les faits que les règles lisent sont dits par l’équipe du territoire ou par le financeur lui-même, avec un compte."""
    if isinstance(user, Personne) and user_is_financeur_of(user, ligne):
        return True
    return user_can_update_plan(user, ligne.plan.fiche)


def check_user_can_precise_ligne(user: Any, ligne: LigneFinancement) -> None:
    if not user_can_precise_ligne(user, ligne):
        check_user_can_update_plan(user, ligne.plan.fiche)


def user_can_revise_ligne(user: Any, ligne: LigneFinancement) -> bool:
    """Revoir un montant est demander : c’est à qui demande pour le territoire."""
    return can_revise(ligne) and user_can_send_lien(user, ligne)


def user_can_send_lien(user: Any, ligne: LigneFinancement) -> bool:
    return isinstance(user, Personne) and has_permission(
        user, Permission.LIGNE_REQUEST, ligne.plan.fiche.territoire
    )


def check_user_can_send_lien(user: Any, ligne: LigneFinancement) -> None:
    check_permission(user, Permission.LIGNE_REQUEST, ligne.plan.fiche.territoire)


def check_user_is_financeur_of(user: Any, ligne: LigneFinancement) -> None:
    if not user_is_financeur_of(user, ligne):
        raise AccesRefuse(
            f"Seuls les gens de {ligne.financeur.nom} posent une question ou donnent un avis sur cette ligne."
        )


def user_can_reply(user: Any, ligne: LigneFinancement) -> bool:
    """L’équipe qui demande répond aux questions du financeur."""
    return user_can_send_lien(user, ligne)


def check_user_can_reply(user: Any, ligne: LigneFinancement) -> None:
    check_user_can_send_lien(user, ligne)


def user_can_manage_enveloppes(user: Any, financeur: Organisation) -> bool:
    """Les gens qui décident au nom du financeur tiennent ses enveloppes ; le support, jamais."""
    return (
        isinstance(user, Personne)
        and not user.is_assistee
        and financeur.pk in user.get_organisation_ids(*ROLES_DECIDEURS)
    )


def check_user_can_manage_enveloppes(user: Any, financeur: Organisation) -> None:
    if not user_can_manage_enveloppes(user, financeur):
        raise AccesRefuse(f"Les enveloppes de {financeur.nom} ne sont tenues que par ses gens.")


def user_can_declare_recu(user: Any, ligne: LigneFinancement) -> bool:
    """Le porteur dit ce qu’il a reçu ; l’équipe du territoire le dit pour un porteur sans compte."""
    if not isinstance(user, Personne) or user.is_assistee:
        return False
    fiche = ligne.plan.fiche
    if fiche.porteur_id in user.get_organisation_ids():
        return True
    return has_permission(user, Permission.LIGNE_ATTEST, fiche.territoire)


def check_user_can_declare_recu(user: Any, ligne: LigneFinancement) -> None:
    if not user_can_declare_recu(user, ligne):
        raise AccesRefuse(
            "Une somme reçue est déclarée par le porteur de l’action, ou par l’équipe du territoire pour lui."
        )


def financeur_has_compte(financeur: Organisation) -> bool:
    """Vrai si quelqu’un peut, aujourd’hui, se connecter et décider au nom de ce financeur."""
    return (
        Fonction.objects.at(aujourdhui())
        .filter(organisation=financeur, role__in=ROLES_DECIDEURS, personne__is_active=True)
        .exists()
    )


def user_can_read_pieces(user: Any, ligne: LigneFinancement) -> bool:
    """Les pièces d’une ligne sont à qui la paie, à qui la reçoit et à qui lit le territoire ; pas aux autres financeurs.

    La preuve de l’argent d’un porteur ou d’un privé est confidentielle : dans le territoire, l’équipe seule la lit.
    """
    if user_is_financeur_of(user, ligne):
        return True
    fiche = ligne.plan.fiche
    if isinstance(user, Personne) and (
        ligne.financeur_id in user.get_organisation_ids() or fiche.porteur_id in user.get_organisation_ids()
    ):
        return True
    confidentielle = ligne.origine in (OrigineFinanceur.PORTEUR, OrigineFinanceur.PRIVE)
    permission = Permission.LIGNE_ATTEST if confidentielle else Permission.FICHE_READ
    return has_permission(user, permission, fiche.territoire)
