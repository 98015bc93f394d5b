"""Signer un relevé de décisions sans compte : la porte d’un lien personnel."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.enums import ButLien
from maillage.comptes.models import Invite
from maillage.documents.reponses import serve_piece
from maillage.gouvernance import actions
from maillage.gouvernance.models import MembreComite, ReleveDecisions
from maillage.gouvernance.permissions import (
    can_send_lien_releve,
    check_user_can_manage_comite,
    get_siege_signataire,
)
from maillage.gouvernance.selectors import list_membres
from maillage.socle.erreurs import ActionImpossible
from maillage.www.commun import public
from maillage.www.comptes.views import get_invite
from maillage.www.gouvernance.chargement import load_seance


def list_par_lien(releve: ReleveDecisions) -> list[MembreComite]:
    """Qui doit encore signer ce relevé par lien personnel."""
    signes = set(releve.signatures.values_list("membre_id", flat=True))
    membres = list_membres(releve.seance.comite, releve.seance.jour)
    return [m for m in membres if can_send_lien_releve(m) and m.pk not in signes]


@require_POST
def seance_releve_lien(
    request: HttpRequest, pk: int, membre: int, vague: str = "", id_ti: str = ""
) -> HttpResponse:
    """Renvoie son lien à qui signe sans compte ; le précédent ne marche plus."""
    seance = load_seance(request, pk, vague, id_ti)
    check_user_can_manage_comite(request.user, seance.comite)
    destinataire = seance.comite.membres.select_related("organisation").filter(pk=membre).first()
    if destinataire is None:
        raise Http404("Ce membre n’est pas de ce comité.")
    releve = ReleveDecisions.objects.filter(seance=seance).select_related("seance__rendez_vous").first()
    try:
        if releve is None:
            raise ActionImpossible("Arrêtez d’abord le relevé\u00a0: on ne signe pas un projet.")
        actions.send_lien_releve(releve=releve, membre=destinataire, by=request.user)  # type: ignore[arg-type]
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(
            request, f"Un lien pour signer est parti à {destinataire.email}. Le précédent ne marche plus."
        )
    return redirect(seance.get_adresse("seance-releve"))


def _load_by_lien(request: HttpRequest, pk: int) -> tuple[ReleveDecisions, MembreComite, Invite]:
    """Le relevé qu’un lien ouvert dans cette session permet de signer ; 404 sans ce lien."""
    invite = get_invite(request, ButLien.SIGNER_RELEVE, ReleveDecisions._meta.label_lower, pk)
    releve = (
        ReleveDecisions.objects.filter(pk=pk)
        .select_related("seance__rendez_vous", "seance__comite__territoire__vague", "piece_pdf")
        .first()
    )
    membre = get_siege_signataire(invite, releve.seance) if releve else None
    if invite is None or releve is None or membre is None:
        raise Http404("Ce lien n’ouvre pas ce relevé.")
    return releve, membre, invite


@public
@require_http_methods(["GET", "HEAD", "POST"])
def lien_releve(request: HttpRequest, pk: int) -> HttpResponse:
    """Lire le relevé arrêté et le signer, comme présidence ou secrétariat sans compte."""
    releve, membre, invite = _load_by_lien(request, pk)
    if request.method == "POST":
        try:
            actions.sign_releve(releve=releve, by=invite)
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
        else:
            messages.success(request, "Votre signature est enregistrée.")
        return redirect("lien-releve", pk=pk)
    contexte = {
        "releve": releve,
        "seance": releve.seance,
        "membre": membre,
        "signature": releve.signatures.filter(membre=membre).first(),
    }
    return render(request, "gouvernance/releve_signer.html", contexte)


@public
@require_safe
def lien_releve_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Le PDF arrêté, pour qui le signe par lien."""
    releve, _, _ = _load_by_lien(request, pk)
    try:
        return serve_piece(releve.piece_pdf)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect("lien-releve", pk=pk)
