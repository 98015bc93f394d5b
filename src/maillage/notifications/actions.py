"""Ouvrir et clore ce qui attend quelqu’un ; préparer et envoyer les courriels."""

import email
import email.policy
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage as MessageRecu
from email.mime.text import MIMEText
from functools import partial
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from maillage.comptes.actions import ask_code, create_code
from maillage.comptes.models import Organisation, Personne
from maillage.documents.models import Piece
from maillage.notifications.enums import ATTENTES_IMMEDIATES
from maillage.notifications.models import (
    ESSAIS_MAX,
    SUJETS_SECRETS,
    Attente,
    Courriel,
    PieceJointe,
    PreferenceCourriel,
    Recapitulatif,
)
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant

LIGNES_RECAPITULATIF = 20


def open_attente(
    *,
    code: str,
    objet: models.Model,
    territoire: str,
    libelle: str,
    url: str,
    organisation: Organisation | None = None,
    personne: Personne | None = None,
    role: str = "",
    depuis: date | None = None,
    echeance: date | None = None,
    territoire_nom: str = "",
    motif: str = "",
) -> Attente:
    """Ouvre une attente, ou rend celle qui l’est déjà pour le même objet, le même code et le même destinataire.

    `motif` : pourquoi on l’attend, dans les mots de qui l’a demandé.
    Un code d’`ATTENTES_IMMEDIATES` prévient ses destinataires après la transaction ; les autres, à la fin de la semaine.
    """
    attente, ouverte = Attente.objects.get_or_create(
        code=code,
        objet_type=objet._meta.label_lower,
        objet_id=str(objet.pk),
        organisation=organisation,
        personne=personne,
        role=role,
        territoire=territoire,
        fait_at=None,
        defaults={
            "libelle": libelle[:300],
            "motif": motif,
            "url": url,
            "depuis": depuis or aujourdhui(),
            "echeance": echeance,
            "territoire_nom": territoire_nom,
        },
    )
    if ouverte and code in ATTENTES_IMMEDIATES:
        transaction.on_commit(partial(_enqueue_attente, attente.pk))
    return attente


def _enqueue_attente(attente_id: int) -> None:
    from maillage.notifications.tasks import prevenir

    prevenir.enqueue(attente_id)


@transaction.atomic
def notify_attente(*, attente_id: int) -> int:
    """Prévient par courriel ceux qu’une attente concerne et qui le veulent bien ; rend leur nombre.

    Qui elle concerne est su plus haut (mandats, fonctions) : `settings.DESTINATAIRES_ATTENTE` nomme la lecture.
    """
    attente = Attente.objects.ouvertes().select_related("organisation").filter(pk=attente_id).first()
    if attente is None:
        return 0
    refus = PreferenceCourriel.objects.filter(immediat=False).values("personne")
    destinataires = import_string(settings.DESTINATAIRES_ATTENTE)(attente).exclude(pk__in=refus)
    for personne in destinataires.exclude(email=None):
        send_courriel(
            destinataire=personne.email,
            gabarit="attente_immediate",
            contexte={"attente": attente, "personne": personne},
            motif="quelqu’un attend votre réponse pour continuer. Vous pouvez refuser ces messages dans «\u00a0Mon compte\u00a0»",
            personne=personne,
        )
    return len(destinataires)


def close_attente(*, code: str, objet: models.Model, personne: Personne | None = None) -> int:
    """Clôt les attentes ouvertes de ce code sur cet objet (celles d’une seule `personne`, si elle est donnée) ; rend leur nombre."""
    attentes = Attente.objects.ouvertes().filter(
        code=code, objet_type=objet._meta.label_lower, objet_id=str(objet.pk)
    )
    if personne is not None:
        attentes = attentes.filter(personne=personne)
    return attentes.update(fait_at=maintenant())


@dataclass(frozen=True)
class Jointe:
    """Une pièce à joindre : un texte tel quel, ou une pièce gardée. `type_mime` peut porter ses paramètres."""

    nom: str
    type_mime: str = ""
    texte: str = ""
    piece: Piece | None = None


def send_courriel(
    *,
    destinataire: str,
    gabarit: str,
    contexte: dict[str, object],
    motif: str,
    personne: Personne | None = None,
    is_secret: bool = False,
    jointes: Sequence[Jointe] = (),
) -> Courriel:
    """Prépare un courriel depuis `emails/<gabarit>.txt` (première ligne : le sujet) ; il part après la transaction.

    `motif` : la phrase « vous recevez ce message parce que… », ajoutée au pied. `is_secret` : porte un code ou un
    lien qui ouvre un compte, que le support ne doit pas lire (gabarits de `SUJETS_SECRETS`).
    """
    texte = render_to_string(f"emails/{gabarit}.txt", contexte | {"adresse": settings.ADRESSE_PUBLIQUE})
    sujet, _, corps = texte.strip().partition("\n")
    pied = f"\n\n--\nMaillage, la plateforme des Territoires d’industrie. Vous recevez ce message parce que {motif}.\n"
    courriel = Courriel.objects.create(
        destinataire=destinataire,
        sujet=sujet.strip()[:200],
        corps=corps.strip() + pied,
        motif=gabarit,
        cree_at=maintenant(),
        personne=personne,
        is_secret=is_secret,
    )
    PieceJointe.objects.bulk_create(
        PieceJointe(
            courriel=courriel,
            nom=jointe.nom,
            type_mime=jointe.type_mime or (jointe.piece.type_mime if jointe.piece else ""),
            texte=jointe.texte,
            piece=jointe.piece,
        )
        for jointe in jointes
    )
    transaction.on_commit(partial(_enqueue, courriel.pk))
    return courriel


