"""Une simulation : des fiches, des dispositifs, des enveloppes, et ce que le calcul en propose.

Elle appartient à une organisation. Rien de ce qu’elle dit ne change l’état d’une ligne : les personnes décident.
Montants en centimes, taux en dix-millièmes, octrois proposés en euros entiers (donc multiples de cent centimes).
"""

from fractions import Fraction

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from maillage.financement.enums import OrigineFinanceur
from maillage.programmation.enums import (
    Critere,
    Equilibre,
    IssueFiche,
    NatureSimulee,
    Perimetre,
    StatutSimulation,
    Verrou,
)
from maillage.socle.champs import MontantField


class Simulation(models.Model):
    """Une question posée au calcul. Une fois lancée, ses entrées sont figées : la même question donne la même réponse."""

    organisation = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="simulations")
    nom = models.CharField(max_length=150)
    perimetre = models.CharField("périmètre", max_length=10, choices=Perimetre.choices)
    region = models.ForeignKey("referentiels.Region", models.PROTECT, null=True, blank=True, related_name="+")
    annee = models.PositiveSmallIntegerField("année des enveloppes")
    critere = models.CharField("critère", max_length=10, choices=Critere.choices, default=Critere.NOMBRE)
    source_poids = models.CharField("d’où viennent les points de priorité", max_length=300, blank=True)
    equilibre = models.CharField(
        "équilibre", max_length=10, choices=Equilibre.choices, blank=True, default=""
    )
    # Vide : le plus grand minimum que tous peuvent atteindre à la fois.
    minimum = models.PositiveSmallIntegerField("minimum de fiches", null=True, blank=True)
    graine = models.PositiveIntegerField(default=0)
    statut = models.CharField(
        max_length=20, choices=StatutSimulation.choices, default=StatutSimulation.EN_PREPARATION
    )
    au = models.DateField("état des plans au", null=True, blank=True)
    entrees = models.JSONField("entrées figées", null=True, blank=True)
    empreinte = models.CharField("empreinte des entrées", max_length=64, blank=True)
    valeur = models.BigIntegerField(null=True, blank=True)
    borne = models.BigIntegerField(null=True, blank=True)
    phrase_ecart = models.CharField("la preuve, en une phrase", max_length=300, blank=True)
    phrase_equite = models.CharField("ce que l’équilibre coûte", max_length=300, blank=True)
    cree_at = models.DateTimeField()
    cree_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    calculee_at = models.DateTimeField("calculée le", null=True, blank=True)

    class Meta:
        verbose_name = "simulation"
        ordering = ["-cree_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="simulation_region_of_perimetre",
                condition=Q(perimetre="region", region__isnull=False)
                | (~Q(perimetre="region") & Q(region__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return self.nom

    def get_absolute_url(self) -> str:
        return reverse("simulation-detail", args=[self.pk])

    @property
    def libelle_perimetre(self) -> str:
        return str(self.region) if self.region else str(Perimetre(self.perimetre).label)


class PartageSimulation(models.Model):
    """Une organisation qui lit la simulation d’une autre."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="partages")
    organisation = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="+")
    partage_at = models.DateTimeField("partagée le")
    partage_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "partage d’une simulation"
        ordering = ["organisation__nom", "id"]
        constraints = [
            models.UniqueConstraint(name="partage_simulation_unique", fields=["simulation", "organisation"])
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class AideSimulee(models.Model):
    """Une aide que la simulation peut servir, avec les conditions qu’elle retient : celles du catalogue, ou une hypothèse."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="aides")
    dispositif = models.ForeignKey(
        "dispositifs.Dispositif", models.PROTECT, null=True, blank=True, related_name="+"
    )
    libelle = models.CharField("nom de l’aide", max_length=200)
    financeur = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="+")
    nature = models.CharField(max_length=30, choices=NatureSimulee.choices)
    origine = models.CharField("origine de l’argent", max_length=30, choices=OrigineFinanceur.choices)
    taux = models.PositiveSmallIntegerField("taux de la dépense éligible, au plus")
    plancher = MontantField("aide au moins", default=0)
    plafond = MontantField("aide au plus")
    porteurs = models.JSONField("types de porteurs servis", default=list, blank=True)
    certitude = models.PositiveSmallIntegerField("certitude, de 0 à 100", default=50)
    hypotheses = models.JSONField("ce que le catalogue ne dit pas", default=list, blank=True)

    class Meta:
        verbose_name = "aide simulée"
        ordering = ["libelle", "id"]
        constraints = [
            models.UniqueConstraint(
                name="aide_simulee_dispositif_unique",
                fields=["simulation", "dispositif"],
                condition=Q(dispositif__isnull=False),
            ),
            models.CheckConstraint(
                name="aide_simulee_bornes", condition=Q(taux__lte=10_000, plancher__gte=0, plafond__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.libelle

    @property
    def cle(self) -> str:
        """Son identifiant dans le calcul."""
        return f"aide-{self.pk}"

    @property
    def part(self) -> Fraction:
        """Son taux, en part exacte."""
        return Fraction(self.taux, 10_000)


class EnveloppeSimulee(models.Model):
    """Ce que la simulation suppose disponible pour une aide : dans une région ou partout, octrois déjà accordés compris.

    `reel` : l’enveloppe annoncée par le financeur quand elle est connue. `is_hypothese` : ce n’est pas le financeur
    lui-même qui la pose, ou il s’écarte de ce qu’il a annoncé.
    """

    aide = models.ForeignKey(AideSimulee, models.CASCADE, related_name="enveloppes")
    region = models.ForeignKey("referentiels.Region", models.PROTECT, null=True, blank=True, related_name="+")
    montant = MontantField()
    reel = MontantField("annoncée", null=True, blank=True)
    is_hypothese = models.BooleanField("hypothèse", default=True)
    engage = MontantField("engagé par la proposition", null=True, blank=True)
    points_par_million = models.CharField(max_length=20, blank=True)
    phrase = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "enveloppe simulée"
        ordering = ["aide__libelle", "region__nom", "id"]
        constraints = [
            models.UniqueConstraint(
                name="enveloppe_simulee_unique", fields=["aide", "region"], nulls_distinct=False
            ),
            models.CheckConstraint(name="enveloppe_simulee_positive", condition=Q(montant__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.aide}, {self.region.nom if self.region else 'toutes régions'}"

    @property
    def cle(self) -> str:
        """Son identifiant dans le calcul."""
        return f"enveloppe-{self.pk}"


class ReglageFiche(models.Model):
    """Ce que la personne dit d’une fiche : ses points de priorité, ou un verrou."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="reglages")
    fiche = models.ForeignKey("fiches.FicheAction", models.PROTECT, related_name="+")
    points = models.PositiveIntegerField("points de priorité", null=True, blank=True)
    verrou = models.CharField(max_length=10, choices=Verrou.choices, blank=True)

    class Meta:
        verbose_name = "réglage d’une fiche"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="reglage_fiche_unique", fields=["simulation", "fiche"]),
            models.CheckConstraint(
                name="reglage_fiche_said", condition=Q(points__isnull=False) | ~Q(verrou="")
            ),
        ]


class ResultatFiche(models.Model):
    """Ce que le calcul propose pour une fiche, et pourquoi. `besoin` : ce que son plan attendait au lancement."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="resultats")
    fiche = models.ForeignKey("fiches.FicheAction", models.PROTECT, related_name="+")
    issue = models.CharField(max_length=20, choices=IssueFiche.choices)
    cout = MontantField("coût")
    besoin = MontantField()
    poids = models.BigIntegerField()
    raison = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "résultat d’une fiche"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="resultat_fiche_unique", fields=["simulation", "fiche"])]
        indexes = [models.Index(fields=["simulation", "issue"], name="resultat_par_issue")]


class OctroiPropose(models.Model):
    """Ce qu’une aide verserait à une fiche bouclée."""

    resultat = models.ForeignKey(ResultatFiche, models.CASCADE, related_name="octrois")
    aide = models.ForeignKey(AideSimulee, models.CASCADE, related_name="octrois")
    montant = MontantField()

    class Meta:
        verbose_name = "octroi proposé"
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="octroi_propose_positif", condition=Q(montant__gt=0))]
