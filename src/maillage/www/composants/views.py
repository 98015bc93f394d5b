"""Galerie des composants : chacun avec ses variantes, sur des objets d’exemple qui ne viennent pas de la base."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maillage.contrats.enums import StatutActe
from maillage.fiches.enums import StatutFiche
from maillage.financement.enums import StatutLigne
from maillage.financement.selectors import LIBELLES_BOUCLAGE, ZERO, Barre
from maillage.gouvernance.enums import StatutSeance
from maillage.journal.models import Entree
from maillage.referentiels.cartes import Forme, Teinte, dessiner_carte
from maillage.referentiels.enums import Couche, Zone
from maillage.referentiels.models import Region
from maillage.socle.conflits import Conflit, Ecart
from maillage.socle.models import StatutTravail, Travail
from maillage.socle.templatetags.maillage import TONS
from maillage.territoires import events
from maillage.territoires.enums import Fait
from maillage.territoires.models import Etape
from maillage.territoires.selectors import EtapeChaine
from maillage.www.commun import public
from maillage.www.composants.forms import GalerieForm
from maillage.www.tableaux import Colonne, Filtre, Liste

BARRES = [
    ("Plan bouclé", Barre(cout=10_000_000, obtenu=10_000_000, atteste=0, demande=0, pressenti=0, reste=0)),
    (
        "Les cinq parts",
        Barre(
            cout=125_000_050,
            obtenu=40_000_000,
            atteste=10_000_000,
            demande=30_000_000,
            pressenti=20_000_000,
            reste=25_000_050,
        ),
    ),
    ("Action non chiffrée", ZERO),
]

FRISE = [
    EtapeChaine("label", Fait.LABEL.label, "fait", "le 22 novembre 2018", "#frise"),
    EtapeChaine("gouvernance", Fait.GOUVERNANCE.label, "fait", "entre le 18 février et le 2 avril 2019", ""),
    EtapeChaine("plan_valide", Fait.PLAN_VALIDE.label, "en_cours", "attendu de la Région", ""),
    EtapeChaine("contrat", Fait.CONTRAT.label, "a_venir", "non constaté", ""),
]
FRISE_EXPLICATION = [
    EtapeChaine("fiches", "Fiches action", "explication", "Chaque projet retenu a sa fiche.", ""),
    EtapeChaine("avis", "Avis de la Région", "explication", "Elle vérifie la cohérence d’ensemble.", ""),
]


def _entrees_exemple() -> list[Entree]:
    return [
        Entree(
            enregistre_at=datetime(2019, 9, 9, 14, 32, tzinfo=UTC),
            date_effet=date(2019, 9, 9),
            code=events.NOM_LOCAL_MODIFIE,
            auteur_libelle="Chef·fe de projet",
            avant={"nom_local": "Langres"},
            apres={"nom_local": "Langres – Chaumont"},
            motif="Nom choisi à l’atelier",
        )
    ]


CONFLIT = Conflit(
    opposes=[Ecart("lieu", "Lieu", "Préfecture", "Mairie de Langres")],
    repris=[Ecart("titre", "Titre", "Comité", "Comité de projet")],
)


def _statuts() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        ("Fiche action", list(StatutFiche.choices)),
        ("Ligne de financement", list(StatutLigne.choices)),
        ("Plan de financement", list(LIBELLES_BOUCLAGE.items())),
        ("Acte", list(StatutActe.choices)),
        ("Séance", list(StatutSeance.choices)),
    ]


def _carte_exemple() -> str:
    regions = list(Region.objects.filter(zone=Zone.METRO)[: len(Teinte)])
    formes = [
        Forme(Couche.REGION, region.code, region.nom, teinte, href="#carte", etiquette=teinte.value)
        for region, teinte in zip(regions, Teinte, strict=False)
    ]
    return dessiner_carte(
        formes=formes,
        titre="Carte d’exemple",
        description="Une région par manière de dessiner une forme.",
        identifiant="carte-exemple",
    )


def _liste_exemple(request: HttpRequest) -> Liste:
    return Liste(
        request,
        Region.objects.all(),
        colonnes=[
            Colonne("nom", "Région", lambda r: r.nom, ("nom",), entete=True),
            Colonne("code", "Code", lambda r: r.code, ("code",), nombre=True),
            Colonne("zone", "Zone", lambda r: r.get_zone_display()),
        ],
        filtres=[Filtre("zone", "Zone", list(Zone.choices), lambda zone: Q(zone=zone))],
        recherche=lambda lignes, texte: lignes.filter(nom__icontains=texte),
        nom="regions",
        titre="Liste d’exemple\u00a0: les régions",
        tri_defaut=("nom",),
    )


@public
@require_safe
def composants(request: HttpRequest) -> HttpResponse:
    """La galerie, /composants/."""
    liste = _liste_exemple(request)
    if fichier := liste.export():
        return fichier
    contexte: dict[str, Any] = {
        "parts": [Fraction(5, 8), Fraction(2, 3)],
        "tons": sorted(TONS),
        "statuts": _statuts(),
        "barres": BARRES,
        "etapes": FRISE,
        "etapes_explication": FRISE_EXPLICATION,
        "jour": date(2019, 11, 19),
        "entrees": _entrees_exemple(),
        "form": GalerieForm(),
        "form_refuse": GalerieForm(
            {"refuse-montant": "beaucoup", "refuse-debut": "31/31/2019", "refuse-description": "Texte gardé"},
            prefix="refuse",
        ),
        "conflit": CONFLIT,
        "carte": _carte_exemple(),
        "liste": liste,
        "montant": 125_000_050,
        "recul": -2,
        "part": Fraction(4, 5),
        "libelles": LIBELLES_BOUCLAGE,
        "travail": Travail(
            statut=StatutTravail.EN_COURS, etape="Lecture du classeur", fait=1_250, total=5_000
        ),
        "fait": Etape(debut=date(2018, 11, 22), fin=date(2022, 12, 31)),
    }
    return render(request, "composants-gallery/galerie.html", contexte)
