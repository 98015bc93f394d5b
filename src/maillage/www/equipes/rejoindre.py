"""Entrer sans compte : accepter une invitation, demander à rejoindre une organisation."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.actions import hash_jeton
from maillage.comptes.enums import MoyenConnexion
from maillage.comptes.models import Personne
from maillage.equipes.actions import accept_invitation, confirm_rattachement, request_rattachement
from maillage.equipes.models import DemandeRattachement, Invitation
from maillage.socle.erreurs import ActionImpossible
from maillage.www.champs import show_refus
from maillage.www.commun import public
from maillage.www.comptes.session import get_machine, start_session
from maillage.www.equipes.forms import AccepterForm, RejoindreForm


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_ouvrir(request: HttpRequest, jeton: str) -> HttpResponse:
    """Dit qui invite, à quel titre ; un bouton accepte, ouvre le compte et la session.

    L’acceptation est un bouton, non l’ouverture de la page : les messageries visitent les liens d’elles-mêmes.
    """
    invitation = (
        Invitation.objects.valides()
        .filter(jeton_sha256=hash_jeton(jeton))
        .select_related("organisation", "territoire__vague", "cree_by", "personne")
        .first()
    )
    if invitation is None:
        return render(request, "equipes/invitation_perimee.html", status=410)
    connu = Personne.objects.filter(email__iexact=invitation.email).exists() or invitation.personne_id
    if request.user.is_authenticated and request.user.email != invitation.email:  # type: ignore[union-attr]
        return render(request, "equipes/invitation_autre.html", {"invitation": invitation})
    form = AccepterForm(
        request.POST if request.method == "POST" and not connu else None,
        initial={"prenom": invitation.prenom, "nom": invitation.nom},
    )
    erreur_acte = ""
    if request.method == "POST" and (connu or form.is_valid()):
        noms = {"prenom": "", "nom": ""} if connu else form.cleaned_data
        try:
            personne = accept_invitation(jeton=jeton, **noms)
        except ActionImpossible as erreur:
            erreur_acte = str(erreur)
        else:
            messages.success(request, f"Bienvenue. Vous êtes\u00a0: {invitation.titre}.")
            if request.user.is_authenticated:
                return redirect("espace-accueil")
            entiere = start_session(request, personne, MoyenConnexion.INVITATION)
            return redirect("espace-accueil" if entiere else "connexion-facteur")
    contexte = {"invitation": invitation, "form": form, "connu": connu, "erreur": erreur_acte}
    return render(request, "equipes/invitation.html", contexte)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def rejoindre(request: HttpRequest) -> HttpResponse:
    """Demande à rejoindre une organisation ; la réponse est la même pour toute adresse."""
    connu = request.user if isinstance(request.user, Personne) else Personne()
    form = RejoindreForm(
        request.POST if request.method == "POST" else None,
        initial={"prenom": connu.prenom, "nom": connu.nom, "email": connu.email or ""},
    )
    if request.method == "POST" and form.is_valid():
        try:
            request_rattachement(machine=get_machine(request), **form.cleaned_data)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            return redirect("rejoindre-envoyee")
    return render(request, "equipes/rejoindre.html", {"form": form})


@public
@require_safe
def rejoindre_envoyee(request: HttpRequest) -> HttpResponse:
    return render(request, "equipes/rejoindre_envoyee.html")


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rattachement_confirmer(request: HttpRequest, jeton: str) -> HttpResponse:
    """Confirme l’adresse d’une demande, sur un bouton."""
    demande = (
        DemandeRattachement.objects.filter(jeton_sha256=hash_jeton(jeton), decidee_at__isnull=True)
        .select_related("organisation")
        .first()
    )
    if demande is None:
        return render(request, "equipes/invitation_perimee.html", status=410)
    if request.method == "POST":
        try:
            demande = confirm_rattachement(demande=demande)
        except ActionImpossible as erreur:
            messages.info(request, str(erreur))
    return render(
        request, "equipes/rattachement_confirmer.html", {"demande": demande, "retour": reverse("accueil")}
    )
