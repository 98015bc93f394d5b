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
from maillage.financement.actions.echeances import LIBELLES
from maillage.financement.composition import OBJETS, compose_lettre
from maillage.financement.enums import NatureEchange, StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.financement.permissions import (
    check_user_can_confirm_part,
    check_user_can_declare_recu,
    check_user_can_move_ligne,
    check_user_can_precise_ligne,
    check_user_can_reply,
    check_user_can_send_lien,
    check_user_is_financeur_of,
    financeur_has_compte,
    lignes_visible_to,
    user_can_confirm_part,
    user_can_declare_recu,
    user_can_precise_ligne,
    user_can_read_pieces,
    user_can_revise_ligne,
    user_can_send_lien,
)
from maillage.financement.policies import (
    can_confirm_part,
    can_move,
    can_revise,
    can_send_lien,
    check_can_move,
    check_etape_lue,
    say_lien_impossible,
)
from maillage.financement.selectors import (
    get_histoire_ligne,
    get_montant_compte,
    liens_of_ligne,
    list_echeances,
)
from maillage.financement.selectors_plans import PlanLu, read_plan
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui
from maillage.www.champs import show_refus
from maillage.www.commun import public
from maillage.www.comptes.views import get_invite
from maillage.www.fiches.views import (
    args_fiche,
    contexte_fiche,
    say_porteur,
)
from maillage.www.financement.documents import FORMES, serve_document
from maillage.www.financement.forms import (
    LienForm,
    MouvementLigneForm,
    PartForm,
    RevisionForm,
)
from maillage.www.financement.forms_suivi import AnneesForm, EchangeForm, RecuForm
from maillage.www.financement.presentation import (
    build_echanges,
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
    ).prefetch_related("etapes__piece", "echanges", "annees", "versements_recus")


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
        "form_revision": None,
        "lettres": set(OBJETS),
        "nom_lettre_etape": "",
        "jour": aujourdhui(),
        "echanges": list(ligne.echanges.all()),
        "form_question": None,
        "form_avis": None,
        "form_reponse": None,
        "echeances": [
            (echeance, LIBELLES.get(echeance.code, "Échéance"))
            for echeance in list_echeances(ligne, jour=aujourdhui())
            if echeance.is_tenue is None and not (echeance.is_facultative and aujourdhui() > echeance.limite)
        ],
        "pas": list_pas(user, ligne, etapes[-1].pk, refus),
        "qui": say_main(ligne),
    }


