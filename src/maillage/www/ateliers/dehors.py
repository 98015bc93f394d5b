"""Ce que l’atelier montre dehors : les invitations, la page publique (annonce et inscription, puis synthèse publiée)."""

from collections.abc import Callable

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.agenda.actions import format_quand
from maillage.agenda.calendrier import TYPE_MIME, build_ics
from maillage.agenda.selectors import count_reponses
from maillage.ateliers import actions
from maillage.ateliers.actions_annonce import (
    announce_atelier,
    publish_synthese,
    register,
    withdraw_annonce,
    withdraw_synthese,
)
from maillage.ateliers.models import Atelier
from maillage.ateliers.permissions import check_user_can_animate
from maillage.ateliers.policies import is_open_to_inscriptions
from maillage.ateliers.selectors import count_presents, list_invites, list_publiees_by_phase
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.www.ateliers.chargement import get_contexte, load_atelier
from maillage.www.ateliers.forms import AnnonceForm, InscriptionForm, InviterForm
from maillage.www.champs import show_refus
from maillage.www.commun import public
from maillage.www.comptes.session import get_machine


@require_http_methods(["GET", "POST"])
def inviter(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Inviter par courriel, voir qui vient. Le fichier .ics part avec chaque invitation."""
    objet = load_atelier(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    form = InviterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            partis = actions.invite_to_atelier(
                atelier=objet,
                adresse=_get_entree(request, objet),
                by=request.user,
                **form.cleaned_data,
            )
        except ActionImpossible as refus:
            form.add_error(None, str(refus))
        else:
            if partis:
                messages.success(
                    request, f"{partis} {'invitations envoyées' if partis > 1 else 'invitation envoyée'}."
                )
            else:
                messages.info(request, "Ces personnes étaient déjà invitées\u00a0: rien n’a été renvoyé.")
            return redirect(request.path)
    contexte = get_contexte(request, objet, ("Invitations", request.path))
    contexte |= {
        "form": form,
        "invites": (invites := list_invites(objet)),
        "compte": count_reponses(invitation for invitation, _ in invites),
        "annonce_form": AnnonceForm(initial={"presentation": objet.presentation}),
        "adresse_publique": request.build_absolute_uri(objet.get_public_url()),
    }
    return render(request, "ateliers/inviter.html", contexte)


def _get_entree(request: HttpRequest, objet: Atelier) -> str:
    """L’adresse où entrer le jour venu."""
    return request.build_absolute_uri(reverse("atelier-rejoindre", args=[objet.code]))


def _announce(request: HttpRequest, objet: Atelier) -> str:
    form = AnnonceForm(request.POST)
    if not form.is_valid():
        raise ActionImpossible("La présentation tient en 2\u00a0000 signes\u00a0: raccourcissez-la.")
    announce_atelier(atelier=objet, adresse=_get_entree(request, objet), by=request.user, **form.cleaned_data)
    return "L’atelier est annoncé\u00a0: donnez l’adresse de sa page publique."


def _silence(request: HttpRequest, objet: Atelier) -> str:
    withdraw_annonce(atelier=objet, by=request.user)
    return "La page publique est fermée. Ceux qui se sont inscrits le restent."


def _publish(request: HttpRequest, objet: Atelier) -> str:
    publish_synthese(atelier=objet, by=request.user)
    return "La synthèse est publiée\u00a0: sa page ne montre que les cartes que vous avez publiées."


def _unpublish(request: HttpRequest, objet: Atelier) -> str:
    withdraw_synthese(atelier=objet, by=request.user)
    return "La synthèse n’est plus publique."


PUBLICATIONS: dict[str, tuple[Callable[[HttpRequest, Atelier], str], str]] = {
    "annoncer": (_announce, "atelier-inviter"),
    "taire": (_silence, "atelier-inviter"),
    "publier": (_publish, "atelier-synthese"),
    "depublier": (_unpublish, "atelier-synthese"),
}


@require_POST
def publication(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Annoncer l’atelier ou publier sa synthèse, et l’inverse ; puis retour à la page d’où l’on vient."""
    objet = load_atelier(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    acte, retour = PUBLICATIONS.get(request.POST.get("geste", ""), (None, "atelier"))
    try:
        if acte is None:
            raise ActionImpossible("Ce geste n’existe pas, ou plus\u00a0: relisez la page et recommencez.")
        messages.success(request, acte(request, objet))
    except ActionImpossible as refus:
        messages.error(request, str(refus))
    return redirect(retour, vague, id_ti, pk)


def _load_public(pk: int) -> Atelier:
    """Un atelier annoncé, ou dont la synthèse est publiée ; 404 sinon : rien ne dit qu’il existe."""
    objet = (
        Atelier.objects.filter(pk=pk)
        .select_related("territoire__vague", "territoire__region", "rendez_vous__organisateur")
        .first()
    )
    if objet is None or not (objet.annonce_at or objet.synthese_publiee_at):
        raise Http404("Cet atelier n’a pas de page publique.")
    return objet


SEL_OUVERTURE = "maillage.ateliers.inscription"
DELAI_HUMAIN = 2  # secondes : aucun humain n’écrit son nom et son adresse plus vite
DELAI_OUVERTURE = 24 * 3600


def _read_ouverture(signe: str) -> float | None:
    """L’instant (secondes) où la page a été ouverte, d’après sa marque signée ; None si elle n’est pas de nous."""
    try:
        return float(signing.loads(signe, salt=SEL_OUVERTURE, max_age=DELAI_OUVERTURE))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _check_ouverture(signe: str) -> None:
    """Écarte les robots sans rien demander aux gens : la page dit, signé, quand elle a été ouverte."""
    ouverte = _read_ouverture(signe)
    if ouverte is None or maintenant().timestamp() - ouverte < DELAI_HUMAIN:
        raise ActionImpossible("Relisez ce que vous avez écrit, puis envoyez de nouveau.")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def atelier_public(request: HttpRequest, pk: int) -> HttpResponse:
    """Avant la soirée : quoi, quand, où, s’inscrire. Après : les cartes publiées une à une."""
    objet = _load_public(pk)
    form = InscriptionForm(request.POST if request.method == "POST" else None)
    ouvert = is_open_to_inscriptions(objet, maintenant())
    if request.method == "POST" and form.is_valid():
        try:
            # Le champ que personne ne voit est rempli : un robot. Il lit la même réponse, rien n’est écrit.
            if not form.cleaned_data.pop("site"):
                _check_ouverture(request.POST.get("ouverture", ""))
                register(atelier=objet, machine=get_machine(request), **form.cleaned_data)
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(
                request,
                "Un courriel vient de partir. Ouvrez-le et dites si vous venez\u00a0: votre place compte alors.",
            )
            return redirect("atelier-public", pk=pk)
    territoire = objet.territoire
    ouverture = request.POST.get("ouverture", "")
    if _read_ouverture(ouverture) is None:
        ouverture = signing.dumps(maintenant().timestamp(), salt=SEL_OUVERTURE)
    contexte = {
        "atelier": objet,
        "territoire": territoire,
        "quand": format_quand(objet.rendez_vous) if objet.rendez_vous else "",
        "ouvert": ouvert,
        "form": form,
        "ouverture": ouverture,
        "publiees": list_publiees_by_phase(objet) if objet.synthese_publiee_at else [],
        "presents": count_presents(objet),
        "chemin": [
            ("Accueil", reverse("accueil")),
            *(
                []
                if territoire.is_fictif
                else [
                    ("Territoires", reverse("territoires")),
                    (territoire.nom, territoire.get_absolute_url()),
                ]
            ),
            (objet.titre, ""),
        ],
    }
    return render(request, "ateliers/public.html", contexte)


@public
@require_safe
def atelier_ics(request: HttpRequest, pk: int) -> HttpResponse:
    """Le rendez-vous d’un atelier annoncé, pour son calendrier, sans s’inscrire."""
    objet = _load_public(pk)
    if objet.annonce_at is None or objet.rendez_vous is None:
        raise Http404("Cet atelier n’est plus annoncé.")
    url = request.build_absolute_uri(objet.get_public_url())
    reponse = HttpResponse(build_ics(objet.rendez_vous, url=url), content_type=f"{TYPE_MIME}; charset=utf-8")
    reponse["Content-Disposition"] = 'attachment; filename="atelier.ics"'
    return reponse
