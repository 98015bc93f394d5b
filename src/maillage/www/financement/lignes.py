"""Page d’une ligne de financement, avec ou sans compte : ses étapes, ses pièces, ce que chacun peut y faire."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from calcul.montants import format_montant
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Invite
from maillage.documents.reponses import serve_piece
from maillage.financement import actions
from maillage.financement.enums import StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.financement.permissions import (
    check_user_can_confirm_part,
    check_user_can_move_ligne,
    check_user_can_send_lien,
    financeur_has_compte,
    lignes_visible_to,
    user_can_confirm_part,
    user_can_precise_ligne,
    user_can_read_pieces,
    user_can_send_lien,
)
from maillage.financement.policies import (
    can_confirm_part,
    can_move,
    can_send_lien,
    check_can_move,
    check_etape_lue,
    say_lien_impossible,
)
from maillage.financement.selectors import (
    get_histoire_ligne,
    liens_of_ligne,
)
from maillage.financement.selectors_plans import PlanLu, read_plan
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.www.commun import public
from maillage.www.comptes.views import get_invite
from maillage.www.fiches.views import (
    args_fiche,
    contexte_fiche,
    say_porteur,
)
from maillage.www.financement.forms import (
    LienForm,
    MouvementLigneForm,
    PartForm,
)
from maillage.www.financement.presentation import (
    list_pas,
    say_main,
    say_pas_fait,
)


def _prepare_lignes(lignes: Any) -> Any:
    return lignes.select_related(
        "financeur",
        "dispositif",
        "plan__fiche__territoire__vague",
        "plan__fiche__territoire__region",
        "plan__fiche__porteur",
        "plan__fiche__axe",
    ).prefetch_related("etapes__piece")


def _load_ligne(request: HttpRequest, pk: int) -> LigneFinancement:
    return get_object_or_404(_prepare_lignes(lignes_visible_to(request.user)), pk=pk)


def _load_ligne_invite(request: HttpRequest, pk: int) -> tuple[LigneFinancement, Invite]:
    invite = get_invite(request, ButLien.REPONDRE_LIGNE, LigneFinancement._meta.label_lower, pk)
    if invite is None:
        raise Http404("Ce lien n’est pas ouvert, ou n’est plus valable.")
    return get_object_or_404(_prepare_lignes(LigneFinancement.objects), pk=pk), invite


Refus = tuple[StatutLigne, MouvementLigneForm]


def _contexte_ligne(user: Any, ligne: LigneFinancement, refus: Refus | None) -> dict[str, Any]:
    etapes = list(ligne.etapes.all())
    fiche = ligne.plan.fiche
    plan: PlanLu = read_plan(fiche)
    return {
        "ligne": ligne,
        "fiche": fiche,
        "territoire": fiche.territoire,
        "porteur": say_porteur(fiche),
        "plan": plan,
        "etapes": [(etape, bool(etape.piece_id)) for etape in etapes],
        "can_read_pieces": user_can_read_pieces(user, ligne),
        "pas": list_pas(user, ligne, etapes[-1].pk, refus),
        "qui": say_main(ligne),
    }


def _render_ligne(
    request: HttpRequest,
    ligne: LigneFinancement,
    *,
    refus: Refus | None = None,
    form_lien: LienForm | None = None,
) -> HttpResponse:
    fiche = ligne.plan.fiche
    contexte = contexte_fiche(
        request,
        fiche,
        "financement",
        ("Plan de financement", reverse("plan-detail", args=args_fiche(fiche))),
        (str(ligne.financeur), reverse("ligne-detail", args=[ligne.pk])),
    )
    contexte |= _contexte_ligne(request.user, ligne, refus)
    can_lien = user_can_send_lien(request.user, ligne) and can_send_lien(ligne)
    refus_lien = (
        say_lien_impossible(ligne, has_compte=financeur_has_compte(ligne.financeur)) if can_lien else ""
    )
    contexte |= {
        "nom_passer": "ligne-move",
        "nom_piece": "piece-ligne",
        "histoire": get_histoire_ligne(ligne),
        "can_confirm": user_can_confirm_part(request.user, ligne),
        "can_precise": user_can_precise_ligne(request.user, ligne),
        "liens": list(liens_of_ligne(ligne)) if can_lien else [],
        "can_lien": can_lien,
        "refus_lien": refus_lien,
        "form_lien": form_lien or LienForm(),
    }
    return render(request, "financement/ligne_detail.html", contexte)


@require_http_methods(["GET"])
def ligne_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Une ligne : la fiche en bref, les montants, les étapes et leurs pièces, ce que je peux faire."""
    return _render_ligne(request, _load_ligne(request, pk))


