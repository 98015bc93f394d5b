"""Ce que les dates permettent d’un départ."""

from datetime import date

from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible


def check_depart(*, fin: date, debut: date | None, programme: date | None, motif: str, jour: date) -> None:
    """Un départ suit le début du rôle, et celui du programme quand ce début n’est pas connu ; daté du passé, il dit pourquoi."""
    if debut and fin <= debut:
        raise ActionImpossible(
            f"Ce rôle commence le {format_jour(debut)}\u00a0: le départ vient après. Corrigez la date.",
            champ="fin",
        )
    if debut is None and programme and fin < programme:
        raise ActionImpossible(
            f"Le programme commence le {format_jour(programme)}\u00a0: personne n’en est parti avant. Corrigez la date.",
            champ="fin",
        )
    if fin < jour and not motif.strip():
        raise ActionImpossible(
            "Ce départ est daté du passé\u00a0: dites pourquoi dans le motif, ou corrigez la date.",
            champ="motif",
        )
