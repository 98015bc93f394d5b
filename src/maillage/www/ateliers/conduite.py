"""Préparer et conduire un atelier, côté animateur ; l’écran de la salle ; les feuilles à imprimer ; la suite."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calcul.ateliers.tableau import TypeEvenement
from maillage.ateliers import actions
from maillage.ateliers.actions_tableau import post_evenements, retain_carte
from maillage.ateliers.composition import compose_synthese
from maillage.ateliers.enums import EtatAtelier
from maillage.ateliers.models import Atelier, Groupe, MembreGroupe, Participant, Phase, Tableau
from maillage.ateliers.permissions import ateliers_visible_to, check_user_can_animate, user_can_animate
from maillage.ateliers.selectors import (
    compare_with_precedent,
    count_presents,
    get_etat_salle,
    get_phase_active,
    list_manquements,
    load_etats,
    load_synthese,
)
from maillage.comptes.permissions import Permission
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.fiches.selectors import suggest_code
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.territoires.permissions import check_permission, has_permission
from maillage.www.ateliers.flux import sign_flux
from maillage.www.ateliers.forms import (
    GESTES_PHASE,
    AbsentsForm,
    AtelierCreateForm,
    AtelierForm,
    GroupesForm,
    InviterForm,
    PhaseForm,
)
from maillage.www.ateliers.qr import draw_qr
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.tableaux import Colonne, Filtre, Liste

Chemin = tuple[str, str]
FORMES = {
    "pdf": ("application/pdf", render_pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", render_word),
}


def _load(request: HttpRequest, vague: str, id_ti: str, pk: int) -> Atelier:
    territoire = load_territoire(request, vague, id_ti)
    atelier = (
        ateliers_visible_to(request.user)
        .filter(pk=pk, territoire=territoire)
        .select_related("territoire__vague", "territoire__region", "rendez_vous")
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
    form = AtelierCreateForm(request.POST or None, territoire=territoire)
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
    form = AtelierForm(
        request.POST or None,
        territoire=atelier.territoire,
        atelier=atelier,
        initial=AtelierForm.get_initial(atelier),
    )
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
    participant = _get_participant(request, objet)
    groupe = objet.groupes.filter(pk=_entier(request, "groupe")).first()
    if groupe is None:
        raise ActionImpossible("Choisissez un groupe dans la liste.")
    actions.move_participant(participant=participant, groupe=groupe, by=request.user)
    return f"{participant.prenom} est dans le groupe {groupe.numero}."


def _get_participant(request: HttpRequest, objet: Atelier) -> Participant:
    participant = objet.participants.filter(pk=_entier(request, "participant")).first()
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
            "presents": count_presents(objet),
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
    objet = _load(request, vague, id_ti, pk)
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
    contexte = _contexte(request, objet, ("Saisir des notes de papier", request.path))
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


@require_http_methods(["GET", "POST"])
def inviter(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Inviter par courriel, voir qui vient. Le fichier .ics part avec chaque invitation."""
    objet = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    form = InviterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            partis = actions.invite_to_atelier(
                atelier=objet,
                adresse=request.build_absolute_uri(reverse("atelier-rejoindre", args=[objet.code])),
                by=request.user,
                **form.cleaned_data,
            )
        except ActionImpossible as refus:
            form.add_error(None, str(refus))
        else:
            if partis:
                messages.success(
                    request, f"{partis} {'invitations envoyées' if partis > 1 else 'invitation envoyée'}."
                )
            else:
                messages.info(request, "Ces personnes étaient déjà invitées\u00a0: rien n’a été renvoyé.")
            return redirect(request.path)
    contexte = _contexte(request, objet, ("Invitations", request.path))
    contexte |= {
        "form": form,
        "invitations": list(objet.rendez_vous.invitations.en_cours()) if objet.rendez_vous else [],
    }
    return render(request, "ateliers/inviter.html", contexte)


@require_POST
def absents(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Ouvre le lien de l’atelier à ceux qui n’étaient pas là, jusqu’à une date."""
    objet = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    form = AbsentsForm(request.POST)
    try:
        if not form.is_valid():
            raise ActionImpossible(
                "Donnez une date\u00a0: jusqu’à quel jour les absents peuvent-ils contribuer\u00a0?"
            )
        actions.open_to_absents(atelier=objet, by=request.user, **form.cleaned_data)
    except ActionImpossible as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, "Les absents peuvent contribuer par le lien de l’atelier.")
    return redirect(objet.get_absolute_url())


@require_GET
def synthese_fichier(request: HttpRequest, vague: str, id_ti: str, pk: int, forme: str) -> HttpResponse:
    """La synthèse en Word ou en PDF. Comme la page, elle n’est qu’à qui anime."""
    objet = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    if forme not in FORMES:
        raise Http404
    type_mime, rendre = FORMES[forme]
    try:
        octets = rendre(compose_synthese(objet))
    except ActionImpossible as refus:
        messages.error(request, str(refus))
        return redirect("atelier-synthese", vague, id_ti, pk)
    reponse = HttpResponse(octets, content_type=type_mime)
    reponse["Content-Disposition"] = f'attachment; filename="synthese-atelier-{objet.jour}.{forme}"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse


def _publish(request: HttpRequest, tableau: Tableau, carte: str) -> None:
    """Publie une carte, ou la reprend ; lève ActionImpossible."""
    geste = {
        "cle": str(uuid.uuid4()),
        "type": TypeEvenement.PUBLIEE,
        "carte": carte,
        "oui": request.POST["publier"] == "oui",
    }
    (resultat,) = post_evenements(tableau=tableau, gestes=[geste], by=request.user)
    if resultat.refus:
        raise ActionImpossible(resultat.refus)


@require_http_methods(["GET", "POST"])
def synthese(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """La suite : idées par points et contributions, besoins sans fiche ; une idée devient une fiche en un geste."""
    objet = _load(request, vague, id_ti, pk)
    check_user_can_animate(request.user, objet)
    refus, vise = "", ""
    if request.method == "POST":
        tableau = (
            Tableau.objects.filter(pk=_entier(request, "tableau"), phase__atelier=objet)
            .select_related("phase__atelier__territoire")
            .first()
        )
        vise = request.POST.get("carte", "")
        try:
            if tableau is not None and "publier" in request.POST:
                _publish(request, tableau, vise)
                return redirect(f"{request.path}#carte-{vise}")
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
        "comparaison": compare_with_precedent(objet),
        "code_propose": suggest_code(objet.territoire),
        "refus": refus,
        "vise": vise,
        "saisi": request.POST,
    }
    return render(request, "ateliers/synthese.html", contexte)
