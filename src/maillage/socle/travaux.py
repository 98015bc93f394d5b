"""Les travaux longs (plus de deux secondes) : ouverts par une page, faits par un autre processus, suivis et arrêtés.

Seul écrivain de `Travail`. L’app qui en a besoin écrit une tâche sur la file des longs travaux :

    @task(backend=LONGS)
    def calculer(travail_id: int) -> None:
        run_travail(travail_id, lambda suivi: actions.calcule(…, suivi=suivi))

`suivi("Lecture du classeur", fait, total)` rend Faux quand la personne a demandé l’arrêt. Rien ici n’est dans la
transaction du travail : on voit l’avancée avant qu’elle finisse.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from django.db import IntegrityError, models, transaction

from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.socle.models import StatutTravail, Travail

LONGS = "longs"  # la file des longs travaux, dans TASKS : ils ne retardent jamais un courriel
SILENCE = timedelta(minutes=5)  # sans signe depuis : le processus est mort
CADENCE = 0.4  # secondes entre deux avancées écrites
ECHEC = "Le travail s’est arrêté sur une erreur que nous n’avions pas prévue. Rien n’a été changé. Recommencez\u00a0; si l’erreur revient, dites-le à l’assistance."
Suivi = Callable[[str, int, int], bool]


class TravailArrete(Exception):
    """Le travail a vu que la personne demandait l’arrêt, et n’a rien gardé."""


def open_travail(*, genre: str, objet: models.Model, by: object) -> Travail:
    """Ouvre un travail pour cet objet, dans la transaction de l’appelant. Un seul à la fois par genre et objet.

    Un travail muet depuis cinq minutes est tenu pour mort : il est clos, un autre peut s’ouvrir.
    """
    ouverts = _travaux(objet).filter(genre=genre, statut__in=[StatutTravail.EN_FILE, StatutTravail.EN_COURS])
    ouverts.filter(statut=StatutTravail.EN_COURS, vu_at__lt=maintenant() - SILENCE).update(
        statut=StatutTravail.ECHOUE, message=ECHEC, fini_at=maintenant()
    )
    try:
        with transaction.atomic():
            return Travail.objects.create(
                genre=genre,
                objet_type=objet._meta.label_lower,
                objet_id=str(objet.pk),
                cree_at=maintenant(),
                vu_at=maintenant(),
                cree_by=str(by)[:200],
            )
    except IntegrityError:
        raise ActionImpossible(
            "Ce travail est déjà en cours. Attendez qu’il finisse, ou arrêtez-le."
        ) from None


def get_travail(objet: models.Model, *, genre: str = "") -> Travail | None:
    """Le dernier travail de cet objet."""
    travaux = _travaux(objet)
    return (travaux.filter(genre=genre) if genre else travaux).order_by("-id").first()


def _travaux(objet: models.Model) -> models.QuerySet[Travail]:
    return Travail.objects.filter(objet_type=objet._meta.label_lower, objet_id=str(objet.pk))


def ask_arret(travail: Travail) -> None:
    """Demande l’arrêt ; un travail encore en file ne commencera pas."""
    Travail.objects.filter(pk=travail.pk, statut=StatutTravail.EN_FILE).update(
        statut=StatutTravail.ARRETE, fini_at=maintenant()
    )
    Travail.objects.filter(pk=travail.pk, statut=StatutTravail.EN_COURS).update(arret_demande=True)


def run_travail(travail_id: int, faire: Callable[[Suivi], str]) -> None:
    """Fait le travail en file et garde comment il finit : `faire` rend la phrase du résultat.

    `ActionImpossible` : échec dit avec sa phrase. `TravailArrete` : arrêté. Toute autre erreur : échec, et elle remonte.
    """
    ici = Travail.objects.filter(pk=travail_id)
    if not ici.filter(statut=StatutTravail.EN_FILE).update(
        statut=StatutTravail.EN_COURS, debut_at=maintenant(), vu_at=maintenant()
    ):
        return
    dernier = 0.0

    def suivi(etape: str, fait: int = 0, total: int = 0) -> bool:
        nonlocal dernier
        if monotonic() - dernier < CADENCE and fait < total:
            return True
        dernier = monotonic()
        ici.update(etape=etape[:200], fait=fait, total=total, vu_at=maintenant())
        return not ici.filter(arret_demande=True).exists()

    try:
        message = faire(suivi)
    except ActionImpossible as erreur:
        _finish(ici, StatutTravail.ECHOUE, str(erreur))
    except TravailArrete as erreur:
        _finish(ici, StatutTravail.ARRETE, str(erreur))
    except Exception:
        logging.getLogger(__name__).exception("travail %s", travail_id)
        _finish(ici, StatutTravail.ECHOUE, ECHEC)
        raise
    else:
        arrete = ici.filter(arret_demande=True).exists()
        _finish(ici, StatutTravail.ARRETE if arrete else StatutTravail.FINI, message)


def _finish(ici: models.QuerySet[Travail], statut: StatutTravail, message: str) -> None:
    ici.update(statut=statut, message=message, fini_at=maintenant(), vu_at=maintenant())
