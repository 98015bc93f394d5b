"""Une page lue n'écrit rien : GET et HEAD refusent tout SQL qui n'est pas une lecture."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse

_LECTURES = ("SELECT", "WITH", "EXPLAIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "SET ", "SHOW")
# La session et le jeton de connexion s'écrivent parfois pendant une lecture : ce ne sont pas des données métier.
_PERMIS = ("django_session",)


class EcriturePendantLecture(RuntimeError):
    """Une vue a voulu écrire pendant un GET : défaut de programmation, jamais une erreur de l'utilisateur."""


def _lectures_seulement(executer: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
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
        with connections["default"].execute_wrapper(_lectures_seulement):
            return self.get_response(request)
