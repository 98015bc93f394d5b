"""Ce qui arrive à un acte entre son arrêt et la dernière signature : papier, PDF signé ailleurs, refus, remplacement, retrait, preuve."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.contrats import papier, pdf_signe, policies
from maillage.contrats.actions import (
    declare_fonction_vacante,
    file_scan,
    open_avenant,
    record_deliberation,
    record_pdf_signe,
    record_signature_papier,
    refuse_signature,
    replace_signataire,
    seal_acte,
    set_groupe,
    withdraw_acte,
)
from maillage.contrats.dossier_preuve import build_dossier_preuve
from maillage.contrats.models import Acte
from maillage.contrats.permissions import (
    check_user_can_prepare_acte,
    check_user_can_sign,
    user_can_prepare_acte,
)
from maillage.documents.reponses import serve_piece
from maillage.socle.erreurs import ActionImpossible
from maillage.www.actes.chargement import adresse_acte, contexte_acte, load_acte, load_signataire
from maillage.www.actes.forms_suites import (
    CopieForm,
    DeliberationForm,
    GroupeForm,
    MotifForm,
    PdfSigneForm,
    RemplacerForm,
    SignaturesPapierForm,
)
from maillage.www.champs import show_refus
from maillage.www.envoi import envoi_unique
from maillage.www.territoires.pieces import keep_piece


def _attachment(contenu: bytes, nom: str, type_mime: str) -> HttpResponse:
    reponse = HttpResponse(contenu, content_type=type_mime)
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse


@require_safe
def acte_papier(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Le PDF arrêté, à imprimer et à signer à la main : chaque page porte le dessin qui la fera reconnaître."""
    acte = load_acte(request, vague, id_ti, pk)
    if acte.piece_pdf is None or acte.statut not in policies.A_SIGNER:
        raise Http404("Cet acte ne se signe pas, ou plus, sur papier.")
    with acte.piece_pdf.fichier.open("rb") as fichier:
        contenu = papier.draw_version_papier(fichier.read(), sha256=acte.piece_pdf.sha256)
    return _attachment(contenu, f"a-signer-{acte.nature}-{acte.pk}.pdf", "application/pdf")


@require_http_methods(["GET", "HEAD", "POST"])
def acte_copies(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Déposer la copie numérisée d’un acte signé à la main : ses pages sont reconnues, comptées, remises à l’endroit."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    form = CopieForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            depot = file_scan(
                contenu=form.cleaned_data["copie"].read(),
                by=request.user,
                peut=lambda autre: user_can_prepare_acte(request.user, autre),
                attendu=acte,
            )
        except ActionImpossible as erreur:
            form.add_error("copie", str(erreur))
        else:
            for copie in depot.copies:
                phrase = f"{copie.acte.titre}\u00a0: {copie.pages_lues} pages reconnues sur {copie.pages_attendues}."
                (messages.success if copie.is_complete else messages.warning)(request, phrase)
            for remarque in depot.remarques:
                messages.warning(request, remarque)
            return redirect(adresse_acte("acte-copies", acte))
    return _render_copies(request, acte, form)


def _render_copies(request: HttpRequest, acte: Acte, form: CopieForm, **formulaires: Any) -> HttpResponse:
    signataires = list(acte.signataires.select_related("organisation", "groupe"))
    restants = policies.find_restants(signataires) if acte.statut in policies.A_SIGNER else []
    contexte = contexte_acte(request, acte, ("Signé sur papier", request.path)) | {
        "form": form,
        "ouvert": acte.statut in policies.A_SIGNER,
        "url_papier": adresse_acte("acte-papier", acte),
        "copies": [
            {
                "copie": copie,
                "url": adresse_acte("acte-copie-fichier", acte, copie.pk),
                "url_signatures": adresse_acte("acte-copie-signatures", acte, copie.pk),
                "form": (formulaires.get(f"copie-{copie.pk}") or SignaturesPapierForm(signataires=restants))
                if copie.is_complete and restants
                else None,
            }
            for copie in acte.copies.select_related("piece")
        ],
    }
    return render(request, "actes/copies.html", contexte)


def _load_copie(acte: Acte, pk: int) -> Any:
    copie = acte.copies.select_related("piece").filter(pk=pk).first()
    if copie is None:
        raise Http404("Cette copie n’est pas celle de cet acte.")
    copie.acte = acte
    return copie


@require_safe
def acte_copie_fichier(request: HttpRequest, vague: str, id_ti: str, pk: int, copie: int) -> HttpResponse:
    acte = load_acte(request, vague, id_ti, pk)
    return serve_piece(_load_copie(acte, copie).piece)