def _enqueue(courriel_id: int) -> None:
    from maillage.notifications.tasks import envoyer_courriel

    envoyer_courriel.enqueue(courriel_id)


def deliver_courriel(*, courriel_id: int) -> bool:
    """Envoie un courriel en attente ; une panne est gardée et comptée, jamais perdue. Vrai s’il est parti.

    Un refus définitif du destinataire (SMTP 5xx) est un rejet : il ne sera pas réessayé.
    """
    courriel = Courriel.objects.get(pk=courriel_id)
    if courriel.envoye_at or courriel.rejete_at or courriel.essais >= ESSAIS_MAX:
        return bool(courriel.envoye_at)
    message = EmailMessage(
        courriel.sujet,
        courriel.corps,
        settings.DEFAULT_FROM_EMAIL,
        [courriel.destinataire],
        headers={"Message-ID": build_message_id(courriel)},
    )
    essai: dict[str, object] = {"essais": models.F("essais") + 1}
    try:
        for jointe in courriel.jointes.select_related("piece"):
            _attach(message, jointe)
        message.send()
    except SMTPRecipientsRefused as refus:
        raison = "; ".join(
            f"{code} {texte.decode(errors='replace')}" for code, texte in refus.recipients.values()
        )
        is_definitif = any(code >= 500 for code, _ in refus.recipients.values())
        essai |= {"erreur": raison[:500]} | ({"rejete_at": maintenant()} if is_definitif else {})
    except OSError as panne:
        essai |= {"erreur": str(panne)[:500]}
    else:
        essai |= {"envoye_at": maintenant(), "erreur": ""}
        if courriel.is_secret:
            essai |= {"sujet": SUJETS_SECRETS[courriel.motif], "corps": ""}
    Courriel.objects.filter(pk=courriel.pk).update(**essai)
    return "envoye_at" in essai


# --- codes de connexion --------------------------------------------------------------------------------------------


@transaction.atomic
def request_code(*, email: str, machine: str = "") -> None:
    """Demande un code de connexion. Le même travail pour toute adresse : on compte, on met en file, on répond.

    Ce n’est qu’ensuite, hors de la page, qu’on regarde si l’adresse est celle d’un compte. Trop de demandes :
    ActionImpossible.
    """
    ask_code(email=email, machine=machine)
    transaction.on_commit(partial(_enqueue_code, email))


def _enqueue_code(email: str) -> None:
    from maillage.notifications.tasks import envoyer_code

    envoyer_code.enqueue(email)


@transaction.atomic
def send_code(*, email: str) -> None:
    """Prépare le code ; l’envoie si l’adresse est celle d’un compte ouvert. Sans compte le code existe, et reste lettre
    morte : un essai manqué reçoit la même réponse dans les deux cas."""
    code = create_code(email=email)
    personne = Personne.objects.filter(email__iexact=email, is_active=True).first()
    if personne is not None:
        send_courriel(
            destinataire=email,
            gabarit="code_connexion",
            contexte={"code": code},
            motif="quelqu’un a demandé à se connecter avec votre adresse",
            personne=personne,
            is_secret=True,
        )


# --- retours et renvois --------------------------------------------------------------------------------------------

_ADRESSE_MESSAGE = re.compile(r"<maillage-(\d+)-([0-9a-f]{16})@")


def _sign_message(pk: int) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"courriel:{pk}".encode(), "sha256").hexdigest()[:16]


def build_message_id(courriel: Courriel) -> str:
    """L’identifiant du message, signé : un avis de retour fabriqué ne peut pas désigner un autre courriel."""
    domaine = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "maillage.invalid"
    return f"<maillage-{courriel.pk}-{_sign_message(courriel.pk)}@{domaine}>"


def record_retour(*, message: bytes) -> Courriel:
    """Enregistre un avis de non-remise (RFC 3464) reçu à l’adresse d’expédition ; rend le courriel rejeté.

    ActionImpossible si le message n’est pas un avis d’échec définitif sur un courriel de cette installation.
    """
    avis = email.message_from_bytes(message, policy=email.policy.default)
    trouve = _ADRESSE_MESSAGE.search(message.decode(errors="replace"))
    if trouve is None or not hmac.compare_digest(_sign_message(int(trouve[1])), trouve[2]):
        raise ActionImpossible("Cet avis ne cite aucun courriel parti d’ici.")
    statut, raison = _read_avis(avis)
    if not statut.startswith("5"):
        raise ActionImpossible("Cet avis n’annonce pas un échec définitif\u00a0: rien n’est changé.")
    courriel = Courriel.objects.filter(pk=int(trouve[1])).first()
    if courriel is None:
        raise ActionImpossible("Ce courriel est déjà effacé.")
    Courriel.objects.filter(pk=courriel.pk, rejete_at__isnull=True).update(
        rejete_at=maintenant(), erreur=f"{statut} {raison}".strip()[:500]
    )
    courriel.refresh_from_db()
    return courriel


