"""Le type de porteur se lit désormais sur l’organisation qui porte la fiche, sauf précision du plan."""

from typing import Any

from django.db import migrations, models


def forget_types(apps: Any, schema_editor: Any) -> None:
    """Tous les plans avaient reçu « collectivité » d’office : ils suivent désormais leur porteur."""
    apps.get_model("financement", "PlanFinancement").objects.update(type_porteur="")


class Migration(migrations.Migration):
    dependencies = [("financement", "0002_initial")]

    operations = [
        migrations.AlterField(
            model_name="planfinancement",
            name="type_porteur",
            field=models.CharField(
                blank=True,
                choices=[
                    ("collectivite", "Collectivité ou groupement"),
                    ("entreprise", "Entreprise"),
                    ("association", "Association"),
                    ("etablissement_public", "Établissement public"),
                    ("autre", "Autre"),
                ],
                max_length=30,
                verbose_name="type de porteur",
            ),
        ),
        migrations.RunPython(forget_types, migrations.RunPython.noop, elidable=True),
    ]
