"""Reconnaître un participant sans compte : son téléphone garde un jeton dans un témoin propre à l’atelier."""

from django.http import HttpRequest, HttpResponse

from maillage.ateliers.models import Atelier, Participant
from maillage.comptes.actions import hash_jeton

DUREE_TEMOIN = 90 * 24 * 3600  # secondes : jusqu’à la seconde soirée et aux contributions des absents


def _get_nom(atelier: Atelier) -> str:
    return f"atelier-{atelier.code}"


def get_participant(request: HttpRequest, atelier: Atelier) -> Participant | None:
    """Le participant que ce téléphone est déjà, s’il l’est."""
    jeton = request.COOKIES.get(_get_nom(atelier), "")
    if not jeton:
        return None
    return Participant.objects.filter(
        atelier=atelier, jeton_sha256=hash_jeton(jeton), parti_at__isnull=True
    ).first()


def keep_jeton(reponse: HttpResponse, atelier: Atelier, jeton: str, *, secure: bool) -> None:
    """Pose le témoin : lisible du seul serveur, envoyé aux seules pages d’atelier."""
    reponse.set_cookie(
        _get_nom(atelier),
        jeton,
        max_age=DUREE_TEMOIN,
        httponly=True,
        samesite="Lax",
        secure=secure,
        path="/a/",
    )


def forget_jeton(reponse: HttpResponse, atelier: Atelier) -> None:
    reponse.delete_cookie(_get_nom(atelier), path="/a/")
