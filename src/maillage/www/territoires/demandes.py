"""Les demandes de périmètre : déposer, donner un avis, décider, enregistrer, retirer."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.models import Organisation
from maillage.comptes.permissions import Permission
from maillage.documents.models import Piece
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.territoires.actions_demandes import (
    add_avis,
    decide_demande,
    describe_demande,
    record_demande,
    render_avis,
    request_perimetre,
    withdraw_demande,
)
from maillage.territoires.enums import Mutation, SensAvis, StatutDemande
from maillage.territoires.models import AvisPerimetre, DemandePerimetre, Territoire
from maillage.territoires.permissions import (
    PHRASES_REFUS,
    check_permission,
    demandes_visible_to,
    has_permission_nationale,
    user_can_add_avis,
    user_can_decide_demande,
    user_can_record_demande,
    user_can_render_avis,
    user_can_withdraw_demande,
)
from maillage.territoires.policies import DEMANDABLES, can_move
from maillage.territoires.selectors import find_territoires
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.envoi import envoi_unique
from maillage.www.tableaux import Colonne, Filtre, Liste
from maillage.www.territoires.faits import VERBES
from maillage.www.territoires.forms import AutreForm, AvisForm, DecisionForm, DemandeForm, MotifForm
from maillage.www.territoires.pieces import keep_piece, serve_piece

S = StatutDemande


@require_safe
def demandes(request: HttpRequest) -> HttpResponse:
    """Toutes les demandes de périmètre que je peux lire, les plus récentes d’abord."""
    lignes: QuerySet[Any] = demandes_visible_to(request.user).select_related(
        "territoire__vague", "territoire__region", "autre"
    )
    liste = Liste(
        request,
        lignes.distinct(),
        nom="demandes-de-perimetre",
        titre="Demandes de périmètre",
        tri_defaut=("-deposee_at",),
        recherche=lambda demandes, texte: demandes.filter(
            Q(territoire__in=find_territoires(Territoire.objects.all(), texte))
        ),
        aide_recherche="Nom ou identifiant du territoire",
        filtres=[
            Filtre("statut", "État", list(S.choices), lambda statut: Q(statut=statut)),
            Filtre(
                "mutation", "Changement", [(m.value, m.label) for m in DEMANDABLES], lambda m: Q(mutation=m)
            ),
        ],
        colonnes=[
            Colonne(
                "territoire",
                "Territoire",
                lambda d: d.territoire.nom,
                ("territoire__nom_recherche",),
                entete=True,
                lien=DemandePerimetre.get_absolute_url,
            ),
            Colonne("mutation", "Changement", lambda d: d.get_mutation_display(), ("mutation",)),
            Colonne("statut", "État", lambda d: d.get_statut_display(), ("statut",)),
            Colonne(
                "souhaite",
                "Effet souhaité",
                lambda d: d.souhaite_le,
                ("souhaite_le",),
                "pilotage/cellule_jour.html",
            ),
            Colonne(
                "depuis", "Déposée le", lambda d: d.deposee_at, ("deposee_at",), "espace/cellule_instant.html"
            ),
        ],
    )
    if (fichier := liste.export()) is not None:
        return fichier
    chemin = [("Mon espace", reverse("espace-accueil")), ("Demandes de périmètre", "")]
    return render(request, "territoires/demandes.html", {"liste": liste, "chemin": chemin})


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def demande_create(request: HttpRequest, vague: str, id_ti: str, mutation: str) -> HttpResponse:
    """Le territoire demande un changement. Un transfert commence par le choix de l’autre territoire (`?autre=`)."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.PERIMETRE_REQUEST, territoire)
    if mutation not in DEMANDABLES:
        raise Http404
    nature = Mutation(mutation)
    args = [territoire.vague.code, territoire.id_ti]
    contexte = contexte_territoire(
        request,
        territoire,
        "perimetre",
        ("Périmètre", reverse("perimetre", args=args)),
        (VERBES[nature], ""),
    ) | {
        "titre": VERBES[nature],
        "url_retour": reverse("perimetre", args=args),
        "bouton": "Déposer la demande",
        "introduction": "La demande part aux Régions concernées pour avis, puis au comité de pilotage régional qui décide. "
        "La délégation nationale enregistre ensuite le changement, à sa date d’effet.",
    }
    autre = None
    if nature == Mutation.TRANSFERT:
        autre_form = AutreForm(request.GET if "autre" in request.GET else None, territoire=territoire)
        if not autre_form.is_valid():
            return render(
                request,
                "territoires/formulaire.html",
                contexte
                | {
                    "form": autre_form,
                    "methode": "get",
                    "titre": "Demander un transfert",
                    "bouton": "Continuer",
                },
            )
        autre = autre_form.cleaned_data["autre"]
    form = DemandeForm(
        request.POST if request.method == "POST" else None,
        territoire=territoire,
        mutation=nature,
        autre=autre,
    )
    if request.method == "POST" and form.is_valid():
        donnees = form.cleaned_data
        try:
            demande = request_perimetre(
                territoire=territoire,
                mutation=nature,
                motif=donnees["motif"],
                souhaite_le=donnees["souhaite_le"],
                entrent=donnees.get("entrent", []),
                sortent=list(donnees.get("sortent", [])),
                autre=donnees.get("autre") or autre,
                nouveau_nom=donnees.get("nouveau_nom", ""),
                site=donnees.get("site", ""),
                by=request.user,
            )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "La demande est déposée. Elle attend maintenant l’avis des Régions.")
            return redirect(demande)
    return render(request, "territoires/formulaire.html", contexte | {"form": form})


