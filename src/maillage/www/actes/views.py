"""Les actes d’un territoire : la liste, un acte, son aperçu, ses fichiers, et le moment où on l’arrête."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from maillage.comptes.permissions import Permission
from maillage.contrats import policies
from maillage.contrats.actions import freeze_acte, open_acte, unfreeze_acte
from maillage.contrats.avenants import compare_avenant, list_chaine
from maillage.contrats.composition import compose_acte, find_champs_inconnus
from maillage.contrats.enums import College, MoyenSignature, NatureActe, StatutActe
from maillage.contrats.models import Acte, ArretRemplace, Signataire
from maillage.contrats.permissions import (
    actes_visible_to,
    check_user_can_prepare_acte,
    user_can_prepare_acte,
    user_can_sign,
)
from maillage.contrats.selectors import (
    actes_with_signatures,
    compute_empreinte_projet,
    fiches_a_inscrire,
    fiches_ecartees,
    find_a_verifier,
    find_fiches_changees,
    find_organisations_with_compte,
    find_sans_moyen,
    get_attendus,
)
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.documents.reponses import serve_piece
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import fiches_visible_to
from maillage.financement.selectors_plans import PlanLu, read_plans
from maillage.journal.models import Entree
from maillage.notifications.models import Attente
from maillage.socle.dates import format_bornes
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.permissions import check_permission, has_permission
from maillage.www.actes.chargement import adresse_acte, contexte_acte, load_acte
from maillage.www.actes.forms import ActeOuvrirForm, ArreterForm, ReprendreForm
from maillage.www.actes.suites import can_seal
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.envoi import envoi_unique
from maillage.www.tableaux import Colonne, Filtre, Liste

FORMES = {
    "pdf": ("PDF", "application/pdf", render_pdf),
    "docx": ("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", render_word),
}


def _date_acte(acte: Acte) -> str:
    return format_bornes(acte.date_debut, acte.date_fin) if acte.date_debut and acte.date_fin else ""


def _signatures(acte: Any) -> str:
    return f"{acte.signees} sur {acte.signatures}" if acte.signatures else ""


COLONNES = [
    Colonne(
        "titre", "Acte", lambda a: a.titre, tri=("titre",), entete=True, lien=lambda a: a.get_absolute_url()
    ),
    Colonne("nature", "Nature", lambda a: NatureActe(a.nature).label, tri=("nature",)),
    Colonne(
        "etat",
        "État",
        lambda a: StatutActe(a.statut).label,
        tri=("statut",),
        gabarit="actes/cellules/etat.html",
    ),
    Colonne("date", "Signé", _date_acte, tri=("date_fin", "date_debut")),
    Colonne("parties", "Parties", lambda a: a.parties or None, tri=("parties",), nombre=True),
    Colonne("signatures", "Signatures", _signatures, tri=("signees",), nombre=True),
]


@require_safe
def actes(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Protocoles et contrats du territoire : préparés et signés ici, ou constatés d’après une source."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.ACTE_READ, territoire)
    liste = Liste(
        request,
        actes_with_signatures(actes_visible_to(request.user).filter(territoire=territoire)),
        colonnes=COLONNES,
        nom=f"actes-{territoire.vague.code}-{territoire.id_ti}",
        titre="Actes du territoire",
        tri_defaut=("-cree_at",),
        filtres=[
            Filtre("nature", "Nature", NatureActe.choices, lambda valeur: Q(nature=valeur)),
            Filtre("etat", "État", StatutActe.choices, lambda valeur: Q(statut=valeur)),
        ],
    )
    if fichier := liste.export():
        return fichier
    url = reverse("actes", args=[vague, id_ti])
    contexte = contexte_territoire(request, territoire, "actes", ("Actes", url))
    peut_preparer = has_permission(request.user, Permission.ACTE_PREPARE, territoire)
    url_ouvrir = reverse("acte-ouvrir", args=[vague, id_ti]) if peut_preparer else ""
    return render(request, "actes/liste.html", contexte | {"liste": liste, "url_ouvrir": url_ouvrir})


@require_http_methods(["GET", "HEAD", "POST"])
@envoi_unique
def acte_ouvrir(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """Ouvre un projet de protocole ou de contrat depuis son gabarit."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.ACTE_PREPARE, territoire)
    form = ActeOuvrirForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            acte = open_acte(
                territoire=territoire,
                nature=NatureActe(form.cleaned_data["nature"]),
                periode=form.cleaned_data["periode"],
                by=request.user,
            )
        except ActionImpossible as erreur:
            form.add_error(None, str(erreur))
        else:
            messages.success(
                request, "Le projet est ouvert. Relisez son texte, puis désignez les signataires."
            )
            return redirect(acte)
    liste = ("Actes", reverse("actes", args=[vague, id_ti]))
    contexte = contexte_territoire(request, territoire, "actes", liste, ("Préparer un acte", request.path))
    return render(request, "actes/ouvrir.html", contexte | {"form": form})


