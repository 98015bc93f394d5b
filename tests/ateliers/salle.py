"""Une salle d’essai : un atelier ouvert, ses participants, ses gestes."""

import uuid
from datetime import date
from typing import Any

from maillage.ateliers import actions
from maillage.ateliers.actions_tableau import Resultat, post_evenements
from maillage.ateliers.models import Atelier, Participant, Phase, Tableau
from maillage.comptes.models import Personne
from tests import fabriques as f

COLLEGES = ("elu", "industriel", "partenaire")


def make_atelier(*, modele: str = "swot_projets", ouvert: bool = True, by: Personne | None = None) -> Atelier:
    territoire = f.make_territoire()
    animateur = by or f.make_personne("chef_projet", territoire=territoire)
    atelier = actions.create_atelier(
        territoire=territoire, titre="Soirée d’essai", jour=date(2019, 7, 15), by=animateur, modele=modele
    )
    if ouvert:
        actions.open_atelier(atelier=atelier, by=animateur)
        atelier.refresh_from_db()
    return atelier


def join(
    atelier: Atelier, prenom: str = "Ada", college: str = "industriel", organisation: str = ""
) -> Participant:
    return actions.join_atelier(atelier=atelier, prenom=prenom, college=college, organisation=organisation)[0]


def fill(atelier: Atelier, nombre: int) -> list[Participant]:
    return [join(atelier, f"P{n}", COLLEGES[n % 3]) for n in range(nombre)]


def start(atelier: Atelier, rang: int) -> Phase:
    phase = atelier.phases.get(rang=rang)
    actions.start_phase(phase=phase, by=atelier.cree_by)
    phase.refresh_from_db()
    return phase


def geste(type_: str, carte: str, **donnees: Any) -> dict[str, Any]:
    return {"cle": str(uuid.uuid4()), "type": type_, "carte": carte, **donnees}


def post(tableau: Tableau, by: Participant | Personne, *gestes: dict[str, Any]) -> list[Resultat]:
    return post_evenements(tableau=tableau, gestes=gestes, by=by)


def pose(
    tableau: Tableau, by: Participant | Personne, texte: str = "une idée", colonne: str = "atouts"
) -> str:
    """Pose une carte et rend son identifiant ; un refus fait échouer l’essai."""
    carte = str(uuid.uuid4())
    (resultat,) = post(tableau, by, geste("posee", carte, colonne=colonne, texte=texte))
    assert resultat.version, resultat.refus
    return carte
