"""Mon équipe : qui y est, qui est invité, qui demande à entrer, qui part."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.models import Fonction, Personne
from maillage.comptes.permissions_comptes import user_can_manage_comptes
from maillage.equipes.actions import (
    accept_rattachement,
    cancel_invitation,
    check_depart_role,
    correct_fin_fonction,
    create_invitation,
    record_depart,
    refuse_rattachement,
    resend_invitation,
)
from maillage.equipes.models import Invitation
from maillage.equipes.permissions import (
    demandes_visible_to,
    invitations_visible_to,
    territoires_of_equipe,
    titres_for,
    titres_for_demande,
    user_can_end_fonction,
    user_can_end_mandat,
)
from maillage.equipes.selectors import can_open_equipe, describe_depart, list_equipes
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Mandat
from maillage.www.champs import show_refus
from maillage.www.confirmation import ask_confirmation, is_confirmed
from maillage.www.equipes.forms import (
    DemandeForm,
    DepartForm,
    FinCorrigeeForm,
    InvitationForm,
    InvitationLibreForm,
    RefusForm,
)
from maillage.www.espace.entrees import check_can_open, chemin, menu
from maillage.www.tableaux import Colonne, Filtre, Liste

MENU = [
    ("Mon équipe", "equipe"),
    ("Invitations", "invitations"),
    ("Demandes à rejoindre", "rattachements"),
]


def _contexte(request: HttpRequest, courant: str, titre: str) -> dict[str, Any]:
    return {"menu_espace": menu(request, "Équipe", MENU, courant), "chemin": chemin(titre)}


def _check(request: HttpRequest) -> None:
    check_can_open(
        can_open_equipe(request.user),
        "Cette page s’ouvre à qui fait partie d’une organisation ou conduit un territoire.",
    )


@require_safe
def equipe(request: HttpRequest) -> HttpResponse:
    """Les gens de mes organisations et de mes territoires, aujourd’hui."""
    _check(request)
    # Ce qui s’affiche à côté de chacun se décide ici : le gabarit ne connaît pas les droits.
    possibles = {titre.code for titre in titres_for(request.user)}
    equipes = []
    for une in list_equipes(request.user):
        lignes = []
        for role in une.roles:
            is_fonction = isinstance(role, Fonction)
            sorte, cle = ("o", role.organisation_id) if is_fonction else ("t", role.territoire_id)
            peut = user_can_manage_comptes(request.user) or f"{sorte}:{cle}:{role.role}" in possibles
            lignes.append(
                {
                    "role": role,
                    "peut": peut,
                    "depart": reverse("depart", args=["fonction" if is_fonction else "mandat", role.pk]),
                    "titre": f"{sorte}:{cle}:{role.role}",
                }
            )
        equipes.append({"equipe": une, "lignes": lignes})
    contexte = _contexte(request, "equipe", "Mon équipe") | {
        "equipes": equipes,
        "invite": bool(possibles) or user_can_manage_comptes(request.user),
    }
    return render(request, "equipes/equipe.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def depart(request: HttpRequest, sorte: str, pk: int) -> HttpResponse:
    """Dit le départ de quelqu’un d’un rôle : la fin est datée, l’historique reste."""
    role = _load_role(request, sorte, pk)
    form = DepartForm(request.POST if request.method == "POST" else None, initial={"fin": aujourdhui()})
    if request.method == "POST" and form.is_valid():
        try:
            check_depart_role(role, **form.cleaned_data)
            if not is_confirmed(request):
                return ask_confirmation(
                    request,
                    titre=f"Confirmer le départ de {role.personne}",
                    phrases=describe_depart(role, form.cleaned_data["fin"]),
                    bouton="Confirmer le départ",
                    retour=request.path,
                )
            record_depart(roles=[role], by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            form.add_error("motif" if erreur.champ == "motif" else "fin", str(erreur))
        else:
            messages.success(request, f"Le départ de {role.personne} est enregistré.")
            return redirect("equipe")
    contexte = _contexte(request, "equipe", f"Départ de {role.personne}") | {"form": form, "role": role}
    return render(request, "equipes/depart.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def depart_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrige la fin d’une fonction dite par erreur (404 pour qui ne tient pas les comptes)."""
    if not user_can_manage_comptes(request.user):
        raise Http404("Cette fonction n’existe pas, ou n’est pas à vous.")
    fonction = get_object_or_404(Fonction.objects.select_related("personne", "organisation"), pk=pk)
    form = FinCorrigeeForm(request.POST if request.method == "POST" else None, initial={"fin": fonction.fin})
    if request.method == "POST" and form.is_valid():
        try:
            correct_fin_fonction(fonction=fonction, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, f"La fin de la fonction de {fonction.personne} est corrigée.")
            return redirect("compte-detail", pk=fonction.personne_id)
    contexte = _contexte(request, "equipe", f"Départ de {fonction.personne}") | {
        "form": form,
        "role": fonction,
        "is_correction": True,
    }
    return render(request, "equipes/depart.html", contexte)