def _read_avis(avis: MessageRecu) -> tuple[str, str]:
    """Le code d’état (« 5.1.1 ») et le diagnostic d’un avis de non-remise ; vides s’il n’y en a pas."""
    for partie in avis.walk():
        if partie.get_content_type() == "message/delivery-status":
            blocs: list[Any] = list(partie.get_payload())
            for bloc in blocs:
                if bloc["Status"]:
                    return str(bloc["Status"]).strip(), str(bloc["Diagnostic-Code"] or "").strip()
    return "", ""


@transaction.atomic
def resend_courriel(*, courriel: Courriel) -> Courriel:
    """Renvoie un courriel rejeté, abandonné ou non reçu : un nouveau, le même texte ; l’ancien reste.

    Un code ou une invitation ne se renvoie pas d’ici, ni un courriel encore en attente : ActionImpossible.
    """
    if courriel.is_secret:
        raise ActionImpossible(
            "Ce message porte un code ou un lien personnel\u00a0: il ne se renvoie pas d’ici. "
            "La personne redemande un code, ou l’invitation se renvoie de la page Invitations."
        )
    if not courriel.corps:
        raise ActionImpossible(
            "Le texte de ce courriel est effacé\u00a0: refaites l’acte qui l’avait envoyé."
        )
    if courriel.etat == "en_attente":
        raise ActionImpossible("Ce courriel n’est pas encore parti\u00a0: il sera réessayé de lui-même.")
    if courriel.renvois.exists():
        raise ActionImpossible("Ce courriel a déjà été renvoyé\u00a0: suivez le renvoi.")
    nouveau = Courriel.objects.create(
        destinataire=courriel.destinataire,
        sujet=courriel.sujet,
        corps=courriel.corps,
        motif=courriel.motif,
        cree_at=maintenant(),
        personne=courriel.personne,
        renvoi_de=courriel,
    )
    PieceJointe.objects.bulk_create(
        PieceJointe(courriel=nouveau, nom=j.nom, type_mime=j.type_mime, texte=j.texte, piece=j.piece)
        for j in courriel.jointes.select_related("piece")
    )
    transaction.on_commit(partial(_enqueue, nouveau.pk))
    return nouveau


# --- préférences et courriel de la semaine -------------------------------------------------------------------------


@transaction.atomic
def update_preference(*, personne: Personne, hebdomadaire: bool, immediat: bool) -> PreferenceCourriel:
    """Retient les courriels que la personne veut recevoir."""
    preference, _ = PreferenceCourriel.objects.update_or_create(
        personne=personne, defaults={"hebdomadaire": hebdomadaire, "immediat": immediat}
    )
    return preference


@transaction.atomic
def send_recapitulatif(*, personne: Personne, semaine: str, attentes: list[Attente]) -> bool:
    """Envoie à une personne ce qui l’attend, une fois par semaine (« 2026-W47 ») ; rien à dire, rien d’envoyé.

    Vrai si un courriel part. Une seconde demande pour la même semaine ne fait rien.
    """
    recapitulatif, cree = Recapitulatif.objects.get_or_create(
        personne=personne, semaine=semaine, defaults={"nombre": len(attentes), "cree_at": maintenant()}
    )
    if not cree or not attentes or not personne.email:
        return False
    recapitulatif.courriel = send_courriel(
        destinataire=personne.email,
        gabarit="recapitulatif",
        contexte={"attentes": attentes[:LIGNES_RECAPITULATIF], "nombre": len(attentes), "personne": personne},
        motif="des personnes attendent votre réponse. Vous pouvez l’arrêter dans «\u00a0Mon compte\u00a0»",
        personne=personne,
    )
    recapitulatif.save(update_fields=["courriel"])
    return True


def _attach(message: EmailMessage, jointe: PieceJointe) -> None:
    if jointe.piece:
        with jointe.piece.fichier.open("rb") as fichier:
            message.attach(jointe.nom, fichier.read(), jointe.type_mime)
        return
    type_mime, *parametres = (morceau.strip() for morceau in jointe.type_mime.split(";"))
    partie = MIMEText(jointe.texte, type_mime.partition("/")[2], "utf-8")
    # Une messagerie ne propose « accepter / refuser » que si « method » est dans le type.
    for parametre in parametres:
        nom, _, valeur = parametre.partition("=")
        partie.set_param(nom, valeur)
    partie.add_header("Content-Disposition", "attachment", filename=jointe.nom)
    message.attach(partie)
