"""Importer et exporter le plan d’un territoire : recevoir un classeur, le relire, choisir, suivre, en reprendre un."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.permissions import Permission
from maillage.echanges import actions
from maillage.echanges.classeur_maillage import ClasseurLu, write_classeur
from maillage.echanges.enums import EtatImport, Issue
from maillage.echanges.liaisons import choose_axe
from maillage.echanges.models import ImportPlan
from maillage.echanges.permissions import check_user_can_import, imports_visible_to, user_can_import
from maillage.echanges.plan_transitions import mark_classeur, write_plan
from maillage.echanges.rapport import Signalement, Verdict
from maillage.echanges.selectors import (
    Choix,
    list_a_ecrire,
    list_actions,
    list_axes,
    list_axes_inconnus,
    load_plan,
    propose,
)
from maillage.echanges.selectors_classeur import (
    list_a_ecrire_classeur,
    list_fiches_lues,
    load_classeur,
    propose_classeur,
)
from maillage.fiches.models import FicheAction
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.travaux import ask_arret, get_travail
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import check_permission
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.echanges.forms import ChoixForm, ClasseurForm
from maillage.www.envoi import envoi_unique
from maillage.www.tableaux import Colonne, Liste

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SIGNALEMENTS_A_LECRAN = 100
LIGNES_PAR_PAGE = 100
TONS = {Verdict.IMPORTABLE: "succes", Verdict.A_CORRIGER: "attention", Verdict.REFUSE: "erreur"}


def load_import(request: HttpRequest, vague: str, id_ti: str, pk: int) -> ImportPlan:
    """Le classeur reçu s’il est à mon équipe (404 sinon)."""
    territoire = load_territoire(request, vague, id_ti)
    recu = (
        imports_visible_to(request.user)
        .filter(territoire=territoire, pk=pk)
        .select_related("territoire__vague", "territoire__region", "piece")
        .first()
    )
    if recu is None:
        raise Http404("Cet import n’existe pas, ou n’est pas à vous.")
    return recu


def contexte_echanges(
    request: HttpRequest, territoire: Territoire, *suite: tuple[str, str]
) -> dict[str, Any]:
    """Contexte commun : la page est sous « Fiches action »."""
    args = [territoire.vague.code, territoire.id_ti]
    chemin = (
        ("Fiches action", reverse("fiches", args=args)),
        ("Importer et exporter", reverse("echanges", args=args)),
    )
    return contexte_territoire(request, territoire, "fiches", *chemin, *suite) | {"args": args}


# --- la page ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def echanges(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Ce qu’on peut emporter du plan, et le classeur qu’on peut apporter : il est lu et comparé, rien n’est encore écrit."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    recu = request.method == "POST"
    if recu:
        check_user_can_import(request.user, territoire)
    form = ClasseurForm(request.POST if recu else None, request.FILES if recu else None)
    if recu and form.is_valid():
        fichier = form.cleaned_data["fichier"]
        try:
            if fichier.size > settings.TAILLE_MAX_PIECE:
                raise ActionImpossible(
                    f"Le fichier pèse {fichier.size // 2**20}\u00a0Mo\u00a0; la limite est de {settings.TAILLE_MAX_PIECE // 2**20}\u00a0Mo. "
                    "Gardez la seule feuille du plan, sans images."
                )
            depose = actions.receive_import(
                territoire=territoire, contenu=fichier.read(), nom=fichier.name, by=request.user
            )
        except ActionImpossible as erreur:
            form.add_error("fichier", str(erreur))
        else:
            messages.info(
                request, "Le classeur est lu. Rien n’est encore écrit\u00a0: relisez, puis importez."
            )
            return redirect(depose)
    return render(
        request,
        "echanges/echanges.html",
        contexte_echanges(request, territoire)
        | {
            "form": form,
            "can_import": user_can_import(request.user, territoire),
            "fiches": territoire.fiches.count(),
            "liste": _build_liste(request, territoire),
        },
    )


def _build_liste(request: HttpRequest, territoire: Territoire) -> Liste:
    recus = imports_visible_to(request.user).filter(territoire=territoire).select_related("territoire__vague")
    return Liste(
        request,
        recus.defer("lu", "bilan", "choix"),
        nom="imports",
        titre="Classeurs reçus",
        tri_defaut=("-depose_at",),
        colonnes=[
            Colonne(
                "fichier",
                "Classeur",
                lambda r: r.fichier,
                ("fichier",),
                entete=True,
                lien=lambda r: r.get_absolute_url(),
            ),
            Colonne("verdict", "Verdict", lambda r: Verdict(r.verdict).libelle, ("verdict",)),
            Colonne("etat", "État", lambda r: r.get_etat_display(), ("etat",)),
            Colonne(
                "depose", "Reçu le", lambda r: r.depose_at, ("depose_at",), "espace/cellule_instant.html"
            ),
            Colonne("par", "Par", lambda r: r.depose_by, ("depose_by",)),
        ],
    )


# --- emporter --------------------------------------------------------------------------------------------------------


def _send(contenu: bytes, nom: str) -> HttpResponse:
    reponse = HttpResponse(contenu, content_type=XLSX)
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse


@require_safe
def export_transitions(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Le plan du territoire dans le classeur de Territoires en Transitions."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    fiches = FicheAction.objects.filter(territoire=territoire).order_by("axe__rang", "rang", "id")
    return _send(
        write_plan(list_actions(fiches), titre=territoire.nom), f"plan-{slugify(territoire.nom)}.xlsx"
    )


@require_safe
def export_classeur(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Notre classeur : tout ce que disent les fiches, à changer puis à rapporter."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    fiches = FicheAction.objects.filter(territoire=territoire).order_by("rang", "id")
    return _send(write_classeur(list_fiches_lues(fiches)), f"fiches-{slugify(territoire.nom)}.xlsx")


@require_safe
def export_json(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Les mêmes fiches en JSON : valeurs comme une version les garde, montants en centimes."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    fiches = FicheAction.objects.filter(territoire=territoire).order_by("rang", "id")
    reponse = JsonResponse(
        {
            "territoire": territoire.cle,
            "nom": territoire.nom,
            "montants": "centimes",
            "fiches": [
                {"reference": lue.reference, "version": lue.version, **lue.valeurs, **lue.listes}
                for lue in list_fiches_lues(fiches)
            ],
        },
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    reponse["Content-Disposition"] = f'attachment; filename="fiches-{slugify(territoire.nom)}.json"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse


@require_safe
def modele_transitions(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Le même classeur, vide, à remplir."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    return _send(write_plan([], titre=territoire.nom), "modele-plan.xlsx")


# --- relire et choisir -----------------------------------------------------------------------------------------------


def _render_import(
    request: HttpRequest, recu: ImportPlan, *, donnees: Any = None, refus: str = ""
) -> HttpResponse:
    plan = load_classeur(recu) if recu.is_notre else load_plan(recu)
    choix = Choix.from_json(recu.choix)
    avertissements = _list_avertissements(recu, plan, choix)
    contexte = contexte_echanges(request, recu.territoire, (recu.fichier, "")) | {
        "recu": recu,
        "plan": plan,
        "verdict": plan.verdict,
        "ton": TONS[plan.verdict],
        "erreurs": plan.erreurs[:SIGNALEMENTS_A_LECRAN],
        "avertissements": avertissements[:SIGNALEMENTS_A_LECRAN],
        "avertissements_total": len(avertissements),
        "refus": refus,
    }
    if recu.etat in (EtatImport.EN_COURS, EtatImport.FINI):
        page = Paginator(recu.bilan, LIGNES_PAR_PAGE).get_page(request.GET.get("page"))
        contexte |= {
            "bilan": [ligne | {"libelle": Issue(ligne["issue"]).label} for ligne in page],
            "page": page,
            "travail": get_travail(recu),
            "issues": [
                (issue.label, sum(ligne["issue"] == issue for ligne in recu.bilan)) for issue in Issue
            ],
        }
    elif recu.etat == EtatImport.A_RELIRE and plan.verdict is not Verdict.REFUSE:
        form = _build_form(recu, plan, choix, donnees)
        propositions: list[Any]
        a_ecrire: list[Any]
        if isinstance(plan, ClasseurLu):
            propositions = propose_classeur(recu.territoire, plan, choix)
            a_ecrire = [p for p in list_a_ecrire_classeur(propositions) if not p.is_inchangee]
        else:
            propositions = propose(recu.territoire, plan, choix)
            a_ecrire = list_a_ecrire(propositions)
        contexte |= {
            "form": form,
            "propositions": propositions if form.with_lignes else propositions[:LIGNES_PAR_PAGE],
            "masquees": 0 if form.with_lignes else max(0, len(propositions) - LIGNES_PAR_PAGE),
            "a_importer": len(a_ecrire),
            "nouvelles": sum(p.existante is None for p in a_ecrire),
            "fautives": sum(p.is_fautive for p in propositions),
            "depassees": sum(getattr(p, "is_depassee", False) for p in a_ecrire),
        }
    return render(request, "echanges/import.html", contexte)


def _list_avertissements(recu: ImportPlan, plan: Any, choix: Choix) -> list[Signalement]:
    """Ceux de la lecture, et les axes du classeur encore sans correspondance."""
    if recu.is_notre or plan.verdict is Verdict.REFUSE:
        return list(plan.avertissements)
    return [*plan.avertissements, *list_axes_inconnus(plan, list_axes(recu.territoire), choix.axes)]


def _build_form(recu: ImportPlan, plan: Any, choix: Choix, donnees: Any = None) -> ChoixForm:
    axes = [] if recu.is_notre else list_axes(recu.territoire)
    textes = [] if recu.is_notre else plan.axes
    return ChoixForm(
        donnees,
        lignes=[fiche.ligne for fiche in plan.fiches],
        with_fautes=bool(plan.erreurs),
        is_notre=recu.is_notre,
        axes=axes,
        choix=choix,
        lus={texte: choose_axe(texte, choix.axes, axes) for texte in textes},
    )


@require_safe
def import_detail(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Un classeur reçu : le verdict, les fautes cellule par cellule, ce que l’import ferait, ce qu’il a fait."""
    return _render_import(request, load_import(request, vague, id_ti, pk))


