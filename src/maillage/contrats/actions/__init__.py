"""Seuls actes qui écrivent un protocole ou un contrat."""

from maillage.contrats.actions.arret import freeze_acte, unfreeze_acte
from maillage.contrats.actions.constat import Source, record_acte_constate
from maillage.contrats.actions.projet import (
    add_signataire,
    add_signataire_nouveau,
    open_acte,
    remove_signataire,
    update_acte,
    update_signataire,
)
from maillage.contrats.actions.signature import change_email_signataire, send_lien_signature, sign_acte

__all__ = [
    "Source",
    "add_signataire",
    "add_signataire_nouveau",
    "change_email_signataire",
    "freeze_acte",
    "open_acte",
    "record_acte_constate",
    "remove_signataire",
    "send_lien_signature",
    "sign_acte",
    "unfreeze_acte",
    "update_acte",
    "update_signataire",
]
