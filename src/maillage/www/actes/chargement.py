"""Charger un acte qui est à moi, ou répondre 404 ; contexte commun de ses pages."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from maillage.comptes.permissions import Permission
from maillage.contrats.models import Acte, Signataire
from maillage.contrats.permissions import actes_visible_to
from maillage.territoires.permissions import has_permission
from maillage.www.commun import contexte_territoire

ACTES_RELIES = (
    "territoire__vague",
    "territoire__region",
    "piece_pdf",
    "piece_word",
    "piece_cachet",
    "plan_actions",
    "avenant_de",
)


def load_acte(request: HttpRequest, vague: str, id_ti: str, pk: int) -> Acte:
    """L’acte demandé, dans le territoire demandé, s’il est à moi : par mon territoire ou parce que je le signe."""
    numero = vague.removeprefix("v")
    if not numero.isdecimal():
        raise Http404
    acte = (
        actes_visible_to(request.user)
        .filter(pk=pk, territoire__vague__numero=int(numero), territoire__id_ti=id_ti)
        .select_related(*ACTES_RELIES)
        .first()
    )
    if acte is None:
        raise Http404("Cet acte n’existe pas, ou n’est pas à vous.")
    return acte


def load_signataire(acte: Acte, pk: int) -> Signataire:
    signataire = acte.signataires.select_related("organisation", "groupe").filter(pk=pk).first()
    if signataire is None:
        raise Http404("Ce signataire n’est pas, ou n’est plus, celui de cet acte.")
    signataire.acte = acte
    return signataire


def adresse_acte(nom: str, acte: Acte, *suite: Any) -> str:
    """L’adresse d’une page de l’acte : vague, identifiant, numéro, puis ce qui suit."""
    return reverse(nom, args=[acte.territoire.vague.code, acte.territoire.id_ti, acte.pk, *suite])


def contexte_acte(request: HttpRequest, acte: Acte, *suite: tuple[str, str]) -> dict[str, Any]:
    """Contexte d’une page d’acte. Qui ne voit l’acte que parce qu’il le signe n’a pas le menu du territoire."""
    territoire = acte.territoire
    ici = (acte.titre, acte.get_absolute_url())
    if has_permission(request.user, Permission.ACTE_READ, territoire):
        liste = ("Actes", reverse("actes", args=[territoire.vague.code, territoire.id_ti]))
        contexte = contexte_territoire(request, territoire, "actes", liste, ici, *suite)
    else:
        chemin = [("Mon espace", reverse("espace-accueil")), ici, *suite]
        contexte = {"territoire": territoire, "menu_espace": None, "chemin": chemin}
    return contexte | {"acte": acte}
