"""L'heure, à un seul endroit : les tests la fixent, la démonstration rejoue le passé."""

from datetime import date, datetime

from django.utils import timezone


def maintenant() -> datetime:
    """Instant présent, avec fuseau."""
    return timezone.now()


def aujourdhui() -> date:
    """Jour présent à Paris."""
    return timezone.localdate()
