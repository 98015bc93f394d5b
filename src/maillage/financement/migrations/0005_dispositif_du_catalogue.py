import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispositifs", "0001_initial"),
        ("financement", "0004_precisions"),
    ]

    operations = [
        # Ce que les territoires ont écrit reste, sous son nom ; le catalogue s’y ajoute.
        migrations.RenameField("lignefinancement", "dispositif", "dispositif_libelle"),
        migrations.AlterField(
            "lignefinancement",
            "dispositif_libelle",
            models.CharField(blank=True, max_length=200, verbose_name="dispositif hors catalogue"),
        ),
        migrations.AddField(
            "lignefinancement",
            "dispositif",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lignes",
                to="dispositifs.dispositif",
            ),
        ),
        migrations.AddConstraint(
            "lignefinancement",
            models.CheckConstraint(
                condition=models.Q(("dispositif__isnull", True), ("dispositif_libelle", ""), _connector="OR"),
                name="ligne_one_dispositif",
            ),
        ),
    ]
