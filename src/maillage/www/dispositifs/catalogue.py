"""Le catalogue des dispositifs : public à lire, tenu par chaque financeur et par la délégation nationale."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.models import Organisation
from maillage.dispositifs import actions
from maillage.dispositifs.enums import (
    Beneficiaire,
    Credit,
    EtatDispositif,
    Famille,
    NatureAide,
    NatureDepense,
)
from maillage.dispositifs.models import Dispositif, Facette, VersionDispositif
from maillage.dispositifs.permissions import (
    check_user_can_create_dispositif,
    check_user_can_update_dispositif,
    financeurs_of,
    user_can_create_dispositif,
    user_can_update_dispositif,
    user_is_delegation,
    versions_visible_to,
)
from maillage.dispositifs.policies import get_etat
from maillage.dispositifs.selectors import (
    compare_versions,
    list_parties,
    load_noms,
    q_etat,
    say_financeur,
    say_taux,
    versions_en_vigueur,
)
from maillage.dispositifs.textes import strip_html
from maillage.socle.dates import parse_jour
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui
from maillage.socle.texte import replier
from maillage.territoires.models import Vague
from maillage.www.champs import show_refus
from maillage.www.commun import public
from maillage.www.dispositifs.fichiers import NOMS
from maillage.www.dispositifs.forms import DispositifForm
from maillage.www.envoi import envoi_unique
from maillage.www.tableaux import Colonne, Filtre, Liste


def _facette(famille: Famille) -> Any:
    """La condition d’une liste : une version qui ne la donne pas n’est pas retenue."""

    def condition(code: str) -> Q:
        return Q(Exists(Facette.objects.filter(version=OuterRef("pk"), famille=famille, code=code)))

    return condition


def _find(versions: QuerySet[Any], texte: str) -> QuerySet[Any]:
    for mot in replier(texte).split():
        versions = versions.filter(dispositif__titre_recherche__contains=mot)
    return versions


def _say_taux(version: VersionDispositif) -> str:
    bas, haut = say_taux(version.taux_min), say_taux(version.taux_max)
    if bas and haut and bas != haut:
        return f"{bas} à {haut}"
    return f"Jusqu’à {haut}" if haut else ""


@public
@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """Les dispositifs en vigueur, à chercher, filtrer, exporter."""
    au = aujourdhui()
    vagues = list(Vague.objects.order_by("-numero").prefetch_related("axes"))
    versions = versions_en_vigueur(au)
    financeurs = Organisation.objects.filter(dispositifs__is_fictif=False).distinct().order_by("nom")
    noms = load_noms([])
    table = Liste(
        request,
        versions,
        nom="dispositifs",
        titre="Dispositifs",
        colonnes=[
            Colonne(
                "titre",
                "Dispositif",
                lambda v: v.titre,
                tri=("titre",),
                entete=True,
                lien=lambda v: v.dispositif.get_absolute_url(),
            ),
            Colonne(
                "financeur", "Financeur", say_financeur, tri=("dispositif__financeur__nom", "financeur_nom")
            ),
            Colonne(
                "nature",
                "Nature",
                lambda v: ", ".join(noms[code] for code in v.get_codes(Famille.NATURE)),
            ),
            Colonne(
                "beneficiaires",
                "Bénéficiaires",
                lambda v: ", ".join(noms[code] for code in v.get_codes(Famille.BENEFICIAIRE)),
            ),
            Colonne("taux", "Taux", _say_taux, tri=("taux_max",)),
            Colonne(
                "etat",
                "Calendrier",
                lambda v: get_etat(v, au).label,
                tri=("cloture",),
                gabarit="dispositifs/cellule_etat.html",
            ),
            Colonne(
                "nouveau",
                "Au catalogue depuis",
                lambda v: timezone.localdate(v.dispositif.cree_at),
                tri=("dispositif__cree_at",),
                gabarit="pilotage/cellule_jour.html",
            ),
        ],
        filtres=[
            Filtre("nature", "Nature", list(NatureAide.choices), _facette(Famille.NATURE)),
            Filtre(
                "beneficiaire", "Bénéficiaire", list(Beneficiaire.choices), _facette(Famille.BENEFICIAIRE)
            ),
            Filtre(
                "axe",
                "Axe",
                [(f"{v.code}/{a.code}", f"{a.nom} ({v.nom})") for v in vagues for a in v.axes.all()],
                _facette(Famille.AXE),
            ),
            Filtre("depense", "Dépense", list(NatureDepense.choices), _facette(Famille.DEPENSE)),
            Filtre("etat", "Calendrier", list(EtatDispositif.choices), lambda etat: q_etat(etat, au)),
            Filtre("credit", "Crédit", list(Credit.choices), lambda code: Q(credit=code)),
            Filtre(
                "financeur",
                "Financeur",
                [(str(o.pk), o.nom) for o in financeurs],
                lambda pk: Q(dispositif__financeur=pk),
            ),
        ],
        recherche=_find,
        aide_recherche="Titre, objet, financeur",
        tri_defaut=("titre",),
    )
    return table.export() or render(
        request,
        "dispositifs/liste.html",
        {
            "liste": table,
            "can_create": user_can_create_dispositif(request.user),
            "can_import": user_is_delegation(request.user),
            "fichiers": NOMS.items(),
        },
    )


def load_version(request: HttpRequest, pk: int) -> VersionDispositif:
    """La version du dispositif qui vaut le jour demandé (`?au=`), sinon la première à venir ; 404 s’il n’est pas public."""
    au = aujourdhui()
    if demande := request.GET.get("au", ""):
        try:
            au = parse_jour(demande)
        except ValueError:
            raise Http404("Ce jour n’est pas une date.") from None
    versions = (
        versions_visible_to(request.user)
        .filter(dispositif=pk)
        .select_related("dispositif__financeur", "dispositif__convention__operateur")
        .prefetch_related("facettes")
    )
    valable = versions.filter(depuis__lte=au).order_by("-depuis", "-numero").first()
    version = valable or versions.order_by("depuis", "numero").first()
    if version is None:
        raise Http404("Ce dispositif n’existe pas.")
    return version


@public
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Un dispositif, valeur par valeur, chacune avec sa source."""
    version = load_version(request, pk)
    dispositif = version.dispositif
    noms = load_noms([version])
    derniere = dispositif.versions.order_by("-depuis", "-numero").first()
    return render(
        request,
        "dispositifs/detail.html",
        {
            "version": version,
            "dispositif": dispositif,
            "financeur": say_financeur(version),
            "etat": get_etat(version, aujourdhui()),
            "parties": list_parties(version, noms),
            "source": version.sources.get("*"),
            "versions": dispositif.versions.order_by("-depuis", "-numero"),
            "is_derniere": derniere is not None and derniere.pk == version.pk,
            "natures": [noms[code] for code in version.get_codes(Famille.NATURE)],
            "resume": strip_html(version.description)[:200] or version.promesse,
            "can_update": user_can_update_dispositif(request.user, dispositif),
            "chemin": [
                ("Accueil", reverse("accueil")),
                ("Dispositifs", reverse("dispositifs")),
                (version.titre, dispositif.get_absolute_url()),
            ],
        },
    )


