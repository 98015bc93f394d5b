"""Seuls actes qui écrivent un plan ou une ligne de financement. Montants en centimes."""

from maillage.financement.actions.financeurs import add_ligne_nouveau_financeur, review_organisation
from maillage.financement.actions.fusion import merge_fiche, split_fiche
from maillage.financement.actions.liens import send_lien_ligne
from maillage.financement.actions.lignes import add_ligne, confirm_part, get_ligne_url, move_ligne
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

__all__ = [
    "add_aide_recue",
    "add_depense",
    "add_ligne",
    "add_ligne_nouveau_financeur",
    "confirm_part",
    "declare_sans_besoin",
    "delete_aide_recue",
    "delete_depense",
    "follow_porteur",
    "get_ligne_url",
    "lift_sans_besoin",
    "merge_fiche",
    "move_ligne",
    "open_plan",
    "review_organisation",
    "send_lien_ligne",
    "split_fiche",
    "update_cadre",
    "update_depense",
    "update_plan",
    "update_precision_ligne",
    "update_precision_plan",
]
