"""Deux échelles jamais mêlées : la vie de la fiche et la maturité de son contenu (l’état de l’argent est ailleurs)."""

from django.db.models import TextChoices


class StatutFiche(TextChoices):
    IDEE = "idee", "Idée"
    BROUILLON = "brouillon", "Brouillon"
    PROPOSEE = "proposee", "Proposée au comité de projet"
    RETENUE = "retenue", "Retenue localement"
    TRANSMISE = "transmise", "Transmise à la Région"
    A_COMPLETER = "a_completer", "À compléter"
    VALIDEE = "validee", "Validée par la Région"
    REFUSEE = "refusee", "Refusée par la Région"
    INSCRITE = "inscrite", "Inscrite au contrat"
    EN_COURS = "en_cours", "En cours"
    REALISEE = "realisee", "Réalisée"
    EVALUEE = "evaluee", "Évaluée"
    ABANDONNEE = "abandonnee", "Abandonnée"


class Maturite(TextChoices):
    NON_PUBLIEE = "non_publiee", "Non publiée"
    EMERGENCE = "emergence", "Émergence"
    MATURATION = "maturation", "En maturation"
    MATURE = "mature", "Mature"


class EtatPorteur(TextChoices):
    A_DESIGNER = "a_designer", "À désigner"
    DESIGNE = "designe", "Désigné"
    NON_PUBLIE = "non_publie", "Non publié"


class Visibilite(TextChoices):
    TERRITOIRE = "territoire", "Territoire et partenaires"
    RESEAU = "reseau", "Réseau des Territoires d’industrie"
    PUBLIQUE = "publique", "Publique"


class ChampDate(TextChoices):
    """Ce qui, d’une fiche, est compté nationalement et donc daté."""

    STATUT = "statut", "État"
    MATURITE = "maturite", "Maturité"
    AXE = "axe", "Axe"
    VISIBILITE = "visibilite", "Visibilité"