@public
@require_safe
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Deux versions comparées (`?a=1&b=2` ; défaut : les deux dernières)."""
    lues = list(
        versions_visible_to(request.user)
        .filter(dispositif=pk)
        .select_related("dispositif__financeur")
        .prefetch_related("facettes")
        .order_by("-numero")
    )
    if not lues:
        raise Http404("Ce dispositif n’existe pas.")
    par_numero = {str(version.numero): version for version in lues}
    b = par_numero.get(request.GET.get("b", ""), lues[0])
    a = par_numero.get(request.GET.get("a", ""), lues[1] if len(lues) > 1 else lues[0])
    dispositif = lues[0].dispositif
    return render(
        request,
        "dispositifs/versions.html",
        {
            "dispositif": dispositif,
            "versions": lues,
            "a": a,
            "b": b,
            "differences": compare_versions(a, b, load_noms([a, b])),
            "chemin": [
                ("Dispositifs", reverse("dispositifs")),
                (dispositif.titre, dispositif.get_absolute_url()),
                ("Versions", request.path),
            ],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def dispositif_create(request: HttpRequest) -> HttpResponse:
    """Inscrit un dispositif au catalogue."""
    check_user_can_create_dispositif(request.user)
    form = DispositifForm(
        request.POST if request.method == "POST" else None,
        financeurs=financeurs_of(request.user).order_by("nom"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            dispositif = actions.create_dispositif(
                contenu=form.get_contenu(),
                listes=form.get_listes(),
                financeur=form.cleaned_data["financeur"],
                depuis=form.cleaned_data["depuis"],
                sources={"*": form.get_source()},
                by=request.user,
            )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, f"«\u00a0{dispositif}\u00a0» est au catalogue.")
            return redirect(dispositif)
    return render(
        request,
        "dispositifs/formulaire.html",
        {
            "form": form,
            "titre": "Inscrire un dispositif",
            "bouton": "Inscrire au catalogue",
            "url_retour": reverse("dispositifs"),
            "chemin": [("Dispositifs", reverse("dispositifs")), ("Inscrire un dispositif", request.path)],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def dispositif_update(request: HttpRequest, pk: int) -> HttpResponse:
    """Enregistre une nouvelle version : rien n’est écrasé."""
    dispositif = get_object_or_404(Dispositif.objects.select_related("financeur"), pk=pk)
    check_user_can_update_dispositif(request.user, dispositif)
    version = (
        dispositif.versions.select_related("dispositif")
        .prefetch_related("facettes")
        .get(numero=dispositif.version)
    )
    form = DispositifForm(request.POST if request.method == "POST" else None, version=version)
    if request.method == "POST" and form.is_valid():
        contenu, listes = form.get_contenu(), form.get_listes()
        try:
            apres = actions.record_version(
                dispositif=dispositif,
                contenu=contenu,
                listes=listes,
                depuis=form.cleaned_data["depuis"],
                source=form.get_source(),
                motif=form.cleaned_data["motif"],
                version_lue=form.cleaned_data["version_lue"] or 0,
                by=request.user,
            )
        except ActionImpossible as erreur:
            if isinstance(erreur, ConflitEdition):
                form.accept_version(Dispositif.objects.get(pk=dispositif.pk).version)
            show_refus(form, erreur)
        else:
            if apres.numero == version.numero:
                messages.info(
                    request, "Rien n’avait changé\u00a0: aucune version nouvelle n’a été enregistrée."
                )
            else:
                messages.success(request, f"La version {apres.numero} est enregistrée.")
            return redirect(dispositif)
    return render(
        request,
        "dispositifs/formulaire.html",
        {
            "form": form,
            "titre": "Modifier un dispositif",
            "sous_titre": version.titre,
            "bouton": "Enregistrer une version",
            "url_retour": dispositif.get_absolute_url(),
            "chemin": [
                ("Dispositifs", reverse("dispositifs")),
                (dispositif.titre, dispositif.get_absolute_url()),
                ("Modifier", request.path),
            ],
        },
    )
