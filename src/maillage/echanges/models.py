"""Un classeur reçu : ce qu’on y a lu, ce qu’on a choisi d’en prendre, ce que l’import en a fait."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from maillage.echanges.enums import EtatImport, NatureClasseur


class ImportPlan(models.Model):
    """Un plan d’actions reçu dans un classeur, pour un territoire. Rien n’entre avant que quelqu’un l’ait choisi.

    Données personnelles : le nom du déposant, et les personnes que le classeur nomme.
    """

    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="imports_plans")
    fichier = models.CharField("nom du fichier", max_length=150)
    piece = models.ForeignKey("documents.Piece", models.PROTECT, related_name="+")
    nature = models.CharField(
        "modèle", max_length=20, choices=NatureClasseur.choices, default=NatureClasseur.TRANSITIONS
    )
    verdict = models.CharField(max_length=20)
    lu = models.JSONField("contenu lu")  # {"actions", "erreurs", "avertissements", "feuille"}
    choix = models.JSONField(
        default=dict
    )  # {"axes": {texte: code}, "ecartees": [ligne], "existantes", "numeroter"}
    etat = models.CharField("état", max_length=20, choices=EtatImport.choices, default=EtatImport.A_RELIRE)
    total = models.PositiveIntegerField(default=0)
    bilan = models.JSONField(default=list)  # [{"ligne", "titre", "issue", "fiche", "phrase"}]
    depose_at = models.DateTimeField("déposé le")
    depose_by = models.CharField("déposé par", max_length=200)
    auteur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    fini_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "import d’un plan"
        ordering = ["-depose_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="import_plan_depose_at_and_by_together",
                condition=Q(depose_at__isnull=False) & ~Q(depose_by=""),
            ),
            models.CheckConstraint(
                name="import_plan_fini_has_date",
                condition=Q(fini_at__isnull=False, etat__in=["fini", "abandonne"])
                | Q(fini_at__isnull=True, etat__in=["a_relire", "en_cours"]),
            ),
        ]

    def __str__(self) -> str:
        return self.fichier

    def get_absolute_url(self) -> str:
        return reverse("import-plan", args=[self.territoire.vague.code, self.territoire.id_ti, self.pk])

    @property
    def is_notre(self) -> bool:
        return self.nature == NatureClasseur.MAILLAGE

    @property
    def faites(self) -> int:
        """Combien d’actions l’import a déjà traitées."""
        return len(self.bilan)
