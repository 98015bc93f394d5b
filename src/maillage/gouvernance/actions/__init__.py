"""Seuls actes qui écrivent un comité, une séance, une décision, un relevé."""

from maillage.gouvernance.actions.comites import (
    add_college,
    create_comite,
    dissolve_comite,
    remove_college,
    rename_comite,
    set_regle,
    turn_comite_suivi,
)
from maillage.gouvernance.actions.decisions import record_decision
from maillage.gouvernance.actions.membres import add_membre, end_membre, update_membre
from maillage.gouvernance.actions.ordre_du_jour import (
    add_point,
    add_points_proposes,
    move_point,
    remove_point,
)
from maillage.gouvernance.actions.releves import arrete_releve, send_lien_releve, send_releve, sign_releve
from maillage.gouvernance.actions.seances import (
    add_invite,
    cancel_seance,
    close_seance,
    convoke_seance,
    create_seance,
    open_seance,
    record_presence,
    update_seance,
)

__all__ = [
    "add_college",
    "add_invite",
    "add_membre",
    "add_point",
    "add_points_proposes",
    "arrete_releve",
    "cancel_seance",
    "close_seance",
    "convoke_seance",
    "create_comite",
    "create_seance",
    "dissolve_comite",
    "end_membre",
    "move_point",
    "open_seance",
    "record_decision",
    "record_presence",
    "remove_college",
    "remove_point",
    "rename_comite",
    "send_lien_releve",
    "send_releve",
    "set_regle",
    "sign_releve",
    "turn_comite_suivi",
    "update_membre",
    "update_seance",
]
