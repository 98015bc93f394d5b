"""Écrire un projet d’acte : son texte, article par article, et ses signataires."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.contrats import policies
from maillage.contrats.actions import (
    add_signataire,
    add_signataire_nouveau,
    remove_signataire,
    update_acte,
    update_signataire,
)
from maillage.contrats.composition import get_champs
from maillage.contrats.enums import College
from maillage.contrats.models import Acte
from maillage.contrats.permissions import check_user_can_prepare_acte
from maillage.contrats.selectors import fiches_a_inscrire
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.www.actes.chargement import adresse_acte, contexte_acte, load_acte, load_signataire
from maillage.www.actes.forms import (
    ActeForm,
    ArticleForm,
    ArticleFormSet,
    ArticlesFormSet,
    SignataireForm,
    SignataireUpdateForm,
)
from maillage.www.envoi import envoi_unique

CHAMPS_ARTICLE = tuple(ArticleForm.base_fields)
LIBELLES_BLOC = {
    "plan_actions": "le tableau du plan d’actions",
    "financement": "le tableau de financement",
}
ORGANISATIONS_MAX = 1000


@require_http_methods(["GET", "HEAD", "POST"])
def acte_update(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Le texte du projet. Les boutons d’article (ajouter, monter, descendre, retirer) rendent la page sans enregistrer."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    geste = request.POST.get("geste", "")
    autres: list[tuple[str, str, str]] = []
    deplace = False
    if request.method != "POST":
        try:
            policies.check_can_edit(acte)
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
            return redirect(acte)
        form = ActeForm(initial=_get_initial(acte))
        articles = ArticleFormSet(initial=acte.articles, prefix="article")
    elif geste and geste != "enregistrer":
        form = ActeForm(initial=request.POST.dict())
        articles = ArticleFormSet(initial=_move(_read_articles(request.POST), geste), prefix="article")
        deplace = True
    else:
        form = ActeForm(request.POST)
        articles = ArticleFormSet(request.POST, prefix="article")
        valides = form.is_valid()
        if articles.is_valid() and valides:
            try:
                _save(request, acte, form, articles)
            except ConflitEdition as erreur:
                acte.refresh_from_db()
                autres = _compare(acte, form, articles)
                form = ActeForm(_with_version(request.POST, acte.version))
                form.add_error(None, str(erreur))
            except ActionImpossible as erreur:
                form.add_error(None, str(erreur))
            else:
                messages.success(request, "Le texte est enregistré.")
                return redirect(acte)
    contexte = contexte_acte(request, acte, ("Modifier le texte", request.path)) | {
        "form": form,
        "articles": articles,
        "deplace": deplace,
        "autres": autres,
        "libelles_bloc": LIBELLES_BLOC,
        "champs": get_champs(acte, nombre_fiches=fiches_a_inscrire(acte.territoire).count()).values(),
    }
    return render(request, "actes/modifier.html", contexte)


def _get_initial(acte: Acte) -> dict[str, Any]:
    return {
        "version": acte.version,
        "titre": acte.titre,
        "periode": acte.periode,
        "preambule": acte.preambule,
    }


def _save(request: HttpRequest, acte: Acte, form: ActeForm, articles: ArticlesFormSet) -> None:
    update_acte(
        acte=acte,
        by=request.user,
        version_lue=form.cleaned_data["version"],
        titre=form.cleaned_data["titre"],
        periode=form.cleaned_data["periode"],
        preambule=form.cleaned_data["preambule"],
        articles=articles.get_articles(),
    )


def _with_version(saisie: QueryDict, version: int) -> QueryDict:
    """La même saisie, posée sur la version qui vient d’être montrée : enregistrer de nouveau la garde."""
    copie = saisie.copy()
    copie["version"] = str(version)
    return copie


def _read_articles(saisie: QueryDict) -> list[dict[str, str]]:
    """Les articles tels qu’ils ont été écrits, valables ou non."""
    total = saisie.get("article-TOTAL_FORMS", "")
    nombre = min(int(total), ArticleFormSet.absolute_max) if total.isdecimal() else 0
    return [
        {champ: saisie.get(f"article-{rang}-{champ}", "") for champ in CHAMPS_ARTICLE}
        for rang in range(nombre)
    ]


def _move(articles: list[dict[str, str]], geste: str) -> list[dict[str, str]]:
    """« ajouter », « monter:2 », « descendre:2 », « retirer:2 » (rangs depuis 0) ; un rang inconnu ne change rien."""
    if geste == "ajouter":
        return [*articles, dict.fromkeys(CHAMPS_ARTICLE, "")][: ArticleFormSet.max_num]
    nom, _, texte = geste.partition(":")
    rang = int(texte) if texte.isdecimal() else -1
    if not 0 <= rang < len(articles):
        return articles
    article = articles.pop(rang)
    cible = {"monter": max(rang - 1, 0), "descendre": rang + 1}.get(nom)
    if cible is not None:
        articles.insert(cible, article)
    return articles


def _compare(acte: Acte, form: ActeForm, articles: ArticlesFormSet) -> list[tuple[str, str, str]]:
    """Ce qui diffère entre la saisie et ce qui vient d’être enregistré : (partie, enregistré, saisi)."""
    paires = [
        (form.fields[champ].label, getattr(acte, champ), form.cleaned_data[champ])
        for champ in ("titre", "periode", "preambule")
    ]
    enregistres = [f"{article['titre']}\n{article['texte']}" for article in acte.articles]
    saisis = [f"{article['titre']}\n{article['texte']}" for article in articles.get_articles()]
    for rang in range(max(len(enregistres), len(saisis))):
        paires.append(
            (
                f"Article {rang + 1}",
                enregistres[rang] if rang < len(enregistres) else "",
                saisis[rang] if rang < len(saisis) else "",
            )
        )
    return [(str(nom), la, ici) for nom, la, ici in paires if la.split() != ici.split()]


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def acte_signataires(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Qui signe, pour quelle organisation, à quel titre, dans quel ordre ; en ajouter un."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    form = SignataireForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            signataire = _add(request, acte, form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"Signataire ajouté\u00a0: {signataire}.")
            return redirect(adresse_acte("acte-signataires", acte))
    signataires = list(acte.signataires.select_related("organisation", "groupe"))
    contexte = contexte_acte(request, acte, ("Signataires", request.path)) | {
        "form": form,
        "lignes": [
            (
                s,
                adresse_acte("acte-signataire-update", acte, s.pk),
                adresse_acte("acte-signataire-retirer", acte, s.pk),
            )
            for s in signataires
        ],
        "url_groupe": adresse_acte("acte-groupe", acte),
        "modifiable": policies.can_edit(acte),
        "organisations": _get_organisations(acte),
    }
    return render(request, "actes/signataires.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def acte_signataire_update(
    request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int
) -> HttpResponse:
    """Corrige ce que le projet dit d’un signataire : nom, qualité, rang, courriel, délibération."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    modifie = load_signataire(acte, signataire)
    liste = adresse_acte("acte-signataires", acte)
    if request.method != "POST" and not policies.can_edit(acte):
        return redirect(liste)
    initial = {champ: getattr(modifie, champ) for champ in SignataireUpdateForm.base_fields}
    form = SignataireUpdateForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            modifie = update_signataire(signataire=modifie, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(request, f"Signataire enregistré\u00a0: {modifie}.")
            return redirect(liste)
    contexte = contexte_acte(request, acte, ("Signataires", liste), ("Modifier", request.path)) | {
        "form": form,
        "signataire": modifie,
        "url_retour": liste,
    }
    return render(request, "actes/signataire.html", contexte)


def _add(request: HttpRequest, acte: Acte, donnees: dict[str, Any]) -> Any:
    champs = {
        "nom": donnees["nom"],
        "qualite": donnees["qualite"],
        "college": College(donnees["college"]),
        "ordre": donnees["ordre"],
        "email": donnees["email"],
        "deliberation": donnees["deliberation"],
        "deliberation_le": donnees["deliberation_le"],
        # Sans case cochée, l’acte suit le type de l’organisation ; décochée à la correction, c’est un choix.
        "doit_deliberer": True if donnees["doit_deliberer"] else None,
    }
    organisation = donnees["organisation"]
    if isinstance(organisation, Organisation):
        return add_signataire(acte=acte, organisation=organisation, by=request.user, **champs)
    return add_signataire_nouveau(
        acte=acte,
        nom_organisation=organisation,
        type_organisation=TypeOrganisation(donnees["type_organisation"]),
        by=request.user,
        **champs,
    )


def _get_organisations(acte: Acte) -> list[tuple[str, str]]:
    """(valeur, précision) de la liste proposée : un nom, avec son SIREN quand il est connu."""
    organisations = Organisation.objects.order_by("nom", "id")
    if not acte.territoire.is_fictif:
        organisations = organisations.filter(is_fictif=False)
    return [
        (f"{o.nom} [{o.siren}]" if o.siren else o.nom, o.get_type_display())
        for o in organisations[:ORGANISATIONS_MAX]
    ]


@require_POST
def acte_signataire_retirer(
    request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int
) -> HttpResponse:
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    retire = load_signataire(acte, signataire)
    try:
        remove_signataire(signataire=retire, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"{retire} ne signe plus cet acte.")
    return redirect(adresse_acte("acte-signataires", acte))
