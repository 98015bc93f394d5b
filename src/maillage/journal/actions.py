"""Seule porte d'écriture du journal."""

from datetime import date
from typing import Any, Protocol

from django.db import models

from maillage.journal.models import Entree
from maillage.socle.horloge import aujourdhui, maintenant


class Auteur(Protocol):
    """Une personne connectée, ou un auteur sans compte (lien personnel, import)."""

    pk: Any

    def __str__(self) -> str: ...


class Systeme:
    """Auteur d'un import ou d'une tâche : pas une personne. `nom` paraît dans le journal."""

    pk = None

    def __init__(self, nom: str) -> None:
        self.nom = nom

    def __str__(self) -> str:
        return self.nom


def record(
    code: str,
    *,
    cible: models.Model,
    by: Auteur,
    territoire: str = "",
    avant: dict[str, Any] | None = None,
    apres: dict[str, Any] | None = None,
    motif: str = "",
    date_effet: date | None = None,
) -> Entree:
    """Écrit une entrée. `territoire` : clé « v1/ti-4403 ». `date_effet` : jour où le fait a eu lieu (défaut : ce jour).

    À appeler dans la transaction de l'acte. Un code inconnu des modules `events` lève KeyError.
    """
    from maillage.journal.phrases import PHRASES

    if code not in PHRASES():
        raise KeyError(
            f"code de journal inconnu\u00a0: {code}\u00a0; ajoutez-le au module events de son application"
        )
    return Entree.objects.create(
        enregistre_at=maintenant(),
        date_effet=date_effet or aujourdhui(),
        code=code,
        cible_type=cible._meta.label_lower,
        cible_id=str(cible.pk),
        cible_libelle=str(cible)[:250],
        territoire=territoire,
        auteur_id=by.pk,
        auteur_libelle=str(by)[:200],
        avant=avant or {},
        apres=apres or {},
        motif=motif,
    )