@require_POST
def acte_copie_signatures(request: HttpRequest, vague: str, id_ti: str, pk: int, copie: int) -> HttpResponse:
    """Dire qui a signé sur une copie entière, et quel jour."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    une = _load_copie(acte, copie)
    restants = policies.find_restants(list(acte.signataires.select_related("organisation", "groupe")))
    form = SignaturesPapierForm(request.POST, signataires=restants)
    if form.is_valid():
        try:
            record_signature_papier(
                copie=une,
                signataires=list(form.cleaned_data["signataires"]),
                signe_le=form.cleaned_data["signe_le"],
                by=request.user,
            )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "Les signatures sont enregistrées, avec la copie pour preuve.")
            return redirect(acte)
    return _render_copies(request, acte, CopieForm(), **{f"copie-{une.pk}": form})


@require_http_methods(["GET", "HEAD", "POST"])
def signataire_pdf(request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int) -> HttpResponse:
    """Déposer le PDF qu’un signataire a signé dans son propre parapheur."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    un = load_signataire(acte, signataire)
    form = PdfSigneForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        fichier = form.cleaned_data["pdf"]
        try:
            record_pdf_signe(
                signataire=un,
                contenu=fichier.read(),
                nom=fichier.name,
                signe_le=form.cleaned_data["signe_le"],
                by=request.user,
            )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(
                request, f"La signature de {un.organisation} est enregistrée, avec son certificat."
            )
            return redirect(acte)
    return _render_form(
        request,
        acte,
        form,
        titre=f"PDF signé par {un.organisation}",
        introduction="Certaines Régions et la Caisse des Dépôts signent dans leur propre parapheur. Déposez le PDF qu’elles vous ont rendu\u00a0: "
        "chaque signature y est vérifiée.",
        bouton="Vérifier et enregistrer",
    )


def _render_form(
    request: HttpRequest, acte: Acte, form: Any, *, titre: str, introduction: str, bouton: str
) -> HttpResponse:
    contexte = contexte_acte(request, acte, (titre, request.path)) | {
        "form": form,
        "titre": titre,
        "introduction": introduction,
        "bouton": bouton,
    }
    return render(request, "actes/suite.html", contexte)


@require_POST
def signataire_refuser(
    request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int
) -> HttpResponse:
    """Refuser de signer, en disant pourquoi."""
    acte = load_acte(request, vague, id_ti, pk)
    un = load_signataire(acte, signataire)
    check_user_can_sign(request.user, un)
    form = MotifForm(request.POST)
    if form.is_valid():
        try:
            refuse_signature(signataire=un, motif=form.cleaned_data["motif"], by=request.user)
        except ActionImpossible as erreur:
            messages.error(request, str(erreur))
        else:
            messages.success(request, "Votre refus est enregistré. L’équipe du territoire est prévenue.")
        return redirect(acte)
    messages.error(request, " ".join(form.errors["motif"]))
    return redirect(adresse_acte("acte-sign", acte, un.pk))


