"""Vérifier un acte ou un relevé de décisions : ce fichier est-il bien celui qui a été arrêté et signé ici ? Ouvert à tous."""

import hashlib
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.contrats.selectors import find_acte_by_sha256, find_acte_prolonge
from maillage.gouvernance.selectors import find_releve_by_sha256
from maillage.www.actes.forms import VerifierForm, normalize_empreinte
from maillage.www.commun import public


@public
@require_http_methods(["GET", "HEAD", "POST"])
def verifier(request: HttpRequest) -> HttpResponse:
    """Reçoit un fichier (lu, jamais gardé) ou une empreinte, et mène à la réponse, dont l’adresse se partage."""
    form = VerifierForm(request.POST, request.FILES) if request.method == "POST" else VerifierForm()
    if request.method == "POST" and form.is_valid():
        fichier = form.cleaned_data["fichier"]
        sha256 = _compute_sha256(fichier) if fichier else form.cleaned_data["empreinte"]
        if fichier and find_acte_by_sha256(sha256) is None and find_releve_by_sha256(sha256) is None:
            fichier.seek(0)
            if proche := find_acte_prolonge(fichier.read()):
                contexte = {"sha256": sha256, "acte": proche[0], "ecart": proche[1], "chemin": _get_chemin()}
                return render(request, "actes/verification_proche.html", contexte)
        return redirect("verifier-empreinte", sha256=sha256)
    return render(request, "actes/verifier.html", {"form": form, "chemin": _get_chemin()})


def _compute_sha256(fichier: Any) -> str:
    somme = hashlib.sha256()
    for morceau in fichier.chunks():
        somme.update(morceau)
    return somme.hexdigest()


def _get_chemin(*suite: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Accueil", reverse("accueil")), ("Vérifier un acte", reverse("verifier")), *suite]


def _read_page(request: HttpRequest) -> tuple[str, str] | None:
    """La page que dit le dessin d’une version papier (« 3-40 » : la troisième sur quarante)."""
    trouve = re.fullmatch(r"(\d{1,4})-(\d{1,4})", request.GET.get("page", ""))
    return (trouve[1], trouve[2]) if trouve else None


@public
@require_safe
def verifier_empreinte(request: HttpRequest, sha256: str) -> HttpResponse:
    """Ce qu’est le fichier qui a cette empreinte : l’acte ou le relevé, son état, qui l’a signé et quand."""
    empreinte = normalize_empreinte(sha256)
    if empreinte is None:
        form = VerifierForm({"empreinte": sha256[:200]})
        return render(request, "actes/verifier.html", {"form": form, "chemin": _get_chemin()})
    if empreinte != sha256:
        return redirect("verifier-empreinte", sha256=empreinte)
    verification = find_acte_by_sha256(empreinte)
    releve = None if verification else find_releve_by_sha256(empreinte)
    contexte = {
        "sha256": empreinte,
        "verification": verification,
        "releve": releve,
        "page": _read_page(request),
        "signatures": list(releve.signatures.select_related("membre__organisation")) if releve else [],
        "chemin": _get_chemin(("Réponse", request.path)),
    }
    return render(request, "actes/verification.html", contexte)
