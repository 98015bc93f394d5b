"""Dans la salle : entrer par un code, écrire sur le tableau de son groupe, sans compte et sans JavaScript s’il le faut."""

import json
import math
import uuid
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calcul.ateliers.tableau import TypeEvenement
from maillage.ateliers.actions import join_atelier, leave_atelier
from maillage.ateliers.actions_tableau import ENVOI_MAXIMUM, Resultat, post_evenements
from maillage.ateliers.diffusion import load_suite
from maillage.ateliers.enums import College, EtatAtelier, NaturePhase
from maillage.ateliers.models import Atelier, Participant, Phase, Tableau
from maillage.ateliers.permissions import user_can_animate
from maillage.ateliers.policies import is_open_to_absents
from maillage.ateliers.selectors import (
    count_presents,
    get_etat_salle,
    get_groupe,
    get_phase_active,
    is_rapporteur,
    list_besoins,
    list_tableaux_for,
    load_etats,
)
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.www.ateliers import debit
from maillage.www.ateliers.flux import sign_flux
from maillage.www.ateliers.jetons import forget_jeton, get_participant, keep_jeton
from maillage.www.commun import public

# Les phases où l’on relie une idée aux besoins dits avant.
LIENT = (NaturePhase.CONTRIBUER, NaturePhase.REGROUPER)


def _load_atelier(code: str) -> Atelier:
    atelier = Atelier.objects.filter(code=code.upper()).select_related("territoire__vague").first()
    if atelier is None:
        raise Http404("Aucun atelier n’a ce code.")
    return atelier


@public
@require_http_methods(["GET", "POST"])
def entrer(request: HttpRequest) -> HttpResponse:
    """Taper le code lu sur l’écran de la salle."""
    saisi = request.POST.get("code", "")
    erreur = ""
    if request.method == "POST":
        code = "".join(saisi.split()).replace("-", "").upper()
        if Atelier.objects.filter(code=code).exists():
            return redirect("atelier-rejoindre", code=code)
        erreur = (
            "Aucun atelier n’a ce code. Relisez-le sur l’écran de la salle : six lettres ou chiffres, "
            "sans 0, O, 1, I ni L."
        )
    return render(request, "ateliers/entrer.html", {"saisi": saisi, "erreur": erreur})


@public
@require_http_methods(["GET", "POST"])
def rejoindre(request: HttpRequest, code: str) -> HttpResponse:
    """Se présenter : un prénom, un collège ; l’organisation si on le veut."""
    atelier = _load_atelier(code)
    if get_participant(request, atelier):
        return redirect("atelier-salle", code=atelier.code)
    erreur = ""
    saisie_table = (request.POST if request.method == "POST" else request.GET).get("table", "")
    table = int(saisie_table) if saisie_table.isdecimal() and len(saisie_table) < 3 else None
    if request.method == "POST":
        try:
            _, jeton = join_atelier(
                atelier=atelier,
                prenom=request.POST.get("prenom", ""),
                college=request.POST.get("college", ""),
                organisation=request.POST.get("organisation", ""),
                table=table,
            )
        except ActionImpossible as refus:
            erreur = str(refus)
        else:
            reponse = redirect("atelier-salle", code=atelier.code)
            keep_jeton(reponse, atelier, jeton, secure=request.is_secure())
            return reponse
    return render(
        request,
        "ateliers/rejoindre.html",
        {
            "atelier": atelier,
            "ouvert": atelier.etat == EtatAtelier.OUVERT or is_open_to_absents(atelier, aujourdhui()),
            "table": table,
            "colleges": College.choices,
            "saisi": request.POST,
            "erreur": erreur,
        },
    )


def _load_participant(request: HttpRequest, code: str) -> tuple[Atelier, Participant]:
    """Le participant de ce téléphone ; 404 pour qui n’est pas entré : les mots restent dans la salle."""
    atelier = _load_atelier(code)
    participant = get_participant(request, atelier)
    if participant is None:
        raise Http404("Entrez d’abord dans l’atelier par son code.")
    return atelier, participant


