"""Fiches action d’un territoire : liste, création, page, passages, modification, versions."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from maillage.ateliers.selectors import get_provenance, list_textes_publies
from maillage.comptes.permissions import Permission
from maillage.contrats.models import Acte
from maillage.contrats.permissions import actes_visible_to
from maillage.contrats.selectors import actes_of_fiche
from maillage.fiches import actions
from maillage.fiches.actions import drop_brouillon
from maillage.fiches.enums import EtatPartage, EtatPorteur, Maturite, Priorite, StatutFiche
from maillage.fiches.models import BrouillonFiche, Commentaire, FicheAction, Jalon, PreferenceListe
from maillage.fiches.permissions import (
    check_user_can_create_fiche,
    check_user_can_move_fiche,
    check_user_can_update_fiche,
    fiches_visible_to,
    transitions_for,
    user_can_mark_lue,
    user_can_recode_fiche,
    user_can_update_fiche,
)
from maillage.fiches.policies import CONTENU_FIGE, PAR_ACTE, TRANSITIONS, get_statut_initial, needs_motif
from maillage.fiches.rubriques import ESSENTIEL
from maillage.fiches.selectors import (
    compare_contenus,
    compare_saisies,
    find_fiches,
    get_contenu,
    get_depuis_lecture,
    get_motif,
    get_version,
    suggest_code,
)
from maillage.fiches.selectors_contenu import list_parties, list_suivis, load_listes
from maillage.financement.selectors import LIBELLES_BOUCLAGE, get_histoire
from maillage.financement.selectors_plans import read_plan
from maillage.gouvernance.selectors import decisions_of_fiche
from maillage.socle.conflits import Conflit
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.territoires.models import Axe, Territoire
from maillage.territoires.permissions import check_permission, has_permission
from maillage.www.colonnes import colonne_jour
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.envoi import envoi_unique
from maillage.www.fiches.forms import FicheForm, FicheUpdateForm, MouvementFicheForm, get_initial
from maillage.www.fiches.presentation import (
    TITRES_MOTIF,
    Argent,
    get_prochain_pas,
    get_verbe,
    list_passages,
    read_completude,
)
from maillage.www.tableaux import Colonne, Filtre, Liste


def load_fiche(request: HttpRequest, vague: str, id_ti: str, pk: int) -> FicheAction:
    """La fiche demandée si elle est à moi (404 sinon) : par mon territoire, mon ressort, ou parce qu’elle m’est ouverte."""
    try:
        numero = int(vague.removeprefix("v"))
    except ValueError:
        raise Http404 from None
    fiche = (
        fiches_visible_to(request.user)
        .filter(pk=pk, territoire__vague__numero=numero, territoire__id_ti=id_ti)
        .select_related(
            "territoire__vague",
            "territoire__region",
            "axe",
            "porteur",
            "fusionnee_dans__territoire__vague",
            "scindee_de__territoire__vague",
        )
        .first()
    )
    if fiche is None:
        raise Http404("Cette fiche n’existe pas, ou n’est pas à vous.")
    return fiche


def args_fiche(fiche: FicheAction) -> list[Any]:
    return [fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk]


def contexte_fiche(
    request: HttpRequest, fiche: FicheAction, courant: str, *suite: tuple[str, str]
) -> dict[str, Any]:
    """Contexte commun des pages d’une fiche ; qui n’a que cette fiche ne voit ni menu ni lien vers le territoire."""
    territoire = fiche.territoire
    nom = fiche.code or fiche.titre
    maillon = (f"Fiche {nom}" if fiche.code else nom, fiche.get_absolute_url())
    if has_permission(request.user, Permission.FICHE_READ, territoire):
        liste = ("Fiches action", reverse("fiches", args=[territoire.vague.code, territoire.id_ti]))
        contexte = contexte_territoire(request, territoire, courant, liste, maillon, *suite)
    else:
        chemin = [("Mon espace", reverse("espace-accueil")), maillon, *suite]
        contexte = {"territoire": territoire, "menu_espace": None, "chemin": chemin}
    return contexte | {"fiche": fiche, "args": args_fiche(fiche)}


# --- liste -------------------------------------------------------------------------------------------------------


def with_argent(fiches: QuerySet[FicheAction]) -> QuerySet[FicheAction]:
    """Fiches avec leur plan et ses lignes, en un nombre constant de requêtes."""
    return fiches.select_related("territoire__vague", "axe", "porteur", "plan").prefetch_related(
        "plan__lignes"
    )


def q_bouclage(code: str) -> Q:
    """Fiches dans cet état du bouclage ; sans plan, une fiche est « non chiffrée »."""
    condition = Q(plan__code_bouclage=code)
    return condition | Q(plan__isnull=True) if code == "non_chiffree" else condition


def say_porteur(fiche: FicheAction) -> str:
    return fiche.porteur.nom if fiche.porteur else EtatPorteur(fiche.etat_porteur).label


def _build_colonnes(territoire: Territoire) -> list[Colonne]:
    """Toutes les colonnes qu’on peut choisir, dans leur ordre."""
    return [
        Colonne("code", "Code", lambda f: f.code or "—", tri=("code",)),
        Colonne(
            "titre",
            "Titre",
            lambda f: f.titre,
            tri=("titre",),
            entete=True,
            lien=lambda f: f.get_absolute_url(),
        ),
        Colonne(
            "partage",
            "Chef de file",
            lambda f: "" if f.territoire_id == territoire.pk else f.territoire.nom,
            tri=("territoire__nom",),
        ),
        Colonne("axe", "Axe", lambda f: f.axe.nom if f.axe else "", tri=("axe__rang",)),
        Colonne("porteur", "Porteur", say_porteur, tri=("porteur__nom",)),
        Colonne(
            "statut",
            "État",
            lambda f: f.get_statut_display(),
            tri=("statut",),
            gabarit="fiches/cellules/statut.html",
        ),
        Colonne("maturite", "Maturité", lambda f: f.get_maturite_display(), tri=("maturite",)),
        Colonne(
            "bouclage",
            "Financement",
            Argent,
            tri=("plan__code_bouclage",),
            gabarit="fiches/cellules/argent.html",
        ),
        Colonne("priorite", "Priorité", lambda f: f.get_priorite_display(), tri=("priorite",)),
        Colonne("avancement", "Avancement", lambda f: f.get_avancement_display(), tri=("avancement",)),
        Colonne("visibilite", "Visibilité", lambda f: f.get_visibilite_display(), tri=("visibilite",)),
        Colonne("service_pilote", "Service pilote", lambda f: f.service_pilote, tri=("service_pilote",)),
        Colonne("elu_referent", "Élu·e référent·e", lambda f: f.elu_referent, tri=("elu_referent",)),
        colonne_jour("debut", "Début", "debut_prevu"),
        colonne_jour("fin", "Fin", "fin_prevue"),
        colonne_jour("echeance", "Prochaine échéance", "prochaine_echeance"),
        Colonne("remarques", "Remarques ouvertes", lambda f: f.remarques, tri=("remarques",), nombre=True),
        Colonne("rang", "Rang", lambda f: f.rang, tri=("rang",), nombre=True),
    ]


HABITUELLES = ("code", "titre", "axe", "porteur", "statut", "maturite", "bouclage")


def _choose_colonnes(
    request: HttpRequest, territoire: Territoire
) -> tuple[list[Colonne], list[tuple[Colonne, bool]]]:
    """Les colonnes à montrer (le titre toujours), et toutes, avec celles qui sont choisies."""
    toutes = _build_colonnes(territoire)
    preference = PreferenceListe.objects.filter(personne=request.user.pk).first()
    choisies = set(preference.colonnes if preference else ()) & {c.cle for c in toutes}
    if not choisies:
        choisies = set(HABITUELLES)
        if territoire.partages_fiches.filter(etat=EtatPartage.ACCEPTE).exists():
            choisies.add("partage")
    choisies.add("titre")
    return [c for c in toutes if c.cle in choisies], [
        (c, c.cle in choisies) for c in toutes if c.cle != "titre"
    ]


def _with_suivi(fiches: QuerySet[FicheAction]) -> QuerySet[FicheAction]:
    """Fiches avec leur prochaine échéance et leurs remarques ouvertes."""
    jalons = Jalon.objects.filter(fiche=OuterRef("pk"), realise_le=None, echeance__isnull=False)
    remarques = Commentaire.objects.filter(fiche=OuterRef("pk"), parent=None, resolu_at=None).order_by()
    return fiches.annotate(
        prochaine_echeance=Subquery(jalons.order_by("echeance").values("echeance")[:1]),
        remarques=Coalesce(Subquery(remarques.values("fiche").annotate(n=Count("pk")).values("n")), Value(0)),
    )


def _build_liste(request: HttpRequest, territoire: Territoire, colonnes: list[Colonne]) -> Liste:
    axes = [(axe.code, axe.nom) for axe in Axe.objects.filter(vague=territoire.vague).order_by("rang")]
    return Liste(
        request,
        _with_suivi(with_argent(FicheAction.objects.of_territoire(territoire))),
        nom=f"fiches-{territoire.vague.code}-{territoire.id_ti}",
        titre="Fiches action",
        colonnes=colonnes,
        filtres=[
            Filtre("axe", "Axe", axes, lambda code: Q(axe__code=code)),
            Filtre("statut", "État", list(StatutFiche.choices), lambda code: Q(statut=code)),
            Filtre("maturite", "Maturité", list(Maturite.choices), lambda code: Q(maturite=code)),
            Filtre("priorite", "Priorité", list(Priorite.choices), lambda code: Q(priorite=code)),
            Filtre("bouclage", "Financement", list(LIBELLES_BOUCLAGE.items()), q_bouclage),
        ],
        recherche=find_fiches,
        aide_recherche="Un mot de la fiche, n’importe lequel",
        tri_defaut=("rang",),
    )


@require_http_methods(["GET"])
def fiches(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Fiches du territoire, dans l’ordre de présentation."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    colonnes, choix_colonnes = _choose_colonnes(request, territoire)
    liste = _build_liste(request, territoire, colonnes)
    if fichier := liste.export():
        return fichier
    contexte = contexte_territoire(
        request,
        territoire,
        "fiches",
        ("Fiches action", reverse("fiches", args=[territoire.vague.code, territoire.id_ti])),
    )
    contexte |= {
        "liste": liste,
        "can_create": has_permission(request.user, Permission.FICHE_CREATE, territoire),
        "url_echanges": reverse("echanges", args=[territoire.vague.code, territoire.id_ti]),
        "url_create": reverse("fiche-create", args=[territoire.vague.code, territoire.id_ti]),
        "vue": "liste",
        "args_liste": [territoire.vague.code, territoire.id_ti],
        "can_lot": has_permission(request.user, Permission.FICHE_UPDATE, territoire),
        "choix_colonnes": choix_colonnes,
    }
    return render(request, "fiches/fiches.html", contexte)


# --- création ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def fiche_create(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Crée une fiche : un titre suffit."""
    territoire = load_territoire(request, vague, id_ti)
    check_user_can_create_fiche(request.user, territoire)
    form = FicheForm(request.POST if request.method == "POST" else None, territoire=territoire)
    code = suggest_code(territoire)
    form.fields["code"].help_text = "Le code du territoire, court et stable." + (
        f" Prochain code libre\u00a0: {code}." if code else ""
    )
    if request.method == "POST" and form.is_valid():
        champs = form.get_champs()
        try:
            fiche = actions.create_fiche(
                territoire=territoire,
                by=request.user,
                statut=get_statut_initial(code=champs["code"], axe=champs["axe"]),
                **champs,
            )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request,
                f"La fiche «\u00a0{fiche}\u00a0» est créée, à l’état «\u00a0{fiche.get_statut_display()}\u00a0».",
            )
            return redirect(fiche)
    liste = reverse("fiches", args=[territoire.vague.code, territoire.id_ti])
    contexte = contexte_territoire(
        request, territoire, "fiches", ("Fiches action", liste), ("Nouvelle fiche", request.path)
    )
    return render(request, "fiches/fiche_create.html", contexte | {"form": form, "url_retour": liste})


