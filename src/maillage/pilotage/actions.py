"""Tenir les chiffres publiés."""

from datetime import date

from django.db import transaction

from maillage.comptes.models import Organisation
from maillage.journal.actions import Auteur, record
from maillage.pilotage import events
from maillage.pilotage.models import AideRecue, ChiffrePublie, Indicateur, Unite
from maillage.pilotage.selectors import Perimetre
from maillage.pilotage.selectors_sommeil import compute_sommeil
from maillage.referentiels.models import Region
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Territoire


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


@transaction.atomic
def record_aide(
    *,
    territoire: Territoire,
    jour: date,
    nature: str,
    by: Auteur,
    par: Organisation | None = None,
    recit: str = "",
) -> AideRecue:
    """Garde l’aide apportée à un territoire, avec les signes qu’il portait ce jour-là. Une aide à venir est refusée."""
    if jour > aujourdhui():
        raise ActionImpossible(
            "Cette aide n’a pas encore eu lieu\u00a0: choisissez un jour passé.", champ="jour"
        )
    sommeil = compute_sommeil(Perimetre(jour), Territoire.objects.filter(pk=territoire.pk))
    aide = AideRecue.objects.create(
        territoire=territoire,
        jour=jour,
        par=par,
        nature=nature.strip(),
        recit=recit.strip(),
        signes=[preuve.phrase for preuve in sommeil.preuves.get(territoire.pk, [])],
        enregistre_at=maintenant(),
        enregistre_by=str(by),
    )
    record(events.AIDE_APPORTEE, cible=aide, territoire=territoire.cle, by=by, date_effet=jour)
    return aide
