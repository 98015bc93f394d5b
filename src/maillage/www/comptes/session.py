"""Ouvrir une session, et savoir ce qui y est prouvé : le premier facteur seul n’ouvre aucune page à qui en doit deux."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from maillage.comptes.actions_connexion import close_session, has_second_facteur, open_session
from maillage.comptes.enums import MoyenConnexion
from maillage.comptes.models import Personne
from maillage.comptes.permissions_comptes import must_use_second_facteur
from maillage.comptes.roles import ROLES_SECOND_FACTEUR
from maillage.socle.horloge import maintenant
from maillage.territoires.models import Mandat

MOTEUR = "django.contrib.auth.backends.ModelBackend"
CLE_FACTEUR = "second_facteur"
CLE_MOYEN = "moyen_connexion"
CLE_ASSISTANCE = "assistance"
CLE_CONFIRMEE = "identite_confirmee_at"
# Signer demande une identité confirmée depuis moins longtemps que cela.
FRAICHEUR = timedelta(minutes=20)
FORT, ATTENDU, SIMPLE = "fort", "attendu", "simple"

_NAVIGATEURS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMES = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def describe_appareil(agent: str) -> str:
    """« Firefox sur Windows », d’après ce que le navigateur dit de lui ; « Appareil inconnu » sinon."""
    navigateur = next((nom for marque, nom in _NAVIGATEURS if f"{marque}/" in agent), "")
    systeme = next((nom for marque, nom in _SYSTEMES if marque in agent), "")
    if navigateur and systeme:
        return f"{navigateur} sur {systeme}"
    return navigateur or systeme or "Appareil inconnu"


def mark_confirmee(request: HttpRequest) -> None:
    """Note que la personne vient de prouver qui elle est (connexion, code reçu par courriel)."""
    request.session[CLE_CONFIRMEE] = maintenant().isoformat()


def get_confirmee(request: HttpRequest) -> datetime | None:
    """L’instant où l’identité a été prouvée, s’il est assez récent pour signer ; None sinon."""
    texte = request.session.get(CLE_CONFIRMEE, "")
    instant = datetime.fromisoformat(texte) if texte else None
    return instant if instant and timedelta(0) <= maintenant() - instant < FRAICHEUR else None


def get_machine(request: HttpRequest) -> str:
    """L’adresse réseau du navigateur ; derrière un mandataire, celle que le serveur lui accorde (guide d’installation)."""
    return request.META.get("REMOTE_ADDR", "")


def get_suite(request: HttpRequest) -> str:
    """La page demandée avant la connexion, si elle est d’ici ; sinon « Mon espace »."""
    suite = request.POST.get("next") or request.GET.get("next", "")
    return suite if is_suite_sure(request, suite) else reverse("espace-accueil")


def is_suite_sure(request: HttpRequest, suite: str) -> bool:
    return url_has_allowed_host_and_scheme(
        suite, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def must_confirm(personne: Personne) -> bool:
    """Vrai si cette personne doit un second facteur par son rôle, d’organisation ou de territoire."""
    if not settings.SECOND_FACTEUR_EXIGE:
        return False
    if must_use_second_facteur(personne):
        return True
    return Mandat.objects.du_jour().filter(personne=personne, role__in=ROLES_SECOND_FACTEUR).exists()


def start_session(
    request: HttpRequest, personne: Personne, moyen: MoyenConnexion, *, is_forte: bool = False
) -> bool:
    """Ouvre la session sous une clé neuve. Vrai si elle est entière ; faux s’il manque le second facteur.

    `is_forte` : le fournisseur d’identité atteste une authentification à deux facteurs ; on ne la redemande pas.
    """
    is_entiere = is_forte or not (has_second_facteur(personne) or must_confirm(personne))
    _close_ancienne(request)
    login(request, personne, backend=MOTEUR)
    request.session[CLE_MOYEN] = moyen.value
    request.session[CLE_FACTEUR] = FORT if is_forte else SIMPLE if is_entiere else ATTENDU
    request.session.pop(CLE_ASSISTANCE, None)
    if is_entiere:
        _record(request, personne)
        mark_confirmee(request)
    return is_entiere


def complete_session(request: HttpRequest, personne: Personne, *, is_forte: bool = True) -> None:
    """Le second facteur est prouvé : la session change de clé et devient entière."""
    _close_ancienne(request)
    request.session.cycle_key()
    request.session[CLE_FACTEUR] = FORT if is_forte else SIMPLE
    request.user = personne
    _record(request, personne)
    mark_confirmee(request)


def _close_ancienne(request: HttpRequest) -> None:
    """La session change de clé : celle d’avant n’existe plus, la liste ne doit plus la montrer."""
    if request.session.session_key:
        close_session(cle=request.session.session_key)


def _record(request: HttpRequest, personne: Personne) -> None:
    request.session.save()
    open_session(
        personne=personne,
        cle=request.session.session_key or "",
        moyen=MoyenConnexion(request.session.get(CLE_MOYEN, MoyenConnexion.CODE)),
        is_forte=request.session[CLE_FACTEUR] == FORT,
        appareil=describe_appareil(request.META.get("HTTP_USER_AGENT", "")),
        machine=get_machine(request),
        expire_at=request.session.get_expiry_date(),
    )


def get_personne_a_confirmer(request: HttpRequest) -> Personne | None:
    """Qui a prouvé son premier facteur et doit encore le second ; posé par `IdentiteMiddleware`."""
    personne: Any = getattr(request, "personne_a_confirmer", None)
    return personne
