"""Une pièce : un fichier déposé, gardé tel quel. Qui peut le lire n'est pas l'affaire de ce module."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


def stockage_par_empreinte(piece: "Piece", nom: str) -> str:
    """Chemin de rangement : `ab/cd/abcd….pdf`. Rien du nom choisi par la personne n'arrive au disque."""
    extension = piece.nom.rsplit(".", 1)[-1]
    return f"{piece.sha256[:2]}/{piece.sha256[2:4]}/{piece.sha256}.{extension}"


class PieceQuerySet(models.QuerySet["Piece"]):
    def for_sha256(self, sha256: str) -> "PieceQuerySet":
        """Les dépôts d'un même contenu (il peut y en avoir plusieurs)."""
        return self.filter(sha256=sha256.lower())


class Piece(models.Model):
    """Un fichier reçu ou produit. Le contenu ne change jamais ; un nouveau contenu est une nouvelle pièce.

    Données personnelles : le nom du déposant (et ce que le fichier contient).
    """

    sha256 = models.CharField("empreinte SHA-256", max_length=64, db_index=True)
    nom = models.CharField("nom du fichier", max_length=150)
    type_mime = models.CharField("type", max_length=100)
    taille = models.PositiveIntegerField("taille, en octets")
    fichier = models.FileField("fichier", upload_to=stockage_par_empreinte, max_length=200)
    deposee_at = models.DateTimeField("déposée le")
    deposee_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="déposée par",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    deposant_libelle = models.CharField("déposant", max_length=200)
    description = models.CharField(max_length=300, blank=True)

    objects: ClassVar[PieceQuerySet] = PieceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "pièce"
        ordering = ["-deposee_at", "-id"]
        constraints = [
            models.CheckConstraint(name="piece_taille_positive", condition=Q(taille__gt=0)),
            models.CheckConstraint(name="piece_deposant_nomme", condition=~Q(deposant_libelle="")),
        ]

    def __str__(self) -> str:
        return self.nom
