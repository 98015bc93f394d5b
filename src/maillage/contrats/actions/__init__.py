"""Seuls actes qui écrivent un protocole ou un contrat."""

from maillage.contrats.actions.arret import freeze_acte, unfreeze_acte
from maillage.contrats.actions.ceremonie import (
    add_acte_ceremonie,
    close_ceremonie,
    create_ceremonie,
    open_ceremonie,
    remove_acte_ceremonie,
    set_presence,
    sign_mine,
)
from maillage.contrats.actions.constat import Source, record_acte_constate
from maillage.contrats.actions.copies import (
    DepotCopie,
    file_scan,
    record_pdf_signe,
    record_signature_papier,
    seal_acte,
)
from maillage.contrats.actions.projet import (
    add_signataire,
    add_signataire_nouveau,
    open_acte,
    open_avenant,
    remove_signataire,
    set_groupe,
    update_acte,
    update_signataire,
)
from maillage.contrats.actions.signature import (
    Preuve,
    change_email_signataire,
    declare_fonction_vacante,
    record_deliberation,
    record_signature_recue,
    refuse_signature,
    replace_signataire,
    send_lien_signature,
    sign_acte,
    withdraw_acte,
)

__all__ = [
    "DepotCopie",
    "Preuve",
    "Source",
    "add_acte_ceremonie",
    "add_signataire",
    "add_signataire_nouveau",
    "change_email_signataire",
    "close_ceremonie",
    "create_ceremonie",
    "declare_fonction_vacante",
    "file_scan",
    "freeze_acte",
    "open_acte",
    "open_avenant",
    "open_ceremonie",
    "record_acte_constate",
    "record_deliberation",
    "record_pdf_signe",
    "record_signature_papier",
    "record_signature_recue",
    "refuse_signature",
    "remove_acte_ceremonie",
    "remove_signataire",
    "replace_signataire",
    "seal_acte",
    "send_lien_signature",
    "set_groupe",
    "set_presence",
    "sign_acte",
    "sign_mine",
    "unfreeze_acte",
    "update_acte",
    "update_signataire",
    "withdraw_acte",
]
