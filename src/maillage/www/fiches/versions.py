"""Ce qui se fait d’une version : la rendre à la fiche, dire qu’on l’a lue ; garder ou oublier un brouillon."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from maillage.comptes.models import Personne
from maillage.fiches import actions
from maillage.fiches.permissions import check_user_can_update_fiche, user_can_mark_lue
from maillage.fiches.rubriques import ESSENTIEL, PAR_CODE
from maillage.socle.envois import CHAMP_JETON
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.www.fiches.views import load_fiche, read_numero

SANS_CONTENU = {"csrfmiddlewaretoken", CHAMP_JETON, "ajouter"}


@require_POST
def version_restaurer(request: HttpRequest, vague: str, id_ti: str, pk: int, numero: int) -> HttpResponse:
    """Rend à la fiche le contenu d’une version passée. `version_lue` : celle que la personne avait sous les yeux."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_fiche(request.user, fiche)
    try:
        apres = actions.restore_version(
            fiche=fiche, numero=numero, by=request.user, version_lue=read_numero(request.POST, "version_lue")
        )
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect("fiche-versions", vague, id_ti, pk)
    messages.success(
        request, f"La fiche a repris le contenu de la version {numero}. C’est sa version {apres.version}."
    )
    return redirect(apres)


@require_POST
def fiche_lue(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """La Région dit avoir lu la fiche telle qu’elle est."""
    fiche = load_fiche(request, vague, id_ti, pk)
    if not user_can_mark_lue(request.user, fiche):
        raise AccesRefuse("Seule la Région dit avoir lu la fiche.")
    actions.mark_lue(fiche=fiche, by=request.user)
    messages.success(request, f"La version {fiche.version} est notée comme lue par la Région.")
    return redirect(fiche)


@require_POST
def fiche_brouillon(request: HttpRequest, vague: str, id_ti: str, pk: int, partie: str) -> HttpResponse:
    """Garde la saisie en cours d’une partie (appelée par la page), ou l’oublie (`oublier`)."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_fiche(request.user, fiche)
    if partie not in PAR_CODE or not isinstance(request.user, Personne):
        raise Http404
    if "oublier" in request.POST:
        actions.drop_brouillon(fiche=fiche, partie=partie, by=request.user)
        messages.info(request, "Le brouillon est oublié.")
        if partie == ESSENTIEL.code:
            return redirect("fiche-update", vague, id_ti, pk)
        return redirect("fiche-partie", vague, id_ti, pk, partie)
    champs = [
        (nom, str(valeur))
        for nom, valeurs in request.POST.lists()
        if nom not in SANS_CONTENU and not nom.startswith("choix_")
        for valeur in valeurs
    ]
    try:
        brouillon = actions.save_brouillon(fiche=fiche, partie=partie, champs=champs, by=request.user)
    except ActionImpossible as erreur:
        return JsonResponse({"erreur": str(erreur)}, status=400)
    return JsonResponse({"garde_a": timezone.localtime(brouillon.modifie_le).strftime("%H:%M")})
