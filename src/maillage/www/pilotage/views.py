"""Les chiffres à toute date, les lignes derrière chacun, le pilotage."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.permissions import Permission
from maillage.fiches.enums import Maturite, StatutFiche
from maillage.fiches.selectors import organisations_proches
from maillage.financement.enums import Mesure
from maillage.pilotage.actions import record_aide
from maillage.pilotage.definitions import DEFINITIONS
from maillage.pilotage.selectors import (
    CLES_TERRITOIRES,
    Perimetre,
    compute_argent,
    compute_chiffres,
    fiches_filtered,
    to_json,
)
from maillage.pilotage.selectors_lignes import (
    compute_somme,
    fiches_readable,
    mouvements_behind,
    mouvements_readable,
    sommes_rows,
    territoires_rows,
)
from maillage.pilotage.selectors_sommeil import SIGNES, compute_sommeil, count_signes, list_aides
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import (
    PHRASES_REFUS,
    has_permission,
    has_permission_nationale,
    territoires_for,
)
from maillage.www.champs import show_refus
from maillage.www.commun import load_territoire, public
from maillage.www.envoi import envoi_unique
from maillage.www.pilotage import listes
from maillage.www.pilotage.forms import AideForm, LignesForm, PerimetreForm, PilotageForm, read_form
from maillage.www.pilotage.presentation import (
    build_table_ecarts,
    build_vue,
    build_vue_argent,
    format_perimetre,
    get_axes,
    url_lignes,
)

# Les dates que les sources racontent.
DATES_RAPIDES = (
    date(2018, 11, 22),
    date(2019, 3, 5),
    date(2019, 11, 19),
    date(2022, 12, 31),
    date(2023, 11, 9),
)

SIGNES_PHRASE = "Territoires labellisés qui portent au moins un signe. Un signe n’est pas un jugement\u00a0: il dit où appeler, et pourquoi."


def _dates_rapides() -> list[tuple[str, str]]:
    return [(jour.isoformat(), f"{jour:%d/%m/%Y}") for jour in DATES_RAPIDES] + [
        (aujourdhui().isoformat(), "Aujourd’hui")
    ]


def _check_pilotage(request: HttpRequest) -> None:
    if not has_permission_nationale(request.user, Permission.PILOTAGE_READ):
        raise AccesRefuse(PHRASES_REFUS[Permission.PILOTAGE_READ])


def _contexte_chiffres(form: PerimetreForm) -> dict[str, Any]:
    contexte: dict[str, Any] = {"form": form, "dates": _dates_rapides()}
    if form.is_valid():
        p = form.get_perimetre()
        region = form.cleaned_data["region"]
        contexte |= {
            "vue": build_vue(compute_chiffres(p)),
            "sous_titre": format_perimetre(p, region.nom if region else ""),
            "url_json": url_lignes("chiffres-json", p),
        }
    return contexte


@public
@require_safe
def chiffres(request: HttpRequest) -> HttpResponse:
    """Les chiffres publics du programme, à un jour et dans une région."""
    return render(request, "pilotage/chiffres.html", _contexte_chiffres(read_form(PerimetreForm, request)))


@public
@require_safe
def chiffres_argent(request: HttpRequest) -> HttpResponse:
    """L’argent du programme à un jour : par mesure, par financeur, par région."""
    form = read_form(PerimetreForm, request)
    contexte: dict[str, Any] = {"form": form, "dates": _dates_rapides()}
    if form.is_valid():
        p = form.get_perimetre()
        region = form.cleaned_data["region"]
        contexte |= {
            "vue": build_vue_argent(compute_argent(p)),
            "sous_titre": format_perimetre(p, region.nom if region else ""),
            "chemin": [("Chiffres", reverse("chiffres")), ("Argent", "")],
        }
    return render(request, "pilotage/argent.html", contexte)


@public
@require_safe
def chiffres_json(request: HttpRequest) -> HttpResponse:
    """Les mêmes chiffres, dans la forme de `./maillage chiffres --json`."""
    form = read_form(LignesForm, request)
    if not form.is_valid():
        erreurs = [str(erreur) for liste in form.errors.values() for erreur in liste]
        return JsonResponse({"erreurs": erreurs}, status=400, json_dumps_params={"ensure_ascii": False})
    p = _get_perimetre(request, form)
    return JsonResponse(to_json(compute_chiffres(p)), json_dumps_params={"ensure_ascii": False, "indent": 2})


def _get_perimetre(request: HttpRequest, form: LignesForm) -> Perimetre:
    """Le périmètre demandé ; l’espace fictif n’est ouvert qu’à qui pilote."""
    p = form.get_perimetre()
    if p.fictif:
        _check_pilotage(request)
    return p


def _contexte_lignes(request: HttpRequest, form: LignesForm, titre: str, caches: list[str]) -> dict[str, Any]:
    """Ce que toutes les pages de lignes partagent. `caches` : les paramètres que le changement de jour garde."""
    contexte: dict[str, Any] = {
        "form": form,
        "titre": titre,
        "gardes": [(cle, request.GET[cle]) for cle in (*caches, "vague") if request.GET.get(cle)],
    }
    retour = (
        reverse("pilotage")
        if request.GET.get("fictif") or request.GET.get("connu_le")
        else reverse("chiffres")
    )
    contexte["chemin"] = [("Chiffres", f"{retour}?{_communs(request)}"), (titre, "")]
    if form.is_valid():
        region = form.cleaned_data["region"]
        contexte["sous_titre"] = format_perimetre(form.get_perimetre(), region.nom if region else "")
    return contexte


def _communs(request: HttpRequest) -> str:
    return urlencode(
        {c: request.GET[c] for c in ("au", "region", "connu_le", "fictif") if request.GET.get(c)}
    )


@public
@require_safe
def chiffres_territoires(request: HttpRequest) -> HttpResponse:
    """Les territoires d’un compte : quel fait, quand ou entre quelles bornes, d’après quoi."""
    cle = request.GET.get("cle", "labellises")
    certitude = request.GET.get("certitude", "certain")
    if cle not in CLES_TERRITOIRES or certitude not in ("certain", "possible"):
        raise Http404("Ce chiffre n’existe pas.")
    form = read_form(LignesForm, request)
    contexte = _contexte_lignes(request, form, DEFINITIONS[cle].libelle, ["cle", "certitude"])
    if form.is_valid():
        p = _get_perimetre(request, form)
        lignes = territoires_rows(p, cle, certaines=certitude == "certain")
        liste = listes.liste_territoires(request, lignes)
        if (fichier := liste.export()) is not None:
            return fichier
        contexte |= {
            "liste": liste,
            "definition": DEFINITIONS[cle].phrase,
            "certitude": certitude,
            "url_certains": url_lignes("chiffres-territoires", p, cle=cle),
            "url_possibles": url_lignes("chiffres-territoires", p, cle=cle, certitude="possible"),
        }
    return render(request, "pilotage/lignes_territoires.html", contexte)


@public
@require_safe
def chiffres_fiches(request: HttpRequest) -> HttpResponse:
    """Les fiches d’un compte : celles qu’on a le droit de lire, et le nombre des autres."""
    choix = {cle: request.GET.get(cle, "") for cle in ("axe", "maturite", "etat", "engagement")}
    if (choix["maturite"] and choix["maturite"] not in Maturite.values) or (
        choix["etat"] and choix["etat"] not in StatutFiche.values
    ):
        raise Http404("Ce chiffre n’existe pas.")
    form = read_form(LignesForm, request)
    contexte = _contexte_lignes(request, form, "Fiches action", list(choix))
    if form.is_valid():
        p = _get_perimetre(request, form)
        comptees = fiches_filtered(
            p,
            axe=choix["axe"],
            maturite=choix["maturite"],
            etat=choix["etat"],
            engagement=bool(choix["engagement"]),
        )
        axes = get_axes()
        liste = listes.liste_fiches(request, fiches_readable(comptees, request.user), axes)
        if (fichier := liste.export()) is not None:
            return fichier
        comptees_nombre = comptees.count()
        contexte |= {
            "liste": liste,
            "definition": DEFINITIONS["engagement" if choix["engagement"] else "fiches"].phrase,
            "comptees": comptees_nombre,
            "cachees": comptees_nombre - liste.total,
            "etiquettes": [
                (cle, libelle)
                for cle, libelle in (
                    ("axe", f"Axe\u00a0: {axes.get(choix['axe'], choix['axe'])}"),
                    ("maturite", f"Maturité\u00a0: {dict(Maturite.choices).get(choix['maturite'])}"),
                    ("etat", f"État\u00a0: {dict(StatutFiche.choices).get(choix['etat'])}"),
                    ("engagement", DEFINITIONS["engagement"].libelle),
                )
                if choix[cle]
            ],
        }
    return render(request, "pilotage/lignes_fiches.html", contexte)


@public
@require_safe
def chiffres_montants(request: HttpRequest) -> HttpResponse:
    """Ce qui fait un montant : les sommes par territoire et financeur ; pour qui pilote, les mouvements de ses territoires."""
    mesure, financeur, par = (
        request.GET.get("mesure", Mesure.ACCORDE),
        request.GET.get("financeur", ""),
        request.GET.get("par", "somme"),
    )
    if (
        mesure not in Mesure.values
        or (financeur and not financeur.isdecimal())
        or par not in ("somme", "mouvement")
    ):
        raise Http404("Ce chiffre n’existe pas.")
    pilote = has_permission_nationale(request.user, Permission.PILOTAGE_READ)
    if par == "mouvement":
        _check_pilotage(request)
    form = read_form(LignesForm, request)
    contexte = _contexte_lignes(
        request, form, f"Montant\u00a0: {DEFINITIONS[mesure].libelle.lower()}", ["mesure", "financeur", "par"]
    )
    if form.is_valid():
        p = _get_perimetre(request, form)
        tous = mouvements_behind(p, mesure, financeur=int(financeur[:18]) if financeur else None)
        montres = mouvements_readable(tous, request.user) if par == "mouvement" else tous
        liste = (
            listes.liste_mouvements(request, montres)
            if par == "mouvement"
            else listes.liste_sommes(request, sommes_rows(tous))
        )
        if (fichier := liste.export()) is not None:
            return fichier
        contexte |= {
            "liste": liste,
            "definition": DEFINITIONS[mesure].phrase,
            "somme": compute_somme(tous),
            "somme_montree": compute_somme(montres),
            "par": par,
            "pilote": pilote,
            "mesures": [
                (
                    m.label,
                    url_lignes(
                        "chiffres-montants",
                        p,
                        mesure=m.value,
                        financeur=financeur,
                        par=par if par != "somme" else "",
                    ),
                    m == mesure,
                )
                for m in Mesure
            ],
            "url_sommes": url_lignes("chiffres-montants", p, mesure=mesure, financeur=financeur),
            "url_mouvements": url_lignes(
                "chiffres-montants", p, mesure=mesure, financeur=financeur, par="mouvement"
            ),
        }
    return render(request, "pilotage/lignes_montants.html", contexte)


@require_safe
def pilotage(request: HttpRequest) -> HttpResponse:
    """Les mêmes chiffres pour qui pilote : sa région d’abord, l’espace fictif, deux dates, les territoires qui dorment."""
    _check_pilotage(request)
    form = read_form(PilotageForm, request, region=_get_region_code(request))
    contexte = _contexte_chiffres(form)
    if form.is_valid():
        p = form.get_perimetre()
        contexte["signes"] = [
            (signe, url_lignes("pilotage-signes", p, signe=signe.cle)) for signe in count_signes(p)
        ]
        contexte["url_signes"] = url_lignes("pilotage-signes", p)
        compare = form.cleaned_data["compare"]
        if compare:
            debut, fin = sorted((compare, p.au))
            avant, apres = (
                compute_chiffres(Perimetre(jour, p.region, p.connu_le, p.fictif), detail=False)
                for jour in (debut, fin)
            )
            contexte["ecarts"] = build_table_ecarts(avant, apres)
    return render(request, "pilotage/pilotage.html", contexte)


def _get_region_code(request: HttpRequest) -> str:
    """La région de la personne (Région ou préfecture), vide si elle pilote tout."""
    for fonction in request.user.get_fonctions():  # type: ignore[union-attr]
        organisation = fonction.organisation
        if fonction.role in ("national", "administrateur"):
            return ""
        if fonction.role == "region" and organisation.region_id:
            return str(organisation.region_id)
        if fonction.role == "prefecture":
            if organisation.departement_id:
                return str(organisation.departement.region_id)
            return str(organisation.region_id or "")
    return ""


@require_safe
def pilotage_signes(request: HttpRequest) -> HttpResponse:
    """Les territoires labellisés qui portent un signe de sommeil (ou n’importe lequel), avec leurs preuves."""
    _check_pilotage(request)
    cle = request.GET.get("signe", "")
    signe = SIGNES.get(cle)
    if cle and signe is None:
        raise Http404("Ce signe n’existe pas.")
    titre = signe.libelle if signe else "Signes de sommeil"
    form = read_form(LignesForm, request)
    contexte = _contexte_lignes(request, form, titre, ["signe", "nombre", "connu"])
    contexte["chemin"] = [("Pilotage", f"{reverse('pilotage')}?{_communs(request)}"), (titre, "")]
    if form.is_valid():
        p = form.get_perimetre()
        sommeil = compute_sommeil(p)
        ids = sommeil.get_ids(cle)
        liste = listes.liste_signes(
            request,
            Territoire.objects.filter(pk__in=ids).select_related("vague", "region"),
            sommeil,
            list_aides(ids),
            set(territoires_for(request.user, Permission.PILOTAGE_READ).values_list("pk", flat=True)),
        )
        if (fichier := liste.export()) is not None:
            return fichier
        contexte |= {
            "liste": liste,
            "definition": signe.phrase if signe else SIGNES_PHRASE,
            "signes": [
                (s, url_lignes("pilotage-signes", p, signe=s.cle), s.cle == cle) for s in sommeil.count()
            ],
            "url_tous": url_lignes("pilotage-signes", p),
            "tous": not cle,
            "nombre": len(sommeil.get_ids()),
            "inconnus": len(sommeil.inconnus),
        }
    return render(request, "pilotage/lignes_signes.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def territoire_signes(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Les signes d’un territoire, leurs preuves, les aides reçues ; dire l’aide qu’on lui apporte."""
    territoire = load_territoire(request, vague, id_ti)
    if not has_permission(request.user, Permission.PILOTAGE_READ, territoire):
        raise AccesRefuse(PHRASES_REFUS[Permission.PILOTAGE_READ])
    form = AideForm(request.POST if request.method == "POST" else None, initial={"jour": aujourdhui()})
    if request.method == "POST" and form.is_valid():
        try:
            record_aide(territoire=territoire, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ActionImpossible as refus:
            show_refus(form, refus)
        else:
            messages.success(request, "L’aide est enregistrée, avec les signes du jour.")
            return redirect("territoire-signes", territoire.vague.code, territoire.id_ti)
    sommeil = compute_sommeil(Perimetre(aujourdhui()), Territoire.objects.filter(pk=territoire.pk))
    contexte = {
        "territoire": territoire,
        "form": form,
        "preuves": sommeil.preuves.get(territoire.pk, []),
        "aides": list_aides([territoire.pk])[territoire.pk],
        "organisations": organisations_proches(territoire),
        "chemin": [
            ("Pilotage", reverse("pilotage")),
            ("Signes de sommeil", reverse("pilotage-signes")),
            (territoire.nom, ""),
        ],
    }
    return render(request, "pilotage/territoire_signes.html", contexte)