def _render_ligne(
    request: HttpRequest,
    ligne: LigneFinancement,
    *,
    refus: Refus | None = None,
    form_lien: LienForm | None = None,
    form_revision: RevisionForm | None = None,
    form_echange: EchangeForm | None = None,
    form_recu: RecuForm | None = None,
    form_annees: AnneesForm | None = None,
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
    contexte |= build_echanges(request.user, ligne, form_echange) | {"nom_echange": "ligne-echange"}
    can_lien = user_can_send_lien(request.user, ligne) and can_send_lien(ligne)
    refus_lien = (
        say_lien_impossible(ligne, has_compte=financeur_has_compte(ligne.financeur)) if can_lien else ""
    )
    if user_can_revise_ligne(request.user, ligne):
        derniere = contexte["etapes"][-1][0].pk
        contexte["form_revision"] = form_revision or RevisionForm(ligne=ligne, etape_lue=derniere)
    can_precise = user_can_precise_ligne(request.user, ligne)
    can_recu = user_can_declare_recu(request.user, ligne)
    contexte |= {
        "can_recu": can_recu and ligne.montant_accorde > 0,
        "form_recu": (form_recu or RecuForm()) if can_recu else None,
        "form_annees": (form_annees or AnneesForm(ligne=ligne))
        if can_precise and not ligne.is_service
        else None,
        "ecart_recu": ligne.montant_verse - ligne.montant_recu,
        "versements_recus": list(ligne.versements_recus.all()),
        "ecart_recu_oppose": ligne.montant_recu - ligne.montant_verse,
        "annees": list(ligne.annees.all()),
        "annees_perimees": sum(un.montant for un in ligne.annees.all()) != get_montant_compte(ligne),
        "nom_lettre": "ligne-lettre",
        "nom_lettre_etape": "lettre-etape",
        "nom_passer": "ligne-move",
        "nom_piece": "piece-ligne",
        "histoire": get_histoire_ligne(ligne),
        "can_confirm": user_can_confirm_part(request.user, ligne),
        "can_precise": can_precise,
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
            apres = actions.move_ligne(ligne=ligne, vers=cible, by=by, **form.get_champs())
        except ConflitEdition as erreur:
            # La personne relit les étapes à jour : enregistrer de nouveau est alors un choix.
            donnees = request.POST.copy()
            donnees[form.add_prefix("etape_lue")] = str(derniere)
            form = MouvementLigneForm(donnees, request.FILES, ligne=ligne, vers=cible, etape_lue=derniere)
            form.add_error(None, str(erreur))
        except ActionImpossible as erreur:
            show_refus(form, erreur)
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


@require_POST
def ligne_revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoit le montant pressenti ou demandé."""
    ligne = _load_ligne(request, pk)
    check_user_can_send_lien(request.user, ligne)
    derniere = list(ligne.etapes.all())[-1].pk
    form = RevisionForm(request.POST, ligne=ligne, etape_lue=derniere)
    if form.is_valid():
        try:
            actions.revise_ligne(ligne=ligne, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            if isinstance(erreur, ConflitEdition):
                donnees = request.POST.copy()
                donnees[form.add_prefix("etape_lue")] = str(derniere)
                form = RevisionForm(donnees, ligne=ligne, etape_lue=derniere)
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request, "Le montant est revu\u00a0; l’ancien reste dans l’histoire de la ligne."
            )
            return redirect("ligne-detail", pk)
    if not can_revise(ligne):
        messages.error(request, " ".join(form.non_field_errors()) or "Ce montant ne peut plus être revu.")
        return redirect("ligne-detail", pk)
    return _render_ligne(request, _load_ligne(request, pk), form_revision=form)


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


def _echange(
    request: HttpRequest, ligne: LigneFinancement, nature: str, by: Any
) -> tuple[bool, EchangeForm | None]:
    """Écrit une question, sa réponse ou un avis. Rend (fait, formulaire refusé)."""
    if nature not in NatureEchange.values:
        raise Http404
    quoi = NatureEchange(nature)
    if quoi is NatureEchange.REPONSE:
        check_user_can_reply(by, ligne)
    else:
        check_user_is_financeur_of(by, ligne)
    form = EchangeForm(request.POST, request.FILES, nature=quoi)
    if form.is_valid():
        try:
            ECHANGES[quoi](ligne=ligne, by=by, **form.cleaned_data)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, ECHANGES_FAITS[quoi])
            return True, None
    form.say_fichier_perdu()
    return False, form


ECHANGES: dict[NatureEchange, Any] = {
    NatureEchange.QUESTION: actions.ask_question,
    NatureEchange.REPONSE: actions.reply_question,
    NatureEchange.AVIS: actions.give_avis,
}
ECHANGES_FAITS: dict[NatureEchange, str] = {
    NatureEchange.QUESTION: "Votre question est posée\u00a0; l’équipe du territoire est attendue.",
    NatureEchange.REPONSE: "Votre réponse est enregistrée\u00a0; le financeur la lit sur cette page.",
    NatureEchange.AVIS: "Votre avis est enregistré. La demande attend encore votre décision.",
}


@require_POST
def ligne_echange(request: HttpRequest, pk: int, nature: str) -> HttpResponse:
    """Question du financeur, réponse du territoire, avis du financeur."""
    ligne = _load_ligne(request, pk)
    fait, form = _echange(request, ligne, nature, request.user)
    return redirect("ligne-detail", pk) if fait else _render_ligne(request, ligne, form_echange=form)


@require_POST
def ligne_recu(request: HttpRequest, pk: int) -> HttpResponse:
    """Le porteur déclare une somme reçue."""
    ligne = _load_ligne(request, pk)
    check_user_can_declare_recu(request.user, ligne)
    form = RecuForm(request.POST)
    if form.is_valid():
        try:
            actions.declare_versement_recu(ligne=ligne, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(
                request,
                "La somme reçue est déclarée\u00a0; le financeur voit la différence, s’il y en a une.",
            )
            return redirect("ligne-detail", pk)
    return _render_ligne(request, ligne, form_recu=form)


@require_POST
def ligne_annees(request: HttpRequest, pk: int) -> HttpResponse:
    """Répartit la ressource par année."""
    ligne = _load_ligne(request, pk)
    check_user_can_precise_ligne(request.user, ligne)
    form = AnneesForm(request.POST, ligne=ligne)
    if form.is_valid():
        try:
            actions.update_annees(ligne=ligne, by=request.user, annees=form.get_annees())
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "La répartition par année est enregistrée.")
            return redirect("ligne-detail", pk)
    return _render_ligne(request, ligne, form_annees=form)


@require_POST
def ligne_lettre(request: HttpRequest, pk: int, vers: str, forme: str) -> HttpResponse:
    """La lettre de la réponse saisie, à signer ; rien n’est enregistré."""
    ligne = _load_ligne(request, pk)
    return _draft(request, ligne, vers, forme, request.user) or _render_ligne(
        request, ligne, refus=_read_refus(request, ligne, vers)
    )


def _read_refus(request: HttpRequest, ligne: LigneFinancement, vers: str) -> Refus:
    derniere = list(ligne.etapes.all())[-1].pk
    form = MouvementLigneForm(request.POST, ligne=ligne, vers=StatutLigne(vers), etape_lue=derniere)
    form.is_valid()
    form.errors.pop("fichier", None)
    return StatutLigne(vers), form


def _draft(
    request: HttpRequest, ligne: LigneFinancement, vers: str, forme: str, by: Any
) -> HttpResponse | None:
    """La lettre en projet ; None si le montant saisi ne se lit pas."""
    if vers not in StatutLigne.values or forme not in FORMES:
        raise Http404
    cible = StatutLigne(vers)
    check_user_can_move_ligne(by, ligne, cible)
    if not can_move(ligne, cible):
        raise Http404
    _, form = _read_refus(request, ligne, vers)
    saisie = form.cleaned_data
    if "montant" in form.errors:
        return None
    document = compose_lettre(
        ligne,
        vers=cible,
        montant=saisie.get("montant"),
        jour=saisie.get("date_effet"),
        motif=saisie.get("motif", ""),
        conditions=saisie.get("conditions", ""),
    )
    return serve_document(document, forme, f"lettre-{ligne.pk}")


def _serve_lettre(ligne: LigneFinancement, etape_pk: int, forme: str, user: Any) -> HttpResponse:
    etape = next((un for un in ligne.etapes.all() if un.pk == etape_pk), None)
    if etape is None or forme not in FORMES or not user_can_read_pieces(user, ligne):
        raise Http404
    document = compose_lettre(
        ligne,
        vers=StatutLigne(etape.vers),
        montant=etape.montant,
        jour=etape.date_effet,
        motif=etape.motif,
        conditions=etape.conditions,
        is_projet=False,
    )
    return serve_document(document, forme, f"lettre-{ligne.pk}-{etape.pk}")


@require_http_methods(["GET"])
def lettre_etape(request: HttpRequest, pk: int, etape_pk: int, forme: str) -> HttpResponse:
    """La lettre d’une réponse enregistrée."""
    return _serve_lettre(_load_ligne(request, pk), etape_pk, forme, request.user)


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
    request: HttpRequest,
    ligne: LigneFinancement,
    invite: Invite,
    refus: Refus | None = None,
    form_echange: EchangeForm | None = None,
) -> HttpResponse:
    contexte = _contexte_ligne(invite, ligne, refus)
    contexte |= build_echanges(invite, ligne, form_echange) | {"nom_echange": "lien-ligne-echange"}
    contexte |= {
        "invite": invite,
        "nom_passer": "lien-ligne-move",
        "nom_piece": "lien-ligne-piece",
        "nom_lettre": "lien-ligne-lettre",
    }
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


@public
@require_POST
def lien_ligne_echange(request: HttpRequest, pk: int, nature: str) -> HttpResponse:
    ligne, invite = _load_ligne_invite(request, pk)
    fait, form = _echange(request, ligne, nature, invite)
    return redirect("lien-ligne", pk) if fait else _render_lien(request, ligne, invite, form_echange=form)


@public
@require_POST
def lien_ligne_lettre(request: HttpRequest, pk: int, vers: str, forme: str) -> HttpResponse:
    ligne, invite = _load_ligne_invite(request, pk)
    return _draft(request, ligne, vers, forme, invite) or _render_lien(
        request, ligne, invite, refus=_read_refus(request, ligne, vers)
    )
