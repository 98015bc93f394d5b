"""Ralentir un téléphone qui envoie trop, sans toucher aux autres : un seau à jetons par participant et par processus.

Un doigt humain n’atteint pas cette cadence ; la base ne voit rien de ce qui est refusé ici. Seau : J. Turner, « New
Directions in Communications », IEEE Communications Magazine 24(10), 1986.
"""

import threading
import time
from collections import OrderedDict

CADENCE = 4.0  # gestes par seconde, durablement
RESERVE = 40.0  # gestes d’affilée : ce qu’un téléphone a gardé hors réseau
PARTICIPANTS_SUIVIS = 20_000

_verrou = threading.Lock()
_seaux: OrderedDict[int, tuple[float, float]] = OrderedDict()  # participant -> (réserve, instant)


def take(participant: int, nombre: int, *, instant: float | None = None) -> float:
    """Retire `nombre` gestes de la réserve. Rend 0 si c’est permis, sinon les secondes à attendre (rien n’est retiré)."""
    maintenant = time.monotonic() if instant is None else instant
    with _verrou:
        reserve, vu = _seaux.pop(participant, (RESERVE, maintenant))
        reserve = min(RESERVE, reserve + (maintenant - vu) * CADENCE)
        permis = nombre <= reserve
        _seaux[participant] = (reserve - nombre if permis else reserve, maintenant)
        while len(_seaux) > PARTICIPANTS_SUIVIS:
            _seaux.popitem(last=False)
    return 0.0 if permis else (min(nombre, RESERVE) - reserve) / CADENCE
