"""Vocabulaire des entrées et des départs."""

from django.db.models import TextChoices

from maillage.comptes.enums import RoleOrganisation, TypeOrganisation


class EtatInvitation(TextChoices):
    """Déduit des dates de l’invitation, jamais écrit."""

    ENVOYEE = "envoyee", "Envoyée"
    ACCEPTEE = "acceptee", "Acceptée"
    EXPIREE = "expiree", "Expirée"
    ANNULEE = "annulee", "Annulée"


class EtatDemande(TextChoices):
    """Déduit des dates de la demande, jamais écrit."""

    A_CONFIRMER = "a_confirmer", "Adresse à confirmer"
    EN_ATTENTE = "en_attente", "En attente de réponse"
    ACCEPTEE = "acceptee", "Acceptée"
    REFUSEE = "refusee", "Refusée"


# Le rôle naturel de qui travaille dans chaque type d’organisation. Une entreprise n’est pas dans la table : qui porte une
# action n’a pas à paraître dans une liste publique, il entre sur invitation.
ROLES_PAR_TYPE: dict[str, RoleOrganisation] = {
    TypeOrganisation.EPCI: RoleOrganisation.EPCI,
    TypeOrganisation.COMMUNE: RoleOrganisation.PORTEUR,
    TypeOrganisation.PETR: RoleOrganisation.PORTEUR,
    TypeOrganisation.DEPARTEMENT: RoleOrganisation.FINANCEUR,
    TypeOrganisation.REGION: RoleOrganisation.REGION,
    TypeOrganisation.ETAT: RoleOrganisation.PREFECTURE,
    TypeOrganisation.DELEGATION: RoleOrganisation.NATIONAL,
    TypeOrganisation.OPERATEUR: RoleOrganisation.FINANCEUR,
    TypeOrganisation.AGENCE: RoleOrganisation.PORTEUR,
    TypeOrganisation.CHAMBRE: RoleOrganisation.PORTEUR,
}
