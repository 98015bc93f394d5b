"""Ce que les ateliers gardent de qui est venu : un prénom, un collège, une organisation, sans compte."""

from typing import Any

from maillage.ateliers.actions import erase_participants
from maillage.socle.donnees_personnelles import Lignes, Traitement


def _export(personne: Any) -> Lignes:
    # Un participant n’a pas de compte : rien ne le relie à la personne qui se connecte.
    return []


TRAITEMENTS = [
    Traitement(
        "participants-ateliers",
        "Participants et inscrits aux ateliers\u00a0: prénom ou nom, adresse, collège, organisation",
        "Composer les groupes, reconnaître un téléphone qui revient, confirmer une inscription",
        "Un an après l’atelier, puis tout est effacé sauf le collège",
        _export,
        erase_participants,
    )
]
