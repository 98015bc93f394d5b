"""Signer : prévenir ceux dont c’est le tour, envoyer les liens personnels, donner une signature, conclure."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from maillage.comptes.actions import create_lien_personnel
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Personne
from maillage.contrats import events, policies
from maillage.contrats.actions.projet import lock_acte, record_modification
from maillage.contrats.enums import NatureActe, StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.contrats.permissions import check_user_can_sign
from maillage.contrats.selectors import can_send_lien, find_organisations_with_compte, get_attendus
from maillage.fiches.actions import check_date_effet, move_fiche
from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.journal.actions import Systeme, record
from maillage.notifications.actions import close_attente, open_attente, send_courriel
from maillage.notifications.models import Attente
from maillage.socle.dates import format_jour
from maillage.socle.horloge import maintenant
from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fiabilite

S = StatutActe


@transaction.atomic
def change_email_signataire(*, signataire: Signataire, email: str, by: Personne) -> bool:
    """Donne ou change l’adresse d’un signataire d’un acte arrêté qui n’a pas signé ; l’ancien lien ne signe plus.

    Si c’est son tour, son lien part ; rend vrai dans ce cas.
    """
    acte = lock_acte(Acte(pk=signataire.acte_id))
    signataires = list(acte.signataires.select_related("organisation"))
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
    signataires = list(acte.signataires.select_related("organisation"))
    tour = policies.get_tour(signataires)
    comptes = find_organisations_with_compte(signataires)
    for signataire in signataires:
        if signataire.ordre != tour or signataire.signe_at is not None:
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
        if can_send_lien(signataire, comptes):
            send_lien_signature(signataire=signataire, by=by)


@transaction.atomic
def send_lien_signature(*, signataire: Signataire, by: Personne) -> str:
    """Envoie à un signataire sans compte son lien personnel ; rend l’adresse du lien (pour les essais et l’écran)."""
    has_compte = bool(find_organisations_with_compte([signataire]))
    policies.check_can_send_lien(signataire, has_compte=has_compte)
    acte = Acte.objects.select_related("territoire__vague").get(pk=signataire.acte_id)
    policies.check_can_sign(acte, signataire, list(acte.signataires.select_related("organisation")))
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
def sign_acte(*, signataire: Signataire, by: Any, signe_le: date | None = None) -> Acte:
    """Donne une signature, à son tour. `signe_le` : jour de la signature (défaut : ce jour), jamais dans l’avenir, ni
    avant l’arrêt de l’acte, ni avant une signature d’un rang précédent.

    Quand tous ont signé, l’acte est signé, l’étape est constatée et les fiches validées sont « inscrites ».
    """
    jour = check_date_effet(signe_le)
    acte = lock_acte(Acte(pk=signataire.acte_id))
    signataires = list(acte.signataires.select_related("organisation"))
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    check_user_can_sign(by, signataire)
    policies.check_can_sign(acte, signataire, signataires)
    policies.check_date_signature(acte, signataire, signataires, jour)
    signataire.signe_le, signataire.signe_at, signataire.signe_by = jour, maintenant(), str(by)[:250]
    signataire.save()
    close_attente(code="contrats.signer", objet=signataire)
    record(
        events.SIGNATURE_DONNEE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"signataire": str(signataire), "acte": acte.titre, "signe_le": format_jour(jour)},
        date_effet=jour,
    )
    if policies.get_tour(signataires) is None:
        _conclude(acte, signataires, by)
    else:
        acte.statut = S.SIGNE_PARTIELLEMENT
        acte.save(update_fields=["statut"])
        open_attentes(acte, by if isinstance(by, Personne) else by.lien.cree_by)
    return acte


def _conclude(acte: Acte, signataires: list[Signataire], by: Any) -> None:
    jour = max(s.signe_le for s in signataires if s.signe_le)
    acte.statut, acte.date_debut, acte.date_fin = S.SIGNE, jour, jour
    acte.save(update_fields=["statut", "date_debut", "date_fin"])
    record(events.ACTE_SIGNE, cible=acte, territoire=acte.territoire.cle, by=by, date_effet=jour)
    record_etape(
        territoire=acte.territoire,
        fait=policies.FAITS[NatureActe(acte.nature)],
        debut=jour,
        source=f"«\u00a0{acte.titre}\u00a0», signé sur la plateforme",
        fiabilite=Fiabilite.PLATEFORME,
        objet=acte,
        by=by,
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
