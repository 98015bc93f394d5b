"""Le journal : ce qui s'est passé, qui, quand, pourquoi. Sans clé étrangère, jamais modifié, jamais effacé."""

from django.db import models


class EntreeQuerySet(models.QuerySet["Entree"]):
    def for_cible(self, cible: models.Model) -> "EntreeQuerySet":
        return self.filter(cible_type=cible._meta.label_lower, cible_id=str(cible.pk))

    def for_territoire(self, cle: str) -> "EntreeQuerySet":
        return self.filter(territoire=cle)


class Entree(models.Model):
    """Un fait passé : écrit dans la même transaction que le changement qu'il raconte."""

    enregistre_at = models.DateTimeField("enregistré le", db_index=True)
    date_effet = models.DateField("date d'effet")
    code = models.CharField(max_length=80)
    cible_type = models.CharField(max_length=60)
    cible_id = models.CharField(max_length=40)
    cible_libelle = models.CharField(max_length=250, blank=True)
    territoire = models.CharField("clé du territoire (v1/ti-4403)", max_length=40, blank=True)
    auteur_id = models.BigIntegerField(null=True)
    auteur_libelle = models.CharField(max_length=200)
    # Le support, quand il a agi au nom de l'auteur : `auteur_libelle` nomme les deux.
    assistant_id = models.BigIntegerField(null=True, blank=True)
    avant = models.JSONField(default=dict)
    apres = models.JSONField(default=dict)
    motif = models.TextField(blank=True)

    objects = EntreeQuerySet.as_manager()

    class Meta:
        verbose_name = "entrée du journal"
        ordering = ["-enregistre_at", "-id"]
        indexes = [
            models.Index(fields=["cible_type", "cible_id", "-id"], name="journal_par_cible"),
            models.Index(fields=["territoire", "-id"], name="journal_par_territoire"),
        ]