@dataclass(frozen=True)
class ProchainPas:
    phrase: str
    attendu_de: str = ""
    depuis: date | None = None
    url: str = ""
    bouton: str = ""


@dataclass(frozen=True)
class Rang:
    """Un signataire tel que la page le montre à la personne connectée."""

    signataire: Signataire
    est_attendu: bool
    url_signer: str
    url_lien: str
    gestes: list[tuple[str, str]]
    pieces: list[tuple[str, str]]
    valeur: str


@require_safe
def acte_detail(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Un acte : où il en est, qui doit signer, ses fichiers et leur empreinte, ce qu’il fige, son histoire."""
    acte = load_acte(request, vague, id_ti, pk)
    signataires = list(acte.signataires.select_related("organisation", "groupe"))
    attendus = get_attendus(acte, signataires)
    peut_preparer = user_can_prepare_acte(request.user, acte)
    par_lien = _get_par_lien(acte, signataires) if peut_preparer else set()
    rangs = [
        Rang(
            signataire,
            est_attendu=signataire in attendus,
            url_signer=adresse_acte("acte-sign", acte, signataire.pk)
            if signataire in attendus and user_can_sign(request.user, signataire)
            else "",
            url_lien=adresse_acte("acte-lien", acte, signataire.pk) if signataire.pk in par_lien else "",
            gestes=_list_gestes(acte, signataire) if peut_preparer else [],
            pieces=_list_pieces(acte, signataire),
            valeur=policies.VALEURS[MoyenSignature(signataire.moyen)] if signataire.moyen else "",
        )
        for signataire in signataires
    ]
    colleges = [
        (c.label, groupe) for c in College if (groupe := [r for r in rangs if r.signataire.college == c])
    ]
    is_projet = acte.statut == StatutActe.PROJET
    contexte = contexte_acte(request, acte) | {
        "prochain_pas": _get_prochain_pas(acte, rangs, peut_preparer),
        "colleges": colleges,
        "fichiers": _get_fichiers(acte),
        "remplaces": _get_remplaces(acte),
        "url_copies": adresse_acte("acte-copies", acte)
        if peut_preparer and acte.statut in policies.A_SIGNER
        else "",
        "url_retirer": adresse_acte("acte-retirer", acte)
        if peut_preparer and policies.can_withdraw(acte)
        else "",
        "url_preuve": adresse_acte("acte-preuve", acte) if acte.piece_pdf_id else "",
        "url_sceller": adresse_acte("acte-sceller", acte) if peut_preparer and can_seal(acte) else "",
        "groupes": list(acte.groupes.all()),
        "url_avenant": adresse_acte("acte-avenant", acte)
        if peut_preparer and acte.statut == StatutActe.SIGNE and acte.piece_pdf_id
        else "",
        "chaine": list_chaine(acte) if acte.avenant_de_id or acte.avenants.exists() else [],
        "changements": compare_avenant(
            acte, fiches=list(fiches_a_inscrire(acte.territoire)), signataires=signataires
        )
        if is_projet and acte.avenant_de_id
        else None,
        "url_reprendre": adresse_acte("acte-reprendre", acte)
        if peut_preparer and policies.can_unfreeze(acte)
        else "",
        "plan": _get_plan(request, acte),
        "sources": list(acte.sources.all()),
        "entrees": list(Entree.objects.for_cible(acte)),
        "peut_preparer": peut_preparer,
        "is_projet": is_projet,
        "champs_inconnus": find_champs_inconnus(acte) if is_projet else [],
        "urls": {nom: adresse_acte(nom, acte) for nom in ("acte-update", "acte-signataires", "acte-arreter")},
        "apercus": [
            (libelle, adresse_acte("acte-apercu", acte, forme)) for forme, (libelle, _, _) in FORMES.items()
        ],
    }
    return render(request, "actes/detail.html", contexte)


def _list_gestes(acte: Acte, signataire: Signataire) -> list[tuple[str, str]]:
    """Ce que l’équipe peut faire d’une signature qui n’est pas donnée : (libellé, adresse)."""
    if acte.statut not in policies.A_SIGNER or signataire.signe_at is not None:
        return []
    gestes = [
        ("Changer qui signe", "signataire-remplacer"),
        ("Déposer un PDF signé ailleurs", "signataire-pdf"),
    ]
    if signataire.doit_deliberer:
        gestes.insert(0, ("Enregistrer la délibération", "signataire-deliberation"))
    return [(libelle, adresse_acte(nom, acte, signataire.pk)) for libelle, nom in gestes]


def _list_pieces(acte: Acte, signataire: Signataire) -> list[tuple[str, str]]:
    libelles = (("preuve", signataire.piece_preuve_id), ("delegation", signataire.piece_delegation_id))
    noms = {"preuve": "Ce qui prouve la signature", "delegation": "Arrêté de délégation"}
    return [
        (noms[nature], adresse_acte("signataire-piece", acte, signataire.pk, nature))
        for nature, piece in libelles
        if piece
    ]


def _get_par_lien(acte: Acte, signataires: list[Signataire]) -> set[int]:
    """Clés des signataires sans compte qui n’ont pas encore signé l’acte arrêté : un lien leur est utile."""
    if acte.statut not in (StatutActe.ARRETE, StatutActe.SIGNE_PARTIELLEMENT):
        return set()
    comptes = find_organisations_with_compte(signataires)
    return {s.pk for s in signataires if s.signe_at is None and s.organisation_id not in comptes}


def _get_prochain_pas(acte: Acte, rangs: list[Rang], peut_preparer: bool) -> ProchainPas | None:
    if acte.statut == StatutActe.PROJET:
        equipe = "l’équipe du territoire"
        if not rangs:
            url = adresse_acte("acte-signataires", acte) if peut_preparer else ""
            return ProchainPas("désigner les signataires", equipe, url=url, bouton="Désigner les signataires")
        url = adresse_acte("acte-arreter", acte) if peut_preparer else ""
        return ProchainPas("relire le projet, puis l’arrêter", equipe, url=url, bouton="Arrêter l’acte")
    attendus = [rang for rang in rangs if rang.est_attendu]
    if not attendus:
        return None
    depuis = (
        Attente.objects.ouvertes()
        .filter(
            code="contrats.signer",
            objet_type=Signataire._meta.label_lower,
            objet_id__in=[str(rang.signataire.pk) for rang in attendus],
        )
        .order_by("depuis")
        .values_list("depuis", flat=True)
        .first()
    )
    a_moi = next((rang for rang in attendus if rang.url_signer), None)
    return ProchainPas(
        "signer l’acte",
        ", ".join(str(rang.signataire.organisation) for rang in attendus),
        depuis,
        a_moi.url_signer if a_moi else "",
        "Lire et signer",
    )


def _get_fichiers(acte: Acte) -> list[dict[str, Any]]:
    if acte.piece_pdf is None or acte.piece_word is None:
        return []
    return [
        {"forme": FORMES[forme][0], "piece": piece, "url": adresse_acte("acte-fichier", acte, forme)}
        for forme, piece in (("pdf", acte.piece_pdf), ("docx", acte.piece_word))
    ] + (
        [
            {
                "forme": "PDF scellé par la plateforme",
                "piece": acte.piece_cachet,
                "url": adresse_acte("acte-fichier", acte, "scelle"),
            }
        ]
        if acte.piece_cachet
        else []
    )


def _get_remplaces(acte: Acte) -> list[dict[str, Any]]:
    """Les arrêts repris avant signature, avec leurs fichiers gardés comme preuve."""
    return [
        {
            "arret": arret,
            "fichiers": [
                {
                    "forme": FORMES[forme][0],
                    "url": adresse_acte("acte-fichier-remplace", acte, arret.pk, forme),
                }
                for forme in FORMES
            ],
        }
        for arret in acte.arrets_remplaces.select_related("piece_pdf")
    ]


def _get_plan(request: HttpRequest, acte: Acte) -> list[dict[str, Any]]:
    """Fiches figées par l’acte, chacune dans sa version, avec ce qu’elle est devenue si elle est à moi."""
    if acte.plan_actions is None:
        return []
    lignes = list(acte.plan_actions.lignes.select_related("version__fiche__territoire__vague"))
    changees = find_fiches_changees(lignes)
    visibles = set(
        fiches_visible_to(request.user)
        .filter(pk__in=[ligne.version.fiche_id for ligne in lignes])
        .values_list("pk", flat=True)
    )
    return [
        {
            "rang": ligne.rang,
            "code": ligne.version.contenu["code"],
            "titre": ligne.version.contenu["titre"],
            "numero": ligne.version.numero,
            "url": ligne.version.fiche.get_absolute_url() if ligne.version.fiche_id in visibles else "",
            "changee": ligne.version.fiche_id in changees,
        }
        for ligne in lignes
    ]


@require_safe
def acte_apercu(request: HttpRequest, vague: str, id_ti: str, pk: int, forme: str) -> HttpResponse:
    """L’aperçu d’un projet, dessiné à la demande et gardé nulle part ; il porte la mention « projet »."""
    acte = load_acte(request, vague, id_ti, pk)
    if forme not in FORMES:
        raise Http404
    _, type_mime, rendre = FORMES[forme]
    try:
        policies.check_can_edit(acte)
        document = compose_acte(
            acte,
            fiches=list(fiches_a_inscrire(acte.territoire)),
            signataires=list(acte.signataires.select_related("organisation", "groupe")),
            arrete=False,
        )
        contenu = rendre(document)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect(acte)
    reponse = HttpResponse(contenu, content_type=type_mime)
    nom = f"projet-{acte.nature}-{acte.territoire.vague.code}-{acte.territoire.id_ti}.{forme}"
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse


@require_safe
def acte_fichier(request: HttpRequest, vague: str, id_ti: str, pk: int, forme: str) -> HttpResponse:
    """Le PDF ou le Word d’un acte arrêté, tel qu’il est gardé."""
    acte = load_acte(request, vague, id_ti, pk)
    return _serve(request, acte, acte, forme)


@require_safe
def acte_fichier_remplace(
    request: HttpRequest, vague: str, id_ti: str, pk: int, arret: int, forme: str
) -> HttpResponse:
    """Le PDF ou le Word d’un arrêt repris, gardé comme preuve."""
    acte = load_acte(request, vague, id_ti, pk)
    remplace = get_object_or_404(acte.arrets_remplaces.select_related("piece_pdf", "piece_word"), pk=arret)
    return _serve(request, acte, remplace, forme)


def _serve(request: HttpRequest, acte: Acte, arret: Acte | ArretRemplace, forme: str) -> HttpResponse:
    pieces = {"pdf": arret.piece_pdf, "docx": arret.piece_word}
    if isinstance(arret, Acte):
        pieces["scelle"] = arret.piece_cachet
    piece = pieces.get(forme)
    if piece is None:
        raise Http404("Cet acte n’a pas de fichier de cette forme.")
    try:
        return serve_piece(piece)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect(acte)


@require_http_methods(["GET", "HEAD", "POST"])
def acte_arreter(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Montre ce qui va être figé, dans quel ordre, et ce qui reste dehors ; puis arrête l’acte."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    obstacle = ""
    form = ArreterForm(
        request.POST if request.method == "POST" else None, initial={"date_effet": aujourdhui()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            freeze_acte(
                acte=acte,
                by=request.user,
                empreinte_lue=form.cleaned_data["empreinte"],
                date_effet=form.cleaned_data["date_effet"],
            )
        except ActionImpossible as erreur:
            obstacle = str(erreur)
        else:
            messages.success(request, "L’acte est arrêté. Ceux dont c’est le tour de signer sont prévenus.")
            return redirect(acte)
        acte = load_acte(request, vague, id_ti, pk)
    saisie = form.cleaned_data.get("date_effet") if form.is_bound else None
    jour = saisie or aujourdhui()
    fiches = list(fiches_a_inscrire(acte.territoire, au=jour))
    signataires = list(acte.signataires.select_related("organisation", "groupe"))
    plans: dict[int, PlanLu] = {}
    manque = _get_manque(acte, fiches, signataires)
    try:
        plans = read_plans(fiches, au=jour)
    except ActionImpossible as erreur:
        obstacle = obstacle or str(erreur)
    contexte = contexte_acte(request, acte, ("Arrêter l’acte", request.path)) | {
        "a_verifier": find_a_verifier(signataires=signataires, fiches=fiches, jour=jour),
        "form": form,
        "obstacle": obstacle,
        "manque": manque,
        "jour": jour,
        "fiches": [(fiche, plans.get(fiche.pk)) for fiche in fiches],
        "ecartees": fiches_ecartees(acte.territoire, au=jour),
        "signataires": signataires,
        "champs_inconnus": find_champs_inconnus(acte),
        "empreinte": compute_empreinte_projet(acte, fiches=fiches, signataires=signataires, plans=plans)
        if len(plans) == len(fiches)
        else "",
        "urls": {nom: adresse_acte(nom, acte) for nom in ("acte-update", "acte-signataires")},
        "apercu": adresse_acte("acte-apercu", acte, "pdf"),
    }
    return render(request, "actes/arreter.html", contexte)


def _get_manque(acte: Acte, fiches: list[FicheAction], signataires: list[Signataire]) -> str:
    """La phrase qui dit ce qui empêche d’arrêter ; vide si rien."""
    try:
        policies.check_can_freeze(acte, signataires, fiches, find_sans_moyen(signataires))
    except ActionImpossible as erreur:
        return str(erreur)
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
def acte_reprendre(request: HttpRequest, vague: str, id_ti: str, pk: int) -> HttpResponse:
    """Reprend en projet un acte arrêté que personne n’a signé, avec un motif."""
    acte = load_acte(request, vague, id_ti, pk)
    check_user_can_prepare_acte(request.user, acte)
    form = ReprendreForm(request.POST if request.method == "POST" else None)
    try:
        policies.check_can_unfreeze(acte, list(acte.signataires.all()))
        if request.method == "POST" and form.is_valid():
            unfreeze_acte(acte=acte, by=request.user, motif=form.cleaned_data["motif"])
            messages.success(
                request,
                "L’acte est de nouveau un projet. Le fichier arrêté est gardé, marqué «\u00a0remplacé\u00a0».",
            )
            return redirect(acte)
    except ActionImpossible as erreur:
        messages.error(request, str(erreur))
        return redirect(acte)
    contexte = contexte_acte(request, acte, ("Reprendre", request.path))
    return render(request, "actes/reprendre.html", contexte | {"form": form})
