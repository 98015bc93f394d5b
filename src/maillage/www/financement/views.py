"""Financement : vue d’ensemble d’un territoire, plan d’une fiche, page d’une ligne, avec ou sans compte."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from calcul.financement.modele import get_exceptions
from calcul.montants import format_montant
from maillage.comptes.enums import ButLien, TypeOrganisation
from maillage.comptes.models import Invite
from maillage.comptes.permissions import Permission
from maillage.documents.reponses import serve_piece
from maillage.fiches.models import FicheAction
from maillage.financement import actions
from maillage.financement.enums import NatureLigne, StatutLigne
from maillage.financement.models import LigneDepense, LigneFinancement, PlanFinancement
from maillage.financement.permissions import (
    check_user_can_confirm_part,
    check_user_can_move_ligne,
    check_user_can_send_lien,
    check_user_can_update_plan,
    financeur_has_compte,
    lignes_visible_to,
    user_can_confirm_part,
    user_can_read_pieces,
    user_can_send_lien,
    user_can_update_plan,
)
from maillage.financement.policies import (
    can_confirm_part,
    can_move,
    can_send_lien,
    check_can_move,
    check_etape_lue,
    say_lien_impossible,
)
from maillage.financement.selectors import (
    LIBELLES_BOUCLAGE,
    count_bouclages,
    find_lignes,
    get_histoire_ligne,
    get_regles_lues,
    liens_of_ligne,
    plans_vivants,
    sum_barres,
)
from maillage.financement.selectors_plans import PlanLu, read_plan
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import check_permission, has_permission
from maillage.www.commun import contexte_territoire, load_territoire, public
from maillage.www.comptes.views import get_invite
from maillage.www.envoi import envoi_unique
from maillage.www.fiches.presentation import Argent
from maillage.www.fiches.views import (
    args_fiche,
    contexte_fiche,
    load_fiche,
    q_bouclage,
    say_porteur,
    with_argent,
)
from maillage.www.financement.forms import (
    CadreForm,
    DepenseForm,
    LienForm,
    LigneForm,
    MouvementLigneForm,
    PartForm,
    SansBesoinForm,
)
from maillage.www.financement.presentation import (
    get_badge,
    list_chiffres,
    list_pas,
    say_main,
    say_pas_fait,
)
from maillage.www.tableaux import Colonne, Filtre, Liste

# --- vue d’ensemble ----------------------------------------------------------------------------------------------


def _build_liste_fiches(request: HttpRequest, territoire: Territoire) -> Liste:
    return Liste(
        request,
        with_argent(territoire.fiches.exclude(statut="abandonnee")),
        nom=f"plans-{territoire.vague.code}-{territoire.id_ti}",
        titre="Financement par fiche",
        colonnes=[
            Colonne("code", "Code", lambda f: f.code or "—", tri=("code",)),
            Colonne(
                "titre",
                "Fiche",
                lambda f: f.titre,
                tri=("titre",),
                entete=True,
                lien=lambda f: reverse("plan-detail", args=args_fiche(f)),
            ),
            Colonne(
                "bouclage",
                "État",
                Argent,
                tri=("plan__code_bouclage",),
                gabarit="fiches/cellules/argent.html",
            ),
            Colonne(
                "cout",
                "Coût",
                lambda f: Argent(f).get_montant("cout"),
                tri=("plan__cout_total",),
                montant=True,
            ),
            Colonne(
                "obtenu",
                "Obtenu",
                lambda f: Argent(f).get_montant("obtenu"),
                montant=True,
            ),
            Colonne(
                "atteste",
                "Attesté",
                lambda f: Argent(f).get_montant("atteste"),
                montant=True,
            ),
            Colonne(
                "demande",
                "Demandé",
                lambda f: Argent(f).get_montant("demande"),
                montant=True,
            ),
            Colonne(
                "reste",
                "Reste à trouver",
                lambda f: Argent(f).get_montant("reste"),
                montant=True,
            ),
        ],
        filtres=[Filtre("bouclage", "État", list(LIBELLES_BOUCLAGE.items()), q_bouclage)],
        tri_defaut=("rang",),
    )


def _say_nature(ligne: LigneFinancement) -> str:
    return ", ".join(filter(None, [ligne.get_nature_display(), ligne.dispositif]))


def _build_liste_lignes(request: HttpRequest, territoire: Territoire) -> Liste:
    lignes = LigneFinancement.objects.filter(plan__fiche__territoire=territoire)
    financeurs = lignes.order_by("financeur__nom").values_list("financeur_id", "financeur__nom").distinct()

    return Liste(
        request,
        lignes.select_related("financeur", "plan__fiche__territoire__vague"),
        nom=f"lignes-{territoire.vague.code}-{territoire.id_ti}",
        titre="Lignes de financement",
        colonnes=[
            Colonne(
                "financeur",
                "Financeur",
                lambda li: li.financeur.nom,
                tri=("financeur__nom",),
                entete=True,
                lien=lambda li: reverse("ligne-detail", args=[li.pk]),
            ),
            Colonne(
                "fiche",
                "Fiche",
                lambda li: li.plan.fiche.code or li.plan.fiche.titre,
                tri=("plan__fiche__rang",),
            ),
            Colonne("nature", "Nature, dispositif", _say_nature, tri=("nature", "dispositif")),
            Colonne(
                "statut",
                "État",
                lambda li: li.get_statut_display(),
                tri=("statut",),
                gabarit="fiches/cellules/statut.html",
            ),
            Colonne(
                "depuis",
                "Depuis le",
                lambda li: li.statut_depuis,
                tri=("statut_depuis",),
                gabarit="financement/cellules/jour.html",
            ),
            Colonne(
                "demande",
                "Demandé, ou pressenti",
                lambda li: li.montant_demande or li.montant_pressenti,
                tri=("montant_pressenti",),
                montant=True,
            ),
            Colonne(
                "accorde",
                "Accordé",
                lambda li: li.montant_accorde,
                tri=("montant_accorde",),
                montant=True,
            ),
            Colonne(
                "verse",
                "Versé",
                lambda li: li.montant_verse,
                tri=("montant_verse",),
                montant=True,
            ),
        ],
        filtres=[
            Filtre("statut", "État", list(StatutLigne.choices), lambda code: Q(statut=code)),
            Filtre("nature", "Nature", list(NatureLigne.choices), lambda code: Q(nature=code)),
            Filtre(
                "financeur",
                "Financeur",
                [(str(pk), nom) for pk, nom in financeurs],
                lambda cle: Q(financeur=cle),
            ),
        ],
        recherche=find_lignes,
        aide_recherche="Financeur, dispositif, dossier, fiche",
        tri_defaut=("plan__fiche__rang",),
    )


VUES = {"fiches": _build_liste_fiches, "lignes": _build_liste_lignes}


@require_http_methods(["GET"])
def financement(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """L’argent du territoire : barre, fiches par état du bouclage, puis les fiches ou les lignes (`?vue=lignes`)."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    vue = request.GET.get("vue", "")
    vue = vue if vue in VUES else "fiches"
    liste = VUES[vue](request, territoire)
    if fichier := liste.export():
        return fichier
    adresse = reverse("financement", args=[territoire.vague.code, territoire.id_ti])
    comptes = count_bouclages(territoire)
    contexte = contexte_territoire(request, territoire, "financement", ("Financement", adresse))
    contexte |= {
        "liste": liste,
        "vue": vue,
        "adresse": adresse,
        "barre": sum_barres(plans_vivants(territoire)),
        "comptes": [(code, libelle, comptes[code]) for code, libelle in LIBELLES_BOUCLAGE.items()],
        "fiches_count": sum(comptes.values()),
        "url_create": reverse("fiche-create", args=[territoire.vague.code, territoire.id_ti])
        if has_permission(request.user, Permission.FICHE_CREATE, territoire)
        else "",
    }
    return render(request, "financement/financement.html", contexte)


