"""Comités d’un territoire, d’une région, de la nation : liste, création, page, règle, collèges, membres."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.comptes.models import Organisation
from maillage.comptes.permissions import Permission
from maillage.gouvernance import actions
from maillage.gouvernance.enums import NatureComite, Qualite, StatutSeance
from maillage.gouvernance.models import Comite, MembreComite, Seance
from maillage.gouvernance.permissions import (
    check_user_can_manage_comite,
    comites_visible_to,
    get_regions_of_copil,
    user_can_create_copil,
    user_can_create_copil_national,
    user_can_manage_comite,
)
from maillage.gouvernance.policies import describe_regle
from maillage.gouvernance.selectors import comites_with_seances, get_regle, list_membres
from maillage.journal.models import Entree
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.permissions import PHRASES_REFUS, check_permission, has_permission
from maillage.www.commun import load_territoire
from maillage.www.envoi import envoi_unique
from maillage.www.gouvernance.chargement import (
    contexte_comite,
    contexte_gouvernance,
    load_comite,
    menu_copil,
)
from maillage.www.gouvernance.forms import (
    CollegeForm,
    ComiteForm,
    CopilForm,
    DissoudreForm,
    FinForm,
    MembreForm,
    MembreUpdateForm,
    RegleForm,
    RenommerForm,
)
from maillage.www.tableaux import Colonne, Filtre, Liste


def _jour(instant: Any) -> str:
    return format_jour(timezone.localdate(instant)) if instant else ""


def _colonnes_seances() -> list[Colonne]:
    return [
        Colonne(
            "titre",
            "Séance",
            lambda s: s.rendez_vous.titre,
            tri=("rendez_vous__titre",),
            entete=True,
            lien=lambda s: s.get_absolute_url(),
        ),
        Colonne("comite", "Comité", lambda s: s.comite.nom, tri=("comite__nom",)),
        Colonne("jour", "Jour", lambda s: s.jour, tri=("rendez_vous__debut_at",)),
        Colonne("lieu", "Lieu", lambda s: s.rendez_vous.lieu),
        Colonne(
            "etat",
            "État",
            lambda s: StatutSeance(s.statut).label,
            tri=("statut",),
            gabarit="gouvernance/cellules/etat.html",
        ),
    ]


@require_safe
def comite_liste(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Les comités du territoire, puis toutes leurs séances."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.COMITE_READ, territoire)
    comites = comites_with_seances(Comite.objects.filter(territoire=territoire)).order_by(
        F("dissous_le").asc(nulls_first=True), "nom", "id"
    )
    seances = Seance.objects.filter(comite__territoire=territoire).select_related(
        "comite__territoire__vague", "rendez_vous"
    )
    liste = Liste(
        request,
        seances,
        colonnes=_colonnes_seances(),
        nom=f"seances-{territoire.vague.code}-{territoire.id_ti}",
        titre="Séances de tous les comités",
        tri_defaut=("-rendez_vous__debut_at",),
        filtres=[
            Filtre("etat", "État", list(StatutSeance.choices), lambda valeur: Q(statut=valeur)),
        ],
    )
    if fichier := liste.export():
        return fichier
    contexte = contexte_gouvernance(request, territoire, "comite-liste") | {
        "comites": list(comites),
        "liste": liste,
        "peut_creer": has_permission(request.user, Permission.COMITE_MANAGE, territoire),
        "url_creer": reverse("comite-create", args=[vague, id_ti]),
    }
    return render(request, "gouvernance/liste.html", contexte)


@require_safe
def comite_miens(request: HttpRequest) -> HttpResponse:
    """Tous les comités que je vois : COPIL régionaux et national, comités où je siège, comités de mes territoires."""
    comites = comites_with_seances(comites_visible_to(request.user))
    liste = Liste(
        request,
        comites,
        colonnes=[
            Colonne(
                "nom",
                "Comité",
                lambda c: c.nom,
                tri=("nom",),
                entete=True,
                lien=lambda c: c.get_absolute_url(),
            ),
            Colonne("lieu", "Territoire ou région", lambda c: c.lieu, tri=("territoire__nom", "region__nom")),
            Colonne("nature", "Nature", lambda c: NatureComite(c.nature).label, tri=("nature",)),
            Colonne("membres", "Membres", lambda c: c.membres_nombre, tri=("membres_nombre",), nombre=True),
            Colonne(
                "derniere",
                "Dernière séance",
                lambda c: _jour(c.derniere_at),
                tri=("derniere_at",),
            ),
            Colonne(
                "prochaine",
                "Prochaine séance",
                lambda c: _jour(c.prochaine_at),
                tri=("prochaine_at",),
            ),
        ],
        nom="comites",
        titre="Comités",
        tri_defaut=("territoire__nom", "nom"),
        filtres=[
            Filtre("nature", "Nature", list(NatureComite.choices), lambda valeur: Q(nature=valeur)),
        ],
        recherche=lambda lignes, texte: lignes.filter(
            Q(nom__icontains=texte) | Q(territoire__nom__icontains=texte) | Q(region__nom__icontains=texte)
        ),
        aide_recherche="Nom du comité, territoire ou région",
    )
    if fichier := liste.export():
        return fichier
    contexte = {
        "menu_espace": menu_copil(request),
        "chemin": [("Mon espace", reverse("espace-accueil")), ("Comités", "")],
        "liste": liste,
        "peut_creer": user_can_create_copil(request.user),
    }
    return render(request, "gouvernance/miens.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def comite_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Crée un comité du territoire. Ni quorum, ni parité, ni collège : on les donne ensuite, si on le veut."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.COMITE_MANAGE, territoire)
    form = ComiteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            comite = actions.create_comite(territoire=territoire, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"«\u00a0{comite}\u00a0» est créé. Ajoutez ses membres.")
            return redirect(comite)
    contexte = contexte_gouvernance(request, territoire, "comite-liste", ("Nouveau comité", request.path))
    retour = reverse("comite-liste", args=[vague, id_ti])
    return render(
        request,
        "gouvernance/formulaire.html",
        contexte
        | {
            "form": form,
            "titre": "Nouveau comité",
            "explication": "Un comité naît sans quorum, sans parité et sans collège. Il se les donne s’il le veut. Son absence "
            "n’empêche jamais d’écrire une fiche ni de demander de l’argent.",
            "bouton": "Créer le comité",
            "url_retour": retour,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def comite_copil_create(request: HttpRequest) -> HttpResponse:
    """Crée le COPIL d’une région, ou le COPIL national."""
    if not user_can_create_copil(request.user):
        raise AccesRefuse(PHRASES_REFUS[Permission.COPIL_MANAGE])
    form = CopilForm(
        request.POST if request.method == "POST" else None,
        regions=get_regions_of_copil(request.user),
        national=user_can_create_copil_national(request.user),
    )
    if request.method == "POST" and form.is_valid():
        champs = {cle: form.cleaned_data[cle] for cle in ("nature", "nom", "installe_le")}
        try:
            comite = actions.create_comite(region=form.get_region(), by=request.user, **champs)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"«\u00a0{comite}\u00a0» est créé. Ajoutez ses membres.")
            return redirect(comite)
    contexte = {
        "menu_espace": menu_copil(request),
        "chemin": [
            ("Mon espace", reverse("espace-accueil")),
            ("Comités", reverse("comite-miens")),
            ("Nouveau COPIL", request.path),
        ],
        "onglets": [],
        "form": form,
        "titre": "Nouveau COPIL",
        "explication": "Un COPIL naît sans quorum, sans parité et sans collège. Il se les donne s’il le veut.",
        "bouton": "Créer le COPIL",
        "url_retour": reverse("comite-miens"),
    }
    return render(request, "gouvernance/formulaire.html", contexte)


@dataclass(frozen=True)
class Siege:
    """Un titulaire et ses suppléants."""

    membre: MembreComite
    suppleants: list[MembreComite]


def group_sieges(membres: list[MembreComite]) -> list[tuple[str, list[Siege]]]:
    """Les sièges par collège, dans l’ordre des collèges ; un seul groupe sans titre si le comité n’en a pas."""
    titulaires = [m for m in membres if m.titulaire_id is None]
    groupes: dict[tuple[int, str], list[Siege]] = {}
    for membre in titulaires:
        cle = (membre.college.rang, membre.college.nom) if membre.college else (999, "")
        suppleants = [m for m in membres if m.titulaire_id == membre.pk]
        groupes.setdefault(cle, []).append(Siege(membre, suppleants))
    return [(nom, sieges) for (_, nom), sieges in sorted(groupes.items(), key=lambda groupe: groupe[0])]


@require_safe
def comite_detail(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Un comité : sa règle, ses membres par collège, ses séances, son histoire."""
    comite = load_comite(request, pk, vague, id_ti)
    jour = aujourdhui()
    membres = list_membres(comite, jour)
    tient = user_can_manage_comite(request.user, comite) and comite.dissous_le is None
    seances = comite.seances.select_related("rendez_vous", "comite__territoire__vague").order_by(
        "-rendez_vous__debut_at", "-id"
    )
    anciens = (
        comite.membres.filter(fin__lte=jour).select_related("organisation").order_by("-fin", "nom", "id")
    )
    contexte = contexte_comite(request, comite) | {
        "tient": tient,
        "regle": get_regle(comite, jour),
        "regle_phrase": describe_regle(get_regle(comite, jour)),
        "groupes": group_sieges(membres),
        "membres_nombre": sum(m.titulaire_id is None for m in membres),
        "places": {place.value: place.label for place in Qualite},
        "anciens": list(anciens),
        "seances": list(seances[:30]),
        "noms": list(comite.noms.order_by("-id")),
        "entrees": list(Entree.objects.for_cible(comite)),
        "update_adresses": {m.pk: comite.get_adresse("comite-membre-update", m.pk) for m in membres},
        "fin_adresses": {m.pk: comite.get_adresse("comite-membre-end", m.pk) for m in membres},
    }
    return render(request, "gouvernance/comite.html", contexte)


