"""Autour d’une fiche : ce qu’une personne n’a pas encore enregistré, ce qui a été lu, dit, et avec qui elle se partage."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from maillage.fiches.enums import EtatPartage


class BrouillonFiche(models.Model):
    """Ce qu’une personne a écrit d’une partie d’une fiche sans l’enregistrer : un seul par personne, fiche et partie.

    Gardé par la page elle-même ; ni version, ni journal. Donnée personnelle : visible de son auteur seul.
    """

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="brouillons")
    personne = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="brouillons_fiches")
    partie = models.CharField(max_length=20)
    champs = models.JSONField()  # [nom, valeur] dans l’ordre du formulaire
    modifie_le = models.DateTimeField()

    class Meta:
        verbose_name = "brouillon d’une fiche"
        ordering = ("-modifie_le", "id")
        constraints = (
            models.UniqueConstraint(name="brouillon_unique", fields=["fiche", "personne", "partie"]),
        )


class LectureFiche(models.Model):
    """La Région a lu cette version, tel jour : ce qui change ensuite se montre d’un geste."""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="lectures")
    version = models.PositiveIntegerField()
    lue_le = models.DateTimeField()
    lecteur = models.CharField(max_length=200)

    class Meta:
        verbose_name = "lecture d’une fiche par la Région"
        ordering = ("id",)


class PartageFiche(models.Model):
    """Une fiche portée avec un autre territoire : proposée, puis acceptée ou refusée par lui. Le chef de file est celui
    de la fiche, qui n’est comptée qu’une fois."""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="partages")
    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="partages_fiches")
    etat = models.CharField("état", max_length=20, choices=EtatPartage.choices, default=EtatPartage.PROPOSE)
    role = models.CharField("rôle", max_length=300, blank=True)
    part = models.PositiveSmallIntegerField("part de l’action, en %", null=True, blank=True)
    depuis = models.DateField("dans cet état depuis")
    motif = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "partage d’une fiche"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(name="partage_unique", fields=["fiche", "territoire"]),
            models.CheckConstraint(
                name="partage_part_lte_100", condition=Q(part__isnull=True) | Q(part__lte=100)
            ),
        )

    def __str__(self) -> str:
        return f"{self.fiche}\u00a0: {self.territoire}"


class Commentaire(models.Model):
    """Une remarque sur un champ de la fiche (ou sur elle toute), ouverte ou close ; une réponse a un `parent`.

    Une demande de correction rouvre ce champ seul quand la fiche ne s’écrit plus. Donnée personnelle : nom de l’auteur.
    """

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="commentaires")
    champ = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="reponses")
    texte = models.TextField()
    is_correction = models.BooleanField("demande de correction", default=False)
    auteur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    auteur_libelle = models.CharField(max_length=200)
    ecrit_le = models.DateTimeField()
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    resolu_at = models.DateTimeField("clos le", null=True, blank=True)
    resolu_by = models.CharField("clos par", max_length=200, blank=True)

    class Meta:
        verbose_name = "commentaire d’une fiche"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="commentaire_resolu_at_and_by",
                condition=Q(resolu_at__isnull=True, resolu_by="")
                | (Q(resolu_at__isnull=False) & ~Q(resolu_by="")),
            ),
        )
        indexes = (models.Index(fields=["fiche", "resolu_at"], name="commentaire_par_fiche"),)

    def __str__(self) -> str:
        return self.texte[:80]


class PreferenceListe(models.Model):
    """Les colonnes qu’une personne a choisies pour la liste des fiches, dans leur ordre."""

    personne = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="preference_liste_fiches"
    )
    colonnes = models.JSONField()

    class Meta:
        verbose_name = "colonnes choisies"
