"""Les aides que des données ouvertes disent accordées : observées, jamais déclarées par un territoire. Centimes.

Une ligne d’une nouvelle édition qui diffère ne remplace pas l’ancienne : elle la suit, et l’ancienne garde son jour.
"""

from django.db import models
from django.db.models import Q

from maillage.aides.enums import SourceAides
from maillage.socle.champs import MontantField


class FichierAides(models.Model):
    """Un fichier reçu : d’où, quand, avec quel effet. Le même, reçu deux fois, ne laisse qu’une trace."""

    source = models.CharField(max_length=20, choices=SourceAides.choices)
    nom = models.CharField(max_length=200)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    annee = models.PositiveSmallIntegerField("année", null=True)
    recu_at = models.DateTimeField("reçu le")
    lignes = models.PositiveIntegerField()
    centimes = MontantField("somme des lignes lues")
    crees = models.PositiveIntegerField("nouvelles")
    corriges = models.PositiveIntegerField("corrigées")
    rejets = models.JSONField(default=list, help_text="Une phrase par ligne rejetée.")

    class Meta:
        verbose_name = "fichier d’aides reçu"
        ordering = ["-recu_at", "-id"]
        constraints = [models.UniqueConstraint(name="fichier_aides_unique", fields=["source", "sha256"])]

    def __str__(self) -> str:
        return f"{SourceAides(self.source).label} ({self.nom})"


class AideObserveeQuerySet(models.QuerySet["AideObservee"]):
    def en_vigueur(self) -> "AideObserveeQuerySet":
        """Sans les lignes qu’une édition plus récente a corrigées."""
        return self.filter(remplacee_at__isnull=True)


class AideObservee(models.Model):
    """Une ligne publiée : qui a reçu quoi, pour quel projet. Sans date quand la source n’en donne pas."""

    fichier = models.ForeignKey(FichierAides, models.PROTECT, related_name="aides")
    source = models.CharField(max_length=20, choices=SourceAides.choices)
    cle = models.CharField("clé dans sa source", max_length=120)
    annee = models.PositiveSmallIntegerField("année", null=True)
    jour = models.DateField("décidée le", null=True)
    mesure = models.CharField(max_length=300, blank=True)
    axe = models.CharField(max_length=20, blank=True)
    numero_dossier = models.CharField("numéro de dossier", max_length=60, blank=True)
    projet = models.TextField(blank=True)
    beneficiaire = models.CharField("bénéficiaire", max_length=300, blank=True)
    siren = models.CharField("SIREN du bénéficiaire", max_length=9, blank=True)
    attribuant = models.CharField("accordée par", max_length=300, blank=True)
    attribuant_siren = models.CharField("SIREN de l’attribuant", max_length=9, blank=True)
    nature = models.CharField(max_length=60, blank=True)
    montant = MontantField()
    commune = models.ForeignKey(
        "referentiels.Commune", models.PROTECT, null=True, related_name="aides_observees"
    )
    region = models.ForeignKey("referentiels.Region", models.PROTECT, null=True, related_name="+")
    lieu_source = models.CharField("lieu, tel que la source l’écrit", max_length=200, blank=True)
    territoires = models.ManyToManyField("territoires.Territoire", related_name="aides_observees")
    enregistree_at = models.DateTimeField()
    remplacee_at = models.DateTimeField(null=True)

    objects = AideObserveeQuerySet.as_manager()

    class Meta:
        verbose_name = "aide observée"
        verbose_name_plural = "aides observées"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="aide_observee_unique", fields=["source", "cle"], condition=Q(remplacee_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(fields=["numero_dossier"], name="aide_par_dossier"),
            models.Index(fields=["source", "mesure"], name="aide_par_mesure"),
        ]

    def __str__(self) -> str:
        return self.projet or self.beneficiaire or self.cle
