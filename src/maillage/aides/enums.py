"""Vocabulaire des aides observées dans les données ouvertes."""

from django.db.models import TextChoices


class SourceAides(TextChoices):
    """D’où viennent les lignes. La valeur est celle de la commande `importer_aides`."""

    FONDS_VERT = "fonds-vert", "Fonds vert"
    SCDL = "scdl", "Subventions publiées (SCDL)"


class Place(TextChoices):
    """Où une aide est placée par rapport aux territoires d’une phase."""

    DANS = "dans", "Dans un Territoire d’industrie"
    HORS = "hors", "Hors des Territoires d’industrie"
    INCONNUE = "inconnue", "Non localisée"


class Rapprochement(TextChoices):
    """Ce que disent, l’une de l’autre, une ligne déclarée et une aide publiée."""

    CONCORDE = "concorde", "Concordent"
    ECART = "ecart", "Montants différents"
    INCONNUE = "inconnue", "Dossier absent des données publiées"
