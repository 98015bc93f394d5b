"""Les aides observées de la démonstration : les deux fichiers du Fonds vert de donnees/."""

from django.conf import settings

from maillage.aides.actions import import_aides
from maillage.aides.enums import SourceAides
from maillage.aides.models import FichierAides
from maillage.journal.actions import Systeme
from maillage.referentiels.lecture import compute_sha256

AUTEUR = Systeme("démonstration")
FICHIERS = ("fonds_vert_2023.csv.gz", "fonds_vert_2024_territoires_industrie_paca.csv")


def build_aides() -> None:
    """Importe les fichiers qui ne l’ont pas encore été."""
    for nom in FICHIERS:
        chemin = settings.DOSSIER_DONNEES / "fonds-vert" / nom
        if not FichierAides.objects.filter(sha256=compute_sha256(chemin)).exists():
            import_aides(source=SourceAides.FONDS_VERT, chemin=chemin, by=AUTEUR)
