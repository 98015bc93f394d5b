"""Listes fermées du découpage administratif et des cartes."""

from django.db import models


class Zone(models.TextChoices):
    METRO = "metro", "France métropolitaine"
    DROM = "drom", "Département et région d’outre-mer"
    COM = "com", "Collectivité d’outre-mer"


class TypeEpci(models.TextChoices):
    CC = "CC", "communauté de communes"
    CA = "CA", "communauté d’agglomération"
    CU = "CU", "communauté urbaine"
    METRO = "METRO", "métropole"
    MET69 = "MET69", "métropole de Lyon"
    EPT = "EPT", "établissement public territorial"


class TypeCommuneAncienne(models.TextChoices):
    DELEGUEE = "deleguee", "commune déléguée"
    ASSOCIEE = "associee", "commune associée"
    ARRONDISSEMENT = "arrondissement_municipal", "arrondissement municipal"
    ANCIENNE = "ancienne", "ancien code"


class NiveauNaf(models.TextChoices):
    DIVISION = "division", "division"
    GROUPE = "groupe", "groupe"
    CLASSE = "classe", "classe"
    SOUS_CLASSE = "sous-classe", "sous-classe"


class Couche(models.TextChoices):
    """Couches de contours. Le code d'un contour de TI est l'identifiant seul (« ti-2701 ») : la couche dit la vague."""

    REGION = "region", "régions"
    DEPARTEMENT = "departement", "départements"
    EPCI = "epci", "EPCI"
    EPT = "ept", "établissements publics territoriaux"
    TI_V1 = "ti_v1", "Territoires d’industrie, phase 1"
    TI_V2 = "ti_v2", "Territoires d’industrie, phase 2"


class RepereCarte(models.TextChoices):
    METROPOLE = "metropole", "France métropolitaine"
    GUADELOUPE = "971", "Guadeloupe"
    MARTINIQUE = "972", "Martinique"
    GUYANE = "973", "Guyane"
    REUNION = "974", "La Réunion"
    MAYOTTE = "976", "Mayotte"


class SourceImport(models.TextChoices):
    """Parties du référentiel, dans l'ordre où elles s'importent : chacune s'appuie sur les précédentes."""

    REGIONS = "regions", "régions"
    DEPARTEMENTS = "departements", "départements"
    COMMUNES = "communes", "communes"
    COMMUNES_ANCIENNES = "communes_anciennes", "communes anciennes, déléguées et associées"
    CODES_POSTAUX = "codes_postaux", "codes postaux"
    EPCI = "epci", "EPCI et leurs membres"
    EPT = "ept", "établissements publics territoriaux et leurs membres"
    NAF = "naf", "nomenclature d’activités"
    CONTOURS_REGION = "contours_region", "contours des régions"
    CONTOURS_DEPARTEMENT = "contours_departement", "contours des départements"
    CONTOURS_EPCI = "contours_epci", "contours des EPCI"
    CONTOURS_EPT = "contours_ept", "contours des EPT"
    CONTOURS_TI_V1 = "contours_ti_v1", "contours des territoires de la phase 1"
    CONTOURS_TI_V2 = "contours_ti_v2", "contours des territoires de la phase 2"
