"""Les fiches d’un territoire autrement qu’en liste : par état, au calendrier, sur la carte, en tableau à modifier."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from calcul.fiches.calendrier import Etape, EtapeDatee, compute_calendrier
from calcul.fiches.gantt import Echelle, build_echelle
from maillage.comptes.models import Personne
from maillage.comptes.permissions import Permission
from maillage.fiches.actions_lot import Modification, save_colonnes, update_fiches
from maillage.fiches.enums import Avancement, Maturite, Priorite, StatutFiche, Visibilite
from maillage.fiches.models import FicheAction, Jalon
from maillage.fiches.policies import CONTENU_FIGE
from maillage.fiches.selectors import describe_contenu, find_fiches, get_scalaires
from maillage.referentiels.cartes import Forme, dessiner_carte, load_cadre
from maillage.referentiels.enums import Couche
from maillage.socle.conflits import Ecart
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Axe, Territoire
from maillage.territoires.permissions import check_permission, has_permission
from maillage.www.champs import JourField
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.fiches.formulaires import TROP_LONG

FICHES_PAR_LOT = 100
HAUTEUR = 26  # d’une ligne du calendrier


def _contexte(request: HttpRequest, territoire: Territoire, vue: str, titre: str) -> dict[str, Any]:
    args = [territoire.vague.code, territoire.id_ti]
    contexte = contexte_territoire(
        request,
        territoire,
        "fiches",
        ("Fiches action", reverse("fiches", args=args)),
        (titre, request.path),
    )
    return contexte | {
        "vue": vue,
        "titre": titre,
        "args_liste": args,
        "can_lot": has_permission(request.user, Permission.FICHE_UPDATE, territoire),
    }


def _load(request: HttpRequest, vague: str, id_ti: str) -> tuple[Territoire, QuerySet[FicheAction]]:
    """Le territoire et ses fiches vivantes, cherchées par `q` ; 403 sans le droit de lire les fiches."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    fiches = FicheAction.objects.of_territoire(territoire).select_related(
        "territoire__vague", "axe", "porteur"
    )
    texte = request.GET.get("q", "").replace("\x00", "").strip()
    return territoire, (find_fiches(fiches, texte) if texte else fiches).order_by("rang", "id")


