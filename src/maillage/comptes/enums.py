"""Vocabulaire des personnes et des organisations (listes de référence : docs/glossaire.md)."""

from django.db.models import TextChoices


class TypeOrganisation(TextChoices):
    COMMUNE = "commune", "Commune"
    EPCI = "epci", "Intercommunalité (EPCI ou EPT)"
    PETR = "petr", "PETR, pays ou pôle métropolitain"
    DEPARTEMENT = "departement", "Département"
    REGION = "region", "Région"
    ETAT = "etat", "Service de l’État"
    DELEGATION = "delegation", "Délégation nationale"
    OPERATEUR = "operateur", "Opérateur de l’État"
    EUROPE = "europe", "Fonds européen"
    AGENCE = "agence", "Agence de développement"
    CHAMBRE = "chambre", "Chambre consulaire"
    SYNDICAT_MIXTE = "syndicat_mixte", "Syndicat mixte"
    ENTREPRISE = "entreprise", "Entreprise"
    GROUPEMENT = "groupement", "Groupement d’employeurs"
    CLUSTER = "cluster", "Fédération, cluster ou pôle"
    CABINET = "cabinet", "Cabinet de conseil"
    FORMATION = "formation", "Organisme de formation"
    RECHERCHE = "recherche", "Université ou recherche"
    ASSOCIATION = "association", "Association"
    EPF = "epf", "Établissement public foncier"


class CategorieOrganisation(TextChoices):
    """Ce qu’est au juste une organisation d’un type ; `comptes.policies_organisations.CATEGORIES` dit lesquelles vont à quel type."""

    CC = "cc", "Communauté de communes"
    CA = "ca", "Communauté d’agglomération"
    CU = "cu", "Communauté urbaine"
    METROPOLE = "metropole", "Métropole"
    EPT = "ept", "Établissement public territorial"
    PETR = "petr", "Pôle d’équilibre territorial et rural (PETR)"
    PAYS = "pays", "Pays"
    POLE_METROPOLITAIN = "pole_metropolitain", "Pôle métropolitain"
    PREFECTURE_REGION = "prefecture_region", "Préfecture de région (SGAR)"
    PREFECTURE = "prefecture", "Préfecture"
    SOUS_PREFECTURE = "sous_prefecture", "Sous-préfecture"
    DREETS = "dreets", "DREETS"
    DREAL = "dreal", "DREAL"
    DDT = "ddt", "DDT ou DDTM"
    RECTORAT = "rectorat", "Rectorat"
    ARS = "ars", "Agence régionale de santé"
    AUTRE_ETAT = "autre_etat", "Autre service de l’État"
    CCI = "cci", "Chambre de commerce et d’industrie"
    CMA = "cma", "Chambre de métiers et de l’artisanat"
    CHAMBRE_AGRICULTURE = "chambre_agriculture", "Chambre d’agriculture"
    FEDERATION = "federation", "Fédération professionnelle"
    CLUSTER = "cluster", "Cluster"
    POLE = "pole", "Pôle de compétitivité"
    CFA = "cfa", "Centre de formation d’apprentis"
    LYCEE = "lycee", "Lycée ou campus des métiers"
    ECOLE_PRODUCTION = "ecole_production", "École de production"
    UNIVERSITE = "universite", "Université ou grande école"
    CENTRE_RECHERCHE = "centre_recherche", "Organisme ou centre de recherche"


class RoleOrganisation(TextChoices):
    """Ce qu’une personne peut faire au nom de son organisation, partout où celle-ci agit."""

    EPCI = "epci", "EPCI membre"
    PORTEUR = "porteur", "Porteur d’actions"
    REGION = "region", "Région"
    PREFECTURE = "prefecture", "Préfecture"
    FINANCEUR = "financeur", "Opérateur ou financeur"
    NATIONAL = "national", "Délégation nationale"
    ADMINISTRATEUR = "administrateur", "Administrateur de la plateforme"


class ButLien(TextChoices):
    """Ce qu’un lien personnel permet, sans compte, après un code envoyé par courriel."""

    REPONDRE_LIGNE = "repondre_ligne", "Répondre à une demande de financement"
    SIGNER_ACTE = "signer_acte", "Signer un acte"
    SIGNER_RELEVE = "signer_releve", "Signer un relevé de décisions"


class MoyenConnexion(TextChoices):
    """Ce qui a prouvé qui est la personne, à l’ouverture d’une session."""

    CODE = "code", "Code reçu par courriel"
    PROCONNECT = "proconnect", "ProConnect"
    INVITATION = "invitation", "Invitation acceptée"
    DEMONSTRATION = "demonstration", "Compte de démonstration"


class NatureTentative(TextChoices):
    """Ce qui est compté pour limiter les essais, par adresse et par machine."""

    DEMANDE_CODE = "demande_code", "Code demandé"
    CODE_FAUX = "code_faux", "Code refusé"
    FACTEUR_FAUX = "facteur_faux", "Second facteur refusé"
    INVITATION = "invitation", "Invitation envoyée"
    DEMANDE_RATTACHEMENT = "demande_rattachement", "Rattachement demandé"
    INSCRIPTION = "inscription", "Inscription à un rendez-vous"
