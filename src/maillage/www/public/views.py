"""Pages publiques : accueil, liste et page des territoires, « suis-je concerné ? »."""

import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from calcul.montants import format_montant
from maillage.ateliers.selectors import list_ateliers_publics
from maillage.fiches.permissions import fiches_visible_to
from maillage.fiches.selectors import get_contenu
from maillage.fiches.selectors_contenu import list_parties_publiques, load_listes
from maillage.financement.enums import Mesure
from maillage.pilotage.selectors import Perimetre, compute_chiffres, get_vague
from maillage.referentiels.models import Commune, Region
from maillage.referentiels.recherche import explain_communes
from maillage.referentiels.selectors import find_communes
from maillage.socle.horloge import aujourdhui
from maillage.socle.texte import replier
from maillage.territoires.enums import Fait
from maillage.territoires.models import Territoire, Vague
from maillage.territoires.passages import passages_of
from maillage.territoires.selectors import (
    ORDRE_CHAINE,
    EtapeChaine,
    find_territoires_or_membres,
    get_chaine,
    get_jour_de_reference,
    list_etapes,
    list_membres,
    territoires_of_communes,
    with_etape,
    with_membres_count,
)
from maillage.territoires.selectors_mandats import read_binomes
from maillage.territoires.selectors_perimetre import en_place_at, list_statuts
from maillage.www.commun import public
from maillage.www.pilotage.presentation import url_lignes
from maillage.www.public.cartes import draw_carte_territoire, draw_carte_vague
from maillage.www.public.lectures import (
    find_fiche_publique,
    list_actes_publics,
    list_actes_publics_of_fiche,
    list_faits_publics,
    list_fiches_publiques_by_axe,
    list_moments,
    read_argent_public,
)
from maillage.www.tableaux import Colonne, Filtre, Liste, list_pages

COMMUNES_PAR_PAGE = 20
SAISIE_MAX = 100  # caractères, comme le champ

# « Comment ça marche » : la chaîne expliquée, sans dire où en est un territoire (état « explication »).
CHAINE_EXPLIQUEE = [
    EtapeChaine(code, libelle, "explication", precision, "")
    for code, libelle, precision in (
        ("label", "Label", "L’État et la Région reconnaissent le territoire."),
        ("gouvernance", "Gouvernance", "Un binôme élu et industriel le conduit."),
        ("ateliers", "Ateliers", "Les entreprises disent leurs besoins."),
        ("fiches", "Fiches action", "Chaque projet retenu a sa fiche."),
        ("avis", "Avis de la Région", "Elle vérifie la cohérence d’ensemble."),
        ("contrat", "Contrat", "Les partenaires s’engagent et signent."),
        ("financement", "Financement", "Chaque financeur confirme sa part, pièce à l’appui."),
        ("suivi", "Suivi", "Versements et résultats restent visibles."),
    )
]


@dataclass(frozen=True)
class ChiffreCle:
    """Un chiffre de l’accueil, avec sa date et la porte de ses lignes."""

    valeur: str
    libelle: str
    precision: str
    url: str


def _list_chiffres_cles(jour: date) -> list[ChiffreCle]:
    p = Perimetre(au=jour)
    chiffres = compute_chiffres(p, detail=False)
    au = f"au {jour:%d/%m/%Y}"

    def write_compte(cle: str, libelle: str) -> ChiffreCle:
        compte = chiffres.territoires[cle]
        doute = "" if compte.certains == compte.possibles else f", {compte.possibles} possibles"
        if chiffres.vague and cle != "labellises":
            en_vigueur = compute_chiffres(replace(p, vague=chiffres.vague.numero), detail=False).territoires[
                cle
            ]
            doute += f", dont {en_vigueur.certains} de la {chiffres.vague.nom}"
        return ChiffreCle(
            str(compte.certains), libelle, f"{au}{doute}", url_lignes("chiffres-territoires", p, cle=cle)
        )

    accorde = Mesure.ACCORDE.value
    somme = chiffres.montants[accorde]
    return [
        write_compte("labellises", "Territoires labellisés"),
        write_compte("au_moins_un_acte", "Territoires avec un protocole ou un contrat"),
        ChiffreCle(str(chiffres.fiches_total), "Actions enregistrées", au, url_lignes("chiffres-fiches", p)),
        ChiffreCle(
            format_montant(somme),
            "Accordés par les financeurs",
            au if somme else f"{au}, aucun accord n’est encore enregistré ici",
            url_lignes("chiffres-montants", p, mesure=accorde),
        ),
    ]