# --- une demande -------------------------------------------------------------------------------------------------------


def _load(request: HttpRequest, pk: int) -> DemandePerimetre:
    demande = (
        demandes_visible_to(request.user)
        .filter(pk=pk)
        .select_related("territoire__vague", "territoire__region", "autre__vague", "piece", "evenement")
        .first()
    )
    if demande is None:
        raise Http404("Cette demande n’existe pas, ou n’est pas à vous.")
    return demande


def _refuse(demande: DemandePerimetre, permission: Permission) -> None:
    raise AccesRefuse(PHRASES_REFUS[permission].format(territoire=demande.territoire))


def _is_national(request: HttpRequest) -> bool:
    return has_permission_nationale(request.user, Permission.PERIMETRE_RECORD)


def _get_prefecture(request: HttpRequest) -> Organisation | None:
    for fonction in request.user.get_fonctions():  # type: ignore[union-attr]
        if fonction.role == "prefecture":
            organisation: Organisation = fonction.organisation
            return organisation
    return None


def _render(request: HttpRequest, demande: DemandePerimetre, **formulaires: Any) -> HttpResponse:
    user = request.user
    avis = list(demande.avis.select_related("region", "organisation", "piece"))
    ouverts = demande.statut == S.DEPOSEE
    avis_vus = [
        {
            "avis": un,
            "form": (
                formulaires.get(f"avis-{un.pk}")
                or AvisForm(recu=_is_national(request), prefix=f"avis-{un.pk}")
            )
            if ouverts and not un.sens and user_can_render_avis(user, un)
            else None,
        }
        for un in avis
    ]
    prefecture = _get_prefecture(request)
    deja = {un.organisation_id for un in avis}
    peut_ajouter = (
        demande.statut in (S.DEPOSEE, S.A_DECIDER, S.AJOURNEE)
        and user_can_add_avis(user, demande)
        and prefecture is not None
        and prefecture.pk not in deja
    )
    peut_decider = can_move(demande, S.ACCEPTEE) and user_can_decide_demande(user, demande)
    contexte = {
        "demande": demande,
        "resume": describe_demande(demande),
        "membres": list(demande.membres.select_related("epci", "commune")),
        "avis": avis_vus,
        "form_ajouter": (formulaires.get("ajouter") or AvisForm(prefix="ajouter")) if peut_ajouter else None,
        "prefecture": prefecture,
        "form_decider": (
            formulaires.get("decider")
            or DecisionForm(initial={"instance": f"COPIL régional {demande.territoire.region}"})
        )
        if peut_decider
        else None,
        "peut_enregistrer": can_move(demande, S.ENREGISTREE) and user_can_record_demande(user, demande),
        "form_retirer": (formulaires.get("retirer") or MotifForm(prefix="retirer"))
        if can_move(demande, S.RETIREE) and user_can_withdraw_demande(user, demande)
        else None,
        "is_national": _is_national(request),
        "attend": _write_attend(demande, avis),
        "chemin": [
            ("Mon espace", reverse("espace-accueil")),
            ("Demandes de périmètre", reverse("demandes-perimetre")),
            (str(demande), ""),
        ],
    }
    return render(request, "territoires/demande.html", contexte)


def _write_attend(demande: DemandePerimetre, avis: list[AvisPerimetre]) -> str:
    """Qui doit agir maintenant, en une phrase ; vide quand tout est fait."""
    match S(demande.statut):
        case S.DEPOSEE:
            attendus = [un.de for un in avis if un.is_requis and not un.sens]
            return f"Avis attendu : {', '.join(attendus)}."
        case S.A_DECIDER | S.AJOURNEE:
            return f"Le comité de pilotage régional ({demande.territoire.region}) doit décider."
        case S.ACCEPTEE:
            return "La délégation nationale doit enregistrer le changement."
        case _:
            return ""


