import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import maillage.documents.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Piece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(db_index=True, max_length=64, verbose_name="empreinte SHA-256")),
                ("nom", models.CharField(max_length=150, verbose_name="nom du fichier")),
                ("type_mime", models.CharField(max_length=100, verbose_name="type")),
                ("taille", models.PositiveIntegerField(verbose_name="taille, en octets")),
                (
                    "fichier",
                    models.FileField(
                        max_length=200,
                        upload_to=maillage.documents.models.stockage_par_empreinte,
                        verbose_name="fichier",
                    ),
                ),
                ("deposee_at", models.DateTimeField(verbose_name="déposée le")),
                ("deposant_libelle", models.CharField(max_length=200, verbose_name="déposant")),
                ("description", models.CharField(blank=True, max_length=300)),
                (
                    "deposee_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="déposée par",
                    ),
                ),
            ],
            options={
                "verbose_name": "pièce",
                "ordering": ["-deposee_at", "-id"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("taille__gt", 0)), name="piece_taille_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("deposant_libelle", ""), _negated=True), name="piece_deposant_nomme"
                    ),
                ],
            },
        ),
    ]
