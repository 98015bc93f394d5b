"""Vocabulaire des échanges de fichiers."""

from django.db.models import TextChoices


class NatureClasseur(TextChoices):
    """De quel modèle est un classeur reçu."""

    TRANSITIONS = "transitions", "Plan de Territoires en Transitions"
    MAILLAGE = "maillage", "Classeur de Maillage"


class EtatImport(TextChoices):
    A_RELIRE = "a_relire", "À relire"
    EN_COURS = "en_cours", "En cours"
    FINI = "fini", "Terminé"
    ABANDONNE = "abandonne", "Abandonné"


class Existantes(TextChoices):
    """Que faire d’une action dont la fiche est déjà là."""

    LAISSER = "laisser", "Les laisser telles quelles"
    METTRE_A_JOUR = "mettre_a_jour", "Les mettre à jour d’après le classeur"


class Issue(TextChoices):
    """Ce que l’import a fait d’une ligne."""

    CREEE = "creee", "Créée"
    MISE_A_JOUR = "mise_a_jour", "Mise à jour"
    INCHANGEE = "inchangee", "Laissée telle quelle"
    REFUSEE = "refusee", "Non reprise"