@public
@require_http_methods(["GET", "POST"])
def salle(request: HttpRequest, code: str) -> HttpResponse:
    """Le tableau de mon groupe : la même page sert avec et sans JavaScript."""
    atelier = _load_atelier(code)
    participant = get_participant(request, atelier)
    if participant is None:
        return redirect("atelier-rejoindre", code=atelier.code)
    phase = get_phase_active(atelier)
    tableaux = list_tableaux_for(participant, phase)
    erreur, saisi = "", ""
    if request.method == "POST":
        resultat = _post_formulaire(request, participant, tableaux)
        if not resultat.refus:
            return redirect("atelier-salle", code=atelier.code)
        erreur, saisi = resultat.refus, request.POST.get("texte", "")
    etats = load_etats(tableaux)
    besoins = list_besoins(atelier, hors=phase) if phase and phase.nature in LIENT else []
    vues = [
        {
            "tableau": tableau,
            "ecrit": can_write(participant, tableau, phase),
            "colonnes": [
                {**colonne, "cartes": _present(etats[tableau.pk], colonne["code"], participant)}
                for colonne in tableau.phase.colonnes
            ],
        }
        for tableau in tableaux
    ]
    return render(
        request,
        "ateliers/salle.html",
        {
            "atelier": atelier,
            "participant": participant,
            "phase": phase,
            "groupe": get_groupe(participant, phase.tour) if phase else None,
            "besoins": besoins,
            "vues": vues,
            "erreur": erreur,
            "saisi": saisi,
            "colonne_saisie": request.POST.get("colonne", ""),
            "cle": uuid.uuid4(),
            "etat_salle": get_etat_salle(atelier),
            "flux": sign_flux(atelier.pk, [t.pk for t in tableaux]),
            "presents": count_presents(atelier),
            "maintenant": int(maintenant().timestamp() * 1000),
        },
    )


def can_write(participant: Participant, tableau: Tableau, phase: Phase | None) -> bool:
    """Vrai si la page propose d’écrire une carte sur ce tableau : on y contribue, on rapporte, ou l’on était absent."""
    if participant.is_absent:
        return is_open_to_absents(tableau.phase.atelier, aujourdhui())
    if phase is not None and phase.pk == tableau.phase_id:
        return phase.nature == NaturePhase.CONTRIBUER
    return is_rapporteur(participant, tableau)


def _present(etat: Any, colonne: str, participant: Participant) -> list[dict[str, Any]]:
    return [
        {
            "carte": carte,
            "a_moi": carte.auteur == participant.pk,
            "contributions": etat.count_contributions(carte.id),
            "mes_points": carte.votes.get(participant.pk, 0),
        }
        for carte in etat.get_colonne(colonne)
    ]


def _post_formulaire(request: HttpRequest, participant: Participant, tableaux: list[Tableau]) -> Resultat:
    """Un geste venu d’un formulaire ordinaire : la clé et l’identifiant de la carte sont dans la page."""
    geste: dict[str, Any] = {
        nom: request.POST.get(nom, "")
        for nom in ("cle", "type", "carte", "colonne", "texte", "avant", "avec", "besoin")
    }
    if geste["type"] == TypeEvenement.VOTEE:
        points = request.POST.get("points", "")
        geste["points"] = int(points) if points.isdecimal() and len(points) < 4 else -1
    geste["signee"] = request.POST.get("signee") == "oui"
    # Une clé par saisie : la page renvoyée par un retour arrière n’écrit pas deux fois, une autre saisie n’est pas perdue.
    try:
        page = uuid.UUID(geste["cle"])
    except ValueError:
        return Resultat("", refus="Ce geste n’a pas de clé lisible\u00a0: rechargez la page.")
    geste["cle"] = str(uuid.uuid5(page, json.dumps(geste, sort_keys=True)))
    if geste["type"] == TypeEvenement.POSEE:
        geste["carte"] = geste["cle"]
    vise = request.POST.get("tableau", "")
    tableau = next((t for t in tableaux if str(t.pk) == vise), None)
    if tableau is None:
        return Resultat(
            "", refus="Ce tableau n’est plus ouvert : la phase a changé. Votre texte est gardé ici."
        )
    try:
        return post_evenements(tableau=tableau, gestes=[geste], by=participant)[0]
    except ActionImpossible as refus:
        return Resultat("", refus=str(refus))


