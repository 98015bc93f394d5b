from django.db import migrations, models
from django.utils.timezone import localtime


def fill_arrete_le(apps, schema_editor):
    """Un acte déjà arrêté l’est au jour où l’arrêt a été enregistré."""
    Acte = apps.get_model("contrats", "Acte")
    for acte in Acte.objects.filter(arrete_at__isnull=False):
        acte.arrete_le = localtime(acte.arrete_at).date()
        acte.save(update_fields=["arrete_le"])


class Migration(migrations.Migration):
    dependencies = [("contrats", "0003_initial")]

    operations = [
        migrations.AddField(
            model_name="acte",
            name="arrete_le",
            field=models.DateField("date d’effet de l’arrêt", null=True, blank=True),
        ),
        migrations.RunPython(fill_arrete_le, migrations.RunPython.noop),
    ]
