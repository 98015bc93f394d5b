"""Une page lue n'écrit rien : GET et HEAD refusent tout SQL qui n'est pas une lecture."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse

_LECTURES = ("SELECT", "WITH", "EXPLAIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "SET ", "SHOW")
# La session et le jeton de connexion s'écrivent parfois pendant une lecture : ce ne sont pas des données métier.
_PERMIS = ("django_session",)


class EcriturePendantLecture(RuntimeError):
    """Une vue a voulu écrire pendant un GET : défaut de programmation, jamais une erreur de l'utilisateur."""


def ecriture_permise(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Exempte une vue. Un seul cas : le retour d’un fournisseur d’identité, que la norme fait arriver par un GET."""
    vue.ecriture_permise = True  # type: ignore[attr-defined]
    return vue


def _lectures_seulement(
    request: HttpRequest, executer: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
) -> Any:
    if getattr(request, "ecriture_permise", False):
        return executer(sql, params, many, context)
    debut = sql.lstrip().upper()
    if not debut.startswith(_LECTURES) and not any(table in sql for table in _PERMIS):
        raise EcriturePendantLecture(f"Écriture pendant une lecture\u00a0: {sql[:120]}")
    return executer(sql, params, many, context)


class LectureSeuleMiddleware:
    """Pose le gardien sur toutes les bases pendant un GET ou un HEAD."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not settings.LECTURE_SEULE_SUR_GET:
            return self.get_response(request)
        with connections["default"].execute_wrapper(partial(_lectures_seulement, request)):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, vue: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> None:
        if getattr(vue, "ecriture_permise", False):
            request.ecriture_permise = True  # type: ignore[attr-defined]
