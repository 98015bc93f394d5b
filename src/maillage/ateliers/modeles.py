"""Programmes types : une suite de phases d’où partir. « SWOT puis projets » est la soirée de Nogent (15/07/2019),
« Présenter, compléter, vérifier » celle de Langres (09/09/2019)."""

from typing import Any

from maillage.ateliers.enums import NaturePhase as N

SWOT = [
    {"code": "atouts", "nom": "Atouts"},
    {"code": "faiblesses", "nom": "Faiblesses"},
    {"code": "opportunites", "nom": "Opportunités"},
    {"code": "menaces", "nom": "Menaces"},
]
# Colonnes du portrait qui disent un besoin ; une fiche doit pouvoir y répondre.
BESOINS = ("faiblesses", "menaces", "besoin", "oubli")
AXES = "axes"  # une colonne par axe de la vague du territoire

MODELES: dict[str, dict[str, Any]] = {
    "swot_projets": {
        "nom": "SWOT puis projets",
        "description": "Portrait de l’industrie par petits groupes, restitution, puis projets en groupes nouveaux.",
        "phases": [
            {"nature": N.PRESENTER, "titre": "Accueil et rappel de la démarche", "duree": 15},
            {
                "nature": N.CONTRIBUER,
                "titre": "Portrait de l’industrie du territoire",
                "consigne": "Atouts, faiblesses, opportunités, menaces : une idée par carte.",
                "duree": 50,
                "colonnes": SWOT,
                "tour": 1,
            },
            {"nature": N.RESTITUER, "titre": "Restitution du portrait", "duree": 20, "source": 2},
            {
                "nature": N.CONTRIBUER,
                "titre": "Projets qui répondent aux besoins",
                "consigne": "Une idée de projet par carte, dans l’axe qui lui convient.",
                "duree": 50,
                "colonnes": AXES,
                "tour": 2,
            },
            {"nature": N.REGROUPER, "titre": "Réunir les idées proches", "duree": 10, "source": 4},
            {"nature": N.VOTER, "titre": "Priorités", "duree": 10, "source": 5, "points": 5},
            {"nature": N.RESTITUER, "titre": "Restitution et suite", "duree": 15, "source": 5},
        ],
    },
    "completer": {
        "nom": "Présenter, compléter, vérifier",
        "description": "Les fiches reviennent devant ceux qui les ont fait naître : qu’a-t-on oublié ?",
        "phases": [
            {"nature": N.PRESENTER, "titre": "Introduction et rappel de la démarche", "duree": 20},
            {"nature": N.PRESENTER, "titre": "Présentation des fiches action", "duree": 60},
            {
                "nature": N.CONTRIBUER,
                "titre": "Oublis et compléments",
                "consigne": "Une carte par oubli ou par complément.",
                "duree": 30,
                "colonnes": [
                    {"code": "oubli", "nom": "Ce qu’on a oublié"},
                    {"code": "complement", "nom": "Ce qu’il faut compléter"},
                    {"code": "besoin", "nom": "Mon entreprise en a besoin"},
                ],
            },
            {"nature": N.PRESENTER, "titre": "Clôture et prochaines échéances", "duree": 10},
        ],
    },
    "libre": {"nom": "Programme libre", "description": "Vous ajoutez les phases une à une.", "phases": []},
}
