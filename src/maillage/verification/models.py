"""Vérifier les besoins avec les entreprises : une campagne sur des fiches, un lien par entreprise, des réponses confidentielles."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from maillage.socle.champs import MontantField
from maillage.verification.enums import EtatCampagne, Utilite


class Campagne(models.Model):
    """Des fiches d’un territoire, soumises à des entreprises jusqu’à un jour."""

    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="campagnes")
    titre = models.CharField(max_length=200)
    message = models.TextField("mot d’accueil", blank=True)
    etat = models.CharField(
        "état", max_length=20, choices=EtatCampagne.choices, default=EtatCampagne.PREPAREE
    )
    fin = models.DateField("réponses jusqu’au")
    creee_at = models.DateTimeField()
    creee_by = models.CharField(max_length=200)
    ouverte_at = models.DateTimeField(null=True, blank=True)
    close_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "campagne de vérification"
        ordering = ["-creee_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="campagne_creee_at_and_by_together",
                condition=Q(creee_at__isnull=False) & ~Q(creee_by=""),
            ),
        ]

    def __str__(self) -> str:
        return self.titre

    def get_absolute_url(self) -> str:
        return reverse("campagne", args=[self.territoire.vague.code, self.territoire.id_ti, self.pk])


class FicheVerifiee(models.Model):
    """Une fiche de la campagne, dite en deux phrases."""

    campagne = models.ForeignKey(Campagne, models.CASCADE, related_name="fiches")
    fiche = models.ForeignKey("fiches.FicheAction", models.PROTECT, related_name="verifications")
    resume = models.CharField("en deux phrases", max_length=400)
    rang = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "fiche vérifiée"
        ordering = ["rang", "id"]
        constraints = [models.UniqueConstraint(name="fiche_verifiee_unique", fields=["campagne", "fiche"])]

    def __str__(self) -> str:
        return str(self.fiche)


class Sollicitation(models.Model):
    """Une entreprise à qui l’on demande son avis, par un lien à elle. `serie` : un lien fermé n’ouvre plus.

    Données personnelles : le nom et l’adresse de la personne jointe.
    """

    campagne = models.ForeignKey(Campagne, models.CASCADE, related_name="sollicitations")
    entreprise = models.CharField(max_length=200)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    contact = models.CharField("personne jointe", max_length=120, blank=True)
    email = models.EmailField("courriel", blank=True)
    fiches = models.ManyToManyField(FicheVerifiee, related_name="sollicitations")
    serie = models.PositiveIntegerField("série", default=1)
    expire_le = models.DateField()
    ajoutee_at = models.DateTimeField()
    envoyee_at = models.DateTimeField(null=True, blank=True)
    relances = models.PositiveSmallIntegerField(default=0)
    relancee_at = models.DateTimeField(null=True, blank=True)
    revoquee_at = models.DateTimeField(null=True, blank=True)
    refusee_at = models.DateTimeField(null=True, blank=True)
    nouvelles_au = models.DateField("nouvelles données jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "entreprise sollicitée"
        ordering = ["entreprise", "id"]
        constraints = [
            models.UniqueConstraint(
                "campagne", Lower("email"), name="sollicitation_unique", condition=~Q(email="")
            )
        ]

    def __str__(self) -> str:
        return self.entreprise


class ReponseEntreprise(models.Model):
    """Ce qu’une entreprise dit d’une fiche ; une réponse changée en est une nouvelle, la dernière vaut."""

    sollicitation = models.ForeignKey(Sollicitation, models.CASCADE, related_name="reponses")
    fiche = models.ForeignKey(FicheVerifiee, models.CASCADE, related_name="reponses")
    utile = models.CharField(max_length=20, choices=Utilite.choices, blank=True)
    participe = models.BooleanField("je participe", default=False)
    embauches = models.PositiveIntegerField("embauches possibles", null=True, blank=True)
    investissement = MontantField("investissement possible", null=True, blank=True)
    manque = models.TextField("ce qui manque", blank=True)
    rappel = models.BooleanField("me contacter", default=False)
    recue_at = models.DateTimeField()

    class Meta:
        verbose_name = "réponse d’entreprise"
        ordering = ["recue_at", "id"]
        indexes = [models.Index(fields=["fiche", "sollicitation", "-id"], name="reponse_derniere")]


class Besoin(models.Model):
    """Un besoin que nulle fiche ne porte, dit par une entreprise ; il peut devenir une fiche."""

    sollicitation = models.ForeignKey(Sollicitation, models.CASCADE, related_name="besoins")
    texte = models.TextField()
    recu_at = models.DateTimeField()
    fiche = models.ForeignKey(
        "fiches.FicheAction", models.SET_NULL, null=True, blank=True, related_name="besoins"
    )

    class Meta:
        verbose_name = "besoin d’entreprise"
        ordering = ["recu_at", "id"]

    def __str__(self) -> str:
        return self.texte[:80]
