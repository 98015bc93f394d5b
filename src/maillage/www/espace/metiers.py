"""Les espaces par métier : territoires du ressort, Région, financeur, porteur."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.comptes.permissions import Permission
from maillage.financement.models import LigneFinancement
from maillage.gouvernance.permissions import get_regions_of_copil
from maillage.gouvernance.selectors import get_prochain_copil
from maillage.notifications.models import Attente
from maillage.pilotage.definitions import DEFINITIONS
from maillage.pilotage.selectors import Perimetre, compute_chiffres
from maillage.pilotage.selectors_espaces import (
    compute_bilan_porteur,
    compute_delais,
    count_regions,
    fiches_carried_by,
    fiches_to_instruct,
    lignes_to_answer,
    lignes_with_delai,
    parts_to_confirm,
    read_attentes,
    sum_lignes,
    territoires_with_etape,
)
from maillage.pilotage.selectors_sommeil import PLUSIEURS, Sommeil, compute_sommeil
from maillage.pilotage.selectors_territoire import list_prochaines_reunions
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import has_permission_nationale, territoires_for
from maillage.territoires.selectors import attentes_for
from maillage.territoires.selectors_mandats import without_referent
from maillage.www.commun import MenuEspace
from maillage.www.espace import listes
from maillage.www.espace.entrees import (
    can_open_financeur,
    can_open_national,
    can_open_porteur,
    check_can_open,
    chemin,
    menu,
)
from maillage.www.pilotage.presentation import url_lignes

FICHES_MONTREES = 10
ATTENTES_MONTREES = 8
CHIFFRES_NATIONAUX = ("labellises", "avec_gouvernance", "plan_valide", "au_moins_un_acte")
PARTS_MONTREES = 10

MENU_REGION = [
    ("Mes territoires", "espace-region"),
    ("Plans à instruire", "dossiers"),
    ("Fiches à instruire", "espace-region-fiches"),
    ("Comités et COPIL", "comite-miens"),
    ("Pilotage", "pilotage"),
]
MENU_FINANCEUR = [
    ("À répondre", "espace-financeur"),
    ("Répondre par lot", "lot-create"),
    ("Mes engagements", "espace-financeur-engagements"),
    ("Enveloppes", "enveloppe-liste"),
    ("Mes délais", "financeur-delais"),
]


@require_safe
def territoires(request: HttpRequest) -> HttpResponse:
    """Tous les territoires que la personne peut ouvrir."""
    miens = territoires_with_etape(territoires_for(request.user, Permission.TERRITOIRE_READ))
    liste = listes.liste_territoires(request, miens)
    if (fichier := liste.export()) is not None:
        return fichier
    return render(request, "espace/territoires.html", {"liste": liste, "chemin": chemin("Mes territoires")})


def _check_region(request: HttpRequest) -> None:
    check_can_open(
        has_permission_nationale(request.user, Permission.FICHE_INSTRUCT),
        "Cet espace est celui des Régions, qui instruisent les fiches.",
    )


def _contexte_region(request: HttpRequest, courant: str) -> dict[str, Any]:
    return {"menu_espace": menu(request, "Région", MENU_REGION, courant), "chemin": chemin("Région")}


@dataclass(frozen=True)
class Alerte:
    """Un nombre qui mérite un geste, et la page qui en montre les lignes."""

    libelle: str
    phrase: str
    nombre: int
    url: str


def _list_alertes(p: Perimetre, miens: QuerySet[Territoire], sommeil: Sommeil) -> list[Alerte]:
    """Signes de sommeil, référents absents, attentes en retard : ce qui n’est pas nul, le plus grave d’abord."""
    jour = aujourdhui()
    retards = (
        Attente.objects.ouvertes()
        .filter(echeance__lt=jour, territoire__in=[t.cle for t in miens.select_related("vague")])
        .count()
    )
    en_cours = (
        miens.filter(vague__debut__lte=jour, is_fictif=False)
        .filter(Q(vague__fin__isnull=True) | Q(vague__fin__gte=jour))
        .select_related(None)
    )
    alertes = [
        Alerte(
            "Échéances passées",
            "Réponses, avis ou signatures attendus d’un jour déjà passé.",
            retards,
            reverse("espace-attentes"),
        ),
        Alerte(
            f"Au moins {PLUSIEURS} signes de sommeil",
            "Territoires à appeler d’abord.",
            len(sommeil.get_ids(minimum=PLUSIEURS, connus=True)),
            url_lignes("pilotage-signes", p, nombre=PLUSIEURS, connu="oui"),
        ),
        *(
            Alerte(s.libelle, s.phrase, s.nombre, url_lignes("pilotage-signes", p, signe=s.cle, connu="oui"))
            for s in sommeil.count(connus=True)
        ),
        Alerte(
            "Rien d’enregistré",
            "Ni équipe, ni rencontre, ni fiche sur la plateforme\u00a0: on n’en sait rien, ce qui n’est pas dormir.",
            len(sommeil.inconnus),
            url_lignes("pilotage-signes", p, connu="non"),
        ),
        Alerte(
            "Référents d’opérateurs absents",
            "Territoires de la phase en cours à qui il manque un référent.",
            without_referent(Territoire.objects.filter(pk__in=en_cours.values("pk")), jour).count(),
            reverse("referents-manquants") + (f"?region={p.region}" if p.region else ""),
        ),
    ]
    return [alerte for alerte in alertes if alerte.nombre]


@require_safe
def region(request: HttpRequest) -> HttpResponse:
    """Ce qui attend l’avis de la Région, ses alertes, ses prochaines réunions, ses territoires et leur étape."""
    _check_region(request)
    ressort = territoires_for(request.user, Permission.FICHE_INSTRUCT)
    liste = listes.liste_territoires(request, territoires_with_etape(ressort), avec_instruction=True)
    if (fichier := liste.export()) is not None:
        return fichier
    a_instruire = fiches_to_instruct(request.user)
    autres = attentes_for(request.user).exclude(objet_type="fiches.ficheaction").order_by("depuis", "id")
    regions = [f.organisation.region_id for f in request.user.get_fonctions() if f.role == "region"]  # type: ignore[union-attr]
    p = Perimetre(aujourdhui(), region=next(iter(filter(None, regions)), ""))
    contexte = _contexte_region(request, "espace-region") | {
        "liste": liste,
        "a_instruire": a_instruire[:FICHES_MONTREES],
        "a_instruire_nombre": a_instruire.count(),
        "montrees": FICHES_MONTREES,
        "copil": get_prochain_copil([region.pk for region in get_regions_of_copil(request.user)]),
        "autres": autres[:ATTENTES_MONTREES],
        "autres_nombre": autres.count(),
        "reunions": list_prochaines_reunions(ressort),
        "alertes": _list_alertes(p, ressort, compute_sommeil(p)),
    }
    return render(request, "espace/region.html", contexte)


@require_safe
def national(request: HttpRequest) -> HttpResponse:
    """L’accueil national : ce qui attend, les alertes, les prochaines réunions, les chiffres du jour, région par région."""
    check_can_open(
        can_open_national(request.user),  # type: ignore[arg-type]
        "Cet espace est celui de la délégation nationale.",
    )
    p = Perimetre(aujourdhui())
    tous = Territoire.objects.publics()
    miennes = attentes_for(request.user).order_by("depuis", "id")
    fictifs = Territoire.objects.filter(is_fictif=True).select_related("vague")
    ouvertes = Attente.objects.ouvertes().exclude(territoire__in=["", *(t.cle for t in fictifs)])
    chiffres = compute_chiffres(p, detail=False)
    sommeil = compute_sommeil(p)
    contexte = {
        "chemin": chemin("Programme"),
        "miennes": miennes[:ATTENTES_MONTREES],
        "miennes_nombre": miennes.count(),
        "anciennes": read_attentes(ouvertes, limite=10),
        "copil": get_prochain_copil(),
        "reunions": list_prochaines_reunions(tous),
        "alertes": _list_alertes(p, tous, sommeil),
        "chiffres": [
            (
                DEFINITIONS[cle].libelle,
                chiffres.territoires[cle].certains,
                url_lignes("chiffres-territoires", p, cle=cle),
            )
            for cle in CHIFFRES_NATIONAUX
        ],
        "regions": count_regions(p, sommeil),
    }
    return render(request, "espace/national.html", contexte)


@require_safe
def region_fiches(request: HttpRequest) -> HttpResponse:
    """Toutes les fiches transmises à la Région, la plus ancienne d’abord."""
    _check_region(request)
    liste = listes.liste_fiches_a_instruire(request, fiches_to_instruct(request.user))
    if (fichier := liste.export()) is not None:
        return fichier
    return render(
        request,
        "espace/region_fiches.html",
        _contexte_region(request, "espace-region-fiches") | {"liste": liste},
    )


def menu_financeur(request: HttpRequest, courant: str) -> MenuEspace:
    """Le menu de l’espace d’un financeur ; 403 pour qui ne l’est pas."""
    check_can_open(
        can_open_financeur(request.user),  # type: ignore[arg-type]
        "Cet espace est celui des financeurs. Il s’ouvre dès qu’une demande est adressée à votre organisation.",
    )
    return menu(request, "Financeur", MENU_FINANCEUR, courant)


@require_safe
def financeur(request: HttpRequest) -> HttpResponse:
    """Les lignes qui attendent une réponse, la plus ancienne d’abord."""
    menu_espace = menu_financeur(request, "espace-financeur")
    liste = listes.liste_a_repondre(request, lignes_to_answer(request.user))
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = {"menu_espace": menu_espace, "chemin": chemin("Financeur"), "liste": liste}
    return render(request, "espace/financeur.html", contexte)


@require_safe
def financeur_engagements(request: HttpRequest) -> HttpResponse:
    """Toutes les lignes du financeur, leurs montants, leurs totaux et les délais de réponse."""
    menu_espace = menu_financeur(request, "espace-financeur-engagements")
    lignes = lignes_with_delai(request.user)
    liste = listes.liste_engagements(request, lignes)
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = {
        "menu_espace": menu_espace,
        "chemin": chemin("Mes engagements"),
        "liste": liste,
        "sommes": sum_lignes(liste.lignes),
        "delais": compute_delais(liste.lignes),
        "has_fictif": liste.lignes.filter(plan__fiche__territoire__is_fictif=True).exists(),
    }
    return render(request, "espace/engagements.html", contexte)


@require_safe
def porteur(request: HttpRequest) -> HttpResponse:
    """Les actions portées par les organisations de la personne, et ce qui y attend une réponse d’elle."""
    check_can_open(
        can_open_porteur(request.user),  # type: ignore[arg-type]
        "Cet espace est celui des porteurs. Il s’ouvre dès que votre organisation porte une action.",
    )
    liste = listes.liste_actions(request, fiches_carried_by(request.user))
    if (fichier := liste.export()) is not None:
        return fichier
    parts = list(parts_to_confirm(request.user))
    autres = attentes_for(request.user).exclude(
        objet_type=LigneFinancement._meta.label_lower, objet_id__in=[str(part.pk) for part in parts]
    )
    contexte = {
        "liste": liste,
        "bilan": compute_bilan_porteur(request.user),
        "parts": parts[:PARTS_MONTREES],
        "parts_nombre": len(parts),
        "parts_montrees": PARTS_MONTREES,
        "autres": read_attentes(autres, limite=PARTS_MONTREES),
        "chemin": chemin("Mes actions"),
    }
    return render(request, "espace/porteur.html", contexte)
