"""Remplit le texte de recherche des fiches déjà là : leurs champs d’avant, repliés. Leur prochaine version dira le reste."""

from django.db import migrations

from maillage.socle.texte import replier


def fill(apps, schema_editor):
    modele = apps.get_model("fiches", "FicheAction")
    for fiche in modele.objects.select_related("porteur", "axe").iterator(chunk_size=500):
        porteur, axe = fiche.porteur, fiche.axe
        mots = [fiche.code, fiche.titre, fiche.description, fiche.presentateur]
        mots += [porteur.nom, porteur.sigle] if porteur else []
        mots += [axe.nom] if axe else []
        fiche.texte_recherche = f" {replier(' '.join(mots))} "
        fiche.save(update_fields=["texte_recherche"])


class Migration(migrations.Migration):
    dependencies = [("fiches", "0005_contenu")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
