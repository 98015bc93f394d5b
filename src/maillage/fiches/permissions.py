"""Qui voit et qui change une fiche."""

from typing import Any

from django.db.models import Q

from maillage.comptes.models import Invite, Personne
from maillage.comptes.permissions import Permission
from maillage.fiches.enums import EtatPartage, StatutFiche
from maillage.fiches.models import (
    AccesFiche,
    Commentaire,
    FicheAction,
    FicheActionQuerySet,
    PartageFiche,
)
from maillage.fiches.policies import PAR_ACTE, TRANSITIONS
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import check_permission, has_permission, territoires_for


def fiches_visible_to(user: Any) -> FicheActionQuerySet:
    """Fiches de ses territoires, celles qu’on leur propose de partager ou qu’ils partagent, et celles ouvertes à ses
    organisations (porteur, financeur sollicité)."""
    if isinstance(user, Invite):
        return FicheAction.objects.filter(acces__organisation__in=user.get_organisation_ids())
    if not isinstance(user, Personne):
        return FicheAction.objects.none()
    territoires = territoires_for(user, Permission.FICHE_READ).values("pk")
    organisations = user.get_organisation_ids()
    return FicheAction.objects.filter(
        Q(territoire__in=territoires)
        | Q(
            pk__in=PartageFiche.objects.filter(
                territoire__in=territoires, etat__in=(EtatPartage.PROPOSE, EtatPartage.ACCEPTE)
            ).values("fiche")
        )
        | Q(pk__in=AccesFiche.objects.filter(organisation__in=organisations).values("fiche"))
    )


def check_user_can_create_fiche(user: Any, territoire: Territoire) -> None:
    check_permission(user, Permission.FICHE_CREATE, territoire)


def check_user_can_update_fiche(user: Any, fiche: FicheAction) -> None:
    check_permission(user, Permission.FICHE_UPDATE, fiche.territoire)


def user_can_update_fiche(user: Any, fiche: FicheAction) -> bool:
    return has_permission(user, Permission.FICHE_UPDATE, fiche.territoire)


def check_user_can_move_fiche(user: Any, fiche: FicheAction, vers: StatutFiche) -> None:
    """La permission dépend du passage : la table des transitions la nomme."""
    permission = TRANSITIONS[StatutFiche(fiche.statut)].get(vers)
    if permission is not None:
        check_permission(user, permission, fiche.territoire)


def transitions_for(user: Any, fiche: FicheAction) -> list[StatutFiche]:
    """Passages que la table permet et que `user` peut faire de sa main, dans l’ordre de la table."""
    return [
        vers
        for vers, permission in TRANSITIONS[StatutFiche(fiche.statut)].items()
        if vers not in PAR_ACTE and has_permission(user, permission, fiche.territoire)
    ]


def user_can_recode_fiche(user: Any, fiche: FicheAction) -> bool:
    """Fusionner ou scinder, c’est décider de ce que le territoire présente : le même droit que retenir."""
    return has_permission(user, Permission.FICHE_RETAIN, fiche.territoire)


def check_user_can_recode_fiche(user: Any, fiche: FicheAction) -> None:
    check_permission(user, Permission.FICHE_RETAIN, fiche.territoire)


def user_can_answer_partage(user: Any, partage: PartageFiche) -> bool:
    """Le territoire à qui l’on propose répond, par ceux qui y retiennent les fiches."""
    return has_permission(user, Permission.FICHE_RETAIN, partage.territoire)


def user_can_mark_lue(user: Any, fiche: FicheAction) -> bool:
    return has_permission(user, Permission.FICHE_INSTRUCT, fiche.territoire)


def user_can_ask_correction(user: Any, fiche: FicheAction) -> bool:
    """L’équipe du territoire, ou la Région qui instruit."""
    return user_can_update_fiche(user, fiche) or user_can_mark_lue(user, fiche)


def user_can_close_commentaire(user: Any, commentaire: Commentaire) -> bool:
    """Son auteur, ou qui écrit la fiche."""
    return commentaire.auteur_id == user.pk or user_can_update_fiche(user, commentaire.fiche)
