"""Préparer et conduire un atelier, côté animateur ; l’écran de la salle ; les feuilles à imprimer ; la suite."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.ateliers import actions
from maillage.ateliers.actions_tableau import retain_carte
from maillage.ateliers.enums import EtatAtelier
from maillage.ateliers.models import Atelier, Groupe, Participant, Phase, Tableau
from maillage.ateliers.permissions import ateliers_visible_to, check_user_can_animate, user_can_animate
from maillage.ateliers.selectors import (
    get_etat_salle,
    get_phase_active,
    list_manquements,
    load_etats,
    load_synthese,
)
from maillage.comptes.permissions import Permission
from maillage.fiches.selectors import suggest_code
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.territoires.permissions import check_permission, has_permission
from maillage.www.ateliers.flux import sign_flux
from maillage.www.ateliers.forms import GESTES_PHASE, AtelierCreateForm, AtelierForm, GroupesForm, PhaseForm
from maillage.www.ateliers.qr import draw_qr
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.tableaux import Colonne, Filtre, Liste

Chemin = tuple[str, str]


def _load(request: HttpRequest, vague: str, id_ti: str, pk: int) -> Atelier:
    territoire = load_territoire(request, vague, id_ti)
    atelier = (
        ateliers_visible_to(request.user)
        .filter(pk=pk, territoire=territoire)
        .select_related("territoire__vague", "territoire__region")
        .first()
    )
    if atelier is None:
        raise Http404("Cet atelier n’existe pas, ou n’est pas à vous.")
    return atelier


def _contexte(request: HttpRequest, atelier: Atelier, *suite: Chemin) -> dict[str, Any]:
    args = [atelier.territoire.vague.code, atelier.territoire.id_ti]
    return contexte_territoire(
        request,
        atelier.territoire,
        "ateliers",
        ("Ateliers", reverse("ateliers", args=args)),
        (atelier.titre, atelier.get_absolute_url()),
        *suite,
    ) | {"atelier": atelier, "args": [*args, atelier.pk], "anime": user_can_animate(request.user, atelier)}


@require_GET
def ateliers(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Les ateliers du territoire : date, état, présents."""
    territoire = load_territoire(request, vague, id_ti)
    liste = Liste(
        request,
        territoire.ateliers.select_related("territoire__vague").annotate(presents=Count("participants")),
        nom=f"ateliers-{vague}-{id_ti}",
        titre="Ateliers",
        colonnes=[
            Colonne(
                "titre",
                "Atelier",
                lambda a: a.titre,
                tri=("titre",),
                entete=True,
                lien=lambda a: a.get_absolute_url(),
            ),
            Colonne("jour", "Date", lambda a: a.jour, tri=("jour",)),
            Colonne("lieu", "Lieu", lambda a: a.lieu, tri=("lieu",)),
            Colonne("etat", "État", lambda a: a.get_etat_display(), tri=("etat",)),
            Colonne("presents", "Participants", lambda a: a.presents, tri=("presents",), nombre=True),
        ],
        filtres=[Filtre("etat", "État", list(EtatAtelier.choices), lambda v: Q(etat=v))],
        recherche=lambda lignes, texte: lignes.filter(Q(titre__icontains=texte) | Q(lieu__icontains=texte)),
        aide_recherche="titre ou lieu",
        tri_defaut=("-jour",),
    )
    if fichier := liste.export():
        return fichier
    contexte = contexte_territoire(request, territoire, "ateliers", ("Ateliers", request.path))
    peut = has_permission(request.user, Permission.ATELIER_ANIMATE, territoire)
    return render(
        request, "ateliers/ateliers.html", contexte | {"liste": liste, "anime": peut, "args": [vague, id_ti]}
    )


@require_http_methods(["GET", "POST"])
def atelier_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Préparer un atelier : un titre, un jour, un programme type."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.ATELIER_ANIMATE, territoire)
    form = AtelierCreateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            atelier = actions.create_atelier(territoire=territoire, by=request.user, **form.cleaned_data)
        except ActionImpossible as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Atelier créé. Relisez son programme, puis ouvrez-le le jour venu.")
            return redirect(atelier.get_absolute_url())
    contexte = contexte_territoire(
        request,
        territoire,
        "ateliers",
        ("Ateliers", reverse("ateliers", args=[vague, id_ti])),
        ("Nouvel atelier", request.path),
    )
    return render(request, "ateliers/formulaire.html", contexte | {"form": form, "titre": "Nouvel atelier"})