@require_http_methods(["GET", "HEAD", "POST"])
def signataire_remplacer(
    request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int
) -> HttpResponse:
    """Entre l’arrêt et la signature : quelqu’un d’autre signe pour l’organisation, ou plus personne."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    un = load_signataire(acte, signataire)
    form = RemplacerForm(
        request.POST or None,
        request.FILES or None,
        initial={"qualite": un.qualite, "delegation": un.delegation},
    )
    if request.method == "POST" and form.is_valid():
        donnees = form.cleaned_data
        try:
            if donnees["vacante"]:
                declare_fonction_vacante(
                    signataire=un, motif=donnees["motif"], depuis=donnees["effet_le"], by=request.user
                )
                messages.success(
                    request, "La fonction est vacante\u00a0: personne ne peut signer à cette place."
                )
            else:
                replace_signataire(
                    signataire=un,
                    nom=donnees["nom"],
                    qualite=donnees["qualite"],
                    email=donnees["email"],
                    delegation=donnees["delegation"],
                    piece_delegation=keep_piece(
                        request, donnees["piece_delegation"], f"Délégation de {un.organisation}"
                    ),
                    effet_le=donnees["effet_le"],
                    motif=donnees["motif"],
                    by=request.user,
                )
                messages.success(request, f"{donnees['nom']} signera pour {un.organisation}.")
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            return redirect(acte)
    return _render_form(
        request,
        acte,
        form,
        titre=f"Qui signe pour {un.organisation}",
        introduction=f"Le document arrêté nomme {un}. Il ne change pas\u00a0: l’acte garde l’ancien nom, le nouveau et la raison.",
        bouton="Enregistrer",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def signataire_deliberation(
    request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int
) -> HttpResponse:
    """Enregistrer la délibération qui autorise une organisation à signer, une fois l’acte arrêté."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    un = load_signataire(acte, signataire)
    form = DeliberationForm(
        request.POST or None, initial={"numero": un.deliberation, "deliberation_le": un.deliberation_le}
    )
    if request.method == "POST" and form.is_valid():
        try:
            record_deliberation(signataire=un, by=request.user, **form.cleaned_data)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, f"La délibération de {un.organisation} est enregistrée.")
            return redirect(acte)
    return _render_form(
        request,
        acte,
        form,
        titre=f"Délibération de {un.organisation}",
        introduction="Un organisme qui délibère ne signe qu’une fois sa délibération enregistrée.",
        bouton="Enregistrer la délibération",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def acte_retirer(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Retirer un acte arrêté, avant la dernière signature."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    form = MotifForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_acte(acte=acte, motif=form.cleaned_data["motif"], by=request.user)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(request, "L’acte est retiré. Les signataires ne sont plus attendus.")
            return redirect(acte)
    return _render_form(
        request,
        acte,
        form,
        titre="Retirer l’acte",
        introduction="Plus personne ne pourra le signer. Les signatures déjà données restent visibles\u00a0; elles n’engagent plus.",
        bouton="Retirer l’acte",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def acte_avenant(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Ouvrir un avenant : le texte en vigueur à modifier, les mêmes signataires à revoir."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    form = MotifForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            avenant = open_avenant(acte=acte, motif=form.cleaned_data["motif"], by=request.user)
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(
                request,
                "L’avenant est ouvert. Modifiez le texte, les fiches, les parties\u00a0: la page dit ce qui change.",
            )
            return redirect(avenant)
    return _render_form(
        request,
        acte,
        form,
        titre="Préparer un avenant",
        introduction="L’avenant part du texte en vigueur. Il dira ce qui change, puis donnera le texte consolidé. Votre motif fait son préambule.",
        bouton="Ouvrir l’avenant",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def acte_groupe(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Un groupe de signataires dont certains suffisent : « deux sur trois »."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    form = GroupeForm(request.POST or None, signataires=acte.signataires.select_related("organisation"))
    if request.method == "POST" and form.is_valid():
        donnees = form.cleaned_data
        try:
            groupe = set_groupe(
                acte=acte,
                nom=donnees["nom"],
                requis=donnees["requis"],
                signataires=list(donnees["signataires"]),
                by=request.user,
            )
        except ActionImpossible as erreur:
            show_refus(form, erreur)
        else:
            messages.success(
                request, f"Groupe «\u00a0{groupe}\u00a0»\u00a0: {groupe.requis} signature(s) suffiront."
            )
            return redirect(adresse_acte("acte-signataires", acte))
    return _render_form(
        request,
        acte,
        form,
        titre="Groupe de signataires",
        introduction="Choisissez des signataires du même rang, et combien de leurs signatures suffisent.",
        bouton="Enregistrer le groupe",
    )


@require_safe
def acte_preuve(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Le dossier de preuve : l’acte, son empreinte, chaque signature et ce qui la prouve."""
    acte = load_acte(request, vague, id_ti, pk)
    try:
        contenu = build_dossier_preuve(acte)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect(acte)
    return _attachment(contenu, f"preuve-{acte.nature}-{acte.pk}.zip", "application/zip")


@require_safe
def signataire_piece(
    request: HttpRequest, vague: str, id_ti: str, pk: int, signataire: int, nature: str
) -> HttpResponse:
    """Ce qui prouve une signature (« preuve »), ou le droit de la donner (« delegation »)."""
    acte = load_acte(request, vague, id_ti, pk)
    un = load_signataire(acte, signataire)
    piece = {"preuve": un.piece_preuve, "delegation": un.piece_delegation}.get(nature)
    if piece is None:
        raise Http404("Cette signature n’a pas de pièce.")
    return serve_piece(piece)


@require_POST
def acte_sceller(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Poser le cachet de la plateforme sur l’acte signé par tous."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    try:
        seal_acte(acte=acte, by=request.user)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, "L’acte porte le cachet de la plateforme.")
    return redirect(acte)


def can_seal(acte: Acte) -> bool:
    return (
        acte.statut == "signe"
        and acte.piece_cachet_id is None
        and pdf_signe.has_cachet()
        and bool(acte.piece_pdf_id)
    )