# --- page --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET"])
def fiche_detail(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """La fiche : où elle en est, ce qu’on attend et de qui, son contenu, son argent, son histoire."""
    fiche = load_fiche(request, vague, id_ti, pk)
    passages = list_passages(request.user, fiche)
    load_listes([fiche])
    plan, contenu = read_plan(fiche), get_contenu(fiche)
    parties = list_parties(contenu)
    contexte = contexte_fiche(request, fiche, "fiches")
    contexte |= {
        "plan": plan,
        "parties": [partie for partie in parties if not partie.is_vide],
        "parties_vides": [partie for partie in parties if partie.is_vide],
        "suivis": list_suivis(fiche),
        "completude": read_completude(fiche, contenu, plan),
        "depuis": get_depuis_lecture(fiche),
        "can_mark_lue": user_can_mark_lue(request.user, fiche),
        "can_recode": user_can_recode_fiche(request.user, fiche)
        and StatutFiche.ABANDONNEE in TRANSITIONS[StatutFiche(fiche.statut)],
        "remarques_ouvertes": fiche.commentaires.filter(parent=None, resolu_at=None).count(),
        "partages": list(
            fiche.partages.filter(etat__in=(EtatPartage.PROPOSE, EtatPartage.ACCEPTE)).select_related(
                "territoire"
            )
        ),
        "absorbees": list(fiche.absorbees.select_related("territoire__vague")),
        "morceaux": list(fiche.morceaux.select_related("territoire__vague")),
        "passages": passages,
        "prochain_pas": get_prochain_pas(request.user, fiche, passages),
        "can_update": user_can_update_fiche(request.user, fiche)
        and StatutFiche(fiche.statut) not in CONTENU_FIGE,
        "porteur": say_porteur(fiche),
        "motif": get_motif(fiche),
        "titre_motif": TITRES_MOTIF.get(StatutFiche(fiche.statut), "Pourquoi"),
        "histoire": get_histoire(fiche),
        "provenance": get_provenance(fiche),
        "textes_publies": list_textes_publies(fiche),
        "decisions": list(decisions_of_fiche(fiche))
        if has_permission(request.user, Permission.COMITE_READ, fiche.territoire)
        else [],
    }
    return render(request, "fiches/fiche_detail.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def fiche_move(request: HttpRequest, vague: str, id_ti: str, pk: int, vers: str) -> HttpResponse:
    """Fait passer la fiche d’un état à un autre, à une date d’effet, avec un motif s’il en faut un."""
    fiche = load_fiche(request, vague, id_ti, pk)
    if vers not in StatutFiche.values or vers in PAR_ACTE:
        raise Http404
    cible, depuis = StatutFiche(vers), StatutFiche(fiche.statut)
    check_user_can_move_fiche(request.user, fiche, cible)
    if cible not in TRANSITIONS[depuis]:
        if cible is depuis or not transitions_for(request.user, fiche):
            messages.info(
                request, f"La fiche est déjà «\u00a0{depuis.label}\u00a0»\u00a0: rien n’a été changé."
            )
        else:
            messages.error(
                request,
                f"La fiche est maintenant «\u00a0{depuis.label}\u00a0»\u00a0: elle ne peut pas passer à «\u00a0{cible.label}\u00a0».",
            )
        return redirect(fiche)
    with_motif = needs_motif(depuis, cible)
    form = MouvementFicheForm(request.POST if request.method == "POST" else None, with_motif=with_motif)
    if request.method == "POST" and form.is_valid():
        try:
            actions.move_fiche(
                fiche=fiche,
                vers=cible,
                by=request.user,
                date_effet=form.cleaned_data["date_effet"],
                motif=form.cleaned_data["motif"],
            )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request, f"La fiche est passée de «\u00a0{depuis.label}\u00a0» à «\u00a0{cible.label}\u00a0»."
            )
            return redirect(fiche)
    verbe = get_verbe(depuis, cible)
    contexte = contexte_fiche(request, fiche, "fiches", (verbe, request.path))
    return render(
        request,
        "fiches/fiche_move.html",
        contexte
        | {
            "form": form,
            "vers": cible,
            "verbe": verbe,
            "can_update": user_can_update_fiche(request.user, fiche),
        },
    )


# --- modification ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def fiche_update(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Modifie la fiche ; si quelqu’un l’a enregistrée entre-temps, compare les deux saisies sans rien perdre."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_fiche(request.user, fiche)
    initial = get_initial(fiche) | {"version_lue": fiche.version}
    donnees, brouillon = read_brouillon(request, fiche, ESSENTIEL.code)
    form = FicheUpdateForm(
        donnees,
        territoire=fiche.territoire,
        fiche=fiche,
        initial=initial,
    )
    conflit: Conflit | None = None
    if request.method == "POST" and form.is_valid():
        try:
            apres = actions.update_fiche(
                fiche=fiche,
                by=request.user,
                version_lue=form.cleaned_data["version_lue"],
                date_effet=form.cleaned_data["date_effet"],
                **form.get_champs(),
            )
        except ConflitEdition as erreur:
            form, conflit = _compare(request, form, fiche)
            form.add_error(None, str(erreur))
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            drop_brouillon(fiche=fiche, partie=ESSENTIEL.code, by=request.user)
            if apres.version == form.cleaned_data["version_lue"]:
                messages.info(
                    request, "Rien n’avait changé\u00a0: aucune version nouvelle n’a été enregistrée."
                )
            else:
                messages.success(request, f"La fiche est enregistrée (version {apres.version}).")
            return redirect(fiche)
    contexte = contexte_fiche(request, fiche, "fiches", ("Modifier", request.path))
    contexte |= {"form": form, "conflit": conflit, "actes": _list_actes(request, fiche)}
    contexte |= contexte_brouillon(request, fiche, ESSENTIEL.code, brouillon)
    return render(request, "fiches/fiche_update.html", contexte)


def read_brouillon(
    request: HttpRequest, fiche: FicheAction, partie: str
) -> tuple[QueryDict | None, BrouillonFiche | None]:
    """Ce qu’un formulaire doit montrer : l’envoi reçu, ou le brouillon que la personne reprend (`?brouillon=1`), ou rien."""
    if request.method == "POST":
        return request.POST, None
    brouillon = BrouillonFiche.objects.filter(fiche=fiche, personne=request.user.pk, partie=partie).first()
    if brouillon is None or "brouillon" not in request.GET:
        return None, brouillon
    donnees = QueryDict(mutable=True)
    for nom, valeur in brouillon.champs:
        donnees.appendlist(nom, valeur)
    return donnees, brouillon


def contexte_brouillon(
    request: HttpRequest, fiche: FicheAction, partie: str, brouillon: BrouillonFiche | None
) -> dict[str, Any]:
    return {
        "brouillon": brouillon,
        "repris": brouillon is not None and "brouillon" in request.GET,
        "url_brouillon": reverse("fiche-brouillon", args=[*args_fiche(fiche), partie]),
    }


def _list_actes(request: HttpRequest, fiche: FicheAction) -> list[tuple[Acte, bool]]:
    """Les actes où la fiche est annexée, et si la personne peut les ouvrir : un partenaire mandaté ne lit pas les actes."""
    lisibles = set(
        actes_visible_to(request.user).filter(territoire=fiche.territoire).values_list("pk", flat=True)
    )
    return [(acte, acte.pk in lisibles) for acte in actes_of_fiche(fiche)]


def _compare(
    request: HttpRequest, form: FicheUpdateForm, fiche: FicheAction
) -> tuple[FicheUpdateForm, Conflit | None]:
    """Le formulaire rendu à la personne après un conflit, et la comparaison à lui montrer.

    Sa saisie reste dans les champs qu’elle a changés ; les autres reprennent ce qui est enregistré. La version lue
    devient la dernière : enregistrer de nouveau garde ce qui est à l’écran.
    """
    actuelle = load_fiche(request, fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk)
    lue = get_version(fiche, form.cleaned_data["version_lue"])
    saisie = copy(actuelle)
    for champ, valeur in form.get_champs().items():
        setattr(saisie, champ, valeur)
    if saisie.porteur:
        saisie.etat_porteur = EtatPorteur.DESIGNE
    enregistre = get_contenu(actuelle)
    base = lue.contenu if lue else enregistre
    conflit = compare_saisies(base=base, saisie=get_contenu(saisie), enregistre=enregistre)
    donnees = request.POST.copy()
    initial = get_initial(actuelle)
    for ecart in conflit.repris:
        for champ in ("porteur", "etat_porteur") if ecart.champ == "porteur" else (ecart.champ,):
            donnees[champ] = "" if initial[champ] is None else str(initial[champ])
    donnees["version_lue"] = str(actuelle.version)
    rendu = FicheUpdateForm(donnees, territoire=actuelle.territoire, fiche=actuelle, initial=initial)
    return rendu, conflit


# --- versions ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET"])
def fiche_versions(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Versions de la fiche et comparaison de deux d’entre elles, champ par champ (`?a=1&b=3` ; défaut : les deux dernières)."""
    fiche = load_fiche(request, vague, id_ti, pk)
    versions = list(fiche.versions.order_by("-numero"))
    par_numero = {version.numero: version for version in versions}
    b = par_numero.get(read_numero(request.GET, "b"), versions[0])
    a = par_numero.get(read_numero(request.GET, "a"), versions[1] if len(versions) > 1 else versions[0])
    contexte = contexte_fiche(request, fiche, "fiches", ("Versions", request.path))
    contexte |= {
        "versions": versions,
        "a": a,
        "b": b,
        "ecarts": compare_contenus(a.contenu, b.contenu),
        "depuis": get_depuis_lecture(fiche),
        "can_update": user_can_update_fiche(request.user, fiche)
        and StatutFiche(fiche.statut) not in CONTENU_FIGE,
    }
    return render(request, "fiches/fiche_versions.html", contexte)


def read_numero(donnees: Mapping[str, str], cle: str) -> int:
    """Un numéro reçu d’une page ; 0 s’il ne se lit pas."""
    valeur = donnees.get(cle, "")
    return int(valeur) if valeur.isascii() and valeur.isdigit() else 0
