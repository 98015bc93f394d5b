"""Ce qui est signé ailleurs : la copie numérisée d’un acte sur papier, un PDF à certificat ; et le cachet de la plateforme."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from maillage.comptes.models import Personne
from maillage.contrats import events, papier, pdf_signe
from maillage.contrats.actions.projet import lock_acte
from maillage.contrats.actions.signature import Preuve, record_signature_recue
from maillage.contrats.enums import MoyenSignature, StatutActe
from maillage.contrats.models import Acte, CopieNumerisee, Signataire
from maillage.documents.actions import store_piece
from maillage.documents.models import Piece
from maillage.journal.actions import record
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant


@dataclass(frozen=True)
class DepotCopie:
    """Ce qu’une copie a donné : les copies classées, acte par acte, et une phrase par page ou par acte laissé de côté."""

    copies: list[CopieNumerisee]
    remarques: list[str]


def _read_piece(piece: Piece) -> bytes:
    with piece.fichier.open("rb") as fichier:
        return bytes(fichier.read())


def file_scan(
    *, contenu: bytes, by: Personne, peut: Callable[[Acte], bool], attendu: Acte | None = None
) -> DepotCopie:
    """Classe une copie numérisée : chaque acte reconnu par son dessin reçoit ses pages, remises à l’endroit et dans l’ordre.

    `peut` : si la personne prépare cet acte ; les autres actes du fichier sont laissés de côté, avec une phrase.
    `attendu` : l’acte dont on croit tenir la copie ; s’il n’y est pas, ActionImpossible et rien n’est classé.
    """
    copie = papier.read_scan(contenu)
    if not copie.actes:
        raise ActionImpossible(
            "Aucune page de ce fichier ne porte le dessin d’un acte. Imprimez la version papier depuis l’acte, faites-la signer, "
            "puis numérisez-la à 150 points par pouce au moins."
        )
    actes = {
        acte.piece_pdf.sha256: acte
        for acte in Acte.objects.filter(
            piece_pdf__sha256__in=[lu.sha256 for lu in copie.actes]
        ).select_related("territoire__vague", "piece_pdf")
        if acte.piece_pdf
    }
    if attendu is not None and attendu.piece_pdf and attendu.piece_pdf.sha256 in actes:
        actes[attendu.piece_pdf.sha256] = attendu  # deux actes au texte identique ont la même empreinte
    if attendu is not None and attendu.pk not in {acte.pk for acte in actes.values()}:
        autres = ", ".join(f"«\u00a0{acte.titre}\u00a0»" for acte in actes.values() if peut(acte))
        raise ActionImpossible(
            f"Ce n’est pas la copie de «\u00a0{attendu.titre}\u00a0»"
            + (
                f"\u00a0: c’est celle de {autres}."
                if autres
                else ", ou c’est celle d’une version qui ne vaut plus."
            )
        )
    remarques = [f"Page {numero} du fichier\u00a0: aucun dessin reconnu." for numero in copie.inconnues]
    copies = []
    for lu in copie.actes:
        acte = actes.get(lu.sha256)
        if acte is None or not peut(acte):
            remarques.append(
                f"{len(lu.pages)} page(s) d’un acte qui n’est pas à vous, ou d’une version qui ne vaut plus\u00a0: laissées de côté."
            )
            continue
        copies.append(_file_acte(acte, lu, papier.extract_acte(contenu, lu), by))
    return DepotCopie(copies, remarques)


@transaction.atomic
def _file_acte(acte: Acte, lu: papier.ActeNumerise, contenu: bytes, by: Personne) -> CopieNumerisee:
    copie = CopieNumerisee.objects.create(
        acte=acte,
        piece=store_piece(
            contenu=contenu,
            nom=f"copie-signee-{acte.pk}.pdf",
            by=by,
            description=f"Copie signée de {acte.titre}",
        ),
        pages_attendues=lu.total,
        pages_lues=len(lu.pages),
        manquantes=lu.manquantes,
        deposee_at=maintenant(),
        deposee_by=str(by)[:200],
    )
    record(
        events.COPIE_DEPOSEE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"lues": len(lu.pages), "attendues": lu.total},
    )
    return copie


@transaction.atomic
def record_signature_papier(
    *, copie: CopieNumerisee, signataires: Sequence[Signataire], signe_le: date, by: Personne
) -> Acte:
    """Enregistre les signatures manuscrites qu’une copie entière montre, dans l’ordre des rangs."""
    if copie.manquantes:
        pages = ", ".join(str(numero) for numero in copie.manquantes)
        raise ActionImpossible(
            f"Il manque à cette copie {'la page' if len(copie.manquantes) == 1 else 'les pages'} {pages}\u00a0: numérisez l’acte entier."
        )
    if not signataires:
        raise ActionImpossible("Choisissez qui a signé sur cette copie.", champ="signataires")
    acte = lock_acte(Acte(pk=copie.acte_id))
    if acte.piece_pdf is None:
        raise ActionImpossible("Cet acte n’est plus arrêté\u00a0: la copie ne vaut plus.")
    for signataire in sorted(signataires, key=lambda s: (s.ordre, s.pk)):
        if signataire.acte_id != acte.pk:
            raise ActionImpossible(f"{signataire} ne signe pas cet acte.", champ="signataires")
        acte = record_signature_recue(
            signataire=signataire,
            preuve=Preuve(
                MoyenSignature.PAPIER,
                {
                    "sha256": acte.piece_pdf.sha256 if acte.piece_pdf else "",
                    "copie_sha256": copie.piece.sha256,
                },
                copie.piece,
            ),
            signe_le=signe_le,
            by=by,
        )
    return acte


def record_pdf_signe(
    *, signataire: Signataire, contenu: bytes, nom: str, by: Personne, signe_le: date | None = None
) -> Acte:
    """Accepte un PDF signé dans un autre parapheur : le même acte, chaque signature vérifiée, sa date et son certificat gardés.

    Refusé (ActionImpossible) : un autre texte, une page qui manque, aucune signature, ou une signature qui ne tient pas.
    """
    acte = Acte.objects.select_related("piece_pdf").get(pk=signataire.acte_id)
    if acte.piece_pdf is None:
        raise ActionImpossible("Cet acte n’est pas arrêté\u00a0: il n’y a rien à signer.")
    lues = pdf_signe.read_signatures(contenu)
    if not lues:
        raise ActionImpossible(
            "Ce PDF ne porte aucune signature électronique. Si c’est une copie papier, déposez-la comme telle."
        )
    is_complete = pdf_signe.check_meme_acte(arrete=_read_piece(acte.piece_pdf), signe=contenu)
    if fausses := [lue.signataire for lue in lues if not lue.is_intacte]:
        raise ActionImpossible(
            f"La signature de {', '.join(fausses)} ne tient pas\u00a0: le fichier a été changé après elle. Demandez l’original signé."
        )
    derniere = lues[-1]
    jour = signe_le or (derniere.date.date() if derniere.date else None)
    if jour is None:
        raise ActionImpossible("La signature ne dit pas son jour\u00a0: donnez la date.", champ="signe_le")
    with transaction.atomic():
        piece = store_piece(
            contenu=contenu, nom=nom, by=by, description=f"PDF signé de {acte.titre}", types=("pdf",)
        )
        return record_signature_recue(
            signataire=signataire,
            preuve=Preuve(
                MoyenSignature.PDF,
                {
                    "sha256": acte.piece_pdf.sha256,
                    "fichier_sha256": piece.sha256,
                    "fichier_prolonge": is_complete,
                    "signatures": [lue.to_json() for lue in lues],
                },
                piece,
            ),
            signe_le=jour,
            by=by,
        )


def seal_acte(*, acte: Acte, by: Personne) -> Acte:
    """Pose le cachet de la plateforme sur un acte signé par tous ; dessiné hors transaction, posé une fois."""
    acte = Acte.objects.select_related("piece_pdf", "territoire__vague").get(pk=acte.pk)
    if acte.statut != StatutActe.SIGNE or acte.piece_pdf is None:
        raise ActionImpossible("Le cachet se pose sur un acte signé par tous.")
    if acte.piece_cachet is not None:
        raise ActionImpossible("Cet acte porte déjà le cachet de la plateforme.")
    if not pdf_signe.has_cachet():
        raise ActionImpossible(
            "Aucun certificat de cachet n’est réglé sur cette plateforme\u00a0: l’administrateur peut en donner un."
        )
    contenu = pdf_signe.seal_pdf(
        _read_piece(acte.piece_pdf), raison=f"Acte signé par tous\u00a0: {acte.titre}"
    )
    with transaction.atomic():
        verrou = lock_acte(acte)
        if verrou.piece_cachet is not None:
            raise ActionImpossible("Cet acte porte déjà le cachet de la plateforme.")
        verrou.piece_cachet = store_piece(
            contenu=contenu, nom=f"{acte.nature}-scelle-{acte.pk}.pdf", by=by, description=acte.titre
        )
        verrou.save(update_fields=["piece_cachet"])
        record(events.ACTE_SCELLE, cible=verrou, territoire=verrou.territoire.cle, by=by)
    return verrou