def _load_role(request: HttpRequest, sorte: str, pk: int) -> Fonction | Mandat:
    """Le rôle, s’il est de mes équipes (404 sinon) et que je peux le finir (403 sinon)."""
    is_admin = user_can_manage_comptes(request.user)
    if sorte == "fonction":
        fonctions = Fonction.objects.select_related("personne", "organisation")
        fonction = get_object_or_404(
            fonctions if is_admin else fonctions.filter(organisation__in=_mes_organisations(request)), pk=pk
        )
        if not user_can_end_fonction(request.user, fonction):
            raise AccesRefuse(
                "Ce départ est dit par quelqu’un qui tient le même rôle, ou par l’administrateur."
            )
        return fonction
    if sorte == "mandat":
        mandats = Mandat.objects.select_related("personne", "territoire__vague")
        mandat = get_object_or_404(
            mandats if is_admin else mandats.filter(territoire__in=territoires_of_equipe(request.user)), pk=pk
        )
        if not user_can_end_mandat(request.user, mandat):
            raise AccesRefuse("Ce mandat n’est pas de ceux que l’équipe du territoire donne.")
        return mandat
    raise Http404


def _mes_organisations(request: HttpRequest) -> set[int]:
    personne: Personne = request.user  # type: ignore[assignment]
    return set() if personne.is_assistee else personne.get_organisation_ids()


# --- invitations ---------------------------------------------------------------------------------------------------

_ETATS = {
    "envoyee": lambda: Q(acceptee_at=None, annulee_at=None, expire_at__gt=maintenant()),
    "expiree": lambda: Q(acceptee_at=None, annulee_at=None, expire_at__lte=maintenant()),
    "acceptee": lambda: Q(acceptee_at__isnull=False),
    "annulee": lambda: Q(annulee_at__isnull=False),
}


@require_safe
def invitations(request: HttpRequest) -> HttpResponse:
    """Les invitations de mes équipes, et ce qu’elles sont devenues."""
    _check(request)
    liste = Liste(
        request,
        invitations_visible_to(request.user),
        nom="invitations",
        titre="Invitations",
        tri_defaut=("-cree_at",),
        recherche=lambda lignes, texte: lignes.filter(
            Q(email__icontains=texte)
            | Q(nom__icontains=texte)
            | Q(organisation__nom__icontains=texte)
            | Q(territoire__nom__icontains=texte)
        ),
        aide_recherche="Adresse, nom, organisation ou territoire",
        filtres=[
            Filtre(
                "etat",
                "État",
                [
                    ("envoyee", "Envoyée"),
                    ("expiree", "Expirée"),
                    ("acceptee", "Acceptée"),
                    ("annulee", "Annulée"),
                ],
                lambda etat: _ETATS[etat](),
            )
        ],
        colonnes=[
            Colonne("email", "Adresse", lambda i: i.email, tri=("email",), entete=True),
            Colonne("titre", "À quel titre", lambda i: i.titre),
            Colonne("par", "Invité par", lambda i: str(i.cree_by)),
            Colonne(
                "envoyee",
                "Envoyée le",
                lambda i: i.cree_at,
                tri=("cree_at",),
                gabarit="espace/cellule_instant.html",
            ),
            Colonne("etat", "État", lambda i: i.etat.label, gabarit="equipes/cellule_invitation.html"),
        ],
    )
    if (fichier := liste.export()) is not None:
        return fichier
    return render(
        request,
        "equipes/invitations.html",
        _contexte(request, "invitations", "Invitations") | {"liste": liste},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_create(request: HttpRequest) -> HttpResponse:
    """Invite quelqu’un à un titre que je peux donner."""
    _check(request)
    titres = titres_for(request.user)
    classe = InvitationLibreForm if user_can_manage_comptes(request.user) else InvitationForm
    nommee = _load_nommee(request)
    form = classe(
        request.POST if request.method == "POST" else None,
        titres=titres,
        initial={
            "titre": request.GET.get("titre", ""),
            "prenom": nommee.prenom if nommee else "",
            "nom": nommee.nom if nommee else "",
        },
    )
    if request.method == "POST" and form.is_valid():
        champs = form.cleaned_data
        try:
            create_invitation(
                email=champs["email"],
                titre=form.get_titre(),
                prenom=champs["prenom"],
                nom=champs["nom"],
                fin=champs["fin"],
                message=champs["message"],
                personne=nommee,
                by=request.user,  # type: ignore[arg-type]
            )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, f"L’invitation est envoyée à {champs['email'].lower()}.")
            return redirect("invitations")
    contexte = _contexte(request, "invitations", "Inviter") | {"form": form, "nommee": nommee}
    return render(request, "equipes/invitation_create.html", contexte)


