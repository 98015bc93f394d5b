"""La page d’une entreprise : répondre en deux minutes, au téléphone, sans compte ; puis voir où en sont ses besoins."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from maillage.socle.erreurs import ActionImpossible
from maillage.verification import actions
from maillage.verification.actions import TEXTE_MAX
from maillage.verification.models import FicheVerifiee, Sollicitation
from maillage.verification.policies import can_answer, is_lien_ouvert
from maillage.verification.selectors import find_sollicitation, list_nouvelles
from maillage.www.commun import public
from maillage.www.verification.forms import AvisForm


def _load(jeton: str) -> Sollicitation:
    sollicitation = find_sollicitation(jeton)
    if sollicitation is None or not is_lien_ouvert(sollicitation):
        raise Http404("Ce lien n’ouvre plus. Demandez-en un autre à l’équipe du territoire.")
    return sollicitation


def _list_fiches(sollicitation: Sollicitation, autres: bool) -> list[FicheVerifiee]:
    """Ses trois fiches, celles dont elle a déjà parlé ; toutes, si elle l’a demandé."""
    toutes = sollicitation.campagne.fiches.select_related("fiche__axe")
    if autres:
        return list(toutes)
    siennes = {
        *sollicitation.fiches.values_list("pk", flat=True),
        *sollicitation.reponses.values_list("fiche", flat=True),
    }
    return [fv for fv in toutes if fv.pk in siennes]


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def besoins(request: HttpRequest, jeton: str) -> HttpResponse:
    """Ce que le territoire prépare, en deux phrases par action, et ce que l’entreprise en dit."""
    sollicitation = _load(jeton)
    autres = request.GET.get("toutes") == "1"
    fiches = _list_fiches(sollicitation, autres)
    dernieres = {r.fiche_id: r for r in sollicitation.reponses.order_by("id")}
    recu = request.POST if request.method == "POST" else None
    forms = [AvisForm(recu, fiche=fv, derniere=dernieres.get(fv.pk)) for fv in fiches]
    refus, besoin = "", ""
    if recu is not None:
        besoin = recu.get("besoin", "")
        fautives = [
            form for form in forms if not form.is_valid()
        ]  # toutes, pour que chacune montre ses fautes
        if fautives:
            refus = "Une réponse est à corriger, plus bas."
        elif len(besoin) > TEXTE_MAX:
            refus = f"Votre besoin a {len(besoin)} signes\u00a0: {TEXTE_MAX} au plus."
        else:
            try:
                actions.answer(
                    sollicitation=sollicitation, avis=[form.get_avis() for form in forms], besoin=besoin
                )
            except ActionImpossible as erreur:
                refus = str(erreur)
            else:
                messages.success(
                    request, "Merci. Votre réponse est gardée\u00a0; vous pouvez la changer ici."
                )
                return redirect("besoins", jeton)
    campagne = sollicitation.campagne
    contexte = {
        "sollicitation": sollicitation,
        "campagne": campagne,
        "jeton": jeton,
        "forms": forms,
        "autres": campagne.fiches.count() - len(fiches),
        "nouvelles": list_nouvelles(sollicitation),
        "besoins": sollicitation.besoins.select_related("fiche"),
        "besoin": besoin,
        "can_answer": can_answer(sollicitation),
        "refus": refus,
    }
    return render(request, "verification/besoins.html", contexte)


@public
@require_http_methods(["POST"])
def besoins_refuse(request: HttpRequest, jeton: str) -> HttpResponse:
    """Ne plus recevoir de message de cette vérification."""
    actions.refuse(sollicitation=_load(jeton))
    messages.success(request, "C’est noté\u00a0: vous ne recevrez plus de message de cette vérification.")
    return redirect("besoins", jeton)
