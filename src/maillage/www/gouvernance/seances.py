"""Séances : préparer, convoquer, répondre, tenir la feuille de présence, décider, arrêter et signer le relevé."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.agenda.actions import format_quand, record_reponse, record_reponse_ics
from maillage.agenda.calendrier import TYPE_MIME, build_ics
from maillage.agenda.enums import MoyenReponse, Presence, ValeurReponse
from maillage.agenda.models import Invitation
from maillage.agenda.selectors import count_reponses
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.documents.reponses import serve_piece
from maillage.gouvernance import actions, policies
from maillage.gouvernance.composition import compose_feuille, compose_releve, say_qualite, say_votes
from maillage.gouvernance.enums import StatutSeance
from maillage.gouvernance.models import PointOrdreJour, ReleveDecisions, Seance
from maillage.gouvernance.permissions import (
    check_user_can_manage_comite,
    check_user_can_sign_releve,
    get_siege_signataire,
    user_can_manage_comite,
)
from maillage.gouvernance.selectors import (
    compare_saisies,
    find_points_proposes,
    get_etat_quorum,
    get_regle,
    list_entrees,
    list_participants,
)
from maillage.socle.conflits import Conflit
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.www.agenda.forms import ReponseForm
from maillage.www.champs import show_refus
from maillage.www.confirmation import ask_confirmation, is_confirmed
from maillage.www.conflits import apply_choix
from maillage.www.envoi import envoi_unique
from maillage.www.gouvernance.chargement import contexte_comite, contexte_seance, load_comite, load_seance
from maillage.www.gouvernance.forms import (
    AnnulerForm,
    DecisionForm,
    IcsForm,
    InviteForm,
    PointForm,
    PresenceForm,
    SeanceForm,
    SeanceUpdateForm,
    get_initial,
)
from maillage.www.gouvernance.liens import list_par_lien

S = StatutSeance
FORMES = {
    "pdf": ("PDF", "application/pdf", render_pdf),
    "docx": ("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", render_word),
}


def _load_tenue(request: HttpRequest, pk: int, vague: str, id_ti: str) -> Seance:
    """La séance, si je tiens son comité (403 sinon)."""
    seance = load_seance(request, pk, vague, id_ti)
    check_user_can_manage_comite(request.user, seance.comite)
    return seance


def get_releve(seance: Seance) -> ReleveDecisions | None:
    return ReleveDecisions.objects.filter(seance=seance).select_related("piece_pdf", "piece_word").first()


def _get_mon_invitation(request: HttpRequest, seance: Seance) -> Invitation | None:
    """La mienne ; à défaut, celle de mon organisation, dont personne n’est nommé."""
    organisations = request.user.get_organisation_ids()  # type: ignore[union-attr]
    return (
        seance.rendez_vous.invitations.en_cours()
        .filter(Q(personne=request.user.pk) | Q(personne__isnull=True, organisation__in=organisations))
        .select_related("rendez_vous")
        .order_by(F("personne").asc(nulls_last=True), "id")
        .first()
    )


# --- préparer --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def seance_create(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Prépare une séance d’un comité ; l’ordre du jour vient ensuite."""
    comite = load_comite(request, pk, vague, id_ti)
    check_user_can_manage_comite(request.user, comite)
    form = SeanceForm(
        request.POST if request.method == "POST" else None,
        initial={"titre": comite.nom, "debut": "14:00", "fin": "16:00"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            seance = actions.create_seance(comite=comite, by=request.user, **form.get_champs())
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            passee = seance.jour < aujourdhui()
            messages.success(
                request,
                "La séance est enregistrée à une date passée\u00a0: ouvrez-la pour relever les présences et les décisions, sans "
                "convoquer."
                if passee
                else "La séance est préparée. Composez l’ordre du jour, puis convoquez.",
            )
            return redirect(seance)
    contexte = contexte_comite(request, comite, ("Préparer une séance", request.path)) | {
        "form": form,
        "titre": "Préparer une séance",
        "conflit": None,
        "url_retour": comite.get_absolute_url(),
    }
    return render(request, "gouvernance/seance_form.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def seance_update(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Change la date, le lieu, le mot ; si quelqu’un l’a fait entre-temps, montre les écarts et laisse choisir."""
    seance = _load_tenue(request, pk, vague, id_ti)
    initial = get_initial(seance)
    form = SeanceUpdateForm(initial=initial | {"version_lue": seance.version})
    conflit: Conflit | None = None
    if request.method == "POST":
        form = SeanceUpdateForm(apply_choix(request.POST, initial))
        if form.is_valid():
            version = form.cleaned_data["version_lue"]
            try:
                apres = actions.update_seance(
                    seance=seance, version_lue=version, by=request.user, **form.get_champs()
                )
            except ConflitEdition as erreur:
                form, conflit = _compare(request, form, seance)
                form.add_error(None, str(erreur))
            except ActionImpossible as erreur:
                show_refus(form, erreur)
            else:
                if apres.version == version:
                    messages.info(request, "Rien n’avait changé\u00a0: rien n’a été envoyé.")
                else:
                    messages.success(
                        request,
                        "La séance est enregistrée. Les personnes déjà convoquées reçoivent la mise à jour.",
                    )
                return redirect(apres)
    contexte = contexte_seance(request, seance, ("Modifier", request.path)) | {
        "form": form,
        "titre": "Modifier la séance",
        "conflit": conflit,
        "url_retour": seance.get_absolute_url(),
    }
    return render(request, "gouvernance/seance_form.html", contexte)


def _compare(
    request: HttpRequest, form: SeanceUpdateForm, seance: Seance
) -> tuple[SeanceUpdateForm, Conflit]:
    """Le formulaire rendu après un conflit : ma saisie dans les champs que j’ai changés, l’enregistré dans les autres."""
    champs = form.get_champs()
    saisie = {
        champ: valeur.isoformat() if champ.endswith("_at") else valeur for champ, valeur in champs.items()
    }
    conflit = compare_saisies(seance, version_lue=form.cleaned_data["version_lue"], saisie=saisie)
    donnees = request.POST.copy()
    initial = get_initial(seance)
    for ecart in conflit.repris:
        donnees[ecart.champ] = initial[ecart.champ]
    donnees["version_lue"] = str(seance.version)
    rendu = SeanceUpdateForm(donnees)
    rendu.is_valid()
    return rendu, conflit


@require_http_methods(["GET", "HEAD", "POST"])
def seance_annuler(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Annule la séance ; le motif part avec l’annulation."""
    seance = _load_tenue(request, pk, vague, id_ti)
    form = AnnulerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_seance(seance=seance, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "La séance est annulée. Les personnes convoquées sont prévenues.")
            return redirect(seance)
    contexte = contexte_seance(request, seance, ("Annuler", request.path)) | {
        "form": form,
        "titre": "Annuler la séance",
        "explication": "Les personnes qui ont reçu l’invitation sont prévenues, et leur calendrier l’efface.",
        "bouton": "Annuler la séance",
        "url_retour": seance.get_absolute_url(),
    }
    return render(request, "gouvernance/formulaire.html", contexte)


@require_POST
def seance_move(request: HttpRequest, pk: int, vers: str, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Convoque (ou relance ceux qui n’ont rien reçu), ouvre ou clôt la séance."""
    if vers not in (S.CONVOQUEE, S.OUVERTE, S.TENUE):
        raise Http404
    seance = _load_tenue(request, pk, vague, id_ti)
    try:
        if vers == S.CONVOQUEE:
            nombre = actions.convoke_seance(seance=seance, by=request.user)
            messages.success(request, _say_convocation(nombre))
        elif vers == S.OUVERTE:
            actions.open_seance(seance=seance, by=request.user)
            messages.success(request, "La séance est ouverte. Relevez les présences, puis les décisions.")
            return redirect(seance.get_adresse("seance-presence"))
        else:
            oublies = _list_non_releves(seance)
            if oublies and not is_confirmed(request):
                return ask_confirmation(
                    request,
                    titre="Clore la séance\u00a0?",
                    phrases=[
                        f"Présence non relevée\u00a0: {', '.join(oublies)}. Le relevé le dira ainsi.",
                        "Une séance close ne se rouvre pas.",
                    ],
                    bouton="Clore quand même",
                    retour=seance.get_adresse("seance-presence"),
                )
            actions.close_seance(seance=seance, by=request.user)
            messages.success(request, "La séance est close. Relisez le relevé de décisions, puis arrêtez-le.")
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    return redirect(seance)


def _list_non_releves(seance: Seance) -> list[str]:
    """Les personnes attendues dont personne n’a dit si elles étaient là."""
    return [
        participant.invitation.nom
        for participant in list_participants(seance)
        if participant.invitation.presence == Presence.NON_RELEVEE
    ]


def _say_convocation(nombre: int) -> str:
    if not nombre:
        return "La séance est convoquée. Aucun courriel n’est parti\u00a0: personne de nouveau n’a d’adresse."
    return f"La séance est convoquée\u00a0: {nombre} {'invitation est partie' if nombre == 1 else 'invitations sont parties'}."


# --- la page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PasSeance:
    """Le prochain pas de la séance, pour qui la tient : une phrase, et le bouton ou le lien qui le fait."""

    phrase: str
    bouton: str = ""
    action: str = ""
    url: str = ""


def _get_pas(seance: Seance, releve: ReleveDecisions | None, points: int) -> PasSeance | None:
    statut = S(seance.statut)
    if statut in (S.EN_PREPARATION, S.CONVOQUEE) and seance.jour <= aujourdhui():
        return PasSeance(
            "ouvrir la séance, relever les présences",
            "Ouvrir la séance",
            seance.get_adresse("seance-move", "ouverte"),
        )
    if statut is S.EN_PREPARATION and not points:
        return PasSeance("composer l’ordre du jour", "Composer l’ordre du jour", url="#ordre-du-jour")
    if statut is S.EN_PREPARATION:
        return PasSeance(
            "convoquer le comité", "Envoyer les invitations", seance.get_adresse("seance-move", "convoquee")
        )
    if statut is S.CONVOQUEE:
        return PasSeance("attendre les réponses et le jour de la séance")
    if statut is S.OUVERTE:
        return PasSeance(
            "relever les présences et les décisions, puis clore",
            "Clore la séance",
            seance.get_adresse("seance-move", "tenue"),
        )
    if statut is S.TENUE and releve is None:
        return PasSeance(
            "relire et arrêter le relevé de décisions",
            "Relire le relevé",
            url=seance.get_adresse("seance-releve"),
        )
    return None


@require_safe
def seance_detail(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """La séance : où elle en est, quand et où, ordre du jour, qui vient, quorum, décisions."""
    return _rendre_seance(request, load_seance(request, pk, vague, id_ti))


def _rendre_seance(
    request: HttpRequest,
    seance: Seance,
    *,
    point_form: PointForm | None = None,
    invite_form: InviteForm | None = None,
    ics_form: IcsForm | None = None,
) -> HttpResponse:
    participants = list_participants(seance)
    releve = get_releve(seance)
    tient = user_can_manage_comite(request.user, seance.comite)
    points = list(
        seance.points.select_related("fiche__territoire__vague", "territoire__vague").order_by("rang", "id")
    )
    prepare = seance.statut not in (S.TENUE, S.ANNULEE)
    invitation = _get_mon_invitation(request, seance)
    attend_reponse = prepare and seance.rendez_vous.fin_at > maintenant()
    contexte = contexte_seance(request, seance) | {
        "quand": format_quand(seance.rendez_vous),
        "pas": _get_pas(seance, releve, len(points)) if tient else None,
        "tient": tient,
        "prepare": prepare,
        "peut_modifier": tient and policies.can_prepare(seance),
        "peut_relancer": tient and policies.can_prepare(seance) and attend_reponse,
        "peut_decider": tient and policies.can_record(seance, has_releve=releve is not None),
        "peut_inviter": tient and seance.statut != S.ANNULEE and releve is None,
        "url_convoquer": seance.get_adresse("seance-move", "convoquee"),
        "points": [
            (
                point,
                seance.get_adresse("seance-point-move", point.pk),
                seance.get_adresse("seance-point-remove", point.pk),
            )
            for point in points
        ],
        "proposes": find_points_proposes(seance) if tient and prepare else [],
        "participants": [(p, say_qualite(p)) for p in participants],
        "reponses": count_reponses(p.invitation for p in participants),
        "etat": get_etat_quorum(seance, participants),
        "regle": get_regle(seance.comite, seance.jour),
        "decisions": _list_decisions(seance),
        "releve": releve,
        "invitation": invitation if attend_reponse and policies.can_prepare(seance) else None,
        "valeurs": ValeurReponse.choices,
        "point_form": point_form or PointForm(),
        "invite_form": invite_form or InviteForm(),
        "ics_form": ics_form or IcsForm(),
        "en_seance": seance.statut in (S.OUVERTE, S.TENUE),
        "entrees": list(list_entrees(seance)),
    }
    return render(request, "gouvernance/seance.html", contexte)


def _list_decisions(seance: Seance) -> list[tuple[Any, str]]:
    decisions = seance.decisions.select_related(
        "fiche__territoire__vague", "territoire__vague", "plan_actions", "remplacee_par"
    ).order_by("numero")
    return [(decision, say_votes(decision)) for decision in decisions]


# --- ordre du jour ---------------------------------------------------------------------------------------------------


@require_POST
@envoi_unique
def seance_point_create(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Ajoute un point écrit à la main."""
    seance = _load_tenue(request, pk, vague, id_ti)
    form = PointForm(request.POST)
    if form.is_valid():
        try:
            actions.add_point(seance=seance, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "Le point est à l’ordre du jour.")
            return redirect(f"{seance.get_absolute_url()}#ordre-du-jour")
    return _rendre_seance(request, seance, point_form=form)


@require_POST
def seance_points_proposes(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Ajoute les points cochés parmi ceux qui attendent une décision."""
    seance = _load_tenue(request, pk, vague, id_ti)
    coches = set(request.POST.getlist("point"))
    points = [point for point in find_points_proposes(seance) if point.cle in coches]
    if not points:
        messages.error(
            request, "Cochez au moins un point, ou rechargez la page\u00a0: ils y sont peut-être déjà."
        )
        return redirect(f"{seance.get_absolute_url()}#ordre-du-jour")
    try:
        nombre = actions.add_points_proposes(seance=seance, points=points, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(
            request, f"{nombre} {'point ajouté' if nombre == 1 else 'points ajoutés'} à l’ordre du jour."
        )
    return redirect(f"{seance.get_absolute_url()}#ordre-du-jour")


def _load_point(seance: Seance, point: int) -> PointOrdreJour:
    trouve = seance.points.filter(pk=point).first()
    if trouve is None:
        raise Http404("Ce point n’est pas, ou n’est plus, à l’ordre du jour.")
    return trouve


@require_POST
def seance_point_move(
    request: HttpRequest, pk: int, point: int, vague: str = "", id_ti: str = ""
) -> HttpResponse:
    """Monte ou descend un point d’un rang."""
    seance = _load_tenue(request, pk, vague, id_ti)
    sens = 1 if request.POST.get("sens") == "bas" else -1
    try:
        actions.move_point(point=_load_point(seance, point), sens=sens, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    return redirect(f"{seance.get_absolute_url()}#ordre-du-jour")


@require_POST
def seance_point_remove(
    request: HttpRequest, pk: int, point: int, vague: str = "", id_ti: str = ""
) -> HttpResponse:
    """Retire un point de l’ordre du jour."""
    seance = _load_tenue(request, pk, vague, id_ti)
    try:
        actions.remove_point(point=_load_point(seance, point), by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "Le point est retiré.")
    return redirect(f"{seance.get_absolute_url()}#ordre-du-jour")


# --- personnes attendues ---------------------------------------------------------------------------------------------


@require_POST
def seance_invite(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Invite quelqu’un pour cette seule séance."""
    seance = _load_tenue(request, pk, vague, id_ti)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            participant = actions.add_invite(seance=seance, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            suite = " Envoyez les invitations pour le convoquer." if policies.can_prepare(seance) else ""
            messages.success(request, f"{participant} est attendu à la séance.{suite}")
            return redirect(f"{seance.get_absolute_url()}#personnes")
    return _rendre_seance(request, seance, invite_form=form)


@require_POST
def seance_repondre(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Répond à l’invitation, avec son compte."""
    seance = load_seance(request, pk, vague, id_ti)
    invitation = _get_mon_invitation(request, seance)
    form = ReponseForm(request.POST)
    if invitation is None:
        messages.error(request, "Vous n’êtes pas invité à cette séance sous votre compte.")
    elif not form.is_valid():
        messages.error(request, "Choisissez une réponse.")
    else:
        try:
            nouvelle = record_reponse(
                invitation=invitation,
                valeur=ValeurReponse(form.cleaned_data["valeur"]),
                message=form.cleaned_data["message"],
                moyen=MoyenReponse.COMPTE,
                by=request.user,
            )
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
        else:
            messages.success(
                request,
                "Votre réponse est enregistrée."
                if nouvelle
                else "Vous aviez déjà répondu cela\u00a0: rien n’a changé.",
            )
    return redirect(seance)


@require_POST
def seance_ics_depot(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Reçoit le fichier .ics qu’une messagerie a renvoyé en réponse ; le même deux fois ne change rien, et la page le dit."""
    seance = _load_tenue(request, pk, vague, id_ti)
    form = IcsForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            phrase = record_reponse_ics(
                rendez_vous=seance.rendez_vous, contenu=form.cleaned_data["fichier"].read(), by=request.user
            )
        except ActionImpossible as erreur:
            form.add_error("fichier", str(erreur))
        else:
            messages.success(request, phrase)
            return redirect(f"{seance.get_absolute_url()}#personnes")
    return _rendre_seance(request, seance, ics_form=form)


@require_safe
def seance_ics(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Le rendez-vous pour son calendrier."""
    seance = load_seance(request, pk, vague, id_ti)
    url = request.build_absolute_uri(seance.get_absolute_url())
    return ics_response(build_ics(seance.rendez_vous, _get_mon_invitation(request, seance), url=url))


def ics_response(texte: str) -> HttpResponse:
    reponse = HttpResponse(texte, content_type=f"{TYPE_MIME}; charset=utf-8")
    reponse["Content-Disposition"] = 'attachment; filename="rendez-vous.ics"'
    return reponse


# --- feuille de présence ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def seance_presence(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """La feuille de présence, faite pour un téléphone : un bouton par état, le quorum en haut."""
    seance = _load_tenue(request, pk, vague, id_ti)
    if request.method == "POST":
        form = PresenceForm(request.POST)
        participant = (
            seance.participants.select_related("seance", "invitation")
            .filter(pk=form.cleaned_data["participant"])
            .first()
            if form.is_valid()
            else None
        )
        if participant is None:
            messages.error(request, "Cette personne n’est plus sur la feuille\u00a0: rechargez la page.")
            return redirect(request.path)
        try:
            actions.record_presence(
                participant=participant, presence=Presence(form.cleaned_data["presence"]), by=request.user
            )
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
        return redirect(f"{request.path}#p-{participant.pk}")
    participants = list_participants(seance)
    etat = get_etat_quorum(seance, participants)
    contexte = contexte_seance(request, seance, ("Feuille de présence", request.path)) | {
        "participants": [(p, say_qualite(p)) for p in participants],
        "etat": etat,
        "en_seance": seance.statut in (S.OUVERTE, S.TENUE),
        "regle": get_regle(seance.comite, seance.jour),
        "presences": [choix for choix in Presence.choices if choix[0] != Presence.NON_RELEVEE],
        "ouverte": policies.can_record(seance, has_releve=get_releve(seance) is not None),
    }
    return render(request, "gouvernance/presence.html", contexte)


@require_safe
def seance_feuille(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """La feuille de présence en PDF, à imprimer et à faire signer."""
    seance = load_seance(request, pk, vague, id_ti)
    return _document(render_pdf(compose_feuille(seance)), "application/pdf", f"presence-{seance.jour}.pdf")


def _document(octets: bytes, type_mime: str, nom: str) -> HttpResponse:
    reponse = HttpResponse(octets, content_type=type_mime)
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse


# --- décisions -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def seance_decision(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Enregistre une décision ; `?point=` la prépare depuis un point de l’ordre du jour."""
    seance = _load_tenue(request, pk, vague, id_ti)
    releve = get_releve(seance)
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        seance=seance,
        initial=_get_initial_decision(request, seance),
    )
    if request.method == "POST" and form.is_valid():
        try:
            decision = actions.record_decision(seance=seance, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request,
                f"{decision.get_portee_display()} n°\u00a0{decision.numero} enregistrée\u00a0: {decision.intitule}.",
            )
            return redirect(f"{seance.get_absolute_url()}#decisions")
    etat = get_etat_quorum(seance)
    regle = get_regle(seance.comite, seance.jour)
    contexte = contexte_seance(request, seance, ("Décider", request.path)) | {
        "form": form,
        "etat": etat,
        "regle": regle,
        "regle_phrase": policies.describe_regle(regle),
        "peut_decider": policies.can_record(seance, has_releve=releve is not None),
        "url_retour": seance.get_absolute_url(),
    }
    return render(request, "gouvernance/decision.html", contexte)


def _get_initial_decision(request: HttpRequest, seance: Seance) -> dict[str, Any]:
    numero = request.GET.get("point", "")
    point = seance.points.filter(pk=int(numero)).first() if numero.isascii() and numero.isdigit() else None
    if point is None:
        return {}
    return {
        "point": point.pk,
        "nature": point.nature,
        "fiche": point.fiche_id,
        "territoire": point.territoire_id,
        "intitule": "" if point.fiche_id or point.nature != "libre" else point.titre,
    }


# --- relevé ----------------------------------------------------------------------------------------------------------


@require_safe
def seance_releve(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Le relevé de décisions : aperçu, puis fichiers arrêtés, empreinte, signatures, envoi."""
    seance = load_seance(request, pk, vague, id_ti)
    releve = get_releve(seance)
    signatures = list(releve.signatures.order_by("signe_at", "id")) if releve else []
    siege = get_siege_signataire(request.user, seance)
    contexte = contexte_seance(request, seance, ("Relevé de décisions", request.path)) | {
        "releve": releve,
        "signatures": signatures,
        "par_lien": [
            (membre, seance.get_adresse("seance-releve-lien", membre.pk)) for membre in list_par_lien(releve)
        ]
        if releve
        else [],
        "tient": user_can_manage_comite(request.user, seance.comite),
        "siege": siege if releve and siege and siege.pk not in {s.membre_id for s in signatures} else None,
        "formes": [
            (libelle, seance.get_adresse("seance-releve-fichier", forme))
            for forme, (libelle, _, _) in FORMES.items()
        ],
        "decisions": _list_decisions(seance),
        "participants": [(p, say_qualite(p)) for p in list_participants(seance)],
        "etat_phrase": policies.describe_quorum(get_etat_quorum(seance)),
        "regle": get_regle(seance.comite, seance.jour),
        "avec_adresse": seance.rendez_vous.invitations.en_cours().exclude(email="").count(),
    }
    return render(request, "gouvernance/releve.html", contexte)


@require_safe
def seance_releve_fichier(
    request: HttpRequest, pk: int, forme: str, vague: str = "", id_ti: str = ""
) -> HttpResponse:
    """Le relevé arrêté, ou son projet tant qu’il ne l’est pas, en PDF ou en Word."""
    seance = load_seance(request, pk, vague, id_ti)
    if forme not in FORMES:
        raise Http404
    releve = get_releve(seance)
    try:
        if releve:
            return serve_piece(releve.piece_pdf if forme == "pdf" else releve.piece_word)
        _, type_mime, rendre = FORMES[forme]
        return _document(
            rendre(compose_releve(seance, arrete=False)), type_mime, f"releve-projet-{seance.jour}.{forme}"
        )
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect(seance.get_adresse("seance-releve"))


@require_POST
def seance_releve_arreter(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Arrête le relevé : il ne bouge plus, on le signe et on l’envoie."""
    seance = _load_tenue(request, pk, vague, id_ti)
    if not is_confirmed(request):
        decisions = seance.decisions.count()
        return ask_confirmation(
            request,
            titre="Arrêter le relevé de décisions\u00a0?",
            phrases=[
                f"{decisions} {'décision y est écrite' if decisions == 1 else 'décisions y sont écrites'}, avec les présences.",
                "Une fois arrêté, il ne change plus\u00a0: son empreinte est gardée. La présidence et le secrétariat le signent.",
            ],
            bouton="Arrêter le relevé",
            retour=seance.get_adresse("seance-releve"),
        )
    try:
        actions.arrete_releve(seance=seance, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "Le relevé est arrêté. La présidence et le secrétariat peuvent le signer.")
    return redirect(seance.get_adresse("seance-releve"))


@require_POST
def seance_releve_envoyer(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Envoie le relevé arrêté à toutes les personnes attendues."""
    seance = _load_tenue(request, pk, vague, id_ti)
    releve = get_releve(seance)
    if releve is None:
        messages.error(request, "Arrêtez d’abord le relevé\u00a0: on n’envoie pas un projet.")
        return redirect(seance.get_adresse("seance-releve"))
    if releve.envoye_at and not is_confirmed(request):
        return ask_confirmation(
            request,
            titre="Renvoyer le relevé\u00a0?",
            phrases=[
                f"Il est déjà parti le {timezone.localtime(releve.envoye_at):%d/%m/%Y à %H:%M}.",
                "Toutes les personnes attendues qui ont une adresse le recevront de nouveau.",
            ],
            bouton="Renvoyer",
            retour=seance.get_adresse("seance-releve"),
        )
    try:
        nombre = actions.send_releve(releve=releve, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(
            request, f"Le relevé est parti à {nombre} {'personne' if nombre == 1 else 'personnes'}."
        )
    return redirect(seance.get_adresse("seance-releve"))


@require_POST
def seance_releve_signer(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Signe le relevé, comme présidence ou secrétariat."""
    seance = load_seance(request, pk, vague, id_ti)
    siege = check_user_can_sign_releve(request.user, seance)
    releve = get_releve(seance)
    if releve is None:
        messages.error(request, "Le relevé n’est pas encore arrêté\u00a0: il n’y a rien à signer.")
        return redirect(seance.get_adresse("seance-releve"))
    if not is_confirmed(request):
        absence = (
            ["Votre présence à cette séance n’a pas été relevée."]
            if siege.nom in _list_non_releves(seance)
            else []
        )
        return ask_confirmation(
            request,
            titre="Signer le relevé de décisions\u00a0?",
            phrases=[
                f"Vous signez «\u00a0{seance.rendez_vous.titre}\u00a0», séance du {format_jour(seance.jour)}, comme {siege.get_place_display().lower()}.",
                f"Votre signature porte sur le fichier d’empreinte {releve.piece_pdf.sha256[:16]}… et ne se retire pas.",
                *absence,
            ],
            bouton="Signer le relevé",
            retour=seance.get_adresse("seance-releve"),
        )
    try:
        actions.sign_releve(releve=releve, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "Votre signature est enregistrée.")
    return redirect(seance.get_adresse("seance-releve"))