def _load_nommee(request: HttpRequest) -> Personne | None:
    """Une personne sans compte de mes équipes, à qui l’invitation ouvrira le sien."""
    cle = request.POST.get("personne") or request.GET.get("personne", "")
    if not cle.isdecimal():
        return None
    siennes = (
        Mandat.objects.du_jour().filter(territoire__in=territoires_of_equipe(request.user)).values("personne")
    )
    autres = (
        Fonction.objects.at(aujourdhui())
        .filter(organisation__in=_mes_organisations(request))
        .values("personne")
    )
    return Personne.objects.filter(
        Q(pk__in=siennes) | Q(pk__in=autres), pk=cle, email=None, efface_at=None
    ).first()


def _load_invitation(request: HttpRequest, pk: int) -> Invitation:
    return get_object_or_404(invitations_visible_to(request.user), pk=pk)


@require_POST
def invitation_resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Renvoie une invitation : lien neuf, quatorze jours de plus."""
    invitation = _load_invitation(request, pk)
    try:
        resend_invitation(invitation=invitation, by=request.user)  # type: ignore[arg-type]
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(
            request, f"L’invitation est renvoyée à {invitation.email}. L’ancien lien ne vaut plus."
        )
    return redirect("invitations")


@require_POST
def invitation_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Annule une invitation : son lien ne vaut plus rien."""
    invitation = _load_invitation(request, pk)
    try:
        cancel_invitation(invitation=invitation, by=request.user)  # type: ignore[arg-type]
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"L’invitation de {invitation.email} est annulée.")
    return redirect("invitations")


# --- demandes à rejoindre ------------------------------------------------------------------------------------------


@require_safe
def demandes(request: HttpRequest) -> HttpResponse:
    """Qui demande à rejoindre mes organisations."""
    _check(request)
    liste = Liste(
        request,
        demandes_visible_to(request.user),
        nom="demandes",
        titre="Demandes à rejoindre",
        tri_defaut=("decidee_at", "confirmee_at"),
        recherche=lambda lignes, texte: lignes.filter(
            Q(email__icontains=texte) | Q(nom__icontains=texte) | Q(organisation__nom__icontains=texte)
        ),
        aide_recherche="Nom, adresse ou organisation",
        filtres=[
            Filtre(
                "reponse",
                "Réponse",
                [("non", "En attente"), ("oui", "Répondue")],
                lambda oui: Q(decidee_at__isnull=oui == "non"),
            )
        ],
        colonnes=[
            Colonne(
                "nom",
                "Personne",
                str,
                tri=("nom",),
                entete=True,
                lien=lambda d: reverse("rattachement", args=[d.pk]),
            ),
            Colonne("email", "Adresse", lambda d: d.email, tri=("email",)),
            Colonne("organisation", "Organisation", lambda d: d.organisation.nom, tri=("organisation__nom",)),
            Colonne(
                "depuis",
                "Depuis le",
                lambda d: d.confirmee_at,
                tri=("confirmee_at",),
                gabarit="espace/cellule_instant.html",
            ),
            Colonne("etat", "État", lambda d: d.etat.label),
        ],
    )
    if (fichier := liste.export()) is not None:
        return fichier
    return render(
        request,
        "equipes/demandes.html",
        _contexte(request, "rattachements", "Demandes à rejoindre") | {"liste": liste},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def demande(request: HttpRequest, pk: int) -> HttpResponse:
    """Une demande : l’accepter à un rôle, ou la refuser avec un motif."""
    une = get_object_or_404(demandes_visible_to(request.user).select_related("decidee_by"), pk=pk)
    titres = titres_for_demande(request.user, une)
    refuse = "refuser" in request.POST
    form = DemandeForm(
        request.POST if request.method == "POST" and not refuse else None,
        titres=titres,
        initial={"role": une.role},
    )
    refus = RefusForm(request.POST if refuse else None)
    if request.method == "POST" and (refus if refuse else form).is_valid():
        try:
            if refuse:
                refuse_rattachement(demande=une, by=request.user, **refus.cleaned_data)  # type: ignore[arg-type]
            else:
                accept_rattachement(demande=une, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
        else:
            messages.success(request, "Votre réponse est partie.")
        return redirect("rattachement", pk=pk)
    contexte = _contexte(request, "rattachements", str(une)) | {"demande": une, "form": form, "refus": refus}
    return render(request, "equipes/demande.html", contexte)
