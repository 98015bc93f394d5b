"""Ce qui attend quelqu’un, et les courriels partis ou à partir."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class AttenteQuerySet(models.QuerySet["Attente"]):
    def ouvertes(self) -> "AttenteQuerySet":
        return self.filter(fait_at__isnull=True)


class Attente(models.Model):
    """Qui doit faire quoi, sur quel objet, depuis quand. Ouverte et close par les actes, dans leur transaction.

    Destinataire : une organisation, ou un rôle sur un territoire (clé « v1/ti-4403 »), jamais les deux.
    """

    code = models.CharField(max_length=60)
    organisation = models.ForeignKey(
        "comptes.Organisation", models.CASCADE, null=True, blank=True, related_name="attentes"
    )
    role = models.CharField("rôle sur le territoire", max_length=20, blank=True)
    territoire = models.CharField("clé du territoire", max_length=40)
    territoire_nom = models.CharField(max_length=250, blank=True)
    objet_type = models.CharField(max_length=60)
    objet_id = models.CharField(max_length=40)
    libelle = models.CharField(max_length=300)
    motif = models.TextField("pourquoi", blank=True)
    url = models.CharField(max_length=300)
    depuis = models.DateField()
    echeance = models.DateField("échéance", null=True, blank=True)
    fait_at = models.DateTimeField(null=True, blank=True)

    objects = AttenteQuerySet.as_manager()

    class Meta:
        ordering = ["depuis", "id"]
        constraints = [
            models.CheckConstraint(
                name="attente_organisation_or_role",
                condition=Q(organisation__isnull=False, role="")
                | (Q(organisation__isnull=True) & ~Q(role="")),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "fait_at"], name="attente_par_organisation"),
            models.Index(fields=["territoire", "role", "fait_at"], name="attente_par_role"),
            models.Index(fields=["objet_type", "objet_id", "code"], name="attente_par_objet"),
        ]

    def __str__(self) -> str:
        return self.libelle


class Courriel(models.Model):
    """Un courriel : écrit dans la transaction de l’acte, envoyé après, réessayé, visible."""

    destinataire = models.EmailField()
    sujet = models.CharField(max_length=200)
    corps = models.TextField()
    motif = models.CharField("pourquoi je le reçois", max_length=60)
    cree_at = models.DateTimeField()
    envoye_at = models.DateTimeField(null=True, blank=True)
    essais = models.PositiveSmallIntegerField(default=0)
    erreur = models.TextField(blank=True)
    personne = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-cree_at", "-id"]
