"""Lectures de l’agenda : l’invitation d’un lien, le compte des réponses."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.crypto import constant_time_compare, salted_hmac

from maillage.agenda.enums import ValeurReponse
from maillage.agenda.models import Invitation


def make_jeton(invitation: Invitation) -> str:
    """Le jeton du lien personnel d’une invitation : « 12-<empreinte> ». Rien n’est gardé ; une adresse changée le tue.

    Il n’ouvre que la réponse à ce rendez-vous : assez peu pour se passer du code envoyé par courriel.
    """
    return f"{invitation.pk}-{_sign(invitation)}"


def _sign(invitation: Invitation) -> str:
    cle = f"{invitation.pk}:{invitation.rendez_vous_id}:{invitation.email.lower()}"
    return salted_hmac("maillage.agenda.invitation", cle, algorithm="sha256").hexdigest()[:32]


def find_invitation(jeton: str) -> Invitation | None:
    """L’invitation d’un jeton, avec son rendez-vous ; None si le jeton n’est pas le bon."""
    numero, _, empreinte = jeton.partition("-")
    if not (numero.isascii() and numero.isdigit() and len(numero) < 18):
        return None
    invitation = (
        Invitation.objects.select_related("rendez_vous__organisateur", "organisation")
        .filter(pk=int(numero))
        .first()
    )
    if invitation is None or not constant_time_compare(empreinte, _sign(invitation)):
        return None
    return invitation


@dataclass(frozen=True)
class CompteReponses:
    """Combien viennent, ne savent pas, ne viennent pas, n’ont rien dit."""

    oui: int
    peut_etre: int
    non: int
    sans: int


def count_reponses(invitations: Iterable[Invitation]) -> CompteReponses:
    nombre = Counter(invitation.reponse for invitation in invitations)
    return CompteReponses(
        nombre[ValeurReponse.OUI], nombre[ValeurReponse.PEUT_ETRE], nombre[ValeurReponse.NON], nombre[""]
    )
