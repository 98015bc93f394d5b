"""Les aides observées dans les données ouvertes : dans les territoires et hors d’eux, leurs lignes, leur rapprochement."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.aides.enums import Place, Rapprochement, SourceAides
from maillage.aides.models import AideObservee, FichierAides
from maillage.aides.selectors import compare_territoires, list_annees, rapproche_lignes, with_place
from maillage.financement.enums import StatutLigne
from maillage.financement.permissions import lignes_visible_to
from maillage.referentiels.models import Region
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Vague
from maillage.www.colonnes import colonne_fiche, colonne_montant, colonne_territoire, find_by_fiche
from maillage.www.commun import public
from maillage.www.tableaux import Colonne, Filtre, Liste


def _get_vague(request: HttpRequest) -> Vague | None:
    """La phase demandée (« v1 », « v2 »), sinon la dernière commencée."""
    vagues = list(Vague.objects.filter(debut__lte=aujourdhui()).order_by("-numero"))
    demandee = request.GET.get("phase", "")
    return next((v for v in vagues if v.code == demandee), vagues[0] if vagues else None)


@public
@require_safe
def comparaison(request: HttpRequest) -> HttpResponse:
    """Nombre, montant et euros par habitant, dans les territoires d’une phase et hors d’eux, par mesure et par région."""
    vague = _get_vague(request)
    annees = list_annees(SourceAides.FONDS_VERT)
    demandee = request.GET.get("annee", "")
    annee = int(demandee) if demandee in map(str, annees) else (annees[-1] if annees else None)
    contexte: dict[str, Any] = {"annees": annees, "annee": annee, "vague": vague}
    if vague and annee:
        contexte |= {
            "comparaison": compare_territoires(vague=vague, au=aujourdhui(), annee=annee),
            "vagues": Vague.objects.filter(debut__lte=aujourdhui()).order_by("numero"),
            "fichiers": FichierAides.objects.filter(source=SourceAides.FONDS_VERT),
        }
    return render(request, "aides/comparaison.html", contexte)


def _find_aides(aides: QuerySet[Any], texte: str) -> QuerySet[Any]:
    return aides.filter(
        Q(projet__icontains=texte)
        | Q(beneficiaire__icontains=texte)
        | Q(numero_dossier=texte)
        | Q(siren=texte)
        | Q(commune__nom__icontains=texte)
    )


@public
@require_safe
def lignes(request: HttpRequest) -> HttpResponse:
    """Les aides une à une."""
    vague = _get_vague(request)
    aides = AideObservee.objects.en_vigueur()
    if vague:
        aides = with_place(aides, vague)
    mesures = AideObservee.objects.en_vigueur().exclude(mesure="").order_by("mesure")
    liste = Liste(
        request,
        aides.select_related("commune__departement", "region").prefetch_related("territoires__vague"),
        nom="aides-observees",
        titre="Aides observées",
        colonnes=[
            Colonne("projet", "Projet", lambda a: a.projet, tri=("projet",), entete=True),
            Colonne("beneficiaire", "Bénéficiaire", lambda a: a.beneficiaire, tri=("beneficiaire",)),
            Colonne("mesure", "Mesure", lambda a: a.mesure, tri=("mesure",)),
            Colonne("annee", "Année", lambda a: a.annee, tri=("annee",), nombre=True),
            Colonne("commune", "Commune", lambda a: str(a.commune or a.lieu_source), tri=("commune__nom",)),
            Colonne(
                "territoires",
                "Territoires",
                lambda a: ", ".join(f"{t.nom} ({t.vague.code})" for t in a.territoires.all()),
                gabarit="aides/cellule_territoires.html",
            ),
            Colonne("dossier", "Dossier", lambda a: a.numero_dossier),
            colonne_montant("montant", "Montant", "montant"),
        ],
        filtres=[
            Filtre("place", "Place", list(Place.choices), lambda code: Q(place=code)),
            Filtre(
                "mesure",
                "Mesure",
                [(mesure, mesure) for mesure in mesures.values_list("mesure", flat=True).distinct()],
                lambda mesure: Q(mesure=mesure),
            ),
            Filtre(
                "region",
                "Région",
                list(Region.objects.order_by("nom").values_list("pk", "nom")),
                lambda code: Q(region=code),
            ),
            Filtre("source", "Source", list(SourceAides.choices), lambda code: Q(source=code)),
        ]
        if vague
        else [],
        recherche=_find_aides,
        aide_recherche="Projet, bénéficiaire, commune, dossier, SIREN",
        tri_defaut=("-montant",),
    )
    return liste.export() or render(request, "aides/lignes.html", {"liste": liste, "vague": vague})


@require_safe
def rapprochement(request: HttpRequest) -> HttpResponse:
    """Les lignes déclarées que je vois, en face de ce que les données publiées en disent."""
    visibles = lignes_visible_to(request.user).select_related("financeur", "plan__fiche__territoire__vague")
    liste = Liste(
        request,
        rapproche_lignes(visibles),
        nom="rapprochement-aides",
        titre="Lignes déclarées et aides publiées",
        colonnes=[
            colonne_fiche("plan__fiche", lien=lambda li: reverse("ligne-detail", args=[li.pk])),
            colonne_territoire("plan__fiche__territoire"),
            Colonne("financeur", "Financeur", lambda li: li.financeur.nom, tri=("financeur__nom",)),
            Colonne("dossier", "Dossier", lambda li: li.numero_dossier, tri=("numero_dossier",)),
            Colonne("etat", "État", lambda li: StatutLigne(li.statut).label, tri=("statut",)),
            colonne_montant("accorde", "Accordé, déclaré", "montant_accorde"),
            colonne_montant("publie", "Publié", "montant_publie"),
            colonne_montant("ecart", "Écart", "ecart"),
            Colonne("rapprochement", "Rapprochement", lambda li: Rapprochement(li.rapprochement).label),
        ],
        filtres=[
            Filtre(
                "rapprochement",
                "Rapprochement",
                list(Rapprochement.choices),
                lambda code: Q(rapprochement=code),
            )
        ],
        recherche=find_by_fiche("plan__fiche", "numero_dossier"),
        aide_recherche="Fiche, territoire, dossier",
        tri_defaut=("plan__fiche__titre",),
    )
    return liste.export() or render(request, "aides/rapprochement.html", {"liste": liste})
