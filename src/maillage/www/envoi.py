"""Un formulaire de création ne crée qu’une fois : décorateur des vues, avec la balise `{% jeton_envoi %}` dans le gabarit."""

import hashlib
import json
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect, render

from maillage.socle.envois import CHAMP_JETON, complete_envoi, create_jeton, is_jeton, reserve_envoi
from maillage.socle.models import EnvoiFormulaire
from maillage.www.commun import Vue

_SANS_CONTENU = ("csrfmiddlewaretoken", CHAMP_JETON)


def envoi_unique(vue: Vue) -> Vue:
    """Fait la création au premier envoi ; au second, mène à ce qui est déjà créé.

    La vue répond par une redirection quand elle a créé, par une page quand elle refuse : son jeton ressert alors. Un
    envoi sans jeton passe : il ne vient pas d’une de nos pages.
    """

    @wraps(vue)
    def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        jeton = request.POST.get(CHAMP_JETON, "") if request.method == "POST" else ""
        if not is_jeton(jeton):
            return vue(request, *args, **kwargs)
        empreinte = _compute_empreinte(request)
        with transaction.atomic():
            deja = reserve_envoi(jeton=jeton, empreinte=empreinte)
            if deja is None:
                reponse = vue(request, *args, **kwargs)
                if isinstance(reponse, HttpResponseRedirectBase):
                    complete_envoi(jeton=jeton, adresse=reponse.url)
                else:
                    transaction.set_rollback(True)
                return reponse
        return _repondre_deja(request, deja, empreinte)

    return enveloppe


def _list_saisie(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (nom, str(valeur))
        for nom, valeurs in sorted(request.POST.lists())
        if nom not in _SANS_CONTENU
        for valeur in valeurs
    ]


def _compute_empreinte(request: HttpRequest) -> str:
    return hashlib.sha256(json.dumps([request.path, _list_saisie(request)]).encode()).hexdigest()


def _repondre_deja(request: HttpRequest, deja: EnvoiFormulaire, empreinte: str) -> HttpResponse:
    """Même saisie : rien de plus à faire. Autre saisie : demander si c’est un autre objet, sans rien perdre."""
    adresse = deja.adresse or request.path
    if deja.empreinte == empreinte:
        messages.info(
            request, "Vous aviez déjà envoyé ce formulaire\u00a0: rien n’a été ajouté une seconde fois."
        )
        return redirect(adresse)
    contexte = {
        "adresse": adresse,
        "champs": _list_saisie(request),
        "nom_jeton": CHAMP_JETON,
        "jeton": create_jeton(deja.jeton.partition(".")[0]),
    }
    return render(request, "formulaires/deja_envoye.html", contexte)
