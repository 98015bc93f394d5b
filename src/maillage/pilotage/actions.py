"""Tenir les chiffres publiés."""

from datetime import date

from django.db import transaction

from maillage.journal.actions import Auteur, record
from maillage.pilotage import events
from maillage.pilotage.models import ChiffrePublie, Indicateur, Unite
from maillage.referentiels.models import Region
from maillage.socle.erreurs import ActionImpossible


@transaction.atomic
def record_chiffre_publie(
    *,
    indicateur: Indicateur,
    jour: date,
    valeur: int,
    source: str,
    by: Auteur,
    unite: Unite = Unite.NOMBRE,
    region: Region | None = None,
    valable_depuis: date | None = None,
    precision: str = "",
    url: str = "",
    remarque: str = "",
) -> ChiffrePublie:
    """Garde un chiffre publié, tel quel (euros en centimes). Deux sources en désaccord sont gardées toutes deux."""
    if not source.strip():
        raise ActionImpossible("Un chiffre publié cite sa source.")
    chiffre, cree = ChiffrePublie.objects.get_or_create(
        indicateur=indicateur,
        region=region,
        jour=jour,
        source=source.strip(),
        defaults={
            "valable_depuis": valable_depuis or jour,
            "valeur": valeur,
            "unite": unite,
            "precision": precision,
            "url": url,
            "remarque": remarque,
        },
    )
    if cree:
        record(
            events.CHIFFRE_ENREGISTRE,
            cible=chiffre,
            by=by,
            apres={"valeur": valeur, "source": source},
            date_effet=jour,
        )
    return chiffre
