"""Pages publiques du périmètre : un territoire à toute date, la carte du pays à toute date, le passage d’une phase à l’autre."""

from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.pilotage.selectors import DATES_PUBLIEES, find_publie_labellises
from maillage.referentiels.models import Region
from maillage.socle.horloge import aujourdhui
from maillage.socle.tableur import Feuille
from maillage.socle.texte import replier
from maillage.territoires.models import Territoire, Vague
from maillage.territoires.passages import Lien, Passage, compute_bilan, load_passages
from maillage.territoires.selectors import ORDRE_CHAINE, get_jour_de_reference
from maillage.territoires.selectors_perimetre import (
    TerritoireAt,
    compare_jours,
    list_mutations,
    list_sejours,
    list_statuts,
    list_territoires_at,
    noms_at,
)
from maillage.www.champs import JourField
from maillage.www.commun import public
from maillage.www.exports import export_feuille
from maillage.www.public.views import load_territoire_public
from maillage.www.territoires.cartes import draw_carte_date, draw_carte_ecarts, draw_carte_perimetre
from maillage.www.territoires.presentation import list_dates, view_mutations


class JourForm(forms.Form):
    """Le jour à lire."""

    au = JourField(label="Au")


class PerimetreForm(JourForm):
    """Le jour à lire, et éventuellement ce qu’on en savait un autre jour."""

    connu_le = JourField(label="Tel que connu le", required=False)