# --- plan d’une fiche --------------------------------------------------------------------------------------------


def _render_plan(request: HttpRequest, fiche: FicheAction, **refuses: Any) -> HttpResponse:
    """La page du plan ; `refuses` : formulaires rendus avec leurs erreurs (form_depense, form_ligne, form_cadre, form_sans_besoin)."""
    plan = read_plan(fiche)
    can_update = user_can_update_plan(request.user, fiche)
    contexte = contexte_fiche(
        request, fiche, "financement", ("Plan de financement", reverse("plan-detail", args=args_fiche(fiche)))
    )
    contexte |= {
        "plan": plan,
        "porteur": say_porteur(fiche),
        "regles": [
            (regle, *get_badge(regle.verdict), list_chiffres(regle.verdict))
            for regle in get_regles_lues(plan.bouclage)
        ],
        "lignes": [(ligne, _get_etape_with_piece(request.user, ligne)) for ligne in plan.lignes],
        "can_update": can_update,
        "is_sans_besoin": plan.plan.sans_besoin_depuis is not None,
        "exception": get_exceptions().get(plan.plan.exception_participation, "Aucune"),
    }
    if can_update:
        contexte |= {
            "form_depense": DepenseForm(),
            "form_ligne": LigneForm(fiche=fiche),
            "form_cadre": CadreForm(plan=plan.plan),
            "form_sans_besoin": SansBesoinForm(),
        }
    return render(request, "financement/plan_detail.html", contexte | refuses)


