"""Ce que l’instruction garde d’une personne : jusqu’où elle a lu un dossier."""

from typing import Any

from maillage.instruction.models import LectureDossier
from maillage.socle.donnees_personnelles import Lignes, Traitement


def _export(personne: Any) -> Lignes:
    lectures = LectureDossier.objects.filter(personne=personne).select_related("dossier__territoire")
    return [
        {"dossier": str(lecture.dossier), "lu_le": lecture.lu_at.isoformat()}
        for lecture in lectures.order_by("pk")
    ]


TRAITEMENTS = [
    Traitement(
        "lectures_dossiers",
        "Jusqu’où une personne a lu un dossier d’instruction",
        "Montrer ce qui a changé depuis la dernière lecture",
        "Aussi longtemps que le dossier",
        _export,
    )
]
