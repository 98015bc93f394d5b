"""Tenir les comptes : les voir, les corriger, les fermer ; aider au nom de quelqu’un ; suivre les courriels."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Exists, Max, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.actions_comptes import (
    end_assistance,
    reopen_compte,
    start_assistance,
    update_personne,
)
from maillage.comptes.actions_connexion import remove_second_facteur, revoke_sessions
from maillage.comptes.models import Fonction, Personne, SecondFacteur, SessionOuverte
from maillage.comptes.permissions_comptes import check_user_can_manage_comptes, user_can_manage_comptes
from maillage.equipes.actions import change_adresse, close_compte_and_mandats, erase_donnees
from maillage.journal.models import Entree
from maillage.notifications.actions import resend_courriel
from maillage.notifications.enums import EtatCourriel
from maillage.notifications.models import ESSAIS_MAX, Courriel
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Mandat
from maillage.www.champs import show_refus
from maillage.www.comptes.forms import AdresseForm, MotifForm, NomForm
from maillage.www.comptes.session import CLE_ASSISTANCE
from maillage.www.confirmation import ask_confirmation, is_confirmed
from maillage.www.espace.entrees import chemin, menu
from maillage.www.espace.listes import lire_phrases
from maillage.www.tableaux import Colonne, Filtre, Liste

MENU = [
    ("Comptes", "comptes"),
    ("Invitations", "invitations"),
    ("Demandes à rejoindre", "rattachements"),
    ("Courriels", "courriels"),
]
JOURNAL_MONTRE = 15


def _contexte(request: HttpRequest, courant: str, titre: str, *suite: tuple[str, str]) -> dict[str, Any]:
    fil = chemin(titre)
    return {"menu_espace": menu(request, "Comptes", MENU, courant), "chemin": [fil[0], *suite, fil[1]]}


# --- comptes -------------------------------------------------------------------------------------------------------


def _roles(personne: Any) -> str:
    roles = [f"{f.get_role_display()} ({f.organisation.nom_court})" for f in personne.fonctions_du_jour]
    roles += [f"{m.get_role_display()} ({m.territoire.nom})" for m in personne.mandats_du_jour]
    return ", ".join(roles)


def _find(lignes: QuerySet[Any], texte: str) -> QuerySet[Any]:
    for mot in texte.split():
        lignes = lignes.filter(Q(nom__icontains=mot) | Q(prenom__icontains=mot) | Q(email__icontains=mot))
    return lignes


@require_safe
def comptes(request: HttpRequest) -> HttpResponse:
    """Tous les comptes : rôles, dernière connexion, second facteur."""
    check_user_can_manage_comptes(request.user)
    facteurs = SecondFacteur.objects.filter(personne=OuterRef("pk"), confirme_at__isnull=False)
    personnes = (
        Personne.objects.filter(Q(email__isnull=False) | Q(efface_at__isnull=False))
        .annotate(derniere=Max("sessions__ouverte_at"), has_facteur=Exists(facteurs))
        .prefetch_related(
            Prefetch(
                "fonctions",
                Fonction.objects.at(aujourdhui()).select_related("organisation"),
                to_attr="fonctions_du_jour",
            ),
            Prefetch(
                "mandats", Mandat.objects.du_jour().select_related("territoire"), to_attr="mandats_du_jour"
            ),
        )
    )
    liste = Liste(
        request,
        personnes,
        nom="comptes",
        titre="Comptes",
        tri_defaut=("nom", "prenom"),
        recherche=_find,
        aide_recherche="Nom ou adresse",
        filtres=[
            Filtre(
                "etat",
                "État",
                [("ouvert", "Ouvert"), ("ferme", "Fermé")],
                lambda etat: Q(is_active=etat == "ouvert"),
            ),
            Filtre(
                "facteur",
                "Second facteur",
                [("oui", "En service"), ("non", "Absent")],
                lambda oui: Q(has_facteur=oui == "oui"),
            ),
        ],
        colonnes=[
            Colonne(
                "nom",
                "Nom",
                str,
                tri=("nom", "prenom"),
                entete=True,
                lien=lambda p: reverse("compte-detail", args=[p.pk]),
            ),
            Colonne("email", "Adresse", lambda p: p.email or "", tri=("email",)),
            Colonne("roles", "Rôles", _roles),
            Colonne("etat", "État", lambda p: "Ouvert" if p.is_active else "Fermé", tri=("-is_active",)),
            Colonne("facteur", "Second facteur", lambda p: "Oui" if p.has_facteur else "Non"),
            Colonne(
                "derniere",
                "Dernière connexion",
                lambda p: p.derniere,
                tri=("derniere",),
                gabarit="espace/cellule_instant.html",
            ),
        ],
    )
    if (fichier := liste.export()) is not None:
        return fichier
    return render(
        request, "comptes/comptes.html", _contexte(request, "comptes", "Comptes") | {"liste": liste}
    )


def _load(request: HttpRequest, pk: int) -> Personne:
    """Un compte, pour qui les tient (404 pour les autres)."""
    if not user_can_manage_comptes(request.user):
        raise Http404("Ce compte n’existe pas, ou n’est pas à vous.")
    return get_object_or_404(Personne, pk=pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def compte(request: HttpRequest, pk: int) -> HttpResponse:
    """Un compte : corriger le nom, voir rôles et sessions, agir."""
    personne = _load(request, pk)
    change = "email" in request.POST
    adresse = AdresseForm(request.POST if change else None)
    form = NomForm(
        request.POST if request.method == "POST" and not change else None,
        initial={"prenom": personne.prenom, "nom": personne.nom},
    )
    if change and adresse.is_valid():
        try:
            change_adresse(personne=personne, email=adresse.cleaned_data["email"], by=request.user)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            show_refus(adresse, erreur)
        else:
            messages.success(request, "L’adresse est changée. L’ancienne et la nouvelle sont prévenues.")
            return redirect("compte-detail", pk=pk)
    elif request.method == "POST" and not change and form.is_valid():
        update_personne(personne=personne, by=request.user, **form.cleaned_data)
        messages.success(request, "Le nom est enregistré.")
        return redirect("compte-detail", pk=pk)
    contexte = _contexte(request, "comptes", str(personne), ("Comptes", reverse("comptes"))) | {
        "personne": personne,
        "form": form,
        "adresse": adresse,
        "motif": MotifForm(),
        "fonctions": personne.fonctions.select_related("organisation").order_by("-debut", "-id"),
        "mandats": Mandat.objects.connus()
        .filter(personne=personne)
        .select_related("territoire__vague")
        .order_by("-debut", "-id"),
        "aujourdhui": aujourdhui(),
        "sessions": SessionOuverte.objects.filter(
            personne=personne, fermee_at__isnull=True, expire_at__gt=maintenant()
        ),
        "has_facteur": SecondFacteur.objects.filter(personne=personne, confirme_at__isnull=False).exists(),
        "journal": lire_phrases(Entree.objects.for_cible(personne)[:JOURNAL_MONTRE]),
        "soi": personne.pk == request.user.pk,
    }
    return render(request, "comptes/compte_detail.html", contexte)


def _assist(request: HttpRequest, personne: Personne, motif: str) -> str:
    assistance = start_assistance(assistant=request.user, personne=personne, motif=motif)  # type: ignore[arg-type]
    request.session[CLE_ASSISTANCE] = assistance.pk
    return f"Vous agissez au nom de {personne}, pendant trente minutes."


def _close(request: HttpRequest, personne: Personne, motif: str) -> str:
    close_compte_and_mandats(personne=personne, motif=motif, by=request.user)  # type: ignore[arg-type]
    return f"Le compte de {personne} est fermé."


def _reopen(request: HttpRequest, personne: Personne, motif: str) -> str:
    reopen_compte(personne=personne, by=request.user)  # type: ignore[arg-type]
    return f"Le compte de {personne} est rouvert, sans ses rôles passés."


def _remove_facteur(request: HttpRequest, personne: Personne, motif: str) -> str:
    remove_second_facteur(personne=personne, by=request.user, motif=motif)  # type: ignore[arg-type]
    return f"Le second facteur de {personne} est retiré. Ses sessions sont fermées."


def _revoke(request: HttpRequest, personne: Personne, motif: str) -> str:
    nombre = revoke_sessions(personne=personne, by=request.user)  # type: ignore[arg-type]
    return f"Sessions fermées\u00a0: {nombre}."


def _erase(request: HttpRequest, personne: Personne, motif: str) -> str:
    if not motif.strip():
        raise ActionImpossible(
            "Écrivez qui a demandé l’effacement, et quand\u00a0: le motif paraît au journal."
        )
    erase_donnees(personne=personne, by=request.user, motif=motif)  # type: ignore[arg-type]
    return "Les données sont effacées."


ACTES: dict[str, Callable[[HttpRequest, Personne, str], str]] = {
    "assister": _assist,
    "fermer": _close,
    "rouvrir": _reopen,
    "retirer-facteur": _remove_facteur,
    "fermer-sessions": _revoke,
    "effacer": _erase,
}


@require_POST
def compte_acte(request: HttpRequest, pk: int, acte: str) -> HttpResponse:
    """Un acte sur un compte ; son motif paraît au journal."""
    personne = _load(request, pk)
    if acte not in ACTES:
        raise Http404
    form = MotifForm(request.POST)
    motif = form.cleaned_data["motif"] if form.is_valid() else ""
    if acte == "effacer" and motif.strip() and not is_confirmed(request):
        return ask_confirmation(
            request,
            titre=f"Effacer les données de {personne}",
            phrases=[
                "Le compte se ferme, ses sessions aussi. Adresse, second facteur, préférences et courriels sont effacés.",
                "Les actes signés et le journal gardent le nom\u00a0; un rôle public reste avec son nom.",
                "On ne revient pas en arrière.",
            ],
            bouton="Effacer ses données",
            retour=reverse("compte-detail", args=[personne.pk]),
        )
    try:
        phrase = ACTES[acte](request, personne, motif)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect("compte-detail", pk=pk)
    messages.success(request, phrase)
    return redirect("espace-accueil") if acte == "assister" else redirect("compte-detail", pk=pk)


@require_POST
def assistance_finir(request: HttpRequest) -> HttpResponse:
    """Rend la main : le support redevient lui-même."""
    assistance = request.user.assistance  # type: ignore[union-attr]
    request.session.pop(CLE_ASSISTANCE, None)
    if assistance is None:
        return redirect("espace-accueil")
    end_assistance(assistance=assistance)
    messages.success(request, f"Vous n’agissez plus au nom de {assistance.personne}.")
    return redirect("compte-detail", pk=assistance.personne_id)


# --- courriels -----------------------------------------------------------------------------------------------------

ETATS = {
    EtatCourriel.PARTI: Q(envoye_at__isnull=False, rejete_at__isnull=True),
    EtatCourriel.REJETE: Q(rejete_at__isnull=False),
    EtatCourriel.ABANDONNE: Q(envoye_at__isnull=True, rejete_at__isnull=True, essais__gte=ESSAIS_MAX),
    EtatCourriel.EN_ATTENTE: Q(envoye_at__isnull=True, rejete_at__isnull=True, essais__lt=ESSAIS_MAX),
}


@require_safe
def courriels(request: HttpRequest) -> HttpResponse:
    """Tous les courriels : partis, à envoyer, rejetés, abandonnés."""
    check_user_can_manage_comptes(request.user)
    liste = Liste(
        request,
        Courriel.objects.all(),
        nom="courriels",
        titre="Courriels",
        tri_defaut=("-cree_at",),
        recherche=lambda lignes, texte: lignes.filter(
            Q(destinataire__icontains=texte) | Q(sujet__icontains=texte, is_secret=False)
        ),
        aide_recherche="Adresse ou sujet",
        filtres=[
            Filtre("etat", "État", list(EtatCourriel.choices), lambda etat: ETATS[EtatCourriel(etat)]),
        ],
        colonnes=[
            Colonne(
                "sujet",
                "Sujet",
                lambda c: c.sujet_lisible,
                entete=True,
                lien=lambda c: reverse("courriel", args=[c.pk]),
            ),
            Colonne("destinataire", "Adresse", lambda c: c.destinataire, tri=("destinataire",)),
            Colonne(
                "cree",
                "Écrit le",
                lambda c: c.cree_at,
                tri=("cree_at",),
                gabarit="espace/cellule_instant.html",
            ),
            Colonne("etat", "État", lambda c: c.etat.label, gabarit="comptes/cellule_courriel.html"),
            Colonne("essais", "Essais", lambda c: c.essais, tri=("essais",), nombre=True),
            Colonne("erreur", "Réponse du serveur", lambda c: c.erreur),
        ],
    )
    if (fichier := liste.export()) is not None:
        return fichier
    return render(
        request, "comptes/courriels.html", _contexte(request, "courriels", "Courriels") | {"liste": liste}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def courriel(request: HttpRequest, pk: int) -> HttpResponse:
    """Un courriel, son texte s’il ne porte pas de code, et son renvoi (404 pour qui ne tient pas les comptes)."""
    if not user_can_manage_comptes(request.user):
        raise Http404("Ce courriel n’existe pas, ou n’est pas à vous.")
    un = get_object_or_404(Courriel.objects.select_related("renvoi_de"), pk=pk)
    if request.method == "POST":
        try:
            nouveau = resend_courriel(courriel=un)
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
        else:
            messages.success(request, f"Le courriel est renvoyé à {nouveau.destinataire}.")
            return redirect("courriel", pk=nouveau.pk)
    contexte = _contexte(request, "courriels", un.sujet_lisible, ("Courriels", reverse("courriels"))) | {
        "courriel": un,
        "renvois": un.renvois.order_by("id"),
    }
    return render(request, "comptes/courriel.html", contexte)
