"""Ce qui m’attend, la vue d’ensemble d’un territoire, son journal."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.comptes.permissions import Permission
from maillage.fiches.enums import StatutFiche
from maillage.financement.selectors import LIBELLES_BOUCLAGE
from maillage.journal.models import Entree
from maillage.pilotage.selectors_espaces import read_attentes
from maillage.pilotage.selectors_territoire import compute_ensemble, compute_prochain_pas, list_en_attente
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import check_permission, has_permission
from maillage.territoires.selectors import attentes_for
from maillage.territoires.selectors_perimetre import list_lignees
from maillage.www.commun import chemin_territoire, contexte_territoire, load_territoire
from maillage.www.espace import listes
from maillage.www.espace.entrees import build_cartes, chemin

ATTENTES_MONTREES = 30
JOURNAL_MONTRE = 8
EN_ATTENTE_MONTREES = 8
# La feuille : le plus de lignes qui tiennent ensemble sur une page A4 (vérifié à l’impression).
FEUILLE_ATTENTES, FEUILLE_CHANGEMENTS, FEUILLE_FICHES, FEUILLE_BINOMES = 5, 4, 15, 6

# maillon de la frise -> permission qu’il faut pour ouvrir sa preuve
PERMISSIONS_FRISE = dict.fromkeys(("fiches", "plan", "avis", "bouclage", "suivi"), Permission.FICHE_READ) | {
    "actes": Permission.ACTE_READ
}


@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """Ce qui attend la personne, puis ses espaces."""
    toutes = attentes_for(request.user)
    contexte = {
        "attentes": read_attentes(toutes, limite=ATTENTES_MONTREES),
        "montrees": ATTENTES_MONTREES,
        "cartes": build_cartes(request.user),  # type: ignore[arg-type]
    }
    return render(request, "espace/accueil.html", contexte)


@require_safe
def attentes(request: HttpRequest) -> HttpResponse:
    """Tout ce qui attend la personne."""
    liste = listes.liste_attentes(request, attentes_for(request.user))
    if (fichier := liste.export()) is not None:
        return fichier
    return render(request, "espace/attentes.html", {"liste": liste, "chemin": chemin("Ce qui m’attend")})


def _contexte_ensemble(
    request: HttpRequest, mien: Territoire, *, changements: int, attentes: int
) -> dict[str, Any]:
    """Ce que la vue d’ensemble et sa feuille montrent toutes deux : chaîne, attentes, réunion, argent, équipe, changements."""
    droits = {
        permission: has_permission(request.user, permission, mien)
        for permission in (
            Permission.FICHE_READ,
            Permission.ACTE_READ,
            Permission.COMITE_READ,
            Permission.JOURNAL_READ,
        )
    }
    ensemble = compute_ensemble(mien)
    frise = [
        etape
        if droits.get(PERMISSIONS_FRISE.get(etape.code, Permission.TERRITOIRE_READ), True)
        else replace(etape, url="")
        for etape in ensemble.frise
    ]
    en_attente, en_attente_nombre = list_en_attente(mien, request.user, maximum=attentes)
    return {
        "territoire": mien,
        "ensemble": ensemble,
        "frise": frise,
        "pas": compute_prochain_pas(mien, frise, request.user),
        "lignees": list_lignees(mien),
        "en_attente": en_attente,
        "en_attente_nombre": en_attente_nombre,
        "lit_fiches": droits[Permission.FICHE_READ],
        "lit_journal": droits[Permission.JOURNAL_READ],
        "journal": listes.lire_phrases(Entree.objects.for_territoire(mien.cle)[:changements])
        if droits[Permission.JOURNAL_READ]
        else [],
    }


@require_safe
def territoire(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Où en est le territoire ce matin : prochain pas, chaîne, qui attend quoi, réunion, argent, changements."""
    mien = load_territoire(request, vague, id_ti)
    contexte = contexte_territoire(request, mien, "espace-territoire") | _contexte_ensemble(
        request, mien, changements=JOURNAL_MONTRE, attentes=EN_ATTENTE_MONTREES
    )
    return render(request, "espace/territoire.html", contexte)


@require_safe
def territoire_feuille(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """La même vue sur une page A4, pour le binôme : ce qui ne tient pas est compté, pas coupé en deux."""
    mien = load_territoire(request, vague, id_ti)
    contexte = _contexte_ensemble(request, mien, changements=FEUILLE_CHANGEMENTS, attentes=FEUILLE_ATTENTES)
    fiches = mien.fiches.exclude(statut=StatutFiche.ABANDONNEE).select_related("plan").order_by("rang", "id")
    contexte |= {
        "chemin": chemin_territoire(mien, ("Feuille d’une page", "")),
        "jour": aujourdhui(),
        "fiches": [
            (fiche, LIBELLES_BOUCLAGE[fiche.plan.code_bouclage] if hasattr(fiche, "plan") else "")
            for fiche in fiches[:FEUILLE_FICHES]
        ]
        if contexte["lit_fiches"]
        else [],
        "binomes_montres": FEUILLE_BINOMES,
    }
    return render(request, "espace/feuille.html", contexte)


@require_safe
def journal(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Tout ce qui s’est passé sur le territoire : quand, quoi, qui, pourquoi."""
    mien = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.JOURNAL_READ, mien)
    liste = listes.liste_journal(request, Entree.objects.for_territoire(mien.cle))
    if (fichier := liste.export()) is not None:
        return fichier
    url = reverse("territoire-journal", args=[mien.vague.code, mien.id_ti])
    contexte = contexte_territoire(request, mien, "territoire-journal", ("Journal", url)) | {"liste": liste}
    return render(request, "espace/journal.html", contexte)