@require_http_methods(["POST"])
def import_choose(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Revoir avec d’autres choix, importer, ou renoncer."""
    recu = load_import(request, vague, id_ti, pk)
    check_user_can_import(request.user, recu.territoire)
    plan = load_classeur(recu) if recu.is_notre else load_plan(recu)
    form = _build_form(recu, plan, Choix.from_json(recu.choix), request.POST)
    try:
        if "renoncer" in request.POST:
            actions.abandon_import(recu=recu, by=request.user)
            messages.info(request, "L’import est abandonné\u00a0: rien n’a été écrit.")
            return redirect("echanges", vague, id_ti)
        if not form.is_valid():
            raise ActionImpossible("Un des choix n’est plus possible\u00a0: vérifiez-les.")
        choix = form.get_choix()
        if "importer" not in request.POST:
            actions.set_choix(recu=recu, choix=choix)
            return redirect(recu)
        with transaction.atomic():
            recu = actions.start_import(
                recu=recu, choix=choix, sans_fautives=form.cleaned_data.get("sans_fautives", False)
            )
            if recu.total <= actions.LOT:
                recu = actions.advance_import(recu=recu, by=request.user)
            else:
                actions.resume_import(recu=recu, by=request.user)
    except ActionImpossible as erreur:
        return _render_import(request, recu, donnees=request.POST, refus=str(erreur))
    if recu.etat == EtatImport.FINI:
        messages.success(request, "L’import est terminé\u00a0: le bilan dit ce qu’est devenue chaque action.")
    return redirect(recu)


@require_http_methods(["POST"])
def import_advance(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Reprend un import interrompu, ou l’arrête (`arreter`)."""
    recu = load_import(request, vague, id_ti, pk)
    check_user_can_import(request.user, recu.territoire)
    travail = get_travail(recu)
    if "arreter" in request.GET:
        if travail and travail.is_ouvert:
            ask_arret(travail)
            messages.info(request, "L’arrêt est demandé : le lot en cours finit, ce qui est écrit reste.")
    elif recu.etat == EtatImport.EN_COURS:
        try:
            actions.resume_import(recu=recu, by=request.user)
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
    return redirect(recu)


@require_safe
def import_marked(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Le classeur reçu, chaque cellule en cause marquée, avec une feuille « Rapport »."""
    recu = load_import(request, vague, id_ti, pk)
    plan = load_classeur(recu) if recu.is_notre else load_plan(recu)
    avertissements = _list_avertissements(recu, plan, Choix.from_json(recu.choix))
    signalements = [("À corriger", s) for s in plan.erreurs] + [("À regarder", s) for s in avertissements]
    with recu.piece.fichier.open("rb") as fichier:
        contenu = mark_classeur(fichier.read(), signalements)
    return _send(contenu, f"annote-{slugify(recu.fichier.rsplit('.', 1)[0]) or 'plan'}.xlsx")