def _move(request: HttpRequest, ligne: LigneFinancement, vers: str, by: Any) -> tuple[bool, Refus | None]:
    """Fait le pas demandé. Rend (fait, formulaire refusé) ; un pas qui n’existe plus laisse un message et pas de formulaire."""
    if vers not in StatutLigne.values:
        raise Http404
    cible, depuis = StatutLigne(vers), StatutLigne(ligne.statut)
    derniere = list(ligne.etapes.all())[-1].pk
    refus = _say_passage_impossible(ligne, cible, lue=_read_etape_lue(request, cible), derniere=derniere)
    if refus:
        messages.error(request, refus)
        return False, None
    check_user_can_move_ligne(by, ligne, cible)
    form = MouvementLigneForm(request.POST, request.FILES, ligne=ligne, vers=cible, etape_lue=derniere)
    lue = derniere
    if form.is_valid():
        lue = form.cleaned_data["etape_lue"]
        try:
            apres = actions.move_ligne(ligne=ligne, vers=cible, by=by, **form.cleaned_data)
        except ConflitEdition as erreur:
            # La personne relit les étapes à jour : enregistrer de nouveau est alors un choix.
            donnees = request.POST.copy()
            donnees[form.add_prefix("etape_lue")] = str(derniere)
            form = MouvementLigneForm(donnees, request.FILES, ligne=ligne, vers=cible, etape_lue=derniere)
            form.add_error(None, str(erreur))
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, say_pas_fait(apres, depuis, form.cleaned_data.get("montant")))
            return True, None
    ligne.refresh_from_db(fields=["statut", "statut_depuis"])
    if refus := _say_passage_impossible(ligne, cible, lue=lue, derniere=ligne.etapes.latest("id").pk):
        # La ligne a avancé pendant l’envoi : ce pas et son formulaire ne sont plus sur la page, la phrase doit y être.
        messages.error(request, refus)
        return False, None
    form.say_fichier_perdu()
    return False, (cible, form)


def _read_etape_lue(request: HttpRequest, vers: StatutLigne) -> int | None:
    lue = request.POST.get(f"{vers.value}-etape_lue", "")
    return int(lue) if lue.isdecimal() else None


def _say_passage_impossible(
    ligne: LigneFinancement, vers: StatutLigne, *, lue: int | None, derniere: int
) -> str:
    """Pourquoi ce pas n’existe plus, vide s’il existe : d’abord que la ligne a avancé depuis l’étape lue, si c’est cela."""
    if can_move(ligne, vers):
        return ""
    try:
        if lue is not None:
            check_etape_lue(ligne, lue=lue, derniere=derniere)
        check_can_move(ligne, vers)
    except ActionImpossible as erreur:
        return str(erreur)
    return ""


@require_POST
def ligne_move(request: HttpRequest, pk: int, vers: str) -> HttpResponse:
    """Fait avancer la ligne."""
    ligne = _load_ligne(request, pk)
    fait, refus = _move(request, ligne, vers, request.user)
    if fait or refus is None:
        return redirect("ligne-detail", pk)
    return _render_ligne(request, _load_ligne(request, pk), refus=refus)


@require_http_methods(["GET", "HEAD", "POST"])
def ligne_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Le porteur confirme sa part d’un geste : un montant, une preuve."""
    ligne = _load_ligne(request, pk)
    check_user_can_confirm_part(request.user, ligne)
    if not can_confirm_part(ligne):
        messages.info(
            request,
            f"La ligne est «\u00a0{ligne.get_statut_display()}\u00a0»\u00a0: il n’y a plus rien à confirmer.",
        )
        return redirect("ligne-detail", pk)
    derniere = list(ligne.etapes.all())[-1].pk
    form = PartForm(ligne=ligne, etape_lue=derniere)
    if request.method == "POST":
        form = PartForm(request.POST, request.FILES, ligne=ligne, etape_lue=derniere)
        if form.is_valid():
            try:
                apres = actions.confirm_part(ligne=ligne, by=request.user, **form.cleaned_data)
            except ActionImpossible as erreur:
                form.add_error(None, str(erreur))
            else:
                messages.success(
                    request, f"Votre part est confirmée\u00a0: {format_montant(apres.montant_accorde)}."
                )
                return redirect("espace-porteur")
        form.say_fichier_perdu()
    fiche = ligne.plan.fiche
    contexte = contexte_fiche(
        request,
        fiche,
        "financement",
        (str(ligne.financeur), reverse("ligne-detail", args=[pk])),
        ("Confirmer notre part", request.path),
    )
    contexte |= {"ligne": ligne, "form": form, "plan": read_plan(fiche)}
    return render(request, "financement/ligne_confirm.html", contexte)


@require_POST
def ligne_lien(request: HttpRequest, pk: int) -> HttpResponse:
    """Envoie à quelqu’un du financeur un lien personnel pour répondre."""
    ligne = _load_ligne(request, pk)
    check_user_can_send_lien(request.user, ligne)
    form = LienForm(request.POST)
    if form.is_valid():
        try:
            actions.send_lien_ligne(ligne=ligne, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"Un lien personnel est envoyé à {ligne.financeur.courriel}.")
            return redirect("ligne-detail", pk)
    return _render_ligne(request, ligne, form_lien=form)


def _serve(
    request: HttpRequest, ligne: LigneFinancement, etape_pk: int, user: Any, retour: str
) -> HttpResponse | FileResponse:
    if not user_can_read_pieces(user, ligne):
        raise Http404
    piece = next((etape.piece for etape in ligne.etapes.all() if etape.pk == etape_pk), None)
    if piece is None:
        raise Http404
    try:
        return serve_piece(piece)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect(retour, ligne.pk)


@require_http_methods(["GET"])
def piece_ligne(request: HttpRequest, pk: int, etape_pk: int) -> HttpResponse | FileResponse:
    """La pièce d’une étape, en téléchargement, pour qui paie, qui reçoit et qui lit le territoire."""
    return _serve(request, _load_ligne(request, pk), etape_pk, request.user, "ligne-detail")


# --- sans compte -------------------------------------------------------------------------------------------------


def _render_lien(
    request: HttpRequest, ligne: LigneFinancement, invite: Invite, refus: Refus | None = None
) -> HttpResponse:
    contexte = _contexte_ligne(invite, ligne, refus)
    contexte |= {"invite": invite, "nom_passer": "lien-ligne-move", "nom_piece": "lien-ligne-piece"}
    return render(request, "financement/lien_ligne.html", contexte)


@public
@require_http_methods(["GET"])
def lien_ligne(request: HttpRequest, pk: int) -> HttpResponse:
    """La même page, pour quelqu’un entré par un lien personnel (404 sans lien ouvert sur cette ligne)."""
    return _render_lien(request, *_load_ligne_invite(request, pk))


@public
@require_POST
def lien_ligne_move(request: HttpRequest, pk: int, vers: str) -> HttpResponse:
    ligne, invite = _load_ligne_invite(request, pk)
    fait, refus = _move(request, ligne, vers, invite)
    if fait or refus is None:
        return redirect("lien-ligne", pk)
    return _render_lien(request, *_load_ligne_invite(request, pk), refus=refus)


@public
@require_http_methods(["GET"])
def lien_ligne_piece(request: HttpRequest, pk: int, etape_pk: int) -> HttpResponse | FileResponse:
    ligne, invite = _load_ligne_invite(request, pk)
    return _serve(request, ligne, etape_pk, invite, "lien-ligne")
