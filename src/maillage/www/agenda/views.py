"""Répondre à une invitation par son lien personnel, sans compte."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from maillage.agenda import policies
from maillage.agenda.actions import format_quand, record_reponse
from maillage.agenda.calendrier import TYPE_MIME, build_ics
from maillage.agenda.enums import MoyenReponse, ValeurReponse
from maillage.agenda.models import Invitation
from maillage.agenda.selectors import find_invitation
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.www.agenda.forms import ReponseForm
from maillage.www.commun import public


def load_invitation(jeton: str) -> Invitation:
    """L’invitation d’un lien personnel ; 404 si le lien n’est pas le bon."""
    invitation = find_invitation(jeton)
    if invitation is None:
        raise Http404("Ce lien n’ouvre aucune invitation.")
    return invitation


@public
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_repondre(request: HttpRequest, jeton: str) -> HttpResponse:
    """Un clic répond. Ouvrir la page n’écrit rien : les messageries visitent les liens d’elles-mêmes."""
    invitation = load_invitation(jeton)
    form = ReponseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            nouvelle = record_reponse(
                invitation=invitation,
                valeur=ValeurReponse(form.cleaned_data["valeur"]),
                message=form.cleaned_data["message"],
                moyen=MoyenReponse.LIEN,
                by=invitation.nom,
            )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            phrase = (
                "Merci, votre réponse est enregistrée."
                if nouvelle
                else "Vous aviez déjà répondu cela\u00a0: rien n’a changé."
            )
            messages.success(request, phrase)
            return redirect("invitation-repondre", jeton=jeton)
    contexte = {
        "invitation": invitation,
        "rendez_vous": invitation.rendez_vous,
        "quand": format_quand(invitation.rendez_vous),
        "valeurs": ValeurReponse.choices,
        "form": form,
        "obstacle": _get_obstacle(invitation),
        "jeton": jeton,
        "reponses": list(invitation.reponses.order_by("-emise_at", "-id")),
    }
    reponse = render(request, "agenda/invitation.html", contexte)
    reponse["Referrer-Policy"] = "no-referrer"  # le jeton est dans l’adresse
    return reponse


def _get_obstacle(invitation: Invitation) -> str:
    try:
        policies.check_can_reply(invitation, invitation.rendez_vous, maintenant())
    except ActionImpossible as erreur:
        return str(erreur)
    return ""


@public
@require_safe
def invitation_ics(request: HttpRequest, jeton: str) -> HttpResponse:
    """Le rendez-vous pour son calendrier."""
    invitation = load_invitation(jeton)
    url = request.build_absolute_uri(f"/lien/invitation/{jeton}/")
    reponse = HttpResponse(
        build_ics(invitation.rendez_vous, invitation, url=url, annule=invitation.retiree_at is not None),
        content_type=f"{TYPE_MIME}; charset=utf-8",
    )
    reponse["Content-Disposition"] = 'attachment; filename="rendez-vous.ics"'
    return reponse
