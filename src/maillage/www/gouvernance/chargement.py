"""Charger un comité ou une séance qui est à moi (404 sinon) ; contexte commun de ces pages, sous-menu « Gouvernance »."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from maillage.comptes.permissions import Permission
from maillage.gouvernance.models import Comite, Seance
from maillage.gouvernance.permissions import comites_visible_to, seances_visible_to
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import has_permission, has_permission_nationale
from maillage.www.commun import contexte_territoire
from maillage.www.contexte import Entree
from maillage.www.espace.entrees import menu
from maillage.www.espace.metiers import MENU_REGION

# Le sous-menu de « Gouvernance » : libellé, nom d’adresse (vague, id_ti), permission. Une page de plus, une ligne de plus.
ONGLETS_GOUVERNANCE: tuple[tuple[str, str, Permission], ...] = (
    ("Comités et séances", "comite-liste", Permission.COMITE_READ),
    ("Binômes et personnes", "territoire-roles", Permission.TERRITOIRE_READ),
)


def onglets_gouvernance(request: HttpRequest, territoire: Territoire, courant: str) -> list[Entree]:
    """Les pages de la gouvernance du territoire auxquelles la personne a droit."""
    args = [territoire.vague.code, territoire.id_ti]
    return [
        Entree(libelle, reverse(nom, args=args), "page" if nom == courant else "")
        for libelle, nom, permission in ONGLETS_GOUVERNANCE
        if has_permission(request.user, permission, territoire)
    ]


def contexte_gouvernance(
    request: HttpRequest, territoire: Territoire, courant: str, *suite: tuple[str, str]
) -> dict[str, Any]:
    """Contexte d’une page de la gouvernance d’un territoire : menu de côté, fil d’Ariane, sous-menu."""
    liste = ("Gouvernance", reverse("comite-liste", args=[territoire.vague.code, territoire.id_ti]))
    contexte = contexte_territoire(request, territoire, "comite-liste", liste, *suite)
    return contexte | {"onglets": onglets_gouvernance(request, territoire, courant)}


def _is_bonne_adresse(territoire: Territoire | None, vague: str, id_ti: str) -> bool:
    """L’adresse dit le territoire du comité, ou n’en dit pas s’il n’en a pas."""
    if territoire is None:
        return not vague and not id_ti
    return (territoire.vague.code, territoire.id_ti) == (vague, id_ti)


def load_comite(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> Comite:
    """Le comité demandé s’il est à moi : par mon territoire, ma région, la nation, ou parce que j’y siège."""
    comite = (
        comites_visible_to(request.user)
        .filter(pk=pk)
        .select_related("territoire__vague", "territoire__region", "region")
        .first()
    )
    if comite is None or not _is_bonne_adresse(comite.territoire, vague, id_ti):
        raise Http404("Ce comité n’existe pas, ou n’est pas à vous.")
    return comite


def load_seance(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> Seance:
    """La séance demandée si elle est à moi : je vois son comité, ou j’y suis invité."""
    seance = (
        seances_visible_to(request.user)
        .filter(pk=pk)
        .select_related(
            "comite__territoire__vague",
            "comite__territoire__region",
            "comite__region",
            "rendez_vous__organisateur",
        )
        .first()
    )
    if seance is None or not _is_bonne_adresse(seance.comite.territoire, vague, id_ti):
        raise Http404("Cette séance n’existe pas, ou n’est pas à vous.")
    return seance


@dataclass(frozen=True)
class Adresses:
    """`{{ adresses.seance_update }}` dans un gabarit : l’adresse de cette page pour cet objet."""

    objet: Comite | Seance

    def __getitem__(self, nom: str) -> str:
        return self.objet.get_adresse(nom.replace("_", "-"))


def contexte_comite(request: HttpRequest, comite: Comite, *suite: tuple[str, str]) -> dict[str, Any]:
    """Contexte d’une page de comité. Un COPIL a le menu de la Région, ou aucun."""
    ici = (comite.nom, comite.get_absolute_url())
    territoire = comite.territoire
    if territoire and has_permission(request.user, Permission.COMITE_READ, territoire):
        contexte = contexte_gouvernance(request, territoire, "comite-liste", ici, *suite)
    else:
        chemin = [
            ("Mon espace", reverse("espace-accueil")),
            ("Comités", reverse("comite-miens")),
            ici,
            *suite,
        ]
        contexte = {"menu_espace": menu_copil(request), "chemin": chemin, "onglets": []}
        if territoire:
            contexte["territoire"] = territoire
    return contexte | {"comite": comite, "adresses": Adresses(comite)}


def menu_copil(request: HttpRequest) -> Any:
    if has_permission_nationale(request.user, Permission.FICHE_INSTRUCT):
        return menu(request, "Région", MENU_REGION, "comite-miens")
    return None


def contexte_seance(request: HttpRequest, seance: Seance, *suite: tuple[str, str]) -> dict[str, Any]:
    ici = (seance.rendez_vous.titre, seance.get_absolute_url())
    contexte = contexte_comite(request, seance.comite, ici, *suite)
    return contexte | {
        "seance": seance,
        "rendez_vous": seance.rendez_vous,
        "adresses": Adresses(seance),
        "url_comite": seance.comite.get_absolute_url(),
    }
