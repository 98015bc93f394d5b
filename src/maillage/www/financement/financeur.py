"""L’espace d’un financeur : répondre par lot, tenir ses enveloppes."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from calcul.montants import MontantIllisible, format_montant, parse_montant
from maillage.comptes.models import Organisation
from maillage.financement import actions
from maillage.financement.actions.lots import Reponse
from maillage.financement.models import LigneFinancement, Lot
from maillage.financement.permissions import ROLES_DECIDEURS
from maillage.financement.selectors_enveloppes import enveloppes_of, read_enveloppe, read_enveloppes
from maillage.pilotage.selectors_espaces import lignes_to_answer
from maillage.socle.erreurs import ActionImpossible
from maillage.www.champs import show_refus
from maillage.www.envoi import envoi_unique
from maillage.www.espace import listes
from maillage.www.espace.entrees import chemin
from maillage.www.espace.metiers import menu_financeur
from maillage.www.financement.forms_suivi import EnveloppeForm, FaitEnveloppeForm, LotForm


@dataclass(frozen=True)
class LigneChoisie:
    """Une ligne du lot à l’écran : cochée ou non, le montant écrit, pourquoi il ne se lit pas."""

    ligne: Any
    is_cochee: bool
    montant: str
    etape_lue: int
    erreur: str


def _read_choix(request: HttpRequest, lignes: list[Any]) -> list[LigneChoisie]:
    choix = []
    for ligne in lignes:
        cle = str(ligne.pk)
        cochee = cle in request.POST.getlist("ligne")
        ecrit = request.POST.get(f"montant-{cle}", format_montant(ligne.montant_demande, symbole=False))
        lue = request.POST.get(f"etape-{cle}", "")
        choix.append(
            LigneChoisie(
                ligne,
                cochee,
                ecrit,
                int(lue) if lue.isdecimal() and len(lue) < 19 else ligne.derniere_etape,
                _say_illisible(ecrit) if cochee and not ligne.is_service else "",
            )
        )
    return choix


def _say_illisible(ecrit: str) -> str:
    try:
        return "" if parse_montant(ecrit) > 0 else "Indiquez un montant supérieur à zéro."
    except MontantIllisible as erreur:
        return str(erreur)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def lot_create(request: HttpRequest) -> HttpResponse:
    """Répondre à plusieurs lignes par une même décision."""
    menu_espace = menu_financeur(request, "lot-create")
    miennes = lignes_to_answer(request.user).annotate(derniere_etape=Max("etapes__id"))
    liste = listes.liste_a_repondre(request, miennes)
    choix = _read_choix(request, list(liste.page))
    enveloppes = list(enveloppes_of(request.user))
    form = LotForm(enveloppes=enveloppes)
    if request.method == "POST":
        form = LotForm(request.POST, request.FILES, enveloppes=enveloppes)
        cochees = [un for un in choix if un.is_cochee]
        if form.is_valid() and not any(un.erreur for un in cochees):
            champs = form.get_champs()
            reponses = [
                Reponse(un.ligne, None if un.ligne.is_service else parse_montant(un.montant), un.etape_lue)
                for un in cochees
            ]
            try:
                lot = actions.answer_lot(reponses=reponses, by=request.user, **champs)  # type: ignore[arg-type]
            except ActionImpossible as erreur:
                show_refus(form, erreur)
            else:
                return redirect("lot-detail", lot.pk)
        form.say_fichier_perdu()
    contexte = {
        "menu_espace": menu_espace,
        "chemin": chemin("Répondre par lot"),
        "liste": liste,
        "choix": choix,
        "form": form,
    }
    return render(request, "financement/lot.html", contexte)


@require_safe
def lot_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Ce qu’il est advenu de chaque ligne d’un lot."""
    lot = get_object_or_404(Lot, pk=pk, personne=request.user)
    menu_espace = menu_financeur(request, "lot-create")
    lignes = list(lot.lignes.select_related("ligne__financeur", "ligne__plan__fiche__territoire", "etape"))
    faites = sum(1 for ligne in lignes if ligne.etape_id)
    contexte = {
        "menu_espace": menu_espace,
        "chemin": chemin("Réponse par lot"),
        "lot": lot,
        "lignes": lignes,
        "faites": faites,
    }
    return render(request, "financement/lot_detail.html", contexte)


# --- enveloppes --------------------------------------------------------------------------------------------------


def _financeurs(request: HttpRequest) -> Any:
    return Organisation.objects.filter(
        pk__in=request.user.get_organisation_ids(*ROLES_DECIDEURS)  # type: ignore[union-attr]
    ).order_by("nom")


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def enveloppe_liste(request: HttpRequest) -> HttpResponse:
    """Mes enveloppes : annoncé, disponible, promis, consommé ; en ouvrir une."""
    menu_espace = menu_financeur(request, "enveloppe-liste")
    form = EnveloppeForm(financeurs=_financeurs(request))
    if request.method == "POST":
        form = EnveloppeForm(request.POST, financeurs=_financeurs(request))
        if form.is_valid():
            try:
                enveloppe = actions.create_enveloppe(by=request.user, **form.cleaned_data)
            except ActionImpossible as erreur:
                show_refus(form, erreur)
            else:
                messages.success(request, "L’enveloppe est ouverte. Inscrivez ce qui y est disponible.")
                return redirect("enveloppe-detail", enveloppe.pk)
    contexte = {
        "menu_espace": menu_espace,
        "chemin": chemin("Enveloppes"),
        "enveloppes": read_enveloppes(enveloppes_of(request.user)),
        "form": form,
    }
    return render(request, "financement/enveloppes.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def enveloppe_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Une enveloppe : ses faits datés, les accords qu’elle paie."""
    enveloppe = get_object_or_404(enveloppes_of(request.user), pk=pk)
    menu_espace = menu_financeur(request, "enveloppe-liste")
    form = FaitEnveloppeForm()
    if request.method == "POST":
        form = FaitEnveloppeForm(request.POST)
        if form.is_valid():
            try:
                actions.record_fait_enveloppe(enveloppe=enveloppe, by=request.user, **form.cleaned_data)
            except ActionImpossible as erreur:
                show_refus(form, erreur)
            else:
                messages.success(request, "Le montant est daté\u00a0; l’ancien reste dans l’histoire.")
                return redirect("enveloppe-detail", pk)
    lignes = LigneFinancement.objects.filter(Q(enveloppe=enveloppe)).select_related(
        "financeur", "plan__fiche__territoire__vague", "plan__fiche__territoire__region"
    )
    liste = listes.liste_engagements(request, lignes)
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = {
        "menu_espace": menu_espace,
        "chemin": [("Enveloppes", reverse("enveloppe-liste")), (str(enveloppe), "")],
        "lue": read_enveloppe(enveloppe),
        "faits": list(enveloppe.faits.order_by("-date_effet", "-id")),
        "form": form,
        "liste": liste,
    }
    return render(request, "financement/enveloppe.html", contexte)
