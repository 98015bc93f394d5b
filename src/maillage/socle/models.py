"""Les formulaires de création déjà reçus : un même envoi ne crée rien deux fois."""

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
