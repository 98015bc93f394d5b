"""Le catalogue en fichiers : schéma national, son extension, Aides-territoires."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.dispositifs.actions_import import AIDES_TERRITOIRES, import_dispositifs
from maillage.dispositifs.formats import SCHEMAS, write_api, write_schema
from maillage.dispositifs.permissions import check_user_can_import
from maillage.dispositifs.selectors import versions_en_vigueur
from maillage.socle.erreurs import DonneesIllisibles
from maillage.socle.horloge import aujourdhui
from maillage.www.commun import public

NOMS = {
    "schema": "Schéma national «\u00a0dispositif d’aide\u00a0» v0.2.0 (CSV)",
    "professionnels": "Schéma national, extension «\u00a0professionnels\u00a0» (CSV)",
    AIDES_TERRITOIRES: "Aides-territoires, réponse de l’API (JSON)",
}
TAILLE_MAX = 20 * 1024 * 1024


@public
@require_safe
def fichier(request: HttpRequest, forme: str) -> HttpResponse | StreamingHttpResponse:
    """Les dispositifs en vigueur, dans un format d’échange."""
    versions = versions_en_vigueur(aujourdhui()).order_by("dispositif_id")
    lues = versions.iterator(chunk_size=500)
    if forme in SCHEMAS:
        reponse = StreamingHttpResponse(write_schema(lues, forme), content_type="text/csv; charset=utf-8")
        reponse["Content-Disposition"] = f'attachment; filename="dispositifs-{forme}.csv"'
        return reponse
    if forme == AIDES_TERRITOIRES:
        return JsonResponse(write_api(lues), json_dumps_params={"ensure_ascii": False})
    raise Http404("Ce format n’existe pas.")


class ImportForm(forms.Form):
    forme = forms.ChoiceField(label="Format", choices=list(NOMS.items()), widget=forms.RadioSelect)
    fichier = forms.FileField(
        label="Fichier",
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )

    def clean_fichier(self) -> Any:
        fichier = self.cleaned_data["fichier"]
        if fichier.size > TAILLE_MAX:
            raise forms.ValidationError("Ce fichier dépasse 20\u00a0Mo\u00a0: coupez-le en deux.")
        return fichier


@require_http_methods(["GET", "HEAD", "POST"])
def dispositifs_import(request: HttpRequest) -> HttpResponse:
    """Importe un fichier d’échange ; dit ligne par ligne ce qui est refusé."""
    check_user_can_import(request.user)
    form = ImportForm(request.POST or None, request.FILES or None)
    bilan = None
    if request.method == "POST" and form.is_valid():
        recu = form.cleaned_data["fichier"]
        try:
            bilan = import_dispositifs(
                contenu=recu.read(), nom=recu.name, forme=form.cleaned_data["forme"], by=request.user
            )
        except DonneesIllisibles as erreur:
            form.add_error("fichier", str(erreur))
        else:
            if not bilan.erreurs:
                messages.success(
                    request,
                    f"{bilan.lus} dispositifs lus\u00a0: {bilan.crees} inscrits, {bilan.modifies} mis à jour, "
                    f"{bilan.inchanges} inchangés.",
                )
                return redirect("dispositifs")
    return render(
        request,
        "dispositifs/import.html",
        {
            "form": form,
            "bilan": bilan,
            "chemin": [("Dispositifs", reverse("dispositifs")), ("Importer", request.path)],
        },
    )
