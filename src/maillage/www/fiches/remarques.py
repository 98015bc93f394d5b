"""Remarques sur une fiche : en écrire, répondre, clore, demander une correction."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from maillage.comptes.models import Fonction, Personne
from maillage.fiches.actions_commentaires import TEXTE_MAX, close_commentaire, write_commentaire
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import user_can_ask_correction, user_can_close_commentaire
from maillage.fiches.rubriques import TITRES
from maillage.fiches.selectors import list_fils
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Mandat
from maillage.www.champs import show_refus
from maillage.www.envoi import envoi_unique
from maillage.www.fiches.views import contexte_fiche, load_fiche


def list_interlocuteurs(fiche: FicheAction) -> QuerySet[Personne]:
    """Les personnes que l’on peut nommer : l’équipe du territoire, celle des partenaires, le porteur et la Région."""
    mandats = Mandat.objects.du_jour().filter(
        Q(territoire=fiche.territoire) | Q(territoire__partages_fiches__fiche=fiche)
    )
    fonctions = Fonction.objects.at(aujourdhui()).filter(
        Q(organisation=fiche.porteur_id) | Q(role="region", organisation__region=fiche.territoire.region_id)
    )
    return (
        Personne.objects.filter(is_active=True, email__isnull=False)
        .filter(Q(pk__in=mandats.values("personne")) | Q(pk__in=fonctions.values("personne")))
        .order_by("nom", "prenom", "pk")
    )


class RemarqueForm(forms.Form):
    champ = forms.ChoiceField(
        label="De quoi parlez-vous\u00a0?",
        required=False,
        choices=[("", "De toute la fiche"), *((n, t) for n, t in TITRES.items() if n != "statut")],
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    texte = forms.CharField(
        label="Votre remarque",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=TEXTE_MAX,
        error_messages={
            "required": "Écrivez votre remarque.",
            "max_length": "La remarque a %(show_value)d signes, %(limit_value)d au plus\u00a0: raccourcissez-la.",
        },
    )
    mentions = forms.ModelMultipleChoiceField(
        Personne.objects.none(),
        label="Prévenir",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_correction = forms.BooleanField(
        label="Demander une correction",
        required=False,
        help_text="L’équipe du territoire est prévenue. Si la fiche ne s’écrit plus, ce champ seul se rouvre.",
    )

    def __init__(self, *args: Any, fiche: FicheAction, with_correction: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mentions"].queryset = list_interlocuteurs(fiche)
        if not with_correction:
            del self.fields["is_correction"]


class ReponseForm(forms.Form):
    texte = RemarqueForm.base_fields["texte"]


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def fiche_remarques(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Toutes les remarques d’une fiche, les ouvertes d’abord ; en écrire une, répondre (`parent`)."""
    fiche = load_fiche(request, vague, id_ti, pk)
    user = _check_personne(request)
    with_correction = user_can_ask_correction(user, fiche)
    parent = _get_parent(fiche, request.POST.get("parent", ""))
    form = RemarqueForm(
        request.POST if request.method == "POST" and parent is None else None,
        fiche=fiche,
        with_correction=with_correction,
        initial={"champ": request.GET.get("champ", "")},
    )
    reponse = ReponseForm(request.POST) if request.method == "POST" and parent else None
    saisie = reponse or form
    if request.method == "POST" and saisie.is_valid():
        try:
            remarque = write_commentaire(fiche=fiche, by=user, parent=parent, **saisie.cleaned_data)
        except ActionImpossible as erreur:
            show_refus(saisie, erreur)
        else:
            messages.success(request, "Votre remarque est enregistrée.")
            return redirect(f"{request.path}#remarque-{remarque.parent_id or remarque.pk}")
    contexte = contexte_fiche(request, fiche, "fiches", ("Remarques", request.path))
    contexte |= {
        "fils": [
            (
                fil,
                user_can_close_commentaire(user, fil.commentaire),
                bool(parent) and parent.pk == fil.commentaire.pk,
            )
            for fil in list_fils(fiche)
        ],
        "form": form,
        "reponse": reponse,
    }
    return render(request, "fiches/remarques.html", contexte)


def _check_personne(request: HttpRequest) -> Personne:
    if not isinstance(request.user, Personne):
        raise AccesRefuse(
            "Un lien personnel lit la fiche\u00a0; pour écrire une remarque, il faut un compte."
        )
    return request.user


def _get_parent(fiche: FicheAction, texte: str) -> Any:
    if not (texte.isascii() and texte.isdigit()):
        return None
    parent = fiche.commentaires.filter(pk=int(texte), parent=None).first()
    if parent is None:
        raise Http404("Cette remarque n’est pas de cette fiche.")
    return parent


@require_POST
def remarque_clore(request: HttpRequest, vague: str, id_ti: str, pk: int, remarque: int) -> HttpResponse:
    fiche = load_fiche(request, vague, id_ti, pk)
    user = _check_personne(request)
    commentaire = (
        fiche.commentaires.filter(pk=remarque, parent=None).select_related("fiche__territoire").first()
    )
    if commentaire is None:
        raise Http404("Cette remarque n’est pas de cette fiche.")
    if not user_can_close_commentaire(user, commentaire):
        raise AccesRefuse("Seuls son auteur et ceux qui écrivent la fiche peuvent clore une remarque.")
    close_commentaire(commentaire=commentaire, by=user)
    messages.success(request, "La remarque est close\u00a0; elle reste lisible.")
    return redirect("fiche-remarques", vague, id_ti, pk)