@public
@require_GET
def service(request: HttpRequest) -> HttpResponse:
    """Le service qui rouvre la salle sans réseau. Sa portée est celle de son adresse : il est servi sous /a/."""
    contenu = Path(str(finders.find("js/atelier/service.js"))).read_bytes()
    reponse = HttpResponse(contenu, content_type="text/javascript; charset=utf-8")
    reponse["Cache-Control"] = "no-cache"
    return reponse


@public
@require_POST
def quitter(request: HttpRequest, code: str) -> HttpResponse:
    """Partir : les groupes suivants se feront sans moi ; mes cartes restent."""
    atelier, participant = _load_participant(request, code)
    leave_atelier(participant=participant)
    reponse = redirect("atelier-rejoindre", code=atelier.code)
    forget_jeton(reponse, atelier)
    return reponse


@public
@require_POST
def gestes(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Les gestes d’un téléphone, en JSON : {"gestes": [{cle, type, carte…}]}. Rend un résultat par geste."""
    atelier, participant = _load_participant(request, code)
    tableau = Tableau.objects.filter(pk=pk, phase__atelier=atelier).select_related("phase__atelier").first()
    if tableau is None:
        raise Http404
    recus = _read_gestes(request)
    if recus is None:
        return JsonResponse({"phrase": "L’envoi est illisible : rechargez la page."}, status=400)
    if attente := debit.take(participant.pk, len(recus)):
        reponse = JsonResponse(
            {"phrase": "Vous allez trop vite : vos cartes sont gardées et partiront dans un instant."},
            status=429,
        )
        reponse["Retry-After"] = str(math.ceil(attente))
        return reponse
    try:
        resultats = post_evenements(tableau=tableau, gestes=recus, by=participant)
    except ActionImpossible as refus:
        return JsonResponse({"phrase": str(refus)}, status=409)
    return JsonResponse(
        {"resultats": [{"cle": r.cle, "version": r.version, "refus": r.refus} for r in resultats]}
    )


def _read_gestes(request: HttpRequest) -> list[dict[str, Any]] | None:
    """Les gestes d’un corps JSON, l’heure du téléphone lue ; None si le corps n’a pas la forme attendue."""
    try:
        recus = json.loads(request.body)["gestes"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(recus, list) or not 1 <= len(recus) <= ENVOI_MAXIMUM:
        return None
    if not all(isinstance(g, dict) for g in recus):
        return None
    for geste in recus:
        geste["saisi_at"] = _read_instant(geste.get("saisi_at"))
    return recus


def _read_instant(valeur: object) -> Any:
    if not isinstance(valeur, str):
        return None
    try:
        instant = parse_datetime(valeur)
    except ValueError:
        return None
    return instant if instant is not None and is_aware(instant) else None


@public
@require_GET
def suite(request: HttpRequest, code: str) -> HttpResponse:
    """Ce qui suit les versions connues (`t12=34`) : le chemin d’un téléphone dont le flux ne passe pas."""
    atelier = _load_atelier(code)
    participant = get_participant(request, atelier)
    if participant is not None:
        tableaux = list_tableaux_for(participant, get_phase_active(atelier))
    elif request.user.is_authenticated and user_can_animate(request.user, atelier):
        # L’écran de la salle et le pupitre : chacun ne demande que les tableaux qu’il montre.
        tableaux = [t for t in Tableau.objects.filter(phase__atelier=atelier) if f"t{t.pk}" in request.GET]
    else:
        raise Http404("Entrez d’abord dans l’atelier par son code.")
    connus = []
    for tableau in tableaux:
        valeur = request.GET.get(f"t{tableau.pk}", "0")
        connus.append((tableau.pk, int(valeur) if valeur.isdecimal() and len(valeur) < 10 else 0))
    return JsonResponse({"evenements": load_suite(connus), "salle": get_etat_salle(atelier)})
