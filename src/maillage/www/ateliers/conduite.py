"""Conduire un atelier, côté animateur : le pupitre et ses gestes, l’écran de la salle, les feuilles, les notes de papier."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calcul.ateliers.tableau import TypeEvenement
from maillage.ateliers import actions
from maillage.ateliers.actions_tableau import post_evenements
from maillage.ateliers.models import Atelier, Groupe, MembreGroupe, Participant, Phase, Tableau
from maillage.ateliers.permissions import check_user_can_animate
from maillage.ateliers.selectors import (
    count_presents,
    get_etat_salle,
    get_phase_active,
    get_phase_montree,
    list_manquements,
    load_etats,
)
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.www.ateliers.chargement import get_contexte, load_atelier, read_entier
from maillage.www.ateliers.flux import sign_flux
from maillage.www.ateliers.forms import GESTES_PHASE, AbsentsForm, GroupesForm
from maillage.www.ateliers.qr import draw_qr


@require_GET
def atelier(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Le pupitre : code, programme et ses gestes, participants, groupes. Qui n’anime pas n’y voit que le programme."""
    objet = load_atelier(request, vague, id_ti, pk)
    contexte = get_contexte(request, objet)
    phases = list(objet.phases.select_related("source"))
    contexte |= {
        "phases": [{"phase": p, "gestes": GESTES_PHASE[p.etat]} for p in phases],
        "absents_form": AbsentsForm(initial={"jusqu_au": objet.contributions_jusqu_au}),
    }
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
            "etat_salle": get_etat_salle(objet),
            "maintenant": int(maintenant().timestamp() * 1000),
            "flux": sign_flux(objet.pk, []),
            "presents": count_presents(objet),
            "has_tableau": Tableau.objects.filter(phase__atelier=objet).exists(),
        }
    return render(request, "ateliers/atelier.html", contexte)


def _next_tour(tours: list[int], groupes: list[Groupe]) -> int:
    composes = {g.tour for g in groupes}
    return next((t for t in tours if t not in composes), tours[-1] if tours else 1)


