"""Tables des fiches : la fiche et ses versions, ce qu’elle contient."""

from maillage.fiches.models.contenu import (
    DemandeEtat,
    Indicateur,
    Jalon,
    LienCadre,
    Partenaire,
    SiteFiche,
    SousAction,
    ValeurIndicateur,
)
from maillage.fiches.models.fiche import (
    AccesFiche,
    FaitFiche,
    FicheAction,
    FicheActionQuerySet,
    PlanActions,
    PlanActionsFiche,
    Portage,
    VersionFiche,
)

__all__ = [
    "AccesFiche",
    "DemandeEtat",
    "FaitFiche",
    "FicheAction",
    "FicheActionQuerySet",
    "Indicateur",
    "Jalon",
    "LienCadre",
    "Partenaire",
    "PlanActions",
    "PlanActionsFiche",
    "Portage",
    "SiteFiche",
    "SousAction",
    "ValeurIndicateur",
    "VersionFiche",
]
