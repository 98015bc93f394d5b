"""Actes sur les périmètres : chaque changement est un évènement daté, et les membres d’un jour s’en déduisent.

Seuls écrivains d’`EvenementPerimetre`, de `MouvementPerimetre` et de `Perimetre`."""

from maillage.territoires.actions_perimetre.deductions import choose_prefecture, refresh_territoires, settle
from maillage.territoires.actions_perimetre.mutations import (
    Mouvement,
    Preuve,
    build_mouvement,
    cancel_mutation,
    correct_mutation,
    get_labels,
    lock_vagues,
    record_mutation,
    tell,
    write_mutation,
)
from maillage.territoires.actions_perimetre.naissances import (
    create_espace_fictif,
    create_territoire,
    record_fusion_epci,
    split_territoire,
)

__all__ = [
    "Mouvement",
    "Preuve",
    "build_mouvement",
    "cancel_mutation",
    "choose_prefecture",
    "correct_mutation",
    "create_espace_fictif",
    "create_territoire",
    "get_labels",
    "lock_vagues",
    "record_fusion_epci",
    "record_mutation",
    "refresh_territoires",
    "settle",
    "split_territoire",
    "tell",
    "write_mutation",
]