class CarteForm(JourForm):
    """Un jour, une phase, une région, une étape ; et un second jour pour comparer."""

    avant = JourField(label="Comparer avec le", required=False)
    vague = forms.ChoiceField(label="Phase", required=False)
    region = forms.ChoiceField(label="Région chef de file", required=False)
    etape = forms.ChoiceField(label="Étape atteinte", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = Region.objects.filter(territoires_menes__is_fictif=False).distinct()
        self.fields["vague"].choices = [
            ("", "Celle de ce jour-là"),
            *((str(v.numero), v.nom) for v in Vague.objects.all()),
        ]
        self.fields["region"].choices = [
            ("", "Toutes"),
            *sorted(((r.pk, r.nom) for r in regions), key=lambda choix: replier(choix[1])),
        ]
        self.fields["etape"].choices = [
            ("", "Toutes"),
            *((fait.value, fait.label) for fait in ORDRE_CHAINE),
        ]
        for nom in ("vague", "region", "etape"):
            self.fields[nom].error_messages["invalid_choice"] = (
                "Ce choix n’existe pas : prenez-en un dans la liste."
            )


def _read(request: HttpRequest, classe: type[JourForm], au: date) -> Any:
    donnees = QueryDict(mutable=True)
    donnees["au"] = au.isoformat()
    for cle, valeur in request.GET.items():
        if valeur:
            donnees[cle] = valeur
    return classe(donnees)


def contexte_perimetre(request: HttpRequest, territoire: Territoire) -> dict[str, Any]:
    """Ce que montrent la page publique et celle de l’espace : membres, nom et statuts d’un jour, et toute l’histoire."""
    defaut = get_jour_de_reference(territoire.vague, aujourdhui())
    form = _read(request, PerimetreForm, defaut)
    evenements = list_mutations(territoire)
    contexte: dict[str, Any] = {
        "territoire": territoire,
        "form": form,
        "histoire": view_mutations(territoire, evenements),
        "dates": [(jour.isoformat(), f"{jour:%d/%m/%Y}") for jour in list_dates(evenements)],
    }
    if form.is_valid():
        au = form.cleaned_data["au"]
        sejours = list_sejours(territoire, au, form.cleaned_data["connu_le"])
        contexte |= {
            "au": au,
            "connu_le": form.cleaned_data["connu_le"],
            "nom_date": noms_at([territoire], au)[territoire.pk],
            "sejours": sejours,
            "certains": sum(s.is_certain for s in sejours),
            "communes": sum(s.communes for s in sejours),
            "population": sum(s.perimetre.population for s in sejours),
            "statuts": list_statuts(territoire, au),
            "carte": draw_carte_perimetre(territoire, sejours),
        }
    return contexte


@public
@require_safe
def perimetre(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Un territoire à toute date : son nom, ses membres (certains ou possibles), ce qui le prouve, et toute son histoire."""
    territoire = load_territoire_public(vague, id_ti)
    contexte = contexte_perimetre(request, territoire)
    contexte["chemin"] = [
        ("Accueil", reverse("accueil")),
        ("Territoires", reverse("territoires")),
        (territoire.nom, territoire.get_absolute_url()),
        ("Périmètre dans le temps", ""),
    ]
    return render(request, "territoires/perimetre_public.html", contexte)


@public
@require_safe
def carte(request: HttpRequest) -> HttpResponse:
    """La carte du programme à toute date, par phase, région et étape ; avec un second jour, ce qui a changé entre les deux."""
    form = _read(request, CarteForm, aujourdhui())
    contexte: dict[str, Any] = {
        "form": form,
        "dates": [
            *((jour.isoformat(), f"{jour:%d/%m/%Y}") for jour in (*DATES_PUBLIEES, date(2024, 7, 4))),
            (aujourdhui().isoformat(), "Aujourd’hui"),
        ],
        "chemin": [
            ("Accueil", reverse("accueil")),
            ("Territoires", reverse("territoires")),
            ("Carte à une date", ""),
        ],
    }
    if form.is_valid():
        donnees = form.cleaned_data
        au, avant = donnees["au"], donnees["avant"]
        vague = _get_vague(donnees["vague"], au)
        contexte |= {"au": au, "avant": avant, "vague": vague}
        if vague is not None:
            options = {"region": donnees["region"], "etape": donnees["etape"]}
            lignes = list_territoires_at(vague, au, **options)
            if (fichier := _export(request, au, lignes)) is not None:
                return fichier
            contexte["lignes"] = lignes
            contexte["certains"] = sum(ligne.is_certain for ligne in lignes)
            if not any(options.values()):
                contexte["publie"] = find_publie_labellises(au, vague)
            contexte["regions"] = [
                (region, list(groupe))
                for region, groupe in groupby(lignes, key=lambda ligne: ligne.territoire.region)
            ]
            if avant:
                premier, second = sorted((avant, au))
                anciennes = list_territoires_at(vague, premier, **options)
                recentes = lignes if second == au else list_territoires_at(vague, second, **options)
                if second != au:
                    anciennes = lignes
                changements, inchanges = compare_jours(anciennes, recentes)
                contexte |= {
                    "changements": changements,
                    "inchanges": inchanges,
                    "premier": premier,
                    "second": second,
                    "carte": draw_carte_ecarts(
                        vague, recentes, changements, is_region=bool(donnees["region"])
                    ),
                }
            elif lignes:
                contexte["carte"] = draw_carte_date(vague, au, lignes, is_region=bool(donnees["region"]))
    return render(request, "territoires/carte.html", contexte)


def _get_vague(numero: str, au: date) -> Vague | None:
    if numero:
        return Vague.objects.get(numero=int(numero))
    return Vague.objects.at(au).order_by("-numero").first()


def _export(
    request: HttpRequest, au: date, lignes: list[TerritoireAt]
) -> FileResponse | StreamingHttpResponse | None:
    feuille = Feuille(
        f"Territoires au {au.isoformat()}",
        [
            "Identifiant",
            "Nom ce jour-là",
            "Région chef de file",
            "Certitude",
            "Étape",
            "Membres certains",
            "Membres possibles",
        ],
        (
            [
                ligne.territoire.cle,
                str(ligne.nom),
                ligne.territoire.region.nom,
                "certain" if ligne.is_certain else "possible",
                ligne.etape_libelle,
                ligne.membres_compte.certains,
                ligne.membres_compte.possibles,
            ]
            for ligne in lignes
        ),
    )
    return export_feuille(request, f"territoires-{au.isoformat()}", feuille)


@public
@require_safe
def passage(request: HttpRequest) -> HttpResponse:
    """De la phase 1 à la phase 2 : qui est devenu quoi, par communes et population partagées."""
    passages = load_passages()
    bilan = compute_bilan()
    texte = request.GET.get("q", "").strip()
    mots = replier(texte).split()
    montres = [
        p
        for p in passages
        if all(mot in replier(f"{p.nom_v1} {p.nom_v2} {p.id_v1} {p.id_v2}") for mot in mots)
    ]
    feuille = Feuille(
        "Passage phase 1 – phase 2",
        [
            "Phase 1",
            "Nom",
            "Phase 2",
            "Nom",
            "Communes partagées",
            "Population partagée",
            "Part de la phase 1",
            "Part de la phase 2",
        ],
        (
            [
                f"v1/{p.id_v1}",
                p.nom_v1,
                f"v2/{p.id_v2}",
                p.nom_v2,
                p.communes,
                p.population,
                Lien.from_v1(p).pour_cent_ici,
                Lien.from_v1(p).pour_cent_autre,
            ]
            for p in montres
        ),
    )
    fichier = export_feuille(request, "passage-phase-1-phase-2", feuille)
    if fichier is not None:
        return fichier
    return render(
        request,
        "territoires/passage.html",
        {
            "groupes": _group_passages(montres),
            "nombre": len(montres),
            "bilan": bilan,
            "texte": texte,
            "masques": len(passages) - len(montres),
            "chemin": [
                ("Accueil", reverse("accueil")),
                ("Territoires", reverse("territoires")),
                ("De la phase 1 à la phase 2", ""),
            ],
        },
    )


def _group_passages(passages: list[Passage]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Les passages, rangés par région chef de file de la phase 1 (les deux premiers chiffres de l’identifiant)."""
    regions = dict(Region.objects.values_list("pk", "nom"))
    groupes: dict[str, list[Passage]] = {}
    for p in passages:
        code = p.id_v1.removeprefix("ti-")[:2]
        groupes.setdefault(regions.get(code, code), []).append(p)
    return [
        (
            region,
            [_view_passage(p) for p in sorted(groupe, key=lambda p: (replier(p.nom_v1), -p.part_v1))],
        )
        for region, groupe in sorted(groupes.items(), key=lambda couple: replier(couple[0]))
    ]


def _view_passage(p: Passage) -> dict[str, Any]:
    lien = Lien.from_v1(p)
    return {
        "passage": p,
        "url_v1": reverse("territoire-detail", args=["v1", p.id_v1]),
        "url_v2": lien.get_absolute_url(),
        "part_v1": lien.pour_cent_ici,
        "part_v2": lien.pour_cent_autre,
    }
