"""Protocoles et contrats : préparés et signés ici, ou constatés d’après une source. Une fois arrêté, rien ne bouge."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from maillage.contrats.enums import College, NatureActe, StatutActe


class Acte(models.Model):
    """Un protocole ou un contrat d’un territoire.

    `date_debut` et `date_fin` bornent la date de signature ; elles sont égales quand le jour est connu.
    `arrete_le` est la date d’effet de l’arrêt, celle que porte le document ; `arrete_at` l’instant où il est enregistré.
    """

    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="actes")
    nature = models.CharField(max_length=20, choices=NatureActe.choices)
    titre = models.CharField(max_length=250)
    periode = models.CharField("période", max_length=30, blank=True)
    statut = models.CharField("état", max_length=20, choices=StatutActe.choices)
    preambule = models.TextField("préambule", blank=True)
    articles = models.JSONField(
        default=list
    )  # [{"titre", "texte", "bloc": "" | "plan_actions" | "financement"}]
    plan_actions = models.OneToOneField(
        "fiches.PlanActions", models.PROTECT, null=True, blank=True, related_name="acte"
    )
    date_debut = models.DateField("signé au plus tôt le", null=True, blank=True)
    date_fin = models.DateField("signé au plus tard le", null=True, blank=True)
    contenu = models.JSONField(null=True, blank=True)  # l’arbre de blocs arrêté
    piece_pdf = models.ForeignKey("documents.Piece", models.PROTECT, null=True, blank=True, related_name="+")
    piece_word = models.ForeignKey("documents.Piece", models.PROTECT, null=True, blank=True, related_name="+")
    arrete_at = models.DateTimeField("arrêté le", null=True, blank=True)
    arrete_by = models.CharField(max_length=200, blank=True)
    arrete_le = models.DateField("date d’effet de l’arrêt", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    cree_at = models.DateTimeField()

    class Meta:
        ordering = ["-date_fin", "-id"]
        constraints = [
            models.CheckConstraint(
                name="acte_arrete_at_and_by_together",
                condition=Q(
                    arrete_at__isnull=True, arrete_le__isnull=True, arrete_by="", piece_pdf__isnull=True
                )
                | (
                    Q(arrete_at__isnull=False, arrete_le__isnull=False, piece_pdf__isnull=False)
                    & ~Q(arrete_by="")
                ),
            ),
            models.CheckConstraint(
                name="acte_bornes_together",
                condition=Q(date_debut__isnull=True, date_fin__isnull=True)
                | Q(date_debut__lte=F("date_fin")),
            ),
            models.CheckConstraint(
                name="acte_signe_has_dates",
                condition=~Q(statut__in=["signe", "constate"]) | Q(date_fin__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.titre

    def get_absolute_url(self) -> str:
        return reverse("acte-detail", args=[self.territoire.vague.code, self.territoire.id_ti, self.pk])


class ArretRemplace(models.Model):
    """Un arrêt repris avant toute signature : ce qui avait été figé, gardé tel quel, et pourquoi il ne vaut plus."""

    acte = models.ForeignKey(Acte, models.CASCADE, related_name="arrets_remplaces")
    plan_actions = models.OneToOneField(
        "fiches.PlanActions", models.PROTECT, null=True, related_name="arret_remplace"
    )
    contenu = models.JSONField()
    piece_pdf = models.ForeignKey("documents.Piece", models.PROTECT, related_name="+")
    piece_word = models.ForeignKey("documents.Piece", models.PROTECT, related_name="+")
    arrete_at = models.DateTimeField("arrêté le")
    arrete_by = models.CharField(max_length=200)
    arrete_le = models.DateField("date d’effet de l’arrêt")
    remplace_at = models.DateTimeField("repris le")
    remplace_by = models.CharField(max_length=200)
    motif = models.TextField()

    class Meta:
        verbose_name = "arrêt remplacé"
        ordering = ["-remplace_at", "-id"]

    def __str__(self) -> str:
        return f"{self.acte} (remplacé)"


class SourceActe(models.Model):
    """Ce qu’une source publique dit d’un acte constaté : deux sources peuvent se contredire, toutes deux restent."""

    acte = models.ForeignKey(Acte, models.CASCADE, related_name="sources")
    texte = models.TextField()
    url = models.URLField(max_length=400, blank=True)
    nature_dite = models.CharField("nature selon la source", max_length=20, choices=NatureActe.choices)

    class Meta:
        verbose_name = "source d’un acte"
        ordering = ["id"]


class Signataire(models.Model):
    """Qui signe, pour quelle organisation, à quel titre, dans quel ordre ; et sa signature quand elle est donnée.

    `signe_le` est la date de la signature (celle de l’acte) ; `signe_at` l’instant où elle a été enregistrée.
    Donnée personnelle : nom et adresse, pour signer ; gardés avec l’acte.
    """

    acte = models.ForeignKey(Acte, models.CASCADE, related_name="signataires")
    organisation = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="signatures")
    nom = models.CharField("représentant·e", max_length=150, blank=True)
    qualite = models.CharField("qualité", max_length=150)
    college = models.CharField("collège", max_length=20, choices=College.choices)
    ordre = models.PositiveSmallIntegerField(default=1)
    email = models.EmailField("courriel (pour signer par lien)", blank=True)
    deliberation = models.CharField("délibération n°", max_length=80, blank=True)
    deliberation_le = models.DateField("délibération du", null=True, blank=True)
    signe_le = models.DateField(null=True, blank=True)
    signe_at = models.DateTimeField(null=True, blank=True)
    signe_by = models.CharField(max_length=250, blank=True)

    class Meta:
        ordering = ["ordre", "id"]
        constraints = [
            models.CheckConstraint(
                name="signataire_signe_at_and_by_together",
                condition=Q(signe_at__isnull=True, signe_le__isnull=True, signe_by="")
                | (Q(signe_at__isnull=False, signe_le__isnull=False) & ~Q(signe_by="")),
            ),
            models.UniqueConstraint(name="signataire_unique", fields=["acte", "organisation", "nom"]),
        ]

    def __str__(self) -> str:
        return (
            f"{self.nom}, {self.qualite}, {self.organisation}"
            if self.nom
            else f"{self.organisation} ({self.qualite})"
        )
