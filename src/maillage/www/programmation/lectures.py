"""Lire une simulation calculée : ses fiches, ce que les financeurs en ont décidé, ce qu’une autre changerait, sa liste."""

from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.fiches.models import FicheAction
from maillage.fiches.selectors import find_fiches
from maillage.programmation.composition import compose_liste
from maillage.programmation.enums import IssueFiche, StatutSimulation
from maillage.programmation.models import ResultatFiche, Simulation
from maillage.programmation.permissions import simulations_visible_to
from maillage.programmation.selectors import compare_simulations, list_suites, resultats_of
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.tableur import Feuille
from maillage.www.exports import export_feuille
from maillage.www.programmation.chargement import contexte_simulation, load_simulation
from maillage.www.tableaux import Colonne, Filtre, Liste

FORMES = {
    "pdf": ("application/pdf", render_pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", render_word),
}


def _load_calculee(request: HttpRequest, pk: int) -> Simulation:
    simulation = load_simulation(request, pk)
    if simulation.statut != StatutSimulation.CALCULEE:
        raise Http404("Cette simulation n’est pas calculée.")
    return simulation


def _find(resultats: QuerySet[ResultatFiche], texte: str) -> QuerySet[ResultatFiche]:
    return resultats.filter(fiche__in=find_fiches(FicheAction.objects.all(), texte).values("pk"))


def _say_octrois(resultat: ResultatFiche) -> str:
    return ", ".join(octroi.aide.libelle for octroi in resultat.octrois.all())


def _liste(request: HttpRequest, simulation: Simulation) -> Liste:
    return Liste(
        request,
        resultats_of(simulation).annotate(octroye=Sum("octrois__montant")),
        colonnes=[
            Colonne(
                "fiche",
                "Fiche",
                lambda r: str(r.fiche),
                ("fiche__titre",),
                entete=True,
                lien=lambda r: r.fiche.get_absolute_url(),
            ),
            Colonne(
                "territoire", "Territoire", lambda r: r.fiche.territoire.nom, ("fiche__territoire__nom",)
            ),
            Colonne(
                "region",
                "Région",
                lambda r: r.fiche.territoire.region.nom,
                ("fiche__territoire__region__nom",),
            ),
            Colonne("issue", "Proposition", lambda r: r.get_issue_display(), ("issue",)),
            Colonne("poids", "Poids", lambda r: r.poids, ("poids",), nombre=True),
            Colonne("cout", "Coût", lambda r: r.cout, ("cout",), montant=True),
            Colonne("besoin", "Besoin", lambda r: r.besoin, ("besoin",), montant=True),
            Colonne("octroye", "Aides proposées", lambda r: r.octroye, ("octroye",), montant=True),
            Colonne("aides", "Par", _say_octrois),
            Colonne("raison", "Pourquoi", lambda r: r.raison),
        ],
        filtres=[
            Filtre("issue", "Proposition", list(IssueFiche.choices), lambda issue: Q(issue=issue)),
            Filtre(
                "aide",
                "Aide",
                [(str(aide.pk), aide.libelle) for aide in simulation.aides.all()],
                lambda aide: Q(octrois__aide=aide),
            ),
        ],
        recherche=_find,
        nom=f"simulation-{simulation.pk}",
        titre=simulation.nom,
        tri_defaut=("issue", "-poids", "id"),
    )


@require_safe
def simulation_resultats(
    request: HttpRequest, pk: int
) -> HttpResponse | FileResponse | StreamingHttpResponse:
    """Fiche par fiche : bouclée ou non, par qui, pourquoi."""
    simulation = _load_calculee(request, pk)
    liste = _liste(request, simulation)
    if (fichier := liste.export()) is not None:
        return fichier
    contexte = contexte_simulation(request, simulation, ("Fiches proposées", request.path))
    return render(request, "programmation/resultats.html", contexte | {"liste": liste})


@require_safe
def simulation_suites(request: HttpRequest, pk: int) -> HttpResponse | FileResponse | StreamingHttpResponse:
    """La proposition contre les décisions : ce que chaque financeur a fait depuis, dans la voie ordinaire."""
    simulation = _load_calculee(request, pk)
    suites = list_suites(simulation)
    feuille = Feuille(
        f"{simulation.nom} – décisions",
        ["Territoire", "Fiche", "Aide", "Proposé (€)", "Décidé (€)", "Écart (€)", "État"],
        (
            [
                s.octroi.resultat.fiche.territoire.nom,
                str(s.octroi.resultat.fiche),
                s.octroi.aide.libelle,
                s.octroi.montant,
                s.decide,
                s.ecart,
                s.libelle,
            ]
            for s in suites
        ),
        frozenset({3, 4, 5}),
    )
    if (fichier := export_feuille(request, f"simulation-{simulation.pk}-decisions", feuille)) is not None:
        return fichier
    contexte = contexte_simulation(request, simulation, ("Décisions", request.path)) | {
        "suites": suites,
        "propose": sum(s.octroi.montant for s in suites),
        "decide": sum(s.decide or 0 for s in suites),
    }
    return render(request, "programmation/suites.html", contexte)


@require_safe
def simulation_comparer(request: HttpRequest, pk: int) -> HttpResponse:
    """Ce qui change d’une autre simulation à celle-ci."""
    simulation = _load_calculee(request, pk)
    choix = request.GET.get("avec", "")
    autre = (
        simulations_visible_to(request.user)
        .filter(pk=int(choix), statut=StatutSimulation.CALCULEE)
        .select_related("organisation")
        .first()
        if choix.isascii() and choix.isdigit() and len(choix) < 10
        else None
    )
    if autre is None:
        messages.error(request, "Choisissez une simulation calculée que vous pouvez lire.")
        return redirect(simulation)
    contexte = contexte_simulation(request, simulation, ("Comparer", request.path)) | {
        "autre": autre,
        "changements": compare_simulations(autre, simulation),
        "meme_question": autre.empreinte == simulation.empreinte,
    }
    return render(request, "programmation/comparer.html", contexte)


@require_safe
def simulation_liste(request: HttpRequest, pk: int, forme: str) -> HttpResponse:
    """La liste préparée pour la commission, en Word ou en PDF."""
    simulation = _load_calculee(request, pk)
    if forme not in FORMES:
        raise Http404
    type_mime, rendre = FORMES[forme]
    try:
        octets = rendre(compose_liste(simulation))
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect(simulation)
    reponse = HttpResponse(octets, content_type=type_mime)
    reponse["Content-Disposition"] = f'attachment; filename="programmation-{simulation.pk}.{forme}"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse
