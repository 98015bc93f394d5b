"""Ce qui attend quelqu’un, et les courriels partis ou à partir."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from maillage.notifications.enums import EtatCourriel

ESSAIS_MAX = 5
# Ce que le support lit d’un courriel secret, par gabarit.
SUJETS_SECRETS = {
    "code_connexion": "Code de connexion (contenu caché)",
    "invitation": "Invitation (contenu caché)",
    "rattachement_confirmer": "Adresse à confirmer (contenu caché)",
}


class AttenteQuerySet(models.QuerySet["Attente"]):
    def ouvertes(self) -> "AttenteQuerySet":
        return self.filter(fait_at__isnull=True)


class Attente(models.Model):
    """Qui doit faire quoi, sur quel objet, depuis quand. Ouverte et close par les actes, dans leur transaction.

    Destinataire : une organisation, une personne, ou un rôle sur un territoire (clé « v1/ti-4403 ») ; un seul des trois.
    """

    code = models.CharField(max_length=60)
    organisation = models.ForeignKey(
        "comptes.Organisation", models.CASCADE, null=True, blank=True, related_name="attentes"
    )
    personne = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="attentes"
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
                name="attente_one_destinataire",
                condition=Q(organisation__isnull=False, personne__isnull=True, role="")
                | Q(organisation__isnull=True, personne__isnull=False, role="")
                | (Q(organisation__isnull=True, personne__isnull=True) & ~Q(role="")),
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
    """Un courriel : écrit dans la transaction de l’acte, envoyé après, réessayé, visible.

    Donnée personnelle (adresse, texte) : sert à prouver et à refaire un envoi ; effacée au bout d’un an.
    """

    destinataire = models.EmailField()
    sujet = models.CharField(max_length=200)
    corps = models.TextField()
    motif = models.CharField("pourquoi je le reçois", max_length=60)
    cree_at = models.DateTimeField()
    envoye_at = models.DateTimeField(null=True, blank=True)
    essais = models.PositiveSmallIntegerField(default=0)
    erreur = models.TextField(blank=True)
    # Refusé pour de bon par le serveur du destinataire, à l’envoi ou par un avis de retour : on ne réessaie pas.
    rejete_at = models.DateTimeField("rejeté le", null=True, blank=True)
    # Porte un code ou un lien qui ouvre un compte : ni sujet ni texte ne se lisent ailleurs que chez son destinataire,
    # et s’effacent une fois partis. Sinon, lire ce journal serait entrer chez les autres.
    is_secret = models.BooleanField(default=False)
    renvoi_de = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="renvois")
    personne = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-cree_at", "-id"]
        indexes = [models.Index(fields=["envoye_at", "rejete_at"], name="courriel_par_etat")]

    def __str__(self) -> str:
        return self.sujet_lisible

    @property
    def sujet_lisible(self) -> str:
        return SUJETS_SECRETS[self.motif] if self.is_secret else self.sujet

    @property
    def etat(self) -> EtatCourriel:
        if self.rejete_at:
            return EtatCourriel.REJETE
        if self.envoye_at:
            return EtatCourriel.PARTI
        return EtatCourriel.ABANDONNE if self.essais >= ESSAIS_MAX else EtatCourriel.EN_ATTENTE


class PreferenceCourriel(models.Model):
    """Les courriels qu’une personne veut recevoir. Sans ligne : les deux."""

    personne = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="preference_courriel"
    )
    hebdomadaire = models.BooleanField("le courriel de la semaine", default=True)
    immediat = models.BooleanField("ce qui ne peut pas attendre", default=True)


class Recapitulatif(models.Model):
    """Le courriel de la semaine d’une personne : un par semaine, envoyé ou non faute de rien à dire."""

    personne = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recapitulatifs")
    semaine = models.CharField("semaine ISO", max_length=8)
    nombre = models.PositiveIntegerField("choses qui attendaient")
    courriel = models.ForeignKey(Courriel, models.SET_NULL, null=True, blank=True, related_name="+")
    cree_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="recapitulatif_unique", fields=["personne", "semaine"])]


class PieceJointe(models.Model):
    """Ce qu’un courriel emporte : un texte (une invitation de calendrier) ou une pièce gardée (un relevé)."""

    courriel = models.ForeignKey(Courriel, models.CASCADE, related_name="jointes")
    nom = models.CharField(max_length=150)
    type_mime = models.CharField("type", max_length=100)
    texte = models.TextField(blank=True)
    piece = models.ForeignKey("documents.Piece", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "pièce jointe"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="piece_jointe_texte_or_piece",
                condition=Q(piece__isnull=False, texte="") | (Q(piece__isnull=True) & ~Q(texte="")),
            )
        ]

    def __str__(self) -> str:
        return self.nom