@require_POST
def atelier_geste(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Un geste du pupitre : ouvrir, clore, lancer une phase, composer les groupes… puis retour au pupitre."""
    objet = load_atelier(request, vague, id_ti, pk)
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
    return get_object_or_404(objet.phases, pk=read_entier(request, "phase"))


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
    participant = _get_participant(request, objet)
    groupe = objet.groupes.filter(pk=read_entier(request, "groupe")).first()
    if groupe is None:
        raise ActionImpossible("Choisissez un groupe dans la liste.")
    actions.move_participant(participant=participant, groupe=groupe, by=request.user)
    return f"{participant.prenom} est dans le groupe {groupe.numero}."


def _get_participant(request: HttpRequest, objet: Atelier) -> Participant:
    participant = objet.participants.filter(pk=read_entier(request, "participant")).first()
    if participant is None:
        raise ActionImpossible("Choisissez une personne dans la liste.")
    return participant


def _report(request: HttpRequest, objet: Atelier) -> str:
    participant = _get_participant(request, objet)
    membre = (
        MembreGroupe.objects.filter(participant=participant)
        .select_related("groupe__atelier")
        .order_by("-groupe__tour")
        .first()
    )
    if membre is None:
        raise ActionImpossible(
            f"{participant.prenom} n’est dans aucun groupe\u00a0: placez cette personne d’abord."
        )
    actions.set_rapporteur(membre=membre, by=request.user)
    return (
        f"{participant.prenom} rapporte pour le groupe {membre.groupe.numero} du tour {membre.groupe.tour}."
    )


def _mark(request: HttpRequest, objet: Atelier) -> str:
    participant = _get_participant(request, objet)
    marque = request.POST.get("marque", "")
    actions.set_concurrence(participant=participant, marque=marque, by=request.user)
    if not marque.strip():
        return f"{participant.prenom} n’est plus à séparer de personne."
    return f"{participant.prenom} sera séparé·e des autres «\u00a0{marque.strip()}\u00a0» à la prochaine composition."


def _show(request: HttpRequest, objet: Atelier) -> str:
    numero = read_entier(request, "groupe")
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
    "rapporteur": _report,
    "separer": _mark,
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


@require_GET
def ecran(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """L’écran de la salle : code et QR tant qu’on arrive, horloge, puis les cartes en grand, un groupe après l’autre."""
    objet = load_atelier(request, vague, id_ti, pk)
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
            "presents": count_presents(objet),
            "etat_salle": get_etat_salle(objet),
            "maintenant": int(maintenant().timestamp() * 1000),
            "flux": sign_flux(objet.pk, [t.pk for t in tableaux]),
        },
    )


def _list_tableaux_ecran(phase: Phase | None) -> list[Tableau]:
    if phase is None:
        return []
    tableaux = Tableau.objects.filter(phase=get_phase_montree(phase)).select_related("phase", "groupe")
    if phase.groupe_restitue_id:
        tableaux = tableaux.filter(groupe=phase.groupe_restitue_id)
    return list(tableaux.order_by("groupe__numero", "id"))


@require_GET
def feuilles(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Une feuille par groupe à imprimer : code, QR, colonnes vides. Pour les tables sans téléphone."""
    objet = load_atelier(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    adresse = request.build_absolute_uri(reverse("atelier-rejoindre", args=[objet.code]))
    phases = [p for p in objet.phases.all() if p.colonnes]
    groupes = list(objet.groupes.prefetch_related("membres__participant"))
    contexte = get_contexte(request, objet, ("Feuilles à imprimer", request.path))
    # Le code d’un groupe mène au téléphone de sa table : un seul dessin par numéro.
    adresses = {None: adresse} | {n: f"{adresse}?table={n}" for n in {g.numero for g in groupes}}
    dessins = {n: draw_qr(a) for n, a in adresses.items()}
    contexte["feuilles"] = [
        {"phase": p, "groupe": g, "adresse": adresses[n], "qr": dessins[n]}
        for p in phases
        for g in ([g for g in groupes if g.tour == p.tour] or [None])
        for n in [g.numero if g else None]
    ]
    return render(request, "ateliers/feuilles.html", contexte)


@require_http_methods(["GET", "POST"])
def saisie(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Recopier vite des notes de papier : une note par ligne, toutes dans une colonne d’un tableau."""
    objet = load_atelier(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    tableaux = list(
        Tableau.objects.filter(phase__atelier=objet)
        .select_related("phase__atelier__territoire", "groupe")
        .order_by("-phase__rang", "groupe__numero", "id")
    )
    ou = request.POST.get("ou", "") or request.GET.get("ou", "")
    refus, reste = "", ""
    if request.method == "POST":
        refus, reste, posees = _enter(request, tableaux, ou)
        if posees:
            messages.success(request, f"{posees} {'cartes posées' if posees > 1 else 'carte posée'}.")
        if not refus:
            return redirect(f"{request.path}?{urlencode({'ou': ou})}")
    contexte = get_contexte(request, objet, ("Saisir des notes de papier", request.path))
    contexte |= {"tableaux": tableaux, "ou": ou, "refus": refus, "reste": reste, "cle": uuid.uuid4()}
    return render(request, "ateliers/saisie.html", contexte)


def _enter(request: HttpRequest, tableaux: list[Tableau], ou: str) -> tuple[str, str, int]:
    """Pose les lignes saisies. Rend (pourquoi il en reste, les lignes qui restent, combien sont posées)."""
    lignes = [ligne.strip() for ligne in request.POST.get("notes", "").splitlines() if ligne.strip()]
    numero, _, colonne = ou.partition(":")
    tableau = next((t for t in tableaux if str(t.pk) == numero), None)
    texte = "\n".join(lignes)
    if tableau is None:
        return "Choisissez où poser ces notes.", texte, 0
    if not lignes:
        return "Écrivez au moins une note, une par ligne.", "", 0
    try:
        page = uuid.UUID(request.POST.get("cle", ""))
    except ValueError:
        page = uuid.uuid4()
    # Renvoyée par un retour arrière, la même page redonne les mêmes clés : rien n’est posé deux fois.
    cles = [str(uuid.uuid5(page, f"{n}:{ligne}")) for n, ligne in enumerate(lignes)]
    try:
        resultats = post_evenements(
            tableau=tableau,
            gestes=[
                {"cle": cle, "type": TypeEvenement.POSEE, "carte": cle, "colonne": colonne, "texte": ligne}
                for cle, ligne in zip(cles, lignes, strict=True)
            ],
            by=request.user,
        )
    except ActionImpossible as erreur:
        return str(erreur), texte, 0
    refusees = [(ligne, r.refus) for ligne, r in zip(lignes, resultats, strict=True) if r.refus]
    return (
        refusees[0][1] if refusees else "",
        "\n".join(ligne for ligne, _ in refusees),
        len(lignes) - len(refusees),
    )