def _get_etape_with_piece(user: Any, ligne: LigneFinancement) -> Any:
    """La dernière étape de la ligne qui porte une pièce, si la personne peut la lire."""
    avec = [etape for etape in ligne.etapes.all() if etape.piece_id]
    return avec[-1] if avec and user_can_read_pieces(user, ligne) else None


@require_http_methods(["GET"])
def plan_detail(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Plan de financement d’une fiche : barre, phrase, règles, dépenses, ressources."""
    return _render_plan(request, load_fiche(request, vague, id_ti, pk))


def _load_fiche_a_changer(request: HttpRequest, vague: str, id_ti: str, pk: int) -> FicheAction:
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_plan(request.user, fiche)
    return fiche


def _redirect_plan(fiche: FicheAction) -> HttpResponse:
    return redirect("plan-detail", *args_fiche(fiche))


@require_POST
@envoi_unique
def depense_create(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    form = DepenseForm(request.POST)
    if form.is_valid():
        try:
            depense = actions.add_depense(fiche=fiche, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"La dépense «\u00a0{depense}\u00a0» est inscrite.")
            return _redirect_plan(fiche)
    return _render_plan(request, fiche, form_depense=form)


def _load_depense(fiche: FicheAction, pk: int) -> LigneDepense:
    return get_object_or_404(LigneDepense.objects.filter(plan__fiche=fiche), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def depense_update(request: HttpRequest, vague: str, id_ti: str, pk: int, depense_pk: int) -> HttpResponse:
    """Change ou retire une dépense."""
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    depense = _load_depense(fiche, depense_pk)
    form = DepenseForm(request.POST if request.method == "POST" else None, depense=depense)
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_depense(depense=depense, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "La dépense est enregistrée.")
            return _redirect_plan(fiche)
    contexte = contexte_fiche(
        request,
        fiche,
        "financement",
        ("Plan de financement", reverse("plan-detail", args=args_fiche(fiche))),
        ("Dépense", request.path),
    )
    return render(request, "financement/depense_update.html", contexte | {"form": form, "depense": depense})


@require_POST
def depense_delete(request: HttpRequest, vague: str, id_ti: str, pk: int, depense_pk: int) -> HttpResponse:
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    depense = _load_depense(fiche, depense_pk)
    try:
        actions.delete_depense(depense=depense, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"La dépense «\u00a0{depense.libelle}\u00a0» est retirée.")
    return _redirect_plan(fiche)


@require_POST
@envoi_unique
def ligne_create(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Inscrit un financement pressenti."""
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    form = LigneForm(request.POST, fiche=fiche)
    if form.is_valid():
        try:
            ligne = _add_ligne(request, fiche, form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request,
                f"{ligne.financeur} est pressenti. La demande part quand vous la faites, sur la page de la ligne.",
            )
            return _redirect_plan(fiche)
    return _render_plan(request, fiche, form_ligne=form)


def _add_ligne(request: HttpRequest, fiche: FicheAction, saisie: dict[str, Any]) -> LigneFinancement:
    champs = {nom: saisie[nom] for nom in ("nature", "montant", "dispositif", "date_effet")}
    champs |= {"fiche": fiche, "by": request.user, "origine": saisie["origine"] or None}
    if saisie["financeur"]:
        return actions.add_ligne(financeur=saisie["financeur"], **champs)
    return actions.add_ligne_nouveau_financeur(
        nom=saisie["nouveau_nom"],
        type_organisation=TypeOrganisation(saisie["nouveau_type"]),
        siren=saisie["nouveau_siren"],
        **champs,
    )


@require_POST
def plan_update(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Change le cadre du plan : ce qui décide des règles."""
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    form = CadreForm(request.POST, plan=read_plan(fiche).plan)
    if form.is_valid():
        try:
            actions.update_cadre(fiche=fiche, by=request.user, **form.cleaned_data)
        except ConflitEdition as erreur:
            form = form.build_conflit(plan=read_plan(fiche).plan)
            form.add_error(None, str(erreur))
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "Le cadre du plan est enregistré\u00a0; les règles sont recalculées.")
            return _redirect_plan(fiche)
    return _render_plan(request, fiche, form_cadre=form)


@require_POST
def sans_besoin_declare(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    form = SansBesoinForm(request.POST)
    if form.is_valid():
        try:
            actions.declare_sans_besoin(fiche=fiche, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, "La fiche est déclarée sans besoin financier.")
            return _redirect_plan(fiche)
    return _render_plan(request, fiche, form_sans_besoin=form)


@require_POST
def sans_besoin_lift(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    fiche = _load_fiche_a_changer(request, vague, id_ti, pk)
    plan = get_object_or_404(PlanFinancement, fiche=fiche)
    try:
        actions.lift_sans_besoin(plan=plan, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "La déclaration «\u00a0sans besoin financier\u00a0» est levée.")
    return _redirect_plan(fiche)


# --- page d’une ligne --------------------------------------------------------------------------------------------


def _prepare_lignes(lignes: Any) -> Any:
    return lignes.select_related(
        "financeur",
        "plan__fiche__territoire__vague",
        "plan__fiche__territoire__region",
        "plan__fiche__porteur",
        "plan__fiche__axe",
    ).prefetch_related("etapes__piece")


def _load_ligne(request: HttpRequest, pk: int) -> LigneFinancement:
    return get_object_or_404(_prepare_lignes(lignes_visible_to(request.user)), pk=pk)


def _load_ligne_invite(request: HttpRequest, pk: int) -> tuple[LigneFinancement, Invite]:
    invite = get_invite(request, ButLien.REPONDRE_LIGNE, LigneFinancement._meta.label_lower, pk)
    if invite is None:
        raise Http404("Ce lien n’est pas ouvert, ou n’est plus valable.")
    return get_object_or_404(_prepare_lignes(LigneFinancement.objects), pk=pk), invite


Refus = tuple[StatutLigne, MouvementLigneForm]


def _contexte_ligne(user: Any, ligne: LigneFinancement, refus: Refus | None) -> dict[str, Any]:
    etapes = list(ligne.etapes.all())
    fiche = ligne.plan.fiche
    plan: PlanLu = read_plan(fiche)
    return {
        "ligne": ligne,
        "fiche": fiche,
        "territoire": fiche.territoire,
        "porteur": say_porteur(fiche),
        "plan": plan,
        "etapes": [(etape, bool(etape.piece_id)) for etape in etapes],
        "can_read_pieces": user_can_read_pieces(user, ligne),
        "pas": list_pas(user, ligne, etapes[-1].pk, refus),
        "qui": say_main(ligne),
    }


def _render_ligne(
    request: HttpRequest,
    ligne: LigneFinancement,
    *,
    refus: Refus | None = None,
    form_lien: LienForm | None = None,
) -> HttpResponse:
    fiche = ligne.plan.fiche
    contexte = contexte_fiche(
        request,
        fiche,
        "financement",
        ("Plan de financement", reverse("plan-detail", args=args_fiche(fiche))),
        (str(ligne.financeur), reverse("ligne-detail", args=[ligne.pk])),
    )
    contexte |= _contexte_ligne(request.user, ligne, refus)
    can_lien = user_can_send_lien(request.user, ligne) and can_send_lien(ligne)
    refus_lien = (
        say_lien_impossible(ligne, has_compte=financeur_has_compte(ligne.financeur)) if can_lien else ""
    )
    contexte |= {
        "nom_passer": "ligne-move",
        "nom_piece": "piece-ligne",
        "histoire": get_histoire_ligne(ligne),
        "can_confirm": user_can_confirm_part(request.user, ligne),
        "liens": list(liens_of_ligne(ligne)) if can_lien else [],
        "can_lien": can_lien,
        "refus_lien": refus_lien,
        "form_lien": form_lien or LienForm(),
    }
    return render(request, "financement/ligne_detail.html", contexte)


@require_http_methods(["GET"])
def ligne_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Une ligne : la fiche en bref, les montants, les étapes et leurs pièces, ce que je peux faire."""
    return _render_ligne(request, _load_ligne(request, pk))


def _move(request: HttpRequest, ligne: LigneFinancement, vers: str, by: Any) -> tuple[bool, Refus | None]:
    """Fait le pas demandé. Rend (fait, formulaire refusé) ; un pas qui n’existe plus laisse un message et pas de formulaire."""
    if vers not in StatutLigne.values:
        raise Http404
    cible, depuis = StatutLigne(vers), StatutLigne(ligne.statut)
    derniere = list(ligne.etapes.all())[-1].pk
    refus = _say_passage_impossible(ligne, cible, lue=_read_etape_lue(request, cible), derniere=derniere)
    if refus:
        messages.error(request, refus)
        return False, None
    check_user_can_move_ligne(by, ligne, cible)
    form = MouvementLigneForm(request.POST, request.FILES, ligne=ligne, vers=cible, etape_lue=derniere)
    lue = derniere
    if form.is_valid():
        lue = form.cleaned_data["etape_lue"]
        try:
            apres = actions.move_ligne(ligne=ligne, vers=cible, by=by, **form.cleaned_data)
        except ConflitEdition as erreur:
            # La personne relit les étapes à jour : enregistrer de nouveau est alors un choix.
            donnees = request.POST.copy()
            donnees[form.add_prefix("etape_lue")] = str(derniere)
            form = MouvementLigneForm(donnees, request.FILES, ligne=ligne, vers=cible, etape_lue=derniere)
            form.add_error(None, str(erreur))
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, say_pas_fait(apres, depuis, form.cleaned_data.get("montant")))
            return True, None
    ligne.refresh_from_db(fields=["statut", "statut_depuis"])
    if refus := _say_passage_impossible(ligne, cible, lue=lue, derniere=ligne.etapes.latest("id").pk):
        # La ligne a avancé pendant l’envoi : ce pas et son formulaire ne sont plus sur la page, la phrase doit y être.
        messages.error(request, refus)
        return False, None
    form.say_fichier_perdu()
    return False, (cible, form)


def _read_etape_lue(request: HttpRequest, vers: StatutLigne) -> int | None:
    lue = request.POST.get(f"{vers.value}-etape_lue", "")
    return int(lue) if lue.isdecimal() else None


def _say_passage_impossible(
    ligne: LigneFinancement, vers: StatutLigne, *, lue: int | None, derniere: int
) -> str:
    """Pourquoi ce pas n’existe plus, vide s’il existe : d’abord que la ligne a avancé depuis l’étape lue, si c’est cela."""
    if can_move(ligne, vers):
        return ""
    try:
        if lue is not None:
            check_etape_lue(ligne, lue=lue, derniere=derniere)
        check_can_move(ligne, vers)
    except ActionImpossible as erreur:
        return str(erreur)
    return ""


@require_POST
def ligne_move(request: HttpRequest, pk: int, vers: str) -> HttpResponse:
    """Fait avancer la ligne."""
    ligne = _load_ligne(request, pk)
    fait, refus = _move(request, ligne, vers, request.user)
    if fait or refus is None:
        return redirect("ligne-detail", pk)
    return _render_ligne(request, _load_ligne(request, pk), refus=refus)


@require_http_methods(["GET", "HEAD", "POST"])
def ligne_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Le porteur confirme sa part d’un geste : un montant, une preuve."""
    ligne = _load_ligne(request, pk)
    check_user_can_confirm_part(request.user, ligne)
    if not can_confirm_part(ligne):
        messages.info(
            request,
            f"La ligne est «\u00a0{ligne.get_statut_display()} »\u00a0: il n’y a plus rien à confirmer.",
        )
        return redirect("ligne-detail", pk)
    derniere = list(ligne.etapes.all())[-1].pk
    form = PartForm(ligne=ligne, etape_lue=derniere)
    if request.method == "POST":
        form = PartForm(request.POST, request.FILES, ligne=ligne, etape_lue=derniere)
        if form.is_valid():
            try:
                apres = actions.confirm_part(ligne=ligne, by=request.user, **form.cleaned_data)
            except ActionImpossible as erreur:
                form.add_error(None, str(erreur))
            else:
                messages.success(
                    request, f"Votre part est confirmée\u00a0: {format_montant(apres.montant_accorde)}."
                )
                return redirect("espace-porteur")
        form.say_fichier_perdu()
    fiche = ligne.plan.fiche
    contexte = contexte_fiche(
        request,
        fiche,
        "financement",
        (str(ligne.financeur), reverse("ligne-detail", args=[pk])),
        ("Confirmer notre part", request.path),
    )
    contexte |= {"ligne": ligne, "form": form, "plan": read_plan(fiche)}
    return render(request, "financement/ligne_confirm.html", contexte)


@require_POST
def ligne_lien(request: HttpRequest, pk: int) -> HttpResponse:
    """Envoie à quelqu’un du financeur un lien personnel pour répondre."""
    ligne = _load_ligne(request, pk)
    check_user_can_send_lien(request.user, ligne)
    form = LienForm(request.POST)
    if form.is_valid():
        try:
            actions.send_lien_ligne(ligne=ligne, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"Un lien personnel est envoyé à {ligne.financeur.courriel}.")
            return redirect("ligne-detail", pk)
    return _render_ligne(request, ligne, form_lien=form)


def _serve(
    request: HttpRequest, ligne: LigneFinancement, etape_pk: int, user: Any, retour: str
) -> HttpResponse | FileResponse:
    if not user_can_read_pieces(user, ligne):
        raise Http404
    piece = next((etape.piece for etape in ligne.etapes.all() if etape.pk == etape_pk), None)
    if piece is None:
        raise Http404
    try:
        return serve_piece(piece)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect(retour, ligne.pk)


@require_http_methods(["GET"])
def piece_ligne(request: HttpRequest, pk: int, etape_pk: int) -> HttpResponse | FileResponse:
    """La pièce d’une étape, en téléchargement, pour qui paie, qui reçoit et qui lit le territoire."""
    return _serve(request, _load_ligne(request, pk), etape_pk, request.user, "ligne-detail")


# --- sans compte -------------------------------------------------------------------------------------------------


def _render_lien(
    request: HttpRequest, ligne: LigneFinancement, invite: Invite, refus: Refus | None = None
) -> HttpResponse:
    contexte = _contexte_ligne(invite, ligne, refus)
    contexte |= {"invite": invite, "nom_passer": "lien-ligne-move", "nom_piece": "lien-ligne-piece"}
    return render(request, "financement/lien_ligne.html", contexte)


@public
@require_http_methods(["GET"])
def lien_ligne(request: HttpRequest, pk: int) -> HttpResponse:
    """La même page, pour quelqu’un entré par un lien personnel (404 sans lien ouvert sur cette ligne)."""
    return _render_lien(request, *_load_ligne_invite(request, pk))


@public
@require_POST
def lien_ligne_move(request: HttpRequest, pk: int, vers: str) -> HttpResponse:
    ligne, invite = _load_ligne_invite(request, pk)
    fait, refus = _move(request, ligne, vers, invite)
    if fait or refus is None:
        return redirect("lien-ligne", pk)
    return _render_lien(request, *_load_ligne_invite(request, pk), refus=refus)


@public
@require_http_methods(["GET"])
def lien_ligne_piece(request: HttpRequest, pk: int, etape_pk: int) -> HttpResponse | FileResponse:
    ligne, invite = _load_ligne_invite(request, pk)
    return _serve(request, ligne, etape_pk, invite, "lien-ligne")