@require_http_methods(["GET", "POST"])
def atelier_update(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Changer date, lieu, hôte."""
    atelier = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, atelier)
    form = AtelierForm(request.POST or None, initial=AtelierForm.get_initial(atelier))
    if request.method == "POST" and form.is_valid():
        actions.update_atelier(atelier=atelier, by=request.user, **form.cleaned_data)
        messages.success(request, "Atelier enregistré.")
        return redirect(atelier.get_absolute_url())
    contexte = _contexte(request, atelier, ("Modifier", request.path))
    return render(
        request, "ateliers/formulaire.html", contexte | {"form": form, "titre": "Modifier l’atelier"}
    )


@require_GET
def atelier(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Le pupitre : code, programme et ses gestes, participants, groupes. Qui n’anime pas n’y voit que le programme."""
    objet = _load(request, vague, id_ti, pk)
    contexte = _contexte(request, objet)
    phases = list(objet.phases.select_related("source"))
    contexte |= {"phases": [{"phase": p, "gestes": GESTES_PHASE[p.etat]} for p in phases]}
    if contexte["anime"]:
        tours = sorted({p.tour for p in phases if p.tour})
        groupes = list(objet.groupes.prefetch_related("membres__participant"))
        contexte |= {
            "groupes_form": GroupesForm(initial={"tour": _next_tour(tours, groupes)}),
            "tours": [
                {
                    "tour": tour,
                    "groupes": [g for g in groupes if g.tour == tour],
                    "manquements": list_manquements(objet, tour),
                }
                for tour in sorted({g.tour for g in groupes})
            ],
            "participants": list(objet.participants.all()),
            "adresse": request.build_absolute_uri(reverse("atelier-rejoindre", args=[objet.code])),
            "qr": draw_qr(request.build_absolute_uri(reverse("atelier-rejoindre", args=[objet.code]))),
            "active": get_phase_active(objet),
        }
    return render(request, "ateliers/atelier.html", contexte)


def _next_tour(tours: list[int], groupes: list[Groupe]) -> int:
    composes = {g.tour for g in groupes}
    return next((t for t in tours if t not in composes), tours[-1] if tours else 1)


@require_POST
def atelier_geste(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Un geste du pupitre : ouvrir, clore, lancer une phase, composer les groupes… puis retour au pupitre."""
    objet = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    geste = GESTES.get(request.POST.get("geste", ""))
    try:
        if geste is None:
            raise ActionImpossible("Ce geste n’existe pas, ou plus\u00a0: relisez le pupitre et recommencez.")
        if phrase := geste(request, objet):
            messages.success(request, phrase)
    except ActionImpossible as refus:
        messages.error(request, str(refus))
    return redirect(objet.get_absolute_url())


def _get_phase(request: HttpRequest, objet: Atelier) -> Phase:
    return get_object_or_404(objet.phases, pk=_entier(request, "phase"))


def _entier(request: HttpRequest, nom: str) -> int:
    valeur = request.POST.get(nom, "")
    return int(valeur) if valeur.isdecimal() and len(valeur) < 12 else 0


def _open(request: HttpRequest, objet: Atelier) -> str:
    actions.open_atelier(atelier=objet, by=request.user)
    return f"L’atelier est ouvert : le code {objet.code} laisse entrer."


def _close(request: HttpRequest, objet: Atelier) -> str:
    actions.close_atelier(atelier=objet, by=request.user)
    return "L’atelier est clos. Sa synthèse est prête."


def _compose(request: HttpRequest, objet: Atelier) -> str:
    form = GroupesForm(request.POST)
    if not form.is_valid():
        raise ActionImpossible("Donnez un tour et un nombre de groupes.")
    composition = actions.compose_groupes(
        atelier=objet, tour=form.cleaned_data["tour"], nombre=form.cleaned_data["nombre"], by=request.user
    )
    revues = composition.paires_revues
    if not revues:
        return "Groupes composés : personne ne retrouve un voisin d’un tour passé."
    borne = (
        " : c’est le moins possible." if revues == composition.borne else f" ; au mieux, {composition.borne}."
    )
    return (
        f"Groupes composés : {revues} {'paires se retrouvent' if revues > 1 else 'paire se retrouve'}{borne}"
    )


def _move(request: HttpRequest, objet: Atelier) -> str:
    participant = get_object_or_404(Participant, pk=_entier(request, "participant"), atelier=objet)
    groupe = get_object_or_404(Groupe, pk=_entier(request, "groupe"), atelier=objet)
    actions.move_participant(participant=participant, groupe=groupe, by=request.user)
    return f"{participant.prenom} est dans le groupe {groupe.numero}."


def _show(request: HttpRequest, objet: Atelier) -> str:
    numero = _entier(request, "groupe")
    groupe = get_object_or_404(Groupe, pk=numero, atelier=objet) if numero else None
    actions.show_groupe(phase=_get_phase(request, objet), groupe=groupe, by=request.user)
    return ""


def _on_phase(acte: Callable[..., None], **options: Any) -> Callable[[HttpRequest, Atelier], str]:
    def geste(request: HttpRequest, objet: Atelier) -> str:
        acte(phase=_get_phase(request, objet), by=request.user, **options)
        return ""

    return geste


GESTES: dict[str, Callable[[HttpRequest, Atelier], str]] = {
    "ouvrir": _open,
    "clore": _close,
    "composer": _compose,
    "deplacer": _move,
    "montrer": _show,
    "lancer": _on_phase(actions.start_phase),
    "pause": _on_phase(actions.pause_phase),
    "reprendre": _on_phase(actions.resume_phase),
    "prolonger": _on_phase(actions.extend_phase, minutes=5),
    "finir": _on_phase(actions.end_phase),
    "monter": _on_phase(actions.move_phase, pas=-1),
    "descendre": _on_phase(actions.move_phase, pas=1),
    "retirer": _on_phase(actions.delete_phase),
}


@require_http_methods(["GET", "POST"])
def phase_edit(request: HttpRequest, vague: str, id_ti: str, pk: int, phase: int = 0) -> HttpResponse:
    """Ajouter une phase au programme, ou changer une phase qui n’a pas commencé."""
    objet = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    existante = get_object_or_404(objet.phases, pk=phase) if phase else None
    form = PhaseForm(
        request.POST or None,
        atelier=objet,
        phase=existante,
        initial=PhaseForm.get_initial(existante) if existante else {"tour": None, "duree": 30},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_phase(atelier=objet, phase=existante, by=request.user, **form.get_champs())
        except ActionImpossible as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Programme enregistré.")
            return redirect(objet.get_absolute_url())
    titre = "Modifier la phase" if existante else "Nouvelle phase"
    contexte = _contexte(request, objet, (titre, request.path))
    return render(request, "ateliers/formulaire.html", contexte | {"form": form, "titre": titre})


@require_GET
def ecran(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """L’écran de la salle : code et QR tant qu’on arrive, horloge, puis les cartes en grand, un groupe après l’autre."""
    objet = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    phase = get_phase_active(objet)
    tableaux = _list_tableaux_ecran(phase)
    etats = load_etats(tableaux)
    adresse = request.build_absolute_uri(reverse("atelier-rejoindre", args=[objet.code]))
    return render(
        request,
        "ateliers/ecran.html",
        {
            "atelier": objet,
            "phase": phase,
            "vues": [
                {
                    "tableau": t,
                    "colonnes": [
                        {**c, "cartes": etats[t.pk].get_colonne(c["code"])} for c in t.phase.colonnes
                    ],
                }
                for t in tableaux
            ],
            "adresse": adresse,
            "qr": draw_qr(adresse),
            "presents": objet.participants.filter(parti_at__isnull=True).count(),
            "etat_salle": get_etat_salle(objet),
            "maintenant": int(maintenant().timestamp() * 1000),
            "flux": sign_flux(objet.pk, [t.pk for t in tableaux]),
        },
    )


def _list_tableaux_ecran(phase: Phase | None) -> list[Tableau]:
    if phase is None:
        return []
    tableaux = Tableau.objects.filter(phase=phase.source_id or phase.pk).select_related("phase", "groupe")
    if phase.groupe_restitue_id:
        tableaux = tableaux.filter(groupe=phase.groupe_restitue_id)
    return list(tableaux.order_by("groupe__numero", "id"))


@require_GET
def feuilles(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Une feuille par groupe à imprimer : code, QR, colonnes vides. Pour les tables sans téléphone."""
    objet = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    adresse = request.build_absolute_uri(reverse("atelier-rejoindre", args=[objet.code]))
    phases = [p for p in objet.phases.all() if p.colonnes]
    groupes = list(objet.groupes.prefetch_related("membres__participant"))
    contexte = _contexte(request, objet, ("Feuilles à imprimer", request.path))
    contexte |= {
        "feuilles": [
            {"phase": p, "groupe": g}
            for p in phases
            for g in ([g for g in groupes if g.tour == p.tour] or [None])
        ],
        "adresse": adresse,
        "qr": draw_qr(adresse),
    }
    return render(request, "ateliers/feuilles.html", contexte)


@require_http_methods(["GET", "POST"])
def synthese(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """La suite : idées par points et contributions, besoins sans fiche ; une idée devient une fiche en un geste."""
    objet = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    refus, vise = "", ""
    if request.method == "POST":
        tableau = Tableau.objects.filter(pk=_entier(request, "tableau"), phase__atelier=objet).first()
        vise = request.POST.get("carte", "")
        try:
            if tableau is None:
                raise ActionImpossible(
                    "Cette carte n’est pas de cet atelier\u00a0: choisissez-la dans la liste."
                )
            fiche = retain_carte(
                tableau=tableau,
                carte=vise,
                titre=request.POST.get("titre", ""),
                code=request.POST.get("code", "").strip(),
                by=request.user,
            )
        except ActionImpossible as erreur:
            refus = str(erreur)
        else:
            messages.success(request, f"La fiche « {fiche} » est créée, à l’état d’idée.")
            return redirect(request.path)
    contexte = _contexte(request, objet, ("Synthèse", request.path))
    contexte |= {
        "synthese": load_synthese(objet),
        "code_propose": suggest_code(objet.territoire),
        "refus": refus,
        "vise": vise,
        "saisi": request.POST,
    }
    return render(request, "ateliers/synthese.html", contexte)
