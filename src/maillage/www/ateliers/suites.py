"""Après la soirée : les absents, la synthèse, ses fichiers, ce qui devient une fiche."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calcul.ateliers.tableau import TypeEvenement
from maillage.ateliers import actions
from maillage.ateliers.actions_tableau import post_evenements, retain_carte
from maillage.ateliers.composition import compose_synthese
from maillage.ateliers.models import Tableau
from maillage.ateliers.permissions import check_user_can_animate
from maillage.ateliers.selectors import compare_with_precedent, load_synthese
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.fiches.selectors import suggest_code
from maillage.socle.erreurs import ActionImpossible
from maillage.www.ateliers.chargement import get_contexte, load_atelier, read_entier
from maillage.www.ateliers.forms import AbsentsForm

DEPLIEES = 30  # cartes d’une phase lues d’emblée ; le gabarit replie les suivantes
FORMES = {
    "pdf": ("application/pdf", render_pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", render_word),
}


@require_POST
def absents(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Ouvre le lien de l’atelier à ceux qui n’étaient pas là, jusqu’à une date."""
    objet = load_atelier(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    form = AbsentsForm(request.POST)
    try:
        if not form.is_valid():
            raise ActionImpossible(
                "Donnez une date\u00a0: jusqu’à quel jour les absents peuvent-ils contribuer\u00a0?"
            )
        actions.open_to_absents(atelier=objet, by=request.user, **form.cleaned_data)
    except ActionImpossible as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, "Les absents peuvent contribuer par le lien de l’atelier.")
    return redirect(objet.get_absolute_url())


@require_GET
def synthese_fichier(request: HttpRequest, vague: str, id_ti: str, pk: int, forme: str) -> HttpResponse:
    """La synthèse en Word ou en PDF. Comme la page, elle n’est qu’à qui anime."""
    objet = load_atelier(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    if forme not in FORMES:
        raise Http404
    type_mime, rendre = FORMES[forme]
    try:
        octets = rendre(compose_synthese(objet))
    except ActionImpossible as refus:
        messages.error(request, str(refus))
        return redirect("atelier-synthese", vague, id_ti, pk)
    reponse = HttpResponse(octets, content_type=type_mime)
    reponse["Content-Disposition"] = f'attachment; filename="synthese-atelier-{objet.jour}.{forme}"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse


def _publish(request: HttpRequest, tableau: Tableau, carte: str) -> None:
    """Publie une carte, ou la reprend ; lève ActionImpossible."""
    geste = {
        "cle": str(uuid.uuid4()),
        "type": TypeEvenement.PUBLIEE,
        "carte": carte,
        "oui": request.POST["publier"] == "oui",
    }
    (resultat,) = post_evenements(tableau=tableau, gestes=[geste], by=request.user)
    if resultat.refus:
        raise ActionImpossible(resultat.refus)


@require_http_methods(["GET", "POST"])
def synthese(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """La suite : idées par points et contributions, besoins sans fiche ; une idée devient une fiche en un geste."""
    objet = load_atelier(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    refus, vise = "", ""
    if request.method == "POST":
        tableau = (
            Tableau.objects.filter(pk=read_entier(request, "tableau"), phase__atelier=objet)
            .select_related("phase__atelier__territoire")
            .first()
        )
        vise = request.POST.get("carte", "")
        try:
            if tableau is not None and "publier" in request.POST:
                _publish(request, tableau, vise)
                return redirect(f"{request.path}#carte-{vise}")
            if tableau is None:
                raise ActionImpossible(
                    "Cette carte n’est pas de cet atelier\u00a0: choisissez-la dans la liste."
                )
            fiche = retain_carte(
                tableau=tableau,
                carte=vise,
                titre=request.POST.get("titre", ""),
                code=request.POST.get("code", "").strip(),
                by=request.user,
            )
        except ActionImpossible as erreur:
            refus = str(erreur)
        else:
            messages.success(request, f"La fiche « {fiche} » est créée, à l’état d’idée.")
            return redirect(request.path)
    contexte = get_contexte(request, objet, ("Synthèse", request.path))
    contexte |= {
        "synthese": (lue := load_synthese(objet)),
        "replies": {i.carte.id for _, idees in lue.phases for i in idees[DEPLIEES:]},
        "publiees": sum(i.carte.publiee for _, idees in lue.phases for i in idees),
        "comparaison": compare_with_precedent(objet),
        "code_propose": suggest_code(objet.territoire),
        "refus": refus,
        "vise": vise,
        "saisi": request.POST,
    }
    return render(request, "ateliers/synthese.html", contexte)
