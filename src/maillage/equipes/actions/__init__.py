"""Actes : inviter, rejoindre, partir, envoyer le courriel de la semaine, effacer."""

from maillage.equipes.actions.departs import (
    change_adresse,
    close_compte_and_mandats,
    erase_donnees,
    record_depart,
)
from maillage.equipes.actions.invitations import (
    accept_invitation,
    cancel_invitation,
    create_invitation,
    resend_invitation,
)
from maillage.equipes.actions.rattachements import (
    accept_rattachement,
    confirm_rattachement,
    refuse_rattachement,
    request_rattachement,
)
from maillage.equipes.actions.recapitulatif import get_semaine, send_recapitulatifs

__all__ = [
    "accept_invitation",
    "accept_rattachement",
    "cancel_invitation",
    "change_adresse",
    "close_compte_and_mandats",
    "confirm_rattachement",
    "create_invitation",
    "erase_donnees",
    "get_semaine",
    "record_depart",
    "refuse_rattachement",
    "request_rattachement",
    "resend_invitation",
    "send_recapitulatifs",
]
