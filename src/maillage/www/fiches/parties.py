"""Écrire une partie de la fiche : étapes, partenaires, contexte… La saisie se garde d’elle-même, un conflit se départage."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from maillage.fiches import actions
from maillage.fiches.actions_contenu import clean_lignes
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import check_user_can_update_fiche
from maillage.fiches.policies import CONTENU_FIGE, check_can_edit
from maillage.fiches.rubriques import ESSENTIEL, PAR_CODE, TITRES, Section
from maillage.fiches.selectors import compare_saisies, get_contenu, get_version, list_champs_rouverts
from maillage.fiches.selectors_contenu import read_collection
from maillage.socle.conflits import Conflit
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.www.fiches.formulaires import LignesFormSet, PartieForm, add_ligne, build_formset
from maillage.www.fiches.views import contexte_brouillon, contexte_fiche, load_fiche, read_brouillon


class Saisie:
    """Les formulaires d’une partie : un pour ses textes, un par liste. `donnees` : ce qui est envoyé, ou None."""

    def __init__(self, fiche: FicheAction, section: Section, donnees: Any = None) -> None:
        self.fiche, self.section = fiche, section
        initial = {champ.nom: getattr(fiche, champ.nom) for champ in section.champs}
        self.form = PartieForm(donnees, section=section, initial=initial | {"version_lue": fiche.version})
        self.listes: dict[str, LignesFormSet] = {
            collection.nom: build_formset(collection, donnees, read_collection(fiche, collection.nom))
            for collection in section.collections
        }

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), *(liste.is_valid() for liste in self.listes.values())])

    def get_champs(self) -> dict[str, Any]:
        return self.form.get_champs() | {nom: liste.get_lignes() for nom, liste in self.listes.items()}

    @property
    def nombre_erreurs(self) -> int:
        return sum(liste.total_error_count() for liste in self.listes.values())


def get_section(code: str) -> Section:
    section = PAR_CODE.get(code)
    if section is None or section is ESSENTIEL:
        raise Http404("Cette partie de la fiche n’existe pas.")
    return section


@require_http_methods(["GET", "HEAD", "POST"])
def fiche_partie(request: HttpRequest, vague: str, id_ti: str, pk: int, partie: str) -> HttpResponse:
    """Écrit une partie de la fiche ; si quelqu’un l’a changée entre-temps, chaque champ se choisit."""
    fiche = load_fiche(request, vague, id_ti, pk)
    check_user_can_update_fiche(request.user, fiche)
    section = get_section(partie)
    conflit: Conflit | None = None
    ajout = request.POST.get("ajouter", "")
    donnees, brouillon = read_brouillon(request, fiche, section.code)
    if donnees is not None and ajout:
        collection = next((c for c in section.collections if c.nom == ajout), None)
        donnees = add_ligne(donnees, collection) if collection else donnees
    saisie = Saisie(fiche, section, donnees)
    if request.method == "POST" and not ajout and saisie.is_valid():
        choisis = {
            nom: valeur
            for nom, valeur in saisie.get_champs().items()
            if request.POST.get(f"choix_{nom}") != "enregistre"
        }
        if StatutFiche(fiche.statut) in CONTENU_FIGE and (rouverts := list_champs_rouverts(fiche)):
            choisis = {nom: valeur for nom, valeur in choisis.items() if nom in rouverts}
        lue = saisie.form.cleaned_data["version_lue"]
        try:
            apres = actions.update_fiche(fiche=fiche, by=request.user, version_lue=lue, **choisis)
        except ConflitEdition as erreur:
            saisie, conflit = _compare(request, saisie, fiche, lue)
            saisie.form.add_error(None, str(erreur))
        except ActionImpossible as erreur:
            saisie.form.add_error(erreur.champ if erreur.champ in saisie.form.fields else None, str(erreur))
        else:
            actions.drop_brouillon(fiche=fiche, partie=section.code, by=request.user)
            if apres.version == lue:
                messages.info(
                    request, "Rien n’avait changé\u00a0: aucune version nouvelle n’a été enregistrée."
                )
            else:
                messages.success(
                    request,
                    f"«\u00a0{section.titre}\u00a0» est enregistré (version {apres.version} de la fiche).",
                )
            return redirect(f"{fiche.get_absolute_url()}#{section.code}")
    contexte = contexte_fiche(request, fiche, "fiches", (section.titre, request.path))
    contexte |= {
        "section": section,
        "saisie": saisie,
        "form": saisie.form,
        "conflit": conflit,
        "fige": _say_fige(fiche, section),
    } | contexte_brouillon(request, fiche, section.code, brouillon)
    return render(request, "fiches/fiche_partie.html", contexte)


def _say_fige(fiche: FicheAction, section: Section) -> str:
    """Ce qui ne s’enregistrera pas, dit avant qu’on écrive ; vide si la fiche s’écrit."""
    rouverts = [TITRES[nom] for nom in sorted(list_champs_rouverts(fiche) & set(section.noms))]
    try:
        check_can_edit(fiche)
    except ActionImpossible as refus:
        if rouverts:
            return (
                f"La fiche ne s’écrit plus, sauf ce qu’une correction a rouvert\u00a0: {', '.join(rouverts)}."
            )
        return str(refus)
    return ""


def _compare(
    request: HttpRequest, saisie: Saisie, fiche: FicheAction, lue: int
) -> tuple[Saisie, Conflit | None]:
    """Après un conflit : la saisie reste où elle a changé quelque chose, le reste reprend ce qui est enregistré.

    La version lue devient la dernière ; chaque champ opposé se choisit (`choix_<champ>`).
    """
    actuelle = load_fiche(request, fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk)
    enregistre = get_contenu(actuelle)
    version = get_version(fiche, lue)
    valeurs = saisie.form.get_champs()
    try:
        valeurs |= {nom: clean_lignes(nom, liste.get_lignes()) for nom, liste in saisie.listes.items()}
    except ActionImpossible:
        return saisie, None
    conflit = compare_saisies(
        base=version.contenu if version else enregistre,
        saisie=enregistre | valeurs,
        enregistre=enregistre,
    )
    repris = {ecart.champ for ecart in conflit.repris}
    donnees = request.POST.copy()
    donnees["version_lue"] = str(actuelle.version)
    for nom in repris & set(valeurs):
        if nom in saisie.form.fields:
            donnees[nom] = str(getattr(actuelle, nom))
    rendue = Saisie(actuelle, saisie.section, donnees)
    for collection in saisie.section.collections:
        if collection.nom in repris:
            rendue.listes[collection.nom] = build_formset(
                collection, None, read_collection(actuelle, collection.nom)
            )
    rendue.is_valid()
    miens = set(valeurs)
    return rendue, Conflit(
        opposes=[e for e in conflit.opposes if e.champ in miens],
        repris=[e for e in conflit.repris if e.champ in miens],
    )
