"""Ce qui entoure une ligne : enveloppes, échanges, réponses par lot, sommes reçues, années, plans publiés.

Montants en centimes. Rien n’y est modifié : une correction est un fait de plus (les années d’une ligne, qui ne sont pas
comptées, sont remplacées et le journal garde les anciennes).
"""

from django.db import models
from django.db.models import Q

from maillage.financement.enums import (
    NatureEchange,
    NatureFaitEnveloppe,
    RegleEnveloppe,
    SensAvisFinanceur,
    StatutLigne,
)
from maillage.socle.champs import MontantField


class Enveloppe(models.Model):
    """L’argent d’un financeur pour une année, une région (ou toutes) et un dispositif (ou tous)."""

    financeur = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="enveloppes")
    nom = models.CharField(max_length=200)
    annee = models.PositiveSmallIntegerField("année")
    region = models.ForeignKey(
        "referentiels.Region", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="région"
    )
    dispositif = models.ForeignKey(
        "dispositifs.Dispositif", models.PROTECT, null=True, blank=True, related_name="enveloppes"
    )
    regle = models.CharField("au-delà du disponible", max_length=20, choices=RegleEnveloppe.choices)
    is_fictif = models.BooleanField(default=False)

    class Meta:
        verbose_name = "enveloppe"
        ordering = ["-annee", "nom", "id"]
        constraints = [
            models.UniqueConstraint(
                name="enveloppe_nom_unique", fields=["financeur", "annee", "nom", "is_fictif"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.nom} ({self.annee})"


class FaitEnveloppe(models.Model):
    """Ce qui est annoncé, ou disponible, dans une enveloppe à partir d’un jour : le montant entier, jamais un ajout."""

    enveloppe = models.ForeignKey(Enveloppe, models.CASCADE, related_name="faits")
    nature = models.CharField(max_length=20, choices=NatureFaitEnveloppe.choices)
    montant = MontantField()
    date_effet = models.DateField()
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)
    motif = models.TextField("source ou raison", blank=True)

    class Meta:
        verbose_name = "fait d’une enveloppe"
        ordering = ["date_effet", "id"]
        constraints = [
            models.CheckConstraint(name="fait_enveloppe_positif", condition=Q(montant__gte=0)),
        ]


class EchangeLigne(models.Model):
    """Une question du financeur, la réponse du territoire, ou un avis du financeur qui ne décide pas."""

    ligne = models.ForeignKey("financement.LigneFinancement", models.CASCADE, related_name="echanges")
    nature = models.CharField(max_length=20, choices=NatureEchange.choices)
    sens = models.CharField("sens de l’avis", max_length=20, choices=SensAvisFinanceur.choices, blank=True)
    texte = models.TextField()
    date_effet = models.DateField()
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)
    piece = models.ForeignKey("documents.Piece", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "échange sur une ligne"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="echange_sens_for_avis",
                condition=(Q(nature="avis") & ~Q(sens="")) | (~Q(nature="avis") & Q(sens="")),
            )
        ]


class Lot(models.Model):
    """Une décision qui répond à plusieurs lignes : un document, et ce qu’il est advenu de chacune."""

    vers = models.CharField("réponse", max_length=20, choices=StatutLigne.choices)
    cree_at = models.DateTimeField()
    cree_by = models.CharField(max_length=200)
    personne = models.ForeignKey("comptes.Personne", models.PROTECT, related_name="+")
    piece = models.ForeignKey("documents.Piece", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "réponse par lot"
        ordering = ["-id"]


class LigneLot(models.Model):
    """Une ligne d’un lot : l’étape écrite, ou pourquoi elle ne l’a pas été."""

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="lignes")
    ligne = models.ForeignKey("financement.LigneFinancement", models.CASCADE, related_name="+")
    montant = MontantField(null=True, blank=True)
    etape = models.ForeignKey("financement.EtapeLigne", models.PROTECT, null=True, related_name="+")
    refus = models.TextField(blank=True)

    class Meta:
        verbose_name = "ligne d’un lot"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="ligne_lot_etape_or_refus",
                condition=Q(etape__isnull=False, refus="") | (Q(etape__isnull=True) & ~Q(refus="")),
            )
        ]


class VersementRecu(models.Model):
    """Une somme que le porteur dit avoir reçue ; une correction est une somme négative, avec son motif."""

    ligne = models.ForeignKey("financement.LigneFinancement", models.CASCADE, related_name="versements_recus")
    montant = MontantField()
    jour = models.DateField("reçu le")
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)
    motif = models.TextField(blank=True)

    class Meta:
        verbose_name = "versement reçu"
        ordering = ["jour", "id"]
        constraints = [
            models.CheckConstraint(
                name="versement_recu_correction_has_motif",
                condition=Q(montant__gt=0) | (Q(montant__lt=0) & ~Q(motif="")),
            )
        ]


class AnneeLigne(models.Model):
    """Ce qu’une ressource apporte une année."""

    ligne = models.ForeignKey("financement.LigneFinancement", models.CASCADE, related_name="annees")
    annee = models.PositiveSmallIntegerField("année")
    montant = MontantField()

    class Meta:
        verbose_name = "année d’une ligne"
        ordering = ["annee"]
        constraints = [
            models.UniqueConstraint(name="annee_ligne_unique", fields=["ligne", "annee"]),
            models.CheckConstraint(name="annee_ligne_positive", condition=Q(montant__gt=0)),
        ]


class PublicationPlan(models.Model):
    """Le plan de financement tel qu’il est publié un jour, figé (code général des collectivités territoriales,
    articles L. 1111-11 et D. 1111-8)."""

    plan = models.ForeignKey("financement.PlanFinancement", models.CASCADE, related_name="publications")
    jour = models.DateField("publié le")
    contenu = models.JSONField()
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "plan publié"
        ordering = ["-id"]
