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