@require_http_methods(["GET"])
def fiches_tableau(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Les fiches, une colonne par état où il y en a."""
    territoire, fiches = _load(request, vague, id_ti)
    par_etat: dict[str, list[FicheAction]] = defaultdict(list)
    for fiche in fiches:
        par_etat[fiche.statut].append(fiche)
    contexte = _contexte(request, territoire, "tableau", "Par état")
    contexte["colonnes"] = [(etat, par_etat[etat.value]) for etat in StatutFiche if par_etat[etat.value]]
    return render(request, "fiches/tableau.html", contexte)


@dataclass(frozen=True)
class Barre:
    """Une étape dessinée : de `x` à `x + largeur`, sur la ligne `y`."""

    datee: EtapeDatee
    jalon: Jalon
    x: int
    largeur: int
    y: int


@dataclass(frozen=True)
class Bande:
    """Une fiche au calendrier : ses dates et ses étapes."""

    fiche: FicheAction
    y: int
    x: int
    largeur: int
    barres: list[Barre]


def build_bandes(fiches: list[FicheAction], au: date) -> tuple[Echelle | None, list[Bande], int]:
    """L’échelle du calendrier, une bande par fiche datée, et la hauteur du dessin."""
    # Une fiche achevée n’attend plus personne : ses étapes gardent leurs dates.
    datees = {
        fiche.pk: _date_etapes(fiche, date.min if fiche.statut in CONTENU_FIGE else au) for fiche in fiches
    }
    jours: list[date | None] = []
    for fiche in fiches:
        jours += [fiche.debut_prevu, fiche.fin_prevue]
        for _, datee in datees[fiche.pk]:
            jours += [datee.debut, datee.fin, datee.etape.echeance]
    echelle = build_echelle(jours, au=au)
    if echelle is None:
        return None, [], 0
    bandes, y = [], HAUTEUR
    for fiche in fiches:
        etapes = [(j, d) for j, d in datees[fiche.pk] if d.fin]
        if not (etapes or fiche.debut_prevu or fiche.fin_prevue):
            continue
        debut = (
            fiche.debut_prevu
            or min((d.debut for _, d in etapes if d.debut), default=None)
            or fiche.fin_prevue
        )
        fin = fiche.fin_prevue or max((d.fin for _, d in etapes if d.fin), default=None) or fiche.debut_prevu
        x = echelle.place(debut) if debut else 0
        barres = []
        for rang, (jalon, datee) in enumerate(etapes, start=1):
            gauche = echelle.place(datee.debut or datee.fin or au)
            largeur = max(echelle.place(datee.fin or au) - gauche, 6)
            barres.append(Barre(datee, jalon, gauche, largeur, y + rang * HAUTEUR))
        bandes.append(Bande(fiche, y, x, max((echelle.place(fin) if fin else x) - x, 4), barres))
        y += (len(barres) + 1) * HAUTEUR
    return echelle, bandes, y


def _date_etapes(fiche: FicheAction, au: date) -> list[tuple[Jalon, EtapeDatee]]:
    jalons = list(fiche.jalons.all())
    numeros = {jalon.pk: numero for numero, jalon in enumerate(jalons, start=1)}
    etapes = [
        Etape(
            numero=numeros[jalon.pk],
            debut=jalon.debut,
            echeance=jalon.echeance,
            realise_le=jalon.realise_le,
            apres=tuple(numeros[autre.pk] for autre in jalon.apres.all() if autre.pk in numeros),
        )
        for jalon in jalons
    ]
    return list(zip(jalons, compute_calendrier(etapes, au=au), strict=True))


@require_http_methods(["GET"])
def fiches_calendrier(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Le calendrier de toutes les étapes : ce qui est en retard, ce que cela repousse, les prochaines échéances."""
    territoire, fiches = _load(request, vague, id_ti)
    vivantes = fiches.exclude(statut=StatutFiche.ABANDONNEE).prefetch_related("jalons__apres")
    jour = aujourdhui()
    echelle, bandes, hauteur = build_bandes(list(vivantes), jour)
    contexte = _contexte(request, territoire, "calendrier", "Calendrier")
    a_venir = sorted(
        (
            (barre.datee.etape.echeance, bande.fiche, barre)
            for bande in bandes
            for barre in bande.barres
            if barre.datee.etape.echeance
            and not barre.datee.etape.realise_le
            and bande.fiche.statut not in CONTENU_FIGE
        ),
        key=lambda triple: (triple[0], triple[1].pk, triple[2].y),
    )
    contexte |= {
        "bandes": bandes,
        "hauteur": hauteur + HAUTEUR,
        "graduations": echelle.list_graduations() if echelle else [],
        "x_jour": echelle.place(jour) if echelle else 0,
        "a_venir": a_venir,
        "jour": jour,
    }
    return render(request, "fiches/calendrier.html", contexte)


@require_http_methods(["GET"])
def fiches_carte(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Les intercommunalités où les actions se passent, et la liste des lieux, commune par commune."""
    territoire, fiches = _load(request, vague, id_ti)
    lieux: dict[str, list[tuple[FicheAction, Any]]] = defaultdict(list)
    communes: dict[str, Any] = {}
    for fiche in fiches.exclude(statut=StatutFiche.ABANDONNEE).prefetch_related("sites__commune__epci"):
        for site in fiche.sites.all():
            lieux[site.commune_id or ""].append((fiche, site))
            communes[site.commune_id or ""] = site.commune
    noms = {
        code: str(commune) if commune else "Commune pas encore dite" for code, commune in communes.items()
    }
    par_epci: dict[str, list[str]] = defaultdict(list)
    for code, commune in sorted(communes.items()):
        if commune and commune.epci_id:
            par_epci[commune.epci_id].append(code)
    formes = [
        Forme(
            couche=Couche.EPCI,
            code=siren,
            libelle=f"{communes[codes[0]].epci.nom}\u00a0: {', '.join(noms[code] for code in codes)}",
            href=f"#lieu-{codes[0]}",
        )
        for siren, codes in par_epci.items()
    ]
    cadre = load_cadre(formes)
    contexte = _contexte(request, territoire, "carte", "Carte")
    contexte |= {
        "carte": dessiner_carte(
            formes=formes,
            cadre=cadre,
            titre="Lieux des actions",
            description="Les intercommunalités où les actions du territoire se passent\u00a0; la liste donne chaque commune.",
        )
        if cadre
        else "",
        "lieux": [(code, noms[code], lieux[code]) for code in sorted(lieux, key=lambda c: noms[c])],
    }
    return render(request, "fiches/carte.html", contexte)


# --- modifier en tableau -------------------------------------------------------------------------------------------

CHAMPS_LOT = (
    "code",
    "axe",
    "priorite",
    "avancement",
    "maturite",
    "visibilite",
    "debut_prevu",
    "fin_prevue",
    "rang",
)


class FicheLotForm(forms.Form):
    """Une fiche dans le tableau : ce qui se change en nombre, et la version lue."""

    fiche = forms.IntegerField(widget=forms.HiddenInput)
    version_lue = forms.IntegerField(widget=forms.HiddenInput)
    code = forms.CharField(
        label="Code", max_length=20, required=False, error_messages={"max_length": TROP_LONG}
    )
    axe = forms.ChoiceField(label="Axe", required=False)
    priorite = forms.ChoiceField(label="Priorité", required=False, choices=[("", "—"), *Priorite.choices])
    avancement = forms.ChoiceField(
        label="Avancement", required=False, choices=[("", "—"), *Avancement.choices]
    )
    maturite = forms.ChoiceField(label="Maturité", choices=Maturite.choices)
    visibilite = forms.ChoiceField(label="Visibilité", choices=Visibilite.choices)
    debut_prevu = JourField(label="Début", required=False)
    fin_prevue = JourField(label="Fin", required=False)
    rang = forms.IntegerField(
        label="Rang",
        min_value=0,
        max_value=9999,
        error_messages={
            "required": "Écrivez un rang.",
            "invalid": "Écrivez un nombre entier.",
            "max_value": "Le rang va jusqu’à 9999.",
            "min_value": "Le rang n’est pas négatif.",
        },
    )

    def __init__(self, *args: Any, axes: list[Axe], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.axes = {str(axe.pk): axe for axe in axes}
        self.fields["axe"].choices = [("", "—"), *((pk, axe.nom) for pk, axe in self.axes.items())]

    @property
    def visibles(self) -> list[Any]:
        return [self[nom] for nom in CHAMPS_LOT]

    def get_champs(self) -> dict[str, Any]:
        champs = {nom: self.cleaned_data[nom] for nom in CHAMPS_LOT}
        return champs | {"axe": self.axes.get(champs["axe"]), "code": champs["code"].strip()}


@dataclass(frozen=True)
class Apercu:
    fiche: FicheAction
    ecarts: list[Ecart]


@require_http_methods(["GET", "HEAD", "POST"])
def fiches_lot(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Change plusieurs fiches dans un tableau : d’abord ce qui changera, puis on l’applique, tout ou rien."""
    territoire, fiches = _load(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_UPDATE, territoire)
    modifiables = fiches.filter(territoire=territoire).exclude(statut__in=CONTENU_FIGE)
    lignes = list(modifiables[:FICHES_PAR_LOT])
    axes = list(Axe.objects.filter(vague=territoire.vague).order_by("rang"))
    classe = formset_factory(FicheLotForm, extra=0, max_num=FICHES_PAR_LOT, absolute_max=FICHES_PAR_LOT)
    formset = classe(
        request.POST if request.method == "POST" else None,
        initial=[_get_initial_lot(fiche) for fiche in lignes],
        form_kwargs={"axes": axes},
        prefix="lot",
    )
    contexte = _contexte(request, territoire, "lot", "Modifier en tableau")
    apercus: list[Apercu] = []
    erreur = ""
    if request.method == "POST" and formset.is_valid():
        modifications = _read_modifications(formset, territoire)
        apercus = _preview(modifications)
        if "appliquer" in request.POST and apercus:
            try:
                nombre = update_fiches(modifications=modifications, by=request.user)
            except ActionImpossible as refus:
                erreur = str(refus)
            else:
                messages.success(
                    request,
                    f"{nombre} fiche{'s' if nombre > 1 else ''} enregistrée{'s' if nombre > 1 else ''}.",
                )
                return redirect(request.get_full_path())
        elif not apercus:
            erreur = "Rien ne change\u00a0: modifiez une case du tableau."
    par_pk = {fiche.pk: fiche for fiche in lignes}
    contexte |= {
        "formset": formset,
        "lignes": [(form, par_pk.get(_read_pk(form))) for form in formset],
        "apercus": apercus,
        "erreur": erreur,
        "masquees": modifiables.count() - len(lignes),
        "entetes": [FicheLotForm.base_fields[nom].label for nom in CHAMPS_LOT],
    }
    return render(request, "fiches/lot.html", contexte)


def _read_pk(form: FicheLotForm) -> int:
    valeur = str(form["fiche"].value() or "")
    return int(valeur) if valeur.isascii() and valeur.isdigit() else 0


def _get_initial_lot(fiche: FicheAction) -> dict[str, Any]:
    return {nom: getattr(fiche, nom) for nom in CHAMPS_LOT} | {
        "axe": str(fiche.axe_id or ""),
        "fiche": fiche.pk,
        "version_lue": fiche.version,
    }


def _read_modifications(formset: Any, territoire: Territoire) -> list[Modification]:
    """Les fiches du territoire que le tableau change ; une fiche qui n’est pas de lui est ignorée."""
    connues = {
        fiche.pk: fiche
        for fiche in FicheAction.objects.filter(
            territoire=territoire, pk__in=[form.cleaned_data["fiche"] for form in formset]
        ).select_related("territoire__vague", "axe", "porteur")
    }
    modifications = []
    for form in formset:
        fiche = connues.get(form.cleaned_data["fiche"])
        if fiche is None:
            continue
        champs = {nom: v for nom, v in form.get_champs().items() if getattr(fiche, nom) != v}
        if champs:
            modifications.append(Modification(fiche, form.cleaned_data["version_lue"], champs))
    return modifications


def _preview(modifications: list[Modification]) -> list[Apercu]:
    """Ce que chaque fiche dirait de neuf, en mots, sans rien écrire."""
    apercus = []
    for modification in modifications:
        avant = get_scalaires(modification.fiche)
        apres = dict(avant)
        for nom, valeur in modification.champs.items():
            if nom == "axe":
                apres |= {"axe": valeur.code if valeur else "", "axe_nom": valeur.nom if valeur else ""}
            else:
                apres[nom] = (
                    valeur.isoformat() if isinstance(valeur, date) else ("" if valeur is None else valeur)
                )
        mots_avant, mots_apres = describe_contenu(avant), describe_contenu(apres)
        ecarts = [
            Ecart(nom, str(FicheLotForm.base_fields[nom].label), mots_avant[nom], mots_apres[nom])
            for nom in modification.champs
        ]
        apercus.append(Apercu(modification.fiche, ecarts))
    return apercus


@require_POST
def fiches_colonnes(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Retient les colonnes que la personne veut voir dans la liste (vide : les colonnes habituelles)."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    if not isinstance(request.user, Personne):
        raise AccesRefuse("Il faut un compte pour retenir ses colonnes.")
    save_colonnes(personne=request.user, colonnes=request.POST.getlist("colonne"))
    messages.success(request, "Vos colonnes sont retenues.")
    return redirect("fiches", vague, id_ti)
