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
from maillage.fiches.models.suivi import (
    BrouillonFiche,
    Commentaire,
    LectureFiche,
    PartageFiche,
    PreferenceListe,
)

__all__ = [
    "AccesFiche",
    "BrouillonFiche",
    "Commentaire",
    "DemandeEtat",
    "FaitFiche",
    "FicheAction",
    "FicheActionQuerySet",
    "Indicateur",
    "Jalon",
    "LectureFiche",
    "LienCadre",
    "PartageFiche",
    "Partenaire",
    "PlanActions",
    "PlanActionsFiche",
    "Portage",
    "PreferenceListe",
    "SiteFiche",
    "SousAction",
    "ValeurIndicateur",
    "VersionFiche",
]
