"""Données ouvertes : chaque jeu, son dictionnaire, sa licence, ses fichiers à une date, à des adresses stables."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.opendata.exports import (
    TYPES,
    describe,
    list_formes,
    list_mentions,
    write_csv,
    write_geojson,
    write_json,
    write_xlsx,
)
from maillage.opendata.selectors import JEUX, Jeu
from maillage.socle.horloge import aujourdhui
from maillage.www.champs import JourPasseField
from maillage.www.commun import public

FLUX = {"csv": write_csv, "json": write_json, "geojson": write_geojson}


class JourForm(forms.Form):
    """Le jour des fichiers ; celui où l’on est s’il n’est pas dit."""

    au = JourPasseField(label="Au", required=False, help_text="Un jour passé, ou ce jour.")

    def get_jour(self) -> date:
        jour: date | None = self.cleaned_data["au"]
        return jour or aujourdhui()


@dataclass(frozen=True)
class JeuOffert:
    """Un jeu sur la page : ses fichiers (forme, adresse) et les mentions à reprendre."""

    jeu: Jeu
    fichiers: list[tuple[str, str]]
    mentions: list[str]


def _url(jeu: Jeu, forme: str, jour: date | None) -> str:
    adresse = reverse("donnees-fichier", args=[jeu.cle, forme])
    return f"{adresse}?au={jour.isoformat()}" if jour else adresse


def _offer(jeu: Jeu, jour: date) -> JeuOffert:
    fichiers = [(forme.upper(), _url(jeu, forme, jour)) for forme in list_formes(jeu)]
    return JeuOffert(jeu, fichiers, list_mentions(jeu, contours=jeu.has_contours))


@public
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Tous les jeux, à télécharger tels qu’ils étaient un jour donné."""
    form = JourForm({"au": request.GET.get("au", aujourdhui().isoformat())})
    contexte: dict[str, Any] = {"form": form}
    if form.is_valid():
        jour = form.get_jour()
        contexte |= {"jour": jour, "jeux": [_offer(jeu, jour) for jeu in JEUX.values()]}
    return render(request, "public/donnees.html", contexte)


@public
@require_safe
def catalogue_json(request: HttpRequest) -> HttpResponse:
    """Le même catalogue, pour une machine."""
    jour = aujourdhui()
    jeux = [
        describe(jeu, jour, contours=jeu.has_contours)
        | {
            "fichiers": [
                {
                    "forme": forme,
                    "type": TYPES[forme],
                    "url": request.build_absolute_uri(_url(jeu, forme, None)),
                }
                for forme in list_formes(jeu)
            ]
        }
        for jeu in JEUX.values()
    ]
    return JsonResponse({"jeux": jeux}, json_dumps_params={"ensure_ascii": False, "indent": 2})


@public
@require_safe
def fichier(request: HttpRequest, cle: str, forme: str) -> HttpResponse | StreamingHttpResponse:
    """Un jeu à une date, dans une forme. Sans `au`, celui du jour."""
    jeu = JEUX.get(cle)
    if jeu is None or forme not in list_formes(jeu):
        raise Http404("Ce fichier n’existe pas.")
    form = JourForm(request.GET)
    if not form.is_valid():
        phrases = " ".join(str(erreur) for erreur in form.errors["au"])
        return HttpResponse(phrases, status=400, content_type="text/plain; charset=utf-8")
    jour = form.get_jour()
    nom = f"maillage-{jeu.cle}-{jour.isoformat()}.{forme}"
    if forme == "xlsx":
        return FileResponse(
            write_xlsx(jeu, jour), as_attachment=True, filename=nom, content_type=TYPES["xlsx"]
        )
    reponse = StreamingHttpResponse(FLUX[forme](jeu, jour), content_type=TYPES[forme])
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    return reponse
