"""L’ordre du jour d’une séance."""

from django.db import transaction
from django.db.models import Max

from maillage.fiches.models import FicheAction
from maillage.gouvernance import events
from maillage.gouvernance.actions.communs import lock_seance
from maillage.gouvernance.enums import (
    NatureDecision,
    StatutSeance,
)
from maillage.gouvernance.models import (
    PointOrdreJour,
    Seance,
)
from maillage.gouvernance.selectors import (
    PointPropose,
)
from maillage.journal.actions import Auteur, record
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.models import Territoire


@transaction.atomic
def add_point(
    *,
    seance: Seance,
    titre: str,
    by: Auteur,
    texte: str = "",
    nature: NatureDecision = NatureDecision.LIBRE,
    fiche: FicheAction | None = None,
    territoire: Territoire | None = None,
    url: str = "",
) -> PointOrdreJour:
    """Met un point à l’ordre du jour, à la suite ; permis jusqu’à la clôture : une séance change d’ordre du jour."""
    seance = lock_seance(seance)
    _check_ordre_du_jour(seance)
    titre = titre.strip()
    if not titre:
        raise ActionImpossible("Donnez un titre au point.")
    point = PointOrdreJour.objects.create(
        seance=seance,
        rang=(seance.points.aggregate(m=Max("rang"))["m"] or 0) + 1,
        titre=titre[:300],
        texte=texte.replace("\r\n", "\n").strip(),
        nature=nature,
        fiche=fiche,
        territoire=territoire,
        url=url,
    )
    record(
        events.POINT_AJOUTE,
        cible=point,
        territoire=seance.comite.cle,
        by=by,
        apres={"seance": seance.rendez_vous.titre},
    )
    return point


def _check_ordre_du_jour(seance: Seance) -> None:
    if seance.statut in (StatutSeance.TENUE, StatutSeance.ANNULEE):
        raise ActionImpossible(
            f"La séance est «\u00a0{StatutSeance(seance.statut).label.lower()}\u00a0»\u00a0: son ordre du jour ne change plus."
        )


@transaction.atomic
def add_points_proposes(*, seance: Seance, points: list[PointPropose], by: Auteur) -> int:
    """Met à l’ordre du jour des points que l’état des choses propose ; rend leur nombre."""
    for point in points:
        add_point(
            seance=seance,
            titre=point.titre,
            nature=point.nature,
            fiche=point.fiche,
            territoire=point.territoire,
            url=point.url,
            by=by,
        )
    return len(points)


@transaction.atomic
def move_point(*, point: PointOrdreJour, sens: int, by: Auteur) -> None:
    """Monte (`sens` = -1) ou descend (+1) un point d’un rang ; aux bords, rien ne change."""
    seance = lock_seance(point.seance)
    _check_ordre_du_jour(seance)
    points = list(seance.points.order_by("rang", "id"))
    place = next((rang for rang, p in enumerate(points) if p.pk == point.pk), None)
    if place is None or not 0 <= place + sens < len(points):
        return
    points[place], points[place + sens] = points[place + sens], points[place]
    for rang, p in enumerate(points, start=1):
        p.rang = rang
    PointOrdreJour.objects.bulk_update(points, ["rang"])


@transaction.atomic
def remove_point(*, point: PointOrdreJour, by: Auteur) -> None:
    """Retire un point sur lequel rien n’a été décidé."""
    seance = lock_seance(point.seance)
    _check_ordre_du_jour(seance)
    if point.decisions.exists():
        raise ActionImpossible("Une décision a été prise sur ce point\u00a0: il reste à l’ordre du jour.")
    record(
        events.POINT_RETIRE,
        cible=point,
        territoire=seance.comite.cle,
        by=by,
        apres={"seance": seance.rendez_vous.titre},
    )
    point.delete()
