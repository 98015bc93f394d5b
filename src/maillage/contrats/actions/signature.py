"""Signer : prévenir ceux dont c’est le tour, envoyer les liens personnels, donner une signature, conclure."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from maillage.comptes.actions import create_lien_personnel, revoke_liens
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Personne
from maillage.contrats import events, policies
from maillage.contrats.actions.projet import lock_acte, record_modification
from maillage.contrats.enums import MoyenSignature, NatureActe, StatutActe
from maillage.contrats.models import Acte, RemplacementSignataire, Signataire
from maillage.contrats.permissions import check_user_can_sign
from maillage.contrats.selectors import can_send_lien, find_organisations_with_compte, get_attendus
from maillage.documents.models import Piece
from maillage.fiches.actions import check_date_effet, move_fiche
from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.gouvernance.actions import turn_comite_suivi
from maillage.journal.actions import Systeme, record
from maillage.notifications.actions import close_attente, open_attente, send_courriel
from maillage.notifications.models import Attente
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fiabilite

S = StatutActe


@transaction.atomic
def change_email_signataire(*, signataire: Signataire, email: str, by: Personne) -> bool:
    """Donne ou change l’adresse d’un signataire d’un acte arrêté qui n’a pas signé ; l’ancien lien ne signe plus.

    Si c’est son tour, son lien part ; rend vrai dans ce cas.
    """
    acte = lock_acte(Acte(pk=signataire.acte_id))
    signataires = list(acte.signataires.select_related("organisation", "groupe"))
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    policies.check_can_change_email(acte, signataire)
    ancienne, signataire.email = signataire.email, email.strip().lower()
    policies.check_can_send_lien(signataire, has_compte=bool(find_organisations_with_compte([signataire])))
    if signataire.email != ancienne:
        signataire.save(update_fields=["email"])
        record_modification(acte, signataire, ["email"], by)
    if signataire not in get_attendus(acte, signataires):
        return False
    send_lien_signature(signataire=signataire, by=by)
    return True


def open_attentes(acte: Acte, by: Personne) -> None:
    """Prévient ceux dont c’est le tour : leur organisation, et par lien personnel s’ils ont une adresse."""
    signataires = list(acte.signataires.select_related("organisation", "groupe"))
    tour = policies.get_tour(signataires)
    comptes = find_organisations_with_compte(signataires)
    for signataire in policies.find_restants(signataires):
        if signataire.ordre != tour:
            continue
        ref = {
            "code": "contrats.signer",
            "objet_type": signataire._meta.label_lower,
            "objet_id": str(signataire.pk),
        }
        if Attente.objects.ouvertes().filter(**ref).exists():
            continue  # déjà prévenu : un second lien révoquerait le premier
        open_attente(
            code="contrats.signer",
            objet=signataire,
            organisation=signataire.organisation,
            territoire=acte.territoire.cle,
            territoire_nom=acte.territoire.nom,
            libelle=f"Signer «\u00a0{acte.titre}\u00a0»",
            url=acte.get_absolute_url(),
        )
        # Qui doit encore délibérer reçoit son lien quand sa délibération est enregistrée.
        if can_send_lien(signataire, comptes) and not policies.get_empechement(signataire):
            send_lien_signature(signataire=signataire, by=by)


@transaction.atomic
def send_lien_signature(*, signataire: Signataire, by: Personne) -> str:
    """Envoie à un signataire sans compte son lien personnel ; rend l’adresse du lien (pour les essais et l’écran)."""
    has_compte = bool(find_organisations_with_compte([signataire]))
    policies.check_can_send_lien(signataire, has_compte=has_compte)
    acte = Acte.objects.select_related("territoire__vague").get(pk=signataire.acte_id)
    policies.check_can_sign(acte, signataire, list(acte.signataires.select_related("organisation", "groupe")))
    _, jeton = create_lien_personnel(
        but=ButLien.SIGNER_ACTE,
        objet=signataire,
        organisation=signataire.organisation,
        nom=signataire.nom or signataire.qualite,
        email=signataire.email,
        by=by,
        territoire=acte.territoire.cle,
    )
    url = settings.ADRESSE_PUBLIQUE + reverse("lien-ouvrir", args=[jeton])
    send_courriel(
        destinataire=signataire.email,
        gabarit="lien_signature",
        contexte={"signataire": signataire, "acte": acte, "url": url},
        motif=f"vous signez pour {signataire.organisation}",
    )
    return url


@transaction.atomic
def sign_acte(
    *, signataire: Signataire, by: Any, signe_le: date | None = None, authentification: str = ""
) -> Acte:
    """Donne une signature sur la plateforme, à son tour. `signe_le` : jour de la signature (défaut : ce jour), jamais dans
    l’avenir, ni avant l’arrêt de l’acte, ni avant une signature d’un rang précédent.

    `authentification` : comment l’identité vient d’être confirmée ; gardé dans la preuve avec le texte consenti et l’empreinte.
    Quand tous ont signé, l’acte est signé, l’étape est constatée et les fiches validées sont « inscrites ».
    """
    acte, signataires = _lock_signataires(signataire)
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    signataire.acte = acte
    check_user_can_sign(by, signataire)
    personne = by.pk if isinstance(by, Personne) else None
    policies.check_not_signed_twice(signataire, signataires, personne)
    preuve = Preuve(
        MoyenSignature.PLATEFORME if isinstance(by, Personne) else MoyenSignature.LIEN,
        {
            "sha256": acte.piece_pdf.sha256 if acte.piece_pdf else "",
            "consentement": policies.write_consentement(acte, signataire),
            "authentification": authentification,
            "personne": personne,
        },
    )
    return _give(acte, signataires, signataire, preuve, check_date_effet(signe_le), by)


@dataclass(frozen=True)
class Preuve:
    """Comment une signature a été donnée, et le fichier qui le montre (PDF signé, copie numérisée)."""

    moyen: MoyenSignature
    faits: dict[str, Any]
    piece: Piece | None = None


def _lock_signataires(signataire: Signataire) -> tuple[Acte, list[Signataire]]:
    acte = lock_acte(Acte(pk=signataire.acte_id))
    return acte, list(acte.signataires.select_related("organisation", "groupe"))


@transaction.atomic
def record_signature_recue(*, signataire: Signataire, preuve: Preuve, by: Personne, signe_le: date) -> Acte:
    """Enregistre une signature donnée ailleurs (papier, PDF à certificat), dans le même ordre et aux mêmes conditions.

    C’est l’équipe du territoire qui la dépose ; la pièce montre qui a signé.
    """
    if preuve.piece is None:
        raise ActionImpossible(
            "Joignez ce qui montre la signature\u00a0: la copie numérisée, ou le PDF signé."
        )
    acte, signataires = _lock_signataires(signataire)
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    return _give(acte, signataires, signataire, preuve, check_date_effet(signe_le), by)


def _give(
    acte: Acte, signataires: list[Signataire], signataire: Signataire, preuve: Preuve, jour: date, by: Any
) -> Acte:
    policies.check_can_sign(acte, signataire, signataires)
    policies.check_date_signature(acte, signataire, signataires, jour)
    signataire.signe_le, signataire.signe_at, signataire.signe_by = jour, maintenant(), str(by)[:250]
    signataire.moyen, signataire.preuve, signataire.piece_preuve = preuve.moyen, preuve.faits, preuve.piece
    signataire.save()
    close_attente(code="contrats.signer", objet=signataire)
    close_attente(code="contrats.refus", objet=signataire)
    record(
        events.SIGNATURE_DONNEE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={
            "signataire": str(signataire),
            "acte": acte.titre,
            "signe_le": format_jour(jour),
            "moyen": preuve.moyen.label,
        },
        date_effet=jour,
    )
    restants = policies.find_restants(signataires)
    _close_attentes([s for s in signataires if s not in restants])
    if not restants:
        _conclude(acte, signataires, by)
    else:
        acte.statut = S.SIGNE_PARTIELLEMENT
        acte.save(update_fields=["statut"])
        open_attentes(acte, by if isinstance(by, Personne) else by.lien.cree_by)
    return acte


def _close_attentes(signataires: list[Signataire]) -> None:
    """D’un groupe qui a assez de signatures, les autres ne sont plus attendus ; d’un acte retiré, plus personne."""
    for signataire in signataires:
        if signataire.signe_at is None:
            close_attente(code="contrats.signer", objet=signataire)


@transaction.atomic
def refuse_signature(*, signataire: Signataire, motif: str, by: Any) -> Signataire:
    """Refuse de signer, en disant pourquoi. L’équipe du territoire est prévenue ; la place reste : on peut signer ensuite."""
    acte, signataires = _lock_signataires(signataire)
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    check_user_can_sign(by, signataire)
    if acte.statut not in policies.A_SIGNER or signataire.signe_at is not None:
        raise ActionImpossible("Cette signature n’est plus attendue\u00a0: il n’y a rien à refuser.")
    if signataire.refuse_at is not None:
        raise ActionImpossible("Ce refus est déjà enregistré.")
    if not motif.strip():
        raise ActionImpossible(
            "Dites pourquoi\u00a0: l’équipe du territoire lit cette phrase.", champ="motif"
        )
    signataire.refuse_at, signataire.refuse_by = maintenant(), str(by)[:250]
    signataire.refus_motif = motif.strip()
    signataire.save()
    close_attente(code="contrats.signer", objet=signataire)
    open_attente(
        code="contrats.refus",
        objet=signataire,
        role="chef_projet",
        territoire=acte.territoire.cle,
        territoire_nom=acte.territoire.nom,
        libelle=f"{signataire.organisation} refuse de signer «\u00a0{acte.titre}\u00a0»",
        motif=signataire.refus_motif,
        url=acte.get_absolute_url(),
    )
    record(
        events.SIGNATURE_REFUSEE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        motif=signataire.refus_motif,
        apres={"signataire": str(signataire)},
    )
    return signataire


@transaction.atomic
def withdraw_acte(*, acte: Acte, motif: str, by: Personne) -> Acte:
    """Retire un acte arrêté avant la dernière signature. Les signatures données restent visibles ; elles n’engagent plus."""
    acte = lock_acte(acte)
    policies.check_can_withdraw(acte)
    if not motif.strip():
        raise ActionImpossible(
            "Dites pourquoi l’acte est retiré\u00a0: les signataires lisent cette phrase.", champ="motif"
        )
    signataires = list(acte.signataires.all())
    acte.statut, acte.retire_at, acte.retire_by = S.RETIRE, maintenant(), str(by)[:200]
    acte.retire_motif = motif.strip()
    acte.save()
    revoke_liens(but=ButLien.SIGNER_ACTE, objets=signataires)
    _close_attentes(signataires)
    for signataire in signataires:
        close_attente(code="contrats.refus", objet=signataire)
    record(events.ACTE_RETIRE, cible=acte, territoire=acte.territoire.cle, by=by, motif=acte.retire_motif)
    return acte


@transaction.atomic
def replace_signataire(
    *,
    signataire: Signataire,
    nom: str,
    qualite: str,
    motif: str,
    by: Personne,
    email: str = "",
    delegation: str = "",
    piece_delegation: Piece | None = None,
    effet_le: date | None = None,
) -> Signataire:
    """Quelqu’un d’autre signera pour l’organisation, entre l’arrêt et la signature. `delegation` : l’arrêté qui l’y autorise.

    Le document arrêté ne change pas ; l’acte garde l’ancien nom, le nouveau et la raison. L’ancien lien ne signe plus.
    """
    jour = check_date_effet(effet_le)
    acte, signataires = _lock_signataires(signataire)
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    policies.check_can_replace(acte, signataire)
    if not nom.strip() or not qualite.strip():
        raise ActionImpossible("Donnez le nom et la qualité de la personne qui signera.", champ="nom")
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi\u00a0: élection, départ, absence, délégation…", champ="motif")
    if delegation.strip() and piece_delegation is None and signataire.piece_delegation is None:
        raise ActionImpossible(
            "Joignez l’arrêté de délégation\u00a0: il prouve le droit de signer.", champ="piece_delegation"
        )
    avant = str(signataire)
    _keep_remplacement(signataire, nom.strip(), qualite.strip(), motif.strip(), jour, by)
    signataire.nom, signataire.qualite = nom.strip()[:150], qualite.strip()[:150]
    signataire.email = email.strip().lower()
    signataire.delegation = delegation.strip()[:250]
    signataire.piece_delegation = piece_delegation or signataire.piece_delegation
    signataire.vacant_depuis = None
    signataire.refuse_at, signataire.refuse_by, signataire.refus_motif = None, "", ""
    signataire.save()
    revoke_liens(but=ButLien.SIGNER_ACTE, objets=[signataire])
    close_attente(code="contrats.signer", objet=signataire)
    close_attente(code="contrats.refus", objet=signataire)
    open_attentes(acte, by)
    record(
        events.SIGNATAIRE_REMPLACE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        motif=motif.strip(),
        avant={"signataire": avant},
        apres={"signataire": str(signataire)},
        date_effet=jour,
    )
    return signataire


def _keep_remplacement(
    signataire: Signataire, nom: str, qualite: str, motif: str, jour: date, by: Personne
) -> None:
    RemplacementSignataire.objects.create(
        signataire=signataire,
        ancien_nom=signataire.nom,
        ancienne_qualite=signataire.qualite,
        nouveau_nom=nom[:150],
        nouvelle_qualite=qualite[:150],
        motif=motif,
        effet_le=jour,
        enregistre_at=maintenant(),
        enregistre_by=str(by)[:200],
    )


@transaction.atomic
def declare_fonction_vacante(
    *, signataire: Signataire, motif: str, by: Personne, depuis: date | None = None
) -> Signataire:
    """Plus personne ne tient la fonction qui signe : on ne peut plus signer à cette place avant un remplacement."""
    jour = check_date_effet(depuis)
    acte, signataires = _lock_signataires(signataire)
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    policies.check_can_replace(acte, signataire)
    if signataire.vacant_depuis:
        raise ActionImpossible(
            f"Cette fonction est déjà vacante, depuis le {format_jour(signataire.vacant_depuis)}."
        )
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi la fonction est vacante.", champ="motif")
    avant = str(signataire)
    _keep_remplacement(signataire, "", signataire.qualite, motif.strip(), jour, by)
    signataire.nom, signataire.vacant_depuis = "", jour
    signataire.save()
    revoke_liens(but=ButLien.SIGNER_ACTE, objets=[signataire])
    close_attente(code="contrats.signer", objet=signataire)
    record(
        events.SIGNATAIRE_VACANT,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        motif=motif.strip(),
        avant={"signataire": avant},
        date_effet=jour,
    )
    return signataire


@transaction.atomic
def record_deliberation(
    *, signataire: Signataire, numero: str, deliberation_le: date, by: Personne, recue_le: date | None = None
) -> Signataire:
    """Enregistre, après l’arrêt, la délibération qui autorise à signer : numéro, date, réception par la préfecture."""
    acte, signataires = _lock_signataires(signataire)
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    policies.check_can_replace(acte, signataire)
    if not numero.strip():
        raise ActionImpossible("Donnez le numéro de la délibération.", champ="numero")
    if deliberation_le > aujourdhui():
        raise ActionImpossible(
            "Cette délibération est dans l’avenir\u00a0: enregistrez-la quand elle sera prise.",
            champ="deliberation_le",
        )
    if recue_le and recue_le < deliberation_le:
        raise ActionImpossible(
            "La préfecture la reçoit après la délibération\u00a0: corrigez une des dates.", champ="recue_le"
        )
    signataire.deliberation, signataire.deliberation_le = numero.strip()[:80], deliberation_le
    signataire.deliberation_recue_le = recue_le
    signataire.save()
    record(
        events.DELIBERATION_RECUE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"signataire": str(signataire), "numero": signataire.deliberation},
        date_effet=deliberation_le,
    )
    comptes = find_organisations_with_compte([signataire])
    if signataire.ordre == policies.get_tour(signataires) and can_send_lien(signataire, comptes):
        send_lien_signature(signataire=signataire, by=by)
    return signataire


def _conclude(acte: Acte, signataires: list[Signataire], by: Any) -> None:
    jour = max(s.signe_le for s in signataires if s.signe_le)
    acte.statut, acte.date_debut, acte.date_fin = S.SIGNE, jour, jour
    acte.save(update_fields=["statut", "date_debut", "date_fin"])
    record(events.ACTE_SIGNE, cible=acte, territoire=acte.territoire.cle, by=by, date_effet=jour)
    if fait := policies.FAITS.get(
        NatureActe(acte.nature)
    ):  # une convention ou un avenant ne compte pas comme un acte de plus
        record_etape(
            territoire=acte.territoire,
            fait=fait,
            debut=jour,
            source=f"«\u00a0{acte.titre}\u00a0», signé sur la plateforme",
            fiabilite=Fiabilite.PLATEFORME,
            objet=acte,
            by=by,
        )
    turn_comite_suivi(
        territoire=acte.territoire, jour=jour, motif=f"Signature de «\u00a0{acte.titre}\u00a0»", by=by
    )
    if acte.plan_actions:
        for ligne in acte.plan_actions.lignes.select_related("version__fiche"):
            if ligne.version.fiche.statut == StatutFiche.VALIDEE:
                # Une fiche validée après le jour de la dernière signature devient « inscrite » le jour de sa validation.
                valide_le = ligne.version.fiche.faits.filter(champ=ChampDate.STATUT).aggregate(
                    m=Max("date_effet")
                )["m"]
                move_fiche(
                    fiche=ligne.version.fiche,
                    vers=StatutFiche.INSCRITE,
                    by=Systeme("signature de l’acte"),
                    date_effet=max(jour, valide_le or jour),
                )