def _load_tenu(request: HttpRequest, pk: int, vague: str, id_ti: str) -> Comite:
    comite = load_comite(request, pk, vague, id_ti)
    check_user_can_manage_comite(request.user, comite)
    return comite


def _rendre_formulaire(
    request: HttpRequest, comite: Comite, form: Any, titre: str, **autres: Any
) -> HttpResponse:
    contexte = contexte_comite(request, comite, (titre, request.path)) | {
        "form": form,
        "titre": titre,
        "explication": "",
        "bouton": "Enregistrer",
        "url_retour": comite.get_absolute_url(),
    }
    return render(request, "gouvernance/formulaire.html", contexte | autres)


@require_http_methods(["GET", "HEAD", "POST"])
def comite_update(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Renomme le comité, ou en change la nature, depuis un jour."""
    comite = _load_tenu(request, pk, vague, id_ti)
    form = RenommerForm(
        request.POST if request.method == "POST" else None,
        comite=comite,
        initial={"nature": comite.nature, "nom": comite.nom},
    )
    if request.method == "POST" and form.is_valid():
        try:
            comite = actions.rename_comite(comite=comite, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"Le comité s’appelle «\u00a0{comite}\u00a0».")
            return redirect(comite)
    explication = "L’ancien nom reste dans l’histoire du comité, avec ses dates."
    return _rendre_formulaire(request, comite, form, "Renommer le comité", explication=explication)


@require_http_methods(["GET", "HEAD", "POST"])
def comite_dissoudre(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Dissout le comité ; ce qu’il a décidé reste."""
    comite = _load_tenu(request, pk, vague, id_ti)
    form = DissoudreForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.dissolve_comite(comite=comite, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request, f"«\u00a0{comite}\u00a0» est dissous. Ses séances et ses décisions restent."
            )
            return redirect(comite)
    return _rendre_formulaire(
        request,
        comite,
        form,
        "Dissoudre le comité",
        explication="Ses séances, ses décisions et ses membres restent lisibles. Il ne se réunit plus.",
        bouton="Dissoudre",
    )


def _get_initial_regle(comite: Comite) -> dict[str, Any]:
    regle = get_regle(comite, aujourdhui())
    if regle is None:
        return {}
    mode = "nombre" if regle.quorum_nombre else "pour_cent" if regle.quorum_pour_cent else "aucun"
    return {
        "mode": mode,
        "valeur": regle.quorum_nombre or regle.quorum_pour_cent,
        "parite": regle.parite,
        "sans_quorum": regle.sans_quorum,
        "texte": regle.texte,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def comite_regle(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """La règle du comité (quorum, parité, que faire sans) et ses collèges. Tout est facultatif."""
    comite = _load_tenu(request, pk, vague, id_ti)
    form = RegleForm(request.POST if request.method == "POST" else None, initial=_get_initial_regle(comite))
    if request.method == "POST" and form.is_valid():
        try:
            regle = actions.set_regle(comite=comite, by=request.user, **form.get_champs())
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request,
                f"Depuis le {format_jour(regle.depuis)}, la règle est\u00a0: {describe_regle(regle)}.",
            )
            return redirect(comite)
    return _rendre_regle(request, comite, form, CollegeForm())


def _rendre_regle(
    request: HttpRequest, comite: Comite, form: RegleForm, college: CollegeForm
) -> HttpResponse:
    contexte = contexte_comite(request, comite, ("Règle et collèges", comite.get_adresse("comite-regle"))) | {
        "form": form,
        "college_form": college,
        "colleges": [
            (c, comite.get_adresse("comite-college-remove", c.pk))
            for c in comite.colleges.order_by("rang", "id")
        ],
        "regles": [(r, describe_regle(r)) for r in comite.regles.order_by("-depuis", "-id")],
    }
    return render(request, "gouvernance/regle.html", contexte)


@require_POST
def comite_college_create(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    comite = _load_tenu(request, pk, vague, id_ti)
    form = CollegeForm(request.POST)
    if form.is_valid():
        try:
            college = actions.add_college(comite=comite, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error("nom", str(erreur))
        else:
            messages.success(request, f"Le collège «\u00a0{college}\u00a0» est ajouté.")
            return redirect(comite.get_adresse("comite-regle"))
    return _rendre_regle(request, comite, RegleForm(initial=_get_initial_regle(comite)), form)


@require_POST
def comite_college_remove(
    request: HttpRequest, pk: int, college: int, vague: str = "", id_ti: str = ""
) -> HttpResponse:
    comite = _load_tenu(request, pk, vague, id_ti)
    retire = comite.colleges.filter(pk=college).first()
    if retire is None:
        raise Http404("Ce collège n’est pas, ou n’est plus, celui de ce comité.")
    try:
        actions.remove_college(college=retire, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"Le collège «\u00a0{retire}\u00a0» est retiré.")
    return redirect(comite.get_adresse("comite-regle"))


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def comite_membre_create(request: HttpRequest, pk: int, vague: str = "", id_ti: str = "") -> HttpResponse:
    """Fait entrer quelqu’un au comité : titulaire, suppléant ou invité permanent."""
    comite = _load_tenu(request, pk, vague, id_ti)
    form = MembreForm(request.POST if request.method == "POST" else None, comite=comite)
    if request.method == "POST" and form.is_valid():
        try:
            membre = actions.add_membre(comite=comite, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"{membre} siège au comité.")
            if "encore" in request.POST:
                return redirect(comite.get_adresse("comite-membre-create"))
            return redirect(comite)
    contexte = contexte_comite(request, comite, ("Ajouter un membre", request.path)) | {
        "form": form,
        "organisations": Organisation.objects.order_by("nom").values_list("nom", flat=True),
        "url_retour": comite.get_absolute_url(),
    }
    return render(request, "gouvernance/membre.html", contexte)


def _load_membre(comite: Comite, pk: int) -> MembreComite:
    membre = comite.membres.select_related("organisation", "comite").filter(pk=pk).first()
    if membre is None:
        raise Http404("Ce membre n’est pas de ce comité.")
    return membre


@require_http_methods(["GET", "HEAD", "POST"])
def comite_membre_update(
    request: HttpRequest, pk: int, membre: int, vague: str = "", id_ti: str = ""
) -> HttpResponse:
    """Corrige le nom, la qualité ou l’adresse d’un membre."""
    comite = _load_tenu(request, pk, vague, id_ti)
    corrige = _load_membre(comite, membre)
    form = MembreUpdateForm(
        request.POST if request.method == "POST" else None,
        initial={"nom": corrige.nom, "titre": corrige.titre, "email": corrige.email},
    )
    if request.method == "POST" and form.is_valid():
        try:
            corrige = actions.update_membre(membre=corrige, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"{corrige}\u00a0: c’est enregistré.")
            return redirect(comite)
    return _rendre_formulaire(
        request,
        comite,
        form,
        f"Corriger {corrige}",
        explication="Pour changer de place, de collège ou de voix, mettez fin au mandat et donnez-en un autre.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def comite_membre_end(
    request: HttpRequest, pk: int, membre: int, vague: str = "", id_ti: str = ""
) -> HttpResponse:
    """Met fin à un mandat ; ce que la personne a fait reste."""
    comite = _load_tenu(request, pk, vague, id_ti)
    partant = _load_membre(comite, membre)
    form = FinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_membre(membre=partant, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error("fin", str(erreur))
        else:
            messages.success(request, f"Le mandat de {partant} est clos.")
            return redirect(comite)
    return _rendre_formulaire(
        request,
        comite,
        form,
        f"Mettre fin au mandat de {partant}",
        explication="Ses suppléants partent avec lui. Ses présences et ses décisions restent.",
        bouton="Clore le mandat",
    )
