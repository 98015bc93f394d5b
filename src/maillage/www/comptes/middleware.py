"""Qui est vraiment là : personne tant que le second facteur manque ; la personne aidée quand le support agit pour elle."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from maillage.comptes.models import Assistance, Personne
from maillage.comptes.permissions_comptes import must_use_second_facteur, user_can_manage_comptes
from maillage.www.comptes.session import ATTENDU, CLE_ASSISTANCE, CLE_FACTEUR, FORT


class IdentiteMiddleware:
    """Après l’authentification de Django : toutes les pages, tous les droits lisent `request.user` tel que posé ici."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, Personne):
            if self._must_confirm(request, user):
                request.personne_a_confirmer = user  # type: ignore[attr-defined]
                request.user = AnonymousUser()
            elif CLE_ASSISTANCE in request.session:
                self._assist(request, user)
        return self.get_response(request)

    def _must_confirm(self, request: HttpRequest, user: Personne) -> bool:
        """Le second facteur manque : attendu à la connexion, ou dû par une fonction reçue depuis."""
        facteur = request.session.get(CLE_FACTEUR)
        if facteur == FORT:
            return False
        return facteur == ATTENDU or (settings.SECOND_FACTEUR_EXIGE and must_use_second_facteur(user))

    def _assist(self, request: HttpRequest, user: Personne) -> None:
        """Met la personne aidée à la place du support, tant que l’assistance dure et qu’il en a le droit."""
        assistance = (
            Assistance.objects.en_cours()
            .select_related("personne", "assistant")
            .filter(pk=request.session[CLE_ASSISTANCE], assistant=user, personne__is_active=True)
            .first()
        )
        if assistance is None or not user_can_manage_comptes(user):
            del request.session[CLE_ASSISTANCE]
            return
        personne = assistance.personne
        personne.assistance = assistance
        request.user = personne
