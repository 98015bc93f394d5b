"""Les formulaires de création déjà reçus, et les travaux longs : ce que toute page peut demander deux fois ou attendre."""

from django.db import models


class EnvoiFormulaire(models.Model):
    """Un formulaire de création reçu et fait. Son jeton, tiré au sort quand la page est montrée, ne sert qu’une fois.

    `empreinte` : résumé SHA-256 de la saisie ; `adresse` : la page où mène ce qui a été créé.
    """

    jeton = models.CharField(max_length=60, primary_key=True)
    empreinte = models.CharField(max_length=64)
    adresse = models.CharField(max_length=500, blank=True)
    recu_at = models.DateTimeField("reçu le", db_index=True)

    class Meta:
        verbose_name = "formulaire envoyé"
        ordering = ["recu_at"]

    def __str__(self) -> str:
        return self.jeton


class StatutTravail(models.TextChoices):
    """Où en est un travail long."""

    EN_FILE = "en_file", "En file"
    EN_COURS = "en_cours", "En cours"
    FINI = "fini", "Fini"
    ARRETE = "arrete", "Arrêté"
    ECHOUE = "echoue", "Échoué"


class Travail(models.Model):
    """Un travail de plus de deux secondes, fait hors de la page : où il en est, et comment il finit.

    `objet` : ce qu’il sert, par type et identifiant. `vu_at` : dernier signe de vie, pour reconnaître un travail mort
    avec son processus.
    """

    genre = models.CharField(max_length=60)
    objet_type = models.CharField(max_length=60)
    objet_id = models.CharField(max_length=40)
    statut = models.CharField(max_length=20, choices=StatutTravail.choices, default=StatutTravail.EN_FILE)
    etape = models.CharField(max_length=200, blank=True)
    fait = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    arret_demande = models.BooleanField("arrêt demandé", default=False)
    cree_at = models.DateTimeField()
    cree_by = models.CharField(max_length=200)
    debut_at = models.DateTimeField(null=True, blank=True)
    vu_at = models.DateTimeField("dernier signe")
    fini_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "travail long"
        ordering = ["id"]
        indexes = [models.Index(fields=["objet_type", "objet_id", "-id"], name="travail_par_objet")]
        constraints = [
            models.UniqueConstraint(
                name="travail_one_by_objet",
                fields=["genre", "objet_type", "objet_id"],
                condition=models.Q(statut__in=["en_file", "en_cours"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.genre} ({self.get_statut_display()})"

    @property
    def is_ouvert(self) -> bool:
        return self.statut in (StatutTravail.EN_FILE, StatutTravail.EN_COURS)

    @property
    def pour_cent(self) -> int | None:
        """De 0 à 100 ; None tant que le total n’est pas connu."""
        return min(100, 100 * self.fait // self.total) if self.total else None
