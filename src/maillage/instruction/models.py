"""L’instruction d’un plan d’actions : ce qui est transmis, tour après tour, les avis donnés, ce que chacun en a lu.

Un dossier suit un plan jusqu’à la décision du comité de pilotage régional. Chaque transmission fige des versions de fiches ;
un avis dit sur laquelle il porte. Rien n’est effacé : un nouvel avis s’ajoute, le précédent reste.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from maillage.instruction.enums import SensAvisPlan, StatutDossier


class DossierPlan(models.Model):
    """Le plan d’actions d’un territoire devant la Région chef de file, de sa transmission à la décision."""

    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="dossiers_plan")
    statut = models.CharField("état", max_length=20, choices=StatutDossier.choices)
    recu_le = models.DateField("reçu le", null=True, blank=True)
    echeance = models.DateField("avis attendus pour le", null=True, blank=True)
    decide_le = models.DateField("décidé le", null=True, blank=True)
    decision = models.ForeignKey(
        "gouvernance.Decision", models.PROTECT, null=True, blank=True, related_name="dossiers_plan"
    )
    ouvert_at = models.DateTimeField()

    class Meta:
        verbose_name = "dossier d’instruction"
        ordering = ["-ouvert_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="dossier_plan_one_open",
                fields=["territoire"],
                condition=~Q(statut__in=["valide", "refuse", "retire"]),
            ),
            models.CheckConstraint(
                name="dossier_plan_decide_le_with_decision",
                condition=Q(decide_le__isnull=True, decision__isnull=True)
                | Q(decide_le__isnull=False, decision__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Plan d’actions de {self.territoire.nom}"

    def get_absolute_url(self) -> str:
        return reverse("dossier-detail", args=[self.pk])


class TransmissionPlan(models.Model):
    """Un tour : les versions de fiches transmises ce jour-là. Figées : elles ne bougent plus."""

    dossier = models.ForeignKey(DossierPlan, models.CASCADE, related_name="transmissions")
    numero = models.PositiveSmallIntegerField("tour")
    plan_actions = models.OneToOneField("fiches.PlanActions", models.PROTECT, related_name="transmission")
    message = models.TextField("mot à la Région", blank=True)
    transmis_le = models.DateField()
    transmis_at = models.DateTimeField()
    transmis_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "transmission d’un plan"
        ordering = ["numero"]
        constraints = [
            models.UniqueConstraint(name="transmission_numero_unique", fields=["dossier", "numero"])
        ]

    def __str__(self) -> str:
        return f"{self.dossier}, tour {self.numero}"


class AvisPlan(models.Model):
    """Un avis attendu ou rendu : celui d’une Région (requis), ou d’un service ou opérateur à qui on l’a demandé."""

    dossier = models.ForeignKey(DossierPlan, models.CASCADE, related_name="avis")
    region = models.ForeignKey(
        "referentiels.Region", models.PROTECT, null=True, blank=True, related_name="avis_plans"
    )
    organisation = models.ForeignKey(
        "comptes.Organisation", models.PROTECT, null=True, blank=True, related_name="avis_plans"
    )
    question = models.TextField("ce qui est demandé", blank=True)
    demande_le = models.DateField()
    demande_by = models.CharField(max_length=200)
    echeance = models.DateField("échéance", null=True, blank=True)
    relance_le = models.DateField("relancé le", null=True, blank=True)
    transmission = models.ForeignKey(
        TransmissionPlan, models.PROTECT, null=True, blank=True, related_name="avis"
    )
    sens = models.CharField(max_length=20, choices=SensAvisPlan.choices, blank=True)
    texte = models.TextField("motivation", blank=True)
    cadres = models.TextField("cohérence avec le SRDEII et les autres cadres", blank=True)
    conditions = models.TextField(blank=True)
    piece = models.ForeignKey("documents.Piece", models.PROTECT, null=True, blank=True, related_name="+")
    rendu_le = models.DateField(null=True, blank=True)
    rendu_at = models.DateTimeField(null=True, blank=True)
    rendu_by = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "avis sur un plan"
        verbose_name_plural = "avis sur un plan"
        ordering = ["demande_le", "id"]
        constraints = [
            models.CheckConstraint(
                name="avis_plan_one_author",
                condition=Q(region__isnull=False, organisation__isnull=True)
                | Q(region__isnull=True, organisation__isnull=False),
            ),
            models.CheckConstraint(
                name="avis_plan_rendu_at_and_by_together",
                condition=Q(
                    rendu_at__isnull=True,
                    rendu_le__isnull=True,
                    transmission__isnull=True,
                    rendu_by="",
                    sens="",
                )
                | (
                    Q(rendu_at__isnull=False, rendu_le__isnull=False, transmission__isnull=False)
                    & ~Q(rendu_by="")
                    & ~Q(sens="")
                ),
            ),
            models.CheckConstraint(
                name="avis_plan_echeance_after_demande",
                condition=Q(echeance__isnull=True) | Q(echeance__gte=F("demande_le")),
            ),
        ]

    def __str__(self) -> str:
        return f"Avis de {self.de}"

    @property
    def de(self) -> str:
        """Qui donne l’avis : « la Région Grand Est », ou le nom de l’organisation."""
        return f"la Région {self.region.nom}" if self.region else str(self.organisation)

    @property
    def is_requis(self) -> bool:
        return self.region_id is not None


class AvisFiche(models.Model):
    """Ce qu’un avis dit d’une fiche, dans la version transmise. Sans `sens` : la fiche est soumise, rien n’en est encore dit."""

    avis = models.ForeignKey(AvisPlan, models.CASCADE, related_name="fiches")
    fiche = models.ForeignKey("fiches.FicheAction", models.PROTECT, related_name="avis_plans")
    sens = models.CharField(max_length=20, choices=SensAvisPlan.choices, blank=True)
    texte = models.TextField("motivation", blank=True)
    conditions = models.TextField(blank=True)

    class Meta:
        verbose_name = "avis sur une fiche"
        verbose_name_plural = "avis sur une fiche"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="avis_fiche_unique", fields=["avis", "fiche"])]


class LectureDossier(models.Model):
    """Jusqu’où une personne a lu un dossier : ce qui est venu après lui est signalé. Donnée personnelle, gardée avec le dossier."""

    dossier = models.ForeignKey(DossierPlan, models.CASCADE, related_name="lectures")
    personne = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lectures_dossiers")
    transmission = models.ForeignKey(TransmissionPlan, models.PROTECT, related_name="+")
    lu_at = models.DateTimeField()

    class Meta:
        verbose_name = "lecture d’un dossier"
        constraints = [models.UniqueConstraint(name="lecture_dossier_unique", fields=["dossier", "personne"])]
