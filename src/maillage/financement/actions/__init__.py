"""Seuls actes qui écrivent un plan ou une ligne de financement. Montants en centimes."""

from maillage.financement.actions.echanges import ask_question, give_avis, reply_question
from maillage.financement.actions.enveloppes import create_enveloppe, record_fait_enveloppe
from maillage.financement.actions.financeurs import add_ligne_nouveau_financeur, review_organisation
from maillage.financement.actions.fusion import merge_fiche, split_fiche
from maillage.financement.actions.liens import send_lien_ligne
from maillage.financement.actions.lignes import (
    add_ligne,
    add_service,
    confirm_part,
    get_ligne_url,
    move_ligne,
    revise_ligne,
)
from maillage.financement.actions.lots import answer_lot
from maillage.financement.actions.plan import (
    add_depense,
    declare_sans_besoin,
    delete_depense,
    follow_porteur,
    lift_sans_besoin,
    open_plan,
    update_cadre,
    update_depense,
    update_plan,
)
from maillage.financement.actions.regles import (
    add_aide_recue,
    delete_aide_recue,
    update_precision_ligne,
    update_precision_plan,
)
from maillage.financement.actions.remedes import apply_remede
from maillage.financement.actions.suivi import (
    declare_versement_recu,
    publish_plan,
    remind_echeances,
    update_annees,
)

__all__ = [
    "add_aide_recue",
    "add_depense",
    "add_ligne",
    "add_ligne_nouveau_financeur",
    "add_service",
    "answer_lot",
    "apply_remede",
    "ask_question",
    "confirm_part",
    "create_enveloppe",
    "declare_sans_besoin",
    "declare_versement_recu",
    "delete_aide_recue",
    "delete_depense",
    "follow_porteur",
    "get_ligne_url",
    "give_avis",
    "lift_sans_besoin",
    "merge_fiche",
    "move_ligne",
    "open_plan",
    "publish_plan",
    "record_fait_enveloppe",
    "remind_echeances",
    "reply_question",
    "review_organisation",
    "revise_ligne",
    "send_lien_ligne",
    "split_fiche",
    "update_annees",
    "update_cadre",
    "update_depense",
    "update_plan",
    "update_precision_ligne",
    "update_precision_plan",
]
