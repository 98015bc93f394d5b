"""Chiffres publiés (presse, rapports) : gardés tels quels, avec leur source, à côté des chiffres recomputés."""

from django.db import models
from django.db.models import F, Q


class Indicateur(models.TextChoices):
    """Ce que dit un chiffre publié ; le nom est celui du chiffre calculé auquel il se compare."""

    LABELLISES = "labellises", "Territoires labellisés"
    AVEC_GOUVERNANCE = "avec_gouvernance", "Territoires avec gouvernance"
    PLAN_VALIDE = "plan_valide", "Plans validés par une Région"
    PROTOCOLE = "protocole", "Protocoles signés"
    CONTRAT = "contrat", "Contrats signés"
    AU_MOINS_UN_ACTE = "au_moins_un_acte", "Territoires avec au moins un acte"
    INTERCOMMUNALITES = "intercommunalites", "Intercommunalités membres (EPCI et EPT)"
    COMMUNES = "communes", "Communes des territoires"
    FICHES = "fiches", "Actions ou projets"
    MONTANT_ANNONCE = "montant_annonce", "Montant annoncé"
    MONTANT_ACCORDE = "montant_accorde", "Montant engagé"
    MONTANT_VERSE = "montant_verse", "Montant déployé"


class Unite(models.TextChoices):
    NOMBRE = "nombre", "nombre"
    POUR_CENT = "pour_cent", "%"
    CENTIMES = "centimes", "€"


class ChiffrePublie(models.Model):
    """Un chiffre lu dans une source. `jour` : publication ; `valable_depuis` : jour depuis lequel il vaut (souvent le même)."""

    indicateur = models.CharField(max_length=30, choices=Indicateur.choices)
    region = models.ForeignKey("referentiels.Region", models.PROTECT, null=True, blank=True, related_name="+")
    jour = models.DateField()
    valable_depuis = models.DateField()
    valeur = models.BigIntegerField()
    unite = models.CharField("unité", max_length=10, choices=Unite.choices, default=Unite.NOMBRE)
    precision = models.CharField("précision", max_length=40, blank=True)  # « environ », « plus de »
    source = models.CharField(max_length=300)
    url = models.URLField(max_length=400, blank=True)
    remarque = models.TextField(blank=True)

    class Meta:
        verbose_name = "chiffre publié"
        ordering = ["jour", "indicateur", "id"]
        constraints = [
            models.UniqueConstraint(
                name="chiffre_publie_unique",
                fields=["indicateur", "region", "jour", "source"],
            ),
            # Deux vides sont distincts pour une contrainte d’unicité ; SQLite ne sait pas dire le contraire.
            models.UniqueConstraint(
                name="chiffre_publie_national_unique",
                fields=["indicateur", "jour", "source"],
                condition=Q(region__isnull=True),
            ),
            models.CheckConstraint(
                name="chiffre_publie_valable_before_jour", condition=Q(valable_depuis__lte=F("jour"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_indicateur_display()} au {self.jour:%d/%m/%Y}"


class AideRecue(models.Model):
    """Une aide apportée à un territoire qui dort : quand, par qui, laquelle, devant quels signes. Jamais effacée."""

    territoire = models.ForeignKey("territoires.Territoire", models.CASCADE, related_name="aides")
    jour = models.DateField()
    par = models.ForeignKey("comptes.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    nature = models.CharField(max_length=150)
    recit = models.TextField("ce qui a été fait", blank=True)
    signes = models.JSONField("preuves du jour", default=list)
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "aide reçue"
        verbose_name_plural = "aides reçues"
        ordering = ["-jour", "-id"]

    def __str__(self) -> str:
        return self.nature