@public
@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """Ce qu’est Maillage, la carte d’une phase avec sa liste, les chiffres du jour."""
    jour = aujourdhui()
    vagues = list(Vague.objects.all())
    en_vigueur = get_vague(jour)
    demandee = next((v for v in vagues if str(v.numero) == request.GET.get("vague")), None)
    vague = demandee or en_vigueur or (vagues[-1] if vagues else None)
    contexte: dict[str, Any] = {"vague": vague, "vagues": vagues, "en_vigueur": en_vigueur, "jour": jour}
    contexte["chaine"] = CHAINE_EXPLIQUEE
    if vague is not None:
        territoires = list(
            en_place_at(vague, get_jour_de_reference(vague, jour))
            .select_related("vague", "region")
            .order_by("nom_recherche")
        )
        # Rangées ici et non en base : « Île-de-France » avec les « I », sur les deux moteurs.
        territoires.sort(key=lambda t: (replier(t.region.nom), t.region_id))
        contexte |= {
            "territoires": territoires,
            "regions": [(r, list(lignes)) for r, lignes in groupby(territoires, key=lambda t: t.region)],
            "carte": draw_carte_vague(vague, territoires) if territoires else "",
            "chiffres_cles": _list_chiffres_cles(jour),
        }
    return render(request, "public/accueil.html", contexte)


def _show_nom(territoire: Territoire) -> str:
    """Nom officiel, et la marque locale quand il y en a une."""
    return (
        f"{territoire.nom} («\u00a0{territoire.nom_local}\u00a0»)" if territoire.nom_local else territoire.nom
    )


def _show_etape(territoire: Any) -> str:
    return Fait(territoire.etape_au).label if territoire.etape_au else ""


def _show_regions(territoire: Territoire) -> str:
    """Région chef de file d’abord."""
    autres = [r.nom for r in territoire.regions.all() if r.pk != territoire.region_id]
    return ", ".join([territoire.region.nom, *autres])


def _filtres_territoires() -> list[Filtre]:
    regions = Region.objects.filter(territoires_menes__is_fictif=False).distinct().values_list("code", "nom")
    return [
        Filtre(
            "vague",
            "Phase",
            [(str(v.numero), v.nom) for v in Vague.objects.order_by("-numero")],
            lambda numero: Q(vague__numero=numero),
        ),
        Filtre("region", "Région chef de file", list(regions), lambda code: Q(region=code)),
        Filtre(
            "etape",
            "Étape atteinte",
            [(fait.value, fait.label) for fait in ORDRE_CHAINE],
            lambda fait: Q(etape_au=fait),
        ),
    ]


@public
@require_safe
def territoires(request: HttpRequest) -> HttpResponse:
    """Tous les territoires des deux phases, leurs membres, leur population, l’étape atteinte."""
    jour = aujourdhui()
    lignes: QuerySet[Any] = (
        Territoire.objects.publics().select_related("vague", "region").prefetch_related("regions")
    )
    liste = Liste(
        request,
        with_etape(with_membres_count(lignes, jour), jour),
        colonnes=[
            Colonne(
                "nom",
                "Territoire",
                _show_nom,
                ("nom_recherche",),
                entete=True,
                lien=Territoire.get_absolute_url,
            ),
            Colonne("id", "Identifiant", lambda t: t.cle, ("vague__numero", "id_ti")),
            Colonne("vague", "Phase", lambda t: t.vague.nom, ("vague__numero",), "public/cellule_phase.html"),
            Colonne("regions", "Régions", _show_regions, ("region__nom",)),
            Colonne("membres", "Membres", lambda t: t.membres_count, ("membres_count",), nombre=True),
            Colonne(
                "population",
                "Population",
                lambda t: t.population,
                ("population",),
                nombre=True,
                gabarit="public/cellule_nombre.html",
            ),
            Colonne("etape", "Étape atteinte", _show_etape, ("etape_rang",)),
        ],
        filtres=_filtres_territoires(),
        recherche=find_territoires_or_membres,
        aide_recherche="Nom, marque locale, identifiant ou membre",
        nom="territoires-industrie",
        titre="Territoires d’industrie",
        tri_defaut=("-vague__numero", "nom_recherche"),
    )
    if fichier := liste.export():
        return fichier
    return render(request, "public/territoires.html", {"liste": liste, "jour": jour})


