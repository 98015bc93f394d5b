"""Entrer dans une équipe : être invité, ou le demander."""

from django.db import models
from django.db.models import Q

from maillage.comptes.enums import RoleOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_TERRITOIRE
from maillage.equipes.enums import EtatDemande, EtatInvitation
from maillage.socle.horloge import maintenant
from maillage.territoires.models import Territoire


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def ouvertes(self) -> "InvitationQuerySet":
        return self.filter(acceptee_at__isnull=True, annulee_at__isnull=True)

    def valides(self) -> "InvitationQuerySet":
        return self.ouvertes().filter(expire_at__gt=maintenant())


class Invitation(models.Model):
    """Une adresse invitée à tenir un rôle, dans une organisation ou sur un territoire. Le jeton n’est gardé que haché.

    Donnée personnelle (adresse, nom) : sert à inviter ; effacée un an après son expiration.
    """

    jeton_sha256 = models.CharField(max_length=64, unique=True)
    email = models.EmailField("courriel")
    prenom = models.CharField("prénom", max_length=80, blank=True)
    nom = models.CharField(max_length=120, blank=True)
    role = models.CharField("rôle", max_length=20)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    territoire = models.ForeignKey(Territoire, models.CASCADE, null=True, blank=True, related_name="+")
    fin = models.DateField("fin du rôle", null=True, blank=True)
    # La personne déjà nommée ici par une source, sans compte : l’invitation lui ouvre le sien.
    personne = models.ForeignKey(Personne, models.SET_NULL, null=True, blank=True, related_name="+")
    message = models.CharField(max_length=500, blank=True)
    envois = models.PositiveSmallIntegerField(default=1)
    cree_at = models.DateTimeField()
    cree_by = models.ForeignKey(Personne, models.PROTECT, related_name="+")
    expire_at = models.DateTimeField()
    acceptee_at = models.DateTimeField(null=True, blank=True)
    annulee_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-cree_at", "-id"]
        indexes = [models.Index(fields=["email", "expire_at"], name="invitation_par_email")]
        constraints = [
            models.CheckConstraint(
                name="invitation_organisation_or_territoire",
                condition=Q(organisation__isnull=False) | Q(territoire__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_acceptee_or_annulee",
                condition=Q(acceptee_at__isnull=True) | Q(annulee_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}, {self.titre}"

    @property
    def nom_role(self) -> str:
        role = (ROLES_TERRITOIRE | ROLES_ORGANISATION).get(self.role)
        return role.nom if role else self.role

    @property
    def titre(self) -> str:
        """« Région, Région Grand Est » ; « Binôme : élu·e, Langres – Chaumont »."""
        return f"{self.nom_role}, {self.territoire or self.organisation}"

    @property
    def etat(self) -> EtatInvitation:
        if self.acceptee_at:
            return EtatInvitation.ACCEPTEE
        if self.annulee_at:
            return EtatInvitation.ANNULEE
        return EtatInvitation.ENVOYEE if self.expire_at > maintenant() else EtatInvitation.EXPIREE


class DemandeRattachement(models.Model):
    """Quelqu’un demande à rejoindre une organisation. Elle n’est montrée qu’une fois l’adresse confirmée.

    Donnée personnelle (adresse, nom, message) : sert à répondre ; effacée un an après la réponse, un mois sans confirmation.
    """

    jeton_sha256 = models.CharField(max_length=64, unique=True)
    email = models.EmailField("courriel")
    prenom = models.CharField("prénom", max_length=80, blank=True)
    nom = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="demandes")
    role = models.CharField("rôle", max_length=20, choices=RoleOrganisation.choices)
    message = models.CharField(max_length=500, blank=True)
    cree_at = models.DateTimeField()
    confirmee_at = models.DateTimeField(null=True, blank=True)
    decidee_at = models.DateTimeField(null=True, blank=True)
    decidee_by = models.ForeignKey(Personne, models.PROTECT, null=True, blank=True, related_name="+")
    is_acceptee = models.BooleanField(default=False)
    motif = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["cree_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="demande_decidee_at_and_by_together",
                condition=Q(decidee_at__isnull=True, decidee_by__isnull=True)
                | Q(decidee_at__isnull=False, decidee_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.prenom} {self.nom}".strip()

    @property
    def etat(self) -> EtatDemande:
        if self.decidee_at:
            return EtatDemande.ACCEPTEE if self.is_acceptee else EtatDemande.REFUSEE
        return EtatDemande.EN_ATTENTE if self.confirmee_at else EtatDemande.A_CONFIRMER
