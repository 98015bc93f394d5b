"""Le courriel de la semaine."""

from datetime import date

from maillage.comptes.models import Personne
from maillage.notifications.actions import send_recapitulatif
from maillage.notifications.models import PreferenceCourriel, Recapitulatif
from maillage.socle.horloge import aujourdhui
from maillage.territoires.selectors import attentes_for


def get_semaine(jour: date) -> str:
    """« 2026-W47 », la semaine ISO du jour."""
    annee, semaine, _ = jour.isocalendar()
    return f"{annee}-W{semaine:02d}"


def send_recapitulatifs(*, jour: date | None = None) -> int:
    """Envoie à chacun ce qui l’attend, une fois par semaine ; rend le nombre de courriels partis.

    Relancé la même semaine, n’envoie qu’à qui n’a pas encore été servi. Une personne par transaction : un arrêt au milieu
    ne fait ni doublon ni oubli.
    """
    semaine = get_semaine(jour or aujourdhui())
    servies = Recapitulatif.objects.filter(semaine=semaine).values("personne")
    refus = PreferenceCourriel.objects.filter(hebdomadaire=False).values("personne")
    personnes = (
        Personne.objects.filter(is_active=True, email__isnull=False)
        .exclude(pk__in=servies)
        .exclude(pk__in=refus)
        .order_by("pk")
    )
    return sum(
        send_recapitulatif(
            personne=personne,
            semaine=semaine,
            attentes=list(attentes_for(personne).order_by("depuis", "id")),
        )
        for personne in list(personnes)
    )