def load_territoire_public(vague: str, id_ti: str) -> Territoire:
    """404 si le territoire n’existe pas, ou s’il est fictif : les espaces fictifs n’ont pas de page publique."""
    if not re.fullmatch("v[0-9]{1,4}", vague) or not re.fullmatch(r"[\w-]{1,30}", id_ti):
        raise Http404
    territoire = (
        Territoire.objects.publics()
        .by_cle(vague, id_ti)
        .select_related("vague", "region", "departement")
        .prefetch_related("regions", "departements")
        .first()
    )
    if territoire is None:
        raise Http404
    return territoire


@public
@require_safe
def territoire_detail(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Tout ce qui est public d’un territoire : membres, binôme, étapes, actes, fiches publiées, chronologie."""
    territoire = load_territoire_public(vague, id_ti)
    jour = aujourdhui()
    jour_perimetre = get_jour_de_reference(territoire.vague, jour)
    membres = list_membres(territoire, jour_perimetre)
    etapes = list_etapes(territoire)
    return render(
        request,
        "public/territoire.html",
        {
            "territoire": territoire,
            "chemin": [
                ("Accueil", reverse("accueil")),
                ("Territoires", reverse("territoires")),
                (territoire.nom, ""),
            ],
            "autres_regions": [r for r in territoire.regions.all() if r.pk != territoire.region_id],
            "ateliers": list_ateliers_publics(territoire),
            "jour_perimetre": jour_perimetre,
            "is_vague_finie": jour_perimetre < jour,
            "membres": membres,
            "has_communes_seules": any(membre.perimetre.commune_id for membre in membres),
            "communes": sum(membre.communes for membre in membres),
            "carte": draw_carte_territoire(territoire, membres),
            "binomes": read_binomes(territoire, jour_perimetre),
            "chaine": get_chaine(etapes, jour),
            "moments": list_moments(territoire, etapes),
            "actes": list_actes_publics(territoire),
            "fiches": list_fiches_publiques_by_axe(territoire),
            "passages": passages_of(territoire),
            "statuts": list_statuts(territoire, jour_perimetre),
        },
    )


@public
@require_safe
def fiche_publique(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Ce qui est public d’une fiche : l’action, ses dates, ses sommes, ses actes. 404 si elle n’est pas publique."""
    territoire = load_territoire_public(vague, id_ti)
    fiche = find_fiche_publique(territoire, pk)
    if fiche is None:
        raise Http404
    jour = aujourdhui()
    load_listes([fiche])
    return render(
        request,
        "public/fiche.html",
        {
            "fiche": fiche,
            "territoire": territoire,
            "chemin": [
                ("Accueil", reverse("accueil")),
                ("Territoires", reverse("territoires")),
                (territoire.nom, territoire.get_absolute_url()),
                (str(fiche), ""),
            ],
            "jour": jour,
            "faits": list_faits_publics(fiche),
            "versions": list(fiche.versions.values_list("numero", "enregistre_at")),
            "argent": read_argent_public(fiche, jour),
            "actes": list_actes_publics_of_fiche(fiche),
            "parties": list_parties_publiques(get_contenu(fiche)),
            "url_espace": fiche.get_absolute_url()
            if fiches_visible_to(request.user).filter(pk=fiche.pk).exists()
            else "",
        },
    )


@public
@require_safe
def mon_territoire(request: HttpRequest) -> HttpResponse:
    """D’une commune (nom, code postal ou code INSEE) à son Territoire d’industrie, pour chaque phase."""
    texte = request.GET.get("q", "").strip()[:SAISIE_MAX]
    page = Paginator(find_communes(texte), COMMUNES_PAR_PAGE).get_page(request.GET.get("page"))
    montrees = explain_communes(list(page), texte)
    reponses = territoires_of_communes(montrees, aujourdhui()) if montrees else {}
    return render(
        request,
        "public/mon_territoire.html",
        {
            "texte": texte,
            "communes": [(commune, reponses[commune.pk]) for commune in montrees],
            "page": page,
            "pages": list_pages(page),
            "is_sans_communes": texte and not montrees and not Commune.objects.exists(),
        },
    )
