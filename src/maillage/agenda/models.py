"""Rendez-vous, invitations, réponses, présences. Ce qu’on y fait (séance, atelier, visite) est dans l’application du dessus.

Un rendez-vous garde son identifiant de calendrier (UID) toute sa vie ; chaque changement augmente SEQUENCE (RFC 5545,
RFC 5546), pour que les calendriers remplacent l’ancien au lieu d’en ajouter un.
"""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from maillage.agenda.enums import MoyenReponse, Presence, StatutRendezVous, ValeurReponse


class RendezVous(models.Model):
    """Quand et où des personnes se retrouvent, et pour quel objet (référence libre, comme une attente)."""

    uid = models.CharField("identifiant de calendrier", max_length=120, unique=True)
    sequence = models.PositiveIntegerField(default=0)
    objet_type = models.CharField(max_length=60)
    territoire = models.CharField("clé du territoire", max_length=40, blank=True)
    territoire_nom = models.CharField(max_length=250, blank=True)
    url = models.CharField("page où répondre avec un compte", max_length=300, blank=True)
    titre = models.CharField(max_length=200)
    debut_at = models.DateTimeField("début")
    fin_at = models.DateTimeField("fin")
    lieu = models.CharField(max_length=250, blank=True)
    visio = models.URLField("lien de visioconférence", max_length=400, blank=True)
    message = models.TextField("mot aux personnes invitées", blank=True)
    statut = models.CharField(max_length=20, choices=StatutRendezVous.choices, default=StatutRendezVous.PREVU)
    motif_annulation = models.CharField("pourquoi il est annulé", max_length=300, blank=True)
    organisateur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    cree_at = models.DateTimeField()
    modifie_at = models.DateTimeField()

    class Meta:
        verbose_name = "rendez-vous"
        verbose_name_plural = "rendez-vous"
        ordering = ["debut_at", "id"]
        constraints = [
            models.CheckConstraint(name="rendez_vous_debut_before_fin", condition=Q(debut_at__lt=F("fin_at")))
        ]

    def __str__(self) -> str:
        return self.titre

    @property
    def jour(self) -> date:
        """Le jour du début, à Paris."""
        return timezone.localdate(self.debut_at)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def en_cours(self) -> "InvitationQuerySet":
        return self.filter(retiree_at__isnull=True)


class Invitation(models.Model):
    """Une personne invitée à un rendez-vous, sa dernière réponse, sa présence.

    Donnée personnelle (nom, adresse) : sert à convoquer et à dire qui était là ; gardée avec le rendez-vous.
    """

    rendez_vous = models.ForeignKey(RendezVous, models.CASCADE, related_name="invitations")
    nom = models.CharField(max_length=200)
    email = models.EmailField("courriel", blank=True)
    personne = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    organisation = models.ForeignKey(
        "comptes.Organisation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    cree_at = models.DateTimeField()
    sequence_envoyee = models.IntegerField("dernière version envoyée", default=-1)
    envoyee_at = models.DateTimeField(null=True, blank=True)
    retiree_at = models.DateTimeField(null=True, blank=True)
    reponse = models.CharField("réponse", max_length=20, choices=ValeurReponse.choices, blank=True)
    presence = models.CharField(
        "présence", max_length=20, choices=Presence.choices, default=Presence.NON_RELEVEE
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["nom", "id"]
        constraints = [
            models.UniqueConstraint(
                name="invitation_email_unique",
                fields=["rendez_vous", "email"],
                condition=Q(retiree_at__isnull=True) & ~Q(email=""),
            )
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def mot(self) -> str:
        """Le mot joint à la dernière réponse, s’il y en a un."""
        reponses = sorted(self.reponses.all(), key=lambda reponse: (reponse.emise_at, reponse.pk))
        return reponses[-1].message if reponses else ""


class Reponse(models.Model):
    """Une réponse reçue. Toutes restent : la dernière pour la version présente du rendez-vous fait foi."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="reponses")
    valeur = models.CharField(max_length=20, choices=ValeurReponse.choices)
    message = models.CharField(max_length=300, blank=True)
    moyen = models.CharField(max_length=20, choices=MoyenReponse.choices)
    sequence = models.PositiveIntegerField("version du rendez-vous à laquelle elle répond")
    emise_at = models.DateTimeField("écrite le")
    enregistree_at = models.DateTimeField("enregistrée le")
    enregistree_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "réponse"
        ordering = ["emise_at", "id"]
        constraints = [
            # Le même fichier de calendrier déposé deux fois n’est qu’une réponse.
            models.UniqueConstraint(
                name="reponse_unique", fields=["invitation", "emise_at", "valeur", "sequence"]
            )
        ]
