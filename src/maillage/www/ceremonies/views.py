"""La cérémonie : la préparer, la tenir, l’écran de la salle, et signer l’acte courant."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.contrats import policies
from maillage.contrats.actions import (
    add_acte_ceremonie,
    close_ceremonie,
    create_ceremonie,
    open_ceremonie,
    remove_acte_ceremonie,
    set_presence,
    sign_mine,
)
from maillage.contrats.models import Acte, Ceremonie, Signataire
from maillage.contrats.permissions import (
    ceremonies_visible_to,
    check_user_can_hold_ceremonie,
    get_regions_ceremonie,
    user_can_hold_ceremonie,
    user_can_sign,
)
from maillage.contrats.selectors_ceremonie import count_signes, get_courant, read_ceremonie
from maillage.journal.models import Entree
from maillage.referentiels.models import Region
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Vague
from maillage.www.actes.signature import describe_authentification, is_confirmee
from maillage.www.champs import JourField, show_refus
from maillage.www.envoi import envoi_unique


class CeremonieForm(forms.Form):
    titre = forms.CharField(
        label="Titre",
        max_length=200,
        help_text="Par exemple\u00a0: Signature à Mulhouse.",
        error_messages={"required": "Donnez un titre à la cérémonie."},
    )
    region = forms.ModelChoiceField(
        queryset=Region.objects.none(),
        label="Région",
        empty_label=None,
        error_messages={
            "required": "Choisissez la région.",
            "invalid_choice": "Choisissez une de vos régions.",
        },
    )
    vague = forms.ModelChoiceField(
        queryset=Vague.objects.order_by("-numero"),
        label="Phase du programme",
        empty_label=None,
        error_messages={
            "required": "Choisissez la phase.",
            "invalid_choice": "Choisissez une phase de la liste.",
        },
    )
    jour = JourField(label="Jour", initial=aujourdhui)
    lieu = forms.CharField(label="Lieu", max_length=200, required=False)
    is_fictif = forms.BooleanField(label="C’est une répétition, dans des espaces fictifs", required=False)

    def __init__(self, *args: Any, regions: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = Region.objects.filter(pk__in=regions).order_by("nom")  # type: ignore[attr-defined]


class InscrireForm(forms.Form):
    acte = forms.ModelChoiceField(
        queryset=Acte.objects.none(),
        label="Acte arrêté à inscrire",
        empty_label="Choisissez un acte",
        error_messages={
            "required": "Choisissez un acte.",
            "invalid_choice": "Cet acte n’est pas, ou plus, à signer dans cette région.",
        },
    )

    def __init__(self, *args: Any, ceremonie: Ceremonie, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["acte"].queryset = (  # type: ignore[attr-defined]
            Acte.objects.filter(
                statut__in=policies.A_SIGNER,
                ceremonie__isnull=True,
                territoire__regions=ceremonie.region_id,
                territoire__is_fictif=ceremonie.is_fictif,
            )
            .order_by("territoire__nom", "id")
            .distinct()
        )


def _chemin(*suite: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Mon espace", reverse("espace-accueil")), ("Cérémonies", reverse("ceremonies")), *suite]


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def ceremonies(request: HttpRequest) -> HttpResponse:
    """Les cérémonies que je peux lire ; en préparer une, pour une Région ou une préfecture de région."""
    regions = get_regions_ceremonie(request.user)
    form = CeremonieForm(request.POST or None, regions=regions) if regions else None
    if request.method == "POST":
        if form is None:
            raise AccesRefuse("La Région ou la préfecture de région tient la cérémonie.")
        if form.is_valid():
            try:
                ceremonie = create_ceremonie(by=request.user, **form.cleaned_data)
            except ActionImpossible as erreur:
                show_refus(form, erreur)
            else:
                messages.success(
                    request,
                    "La cérémonie est préparée. Inscrivez les actes, dans l’ordre où ils seront signés.",
                )
                return redirect(ceremonie)
    contexte = {
        "ceremonies": ceremonies_visible_to(request.user)
        .select_related("region")
        .order_by("-jour", "-id")[:100],
        "form": form,
        "chemin": [*_chemin()[:-1], ("Cérémonies", "")],
    }
    return render(request, "ceremonies/liste.html", contexte)


def _load(request: HttpRequest, pk: int) -> Ceremonie:
    ceremonie = ceremonies_visible_to(request.user).select_related("region", "vague").filter(pk=pk).first()
    if ceremonie is None:
        raise Http404("Cette cérémonie n’existe pas, ou n’est pas à vous.")
    return ceremonie


def _contexte(request: HttpRequest, ceremonie: Ceremonie) -> dict[str, Any]:
    lignes = read_ceremonie(ceremonie)
    courant = get_courant(lignes)
    is_ouverte = bool(ceremonie.ouverte_at and not ceremonie.close_at)
    return {
        "ceremonie": ceremonie,
        "lignes": lignes,
        "courant": courant,
        "is_ouverte": is_ouverte,
        "mienne": next((s for s in courant.attendus if user_can_sign(request.user, s)), None)
        if courant and is_ouverte
        else None,
        "compte": count_signes(ceremonie),
        "signes": sum(ligne.is_signe for ligne in lignes),
        "chemin": _chemin((ceremonie.titre, ceremonie.get_absolute_url())),
    }


@require_safe
def ceremonie_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """La liste des actes, où en est chacun, qui est là ; pour qui la tient, de quoi la mener."""
    return _render(request, _load(request, pk))


def _render(request: HttpRequest, ceremonie: Ceremonie, form: InscrireForm | None = None) -> HttpResponse:
    contexte = _contexte(request, ceremonie)
    tient = user_can_hold_ceremonie(request.user, ceremonie)
    courant = contexte["courant"]
    contexte |= {
        "tient": tient,
        "form": (form or InscrireForm(ceremonie=ceremonie)) if tient and not ceremonie.close_at else None,
        "consentement": policies.write_consentement(courant.acte, contexte["mienne"])
        if contexte["mienne"]
        else "",
        "is_confirmee": is_confirmee(request, request.user),
        "entrees": list(Entree.objects.for_cible(ceremonie)),
    }
    return render(request, "ceremonies/detail.html", contexte)


@require_safe
def ceremonie_ecran(request: HttpRequest, pk: int) -> HttpResponse:
    """L’écran de la salle : l’acte qu’on signe, qui est attendu, le compte en direct."""
    return render(request, "ceremonies/ecran.html", _contexte(request, _load(request, pk)))


def _do(request: HttpRequest, pk: int, acte: Callable[[Ceremonie], str]) -> HttpResponse:
    """Charge la cérémonie, vérifie qui la tient, fait l’acte et revient avec sa phrase."""
    ceremonie = _load(request, pk)
    check_user_can_hold_ceremonie(request.user, ceremonie)
    try:
        messages.success(request, acte(ceremonie))
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    return redirect(ceremonie)


@require_POST
def ceremonie_acte(request: HttpRequest, pk: int) -> HttpResponse:
    ceremonie = _load(request, pk)
    check_user_can_hold_ceremonie(request.user, ceremonie)
    form = InscrireForm(request.POST, ceremonie=ceremonie)
    if form.is_valid():
        try:
            add_acte_ceremonie(ceremonie=ceremonie, acte=form.cleaned_data["acte"], by=request.user)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "L’acte est inscrit, à la suite.")
            return redirect(ceremonie)
    return _render(request, ceremonie, form)


@require_POST
def ceremonie_acte_retirer(request: HttpRequest, pk: int, ligne: int) -> HttpResponse:
    def retirer(ceremonie: Ceremonie) -> str:
        une = ceremonie.lignes.select_related("acte__territoire__vague").filter(pk=ligne).first()
        if une is None:
            raise Http404("Cet acte n’est pas de cette cérémonie.")
        remove_acte_ceremonie(ligne=une, by=request.user)
        return "L’acte n’est plus de la cérémonie."

    return _do(request, pk, retirer)


@require_POST
def ceremonie_presents(request: HttpRequest, pk: int) -> HttpResponse:
    cles = [int(cle) for cle in request.POST.getlist("presents") if cle.isdecimal()]

    def noter(ceremonie: Ceremonie) -> str:
        nombre = set_presence(
            ceremonie=ceremonie, signataires=list(Signataire.objects.filter(pk__in=cles)), by=request.user
        )
        return f"{nombre} signataire(s) dans la salle."

    return _do(request, pk, noter)


@require_POST
def ceremonie_ouvrir(request: HttpRequest, pk: int) -> HttpResponse:
    def ouvrir(ceremonie: Ceremonie) -> str:
        open_ceremonie(ceremonie=ceremonie, by=request.user)
        return "La cérémonie est ouverte. Projetez l’écran de la salle."

    return _do(request, pk, ouvrir)


@require_POST
def ceremonie_clore(request: HttpRequest, pk: int) -> HttpResponse:
    def clore(ceremonie: Ceremonie) -> str:
        close_ceremonie(ceremonie=ceremonie, by=request.user)
        return "La cérémonie est close. Ce qui n’est pas signé reste à signer, hors d’elle."

    return _do(request, pk, clore)


@require_POST
def ceremonie_signer(request: HttpRequest, pk: int) -> HttpResponse:
    """Signer l’acte courant, pour son organisation."""
    ceremonie = _load(request, pk)
    if not request.POST.get("accord"):
        messages.error(request, "Cochez la case pour signer\u00a0: elle dit que vous avez lu l’acte.")
        return redirect(ceremonie)
    if not is_confirmee(request, request.user):
        messages.error(
            request,
            "Vous êtes connecté depuis un moment\u00a0: ouvrez l’acte et confirmez votre identité par un code, puis revenez.",
        )
        return redirect(ceremonie)
    try:
        acte = sign_mine(
            ceremonie=ceremonie, by=request.user, authentification=describe_authentification(request)
        )
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"Votre signature est enregistrée pour «\u00a0{acte.titre}\u00a0».")
    return redirect(ceremonie)
