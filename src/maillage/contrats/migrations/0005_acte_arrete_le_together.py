from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("contrats", "0004_acte_arrete_le")]

    operations = [
        migrations.RemoveConstraint(model_name="acte", name="acte_arrete_at_and_by_together"),
        migrations.AddConstraint(
            model_name="acte",
            constraint=models.CheckConstraint(
                name="acte_arrete_at_and_by_together",
                condition=Q(arrete_at__isnull=True, arrete_le__isnull=True, arrete_by="", piece_pdf__isnull=True)
                | (
                    Q(arrete_at__isnull=False, arrete_le__isnull=False, piece_pdf__isnull=False)
                    & ~Q(arrete_by="")
                ),
            ),
        ),
    ]