@require_safe
def demande_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Une demande : ce qui est demandé, les avis, la décision, et ce que je peux faire."""
    return _render(request, _load(request, pk))


@require_http_methods(["POST"])
def avis_render(request: HttpRequest, pk: int, avis_pk: int) -> HttpResponse:
    """La Région donne son avis ; la délégation nationale dépose celui qu’elle a reçu, avec son document."""
    demande = _load(request, pk)
    avis = get_object_or_404(AvisPerimetre.objects.select_related("demande"), demande=demande, pk=avis_pk)
    if not user_can_render_avis(request.user, avis):
        _refuse(demande, Permission.PERIMETRE_OPINE)
    recu = _is_national(request)
    form = AvisForm(request.POST, request.FILES, recu=recu, prefix=f"avis-{avis.pk}")
    if form.is_valid():
        donnees = form.cleaned_data
        try:
            with transaction.atomic():
                render_avis(
                    avis=avis,
                    sens=SensAvis(donnees["sens"]),
                    texte=donnees["texte"],
                    rendu_le=donnees.get("rendu_le"),
                    piece=keep_piece(request, donnees["piece"], f"Avis : {demande}"),
                    recu=recu,
                    by=request.user,
                )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "L’avis est donné.")
            return redirect(demande)
    return _render(request, demande, **{f"avis-{avis.pk}": form})


@require_http_methods(["POST"])
def avis_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Une préfecture du ressort ajoute son avis."""
    demande = _load(request, pk)
    organisation = _get_prefecture(request)
    if organisation is None or not user_can_add_avis(request.user, demande):
        _refuse(demande, Permission.PERIMETRE_OPINE)
    form = AvisForm(request.POST, request.FILES, prefix="ajouter")
    if organisation is not None and form.is_valid():
        donnees = form.cleaned_data
        try:
            with transaction.atomic():
                add_avis(
                    demande=demande,
                    organisation=organisation,
                    sens=SensAvis(donnees["sens"]),
                    texte=donnees["texte"],
                    piece=keep_piece(request, donnees["piece"], f"Avis : {demande}"),
                    by=request.user,
                )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "L’avis est ajouté.")
            return redirect(demande)
    return _render(request, demande, ajouter=form)


@require_http_methods(["POST"])
def demande_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """La Région chef de file enregistre la décision du comité de pilotage régional."""
    demande = _load(request, pk)
    if not user_can_decide_demande(request.user, demande):
        _refuse(demande, Permission.PERIMETRE_DECIDE)
    form = DecisionForm(request.POST, request.FILES)
    if form.is_valid():
        donnees = form.cleaned_data
        organisation = next(
            (
                f.organisation
                for f in request.user.get_fonctions()  # type: ignore[union-attr]
                if f.role == "region" and f.organisation.region_id == demande.territoire.region_id
            ),
            None,
        )
        try:
            with transaction.atomic():
                decide_demande(
                    demande=demande,
                    decision=S(donnees["decision"]),
                    instance=donnees["instance"],
                    decide_le=donnees["decide_le"],
                    effet_le=donnees["effet_le"],
                    motif=donnees["motif"],
                    piece=keep_piece(request, donnees["piece"], f"Décision : {demande}"),
                    organisation=organisation,
                    by=request.user,
                )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "La décision est enregistrée.")
            return redirect(demande)
    return _render(request, demande, decider=form)


@require_http_methods(["POST"])
def demande_record(request: HttpRequest, pk: int) -> HttpResponse:
    """La délégation nationale enregistre le changement accepté."""
    demande = _load(request, pk)
    if not user_can_record_demande(request.user, demande):
        _refuse(demande, Permission.PERIMETRE_RECORD)
    try:
        record_demande(demande=demande, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "Le changement est enregistré : il est dans l’histoire du périmètre.")
    return redirect(demande)


@require_http_methods(["POST"])
def demande_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Le territoire retire sa demande."""
    demande = _load(request, pk)
    if not user_can_withdraw_demande(request.user, demande):
        _refuse(demande, Permission.PERIMETRE_REQUEST)
    form = MotifForm(request.POST, prefix="retirer")
    if form.is_valid():
        try:
            withdraw_demande(demande=demande, motif=form.cleaned_data["motif"], by=request.user)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "La demande est retirée.")
            return redirect(demande)
    return _render(request, demande, retirer=form)


@require_safe
def demande_piece(request: HttpRequest, pk: int, piece_pk: int) -> HttpResponse | FileResponse:
    """Le document d’un avis ou de la décision, pour qui lit la demande."""
    demande = _load(request, pk)
    miennes = {demande.piece_id, *demande.avis.values_list("piece_id", flat=True)}
    if piece_pk not in miennes:
        raise Http404
    return serve_piece(request, get_object_or_404(Piece, pk=piece_pk), demande.get_absolute_url())
