"""Proposer un plan à une fiche : trois façons de la boucler, chacune avec ce que les règles en disent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from calcul.programmation.modele import EURO, ProblemeImpossible
from calcul.programmation.plans_fiche import PlanPropose, propose_plans
from maillage.financement.permissions import check_user_can_update_plan
from maillage.programmation.actions import adopt_plan
from maillage.programmation.selectors import Possibles, read_possibles
from maillage.socle.erreurs import ActionImpossible
from maillage.www.envoi import envoi_unique
from maillage.www.fiches.views import args_fiche, contexte_fiche, load_fiche

TITRES = {
    "moins_de_financeurs": "Le moins de financeurs",
    "plus_sur": "Les aides les plus sûres",
    "moins_d_argent_propre": "Le moins d’argent propre",
}


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def plan_proposer(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Les plans possibles de la fiche ; en choisir un inscrit ses aides, « pressenties », que chacun peut retirer."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_plan(request.user, fiche)
    possibles = read_possibles(fiche)
    plans: tuple[PlanPropose, ...] = ()
    phrase = "Cette fiche n’est pas chiffrée\u00a0: inscrivez d’abord ses dépenses."
    if possibles:
        try:
            proposition = propose_plans(possibles.fiche, possibles.aides, possibles.enveloppes)
        except ProblemeImpossible as erreur:
            phrase = str(erreur)
        else:
            plans, phrase = proposition.plans, proposition.phrase
    if request.method == "POST" and possibles:
        choisi = next((plan for plan in plans if plan.preference.value == request.POST.get("plan")), None)
        if choisi is None:
            messages.error(request, "Ce plan n’est plus possible\u00a0: relisez ceux qui suivent.")
        else:
            try:
                lignes = adopt_plan(
                    fiche=fiche,
                    octrois=choisi.octrois,
                    dispositifs=possibles.catalogue,
                    by=request.user,  # type: ignore[arg-type]
                )
            except ActionImpossible as erreur:
                messages.error(request, str(erreur))
            else:
                messages.success(
                    request,
                    f"{len(lignes)} {'financement pressenti inscrit' if len(lignes) == 1 else 'financements pressentis inscrits'}. "
                    "Rien n’est encore demandé\u00a0: chacun se sollicite, ou se retire.",
                )
                return redirect("plan-detail", *args_fiche(fiche))
    contexte = contexte_fiche(
        request,
        fiche,
        "financement",
        ("Plan de financement", reverse("plan-detail", args=args_fiche(fiche))),
        ("Plans possibles", request.path),
    ) | {
        "phrase": phrase,
        "plans": [_present(plan, possibles) for plan in plans if possibles],
        "ecartees": possibles.ecartees if possibles else [],
        "url_plan": reverse("plan-detail", args=args_fiche(fiche)),
    }
    return render(request, "programmation/proposer.html", contexte)


def _present(plan: PlanPropose, possibles: Possibles) -> dict[str, object]:
    """Un plan prêt à montrer : ses aides et leurs montants (centimes), sa phrase, les règles qui demandent quelque chose."""
    noms = {aide.identifiant: aide for aide in possibles.aides}
    return {
        "cle": plan.preference.value,
        "titre": TITRES[plan.preference.value],
        "phrase": plan.phrase,
        "aides": [
            (noms[o.dispositif].nom, noms[o.dispositif].financeur, o.montant * EURO) for o in plan.octrois
        ],
        "apport_en_moins": plan.apport_en_moins,
        "verdicts": [v for v in plan.verdicts if not v.is_leve],
    }
