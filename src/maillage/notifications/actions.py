"""Ouvrir et clore ce qui attend quelqu’un ; préparer et envoyer les courriels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from email.mime.text import MIMEText
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.template.loader import render_to_string

from maillage.comptes.models import Organisation, Personne
from maillage.documents.models import Piece
from maillage.notifications.models import Attente, Courriel, PieceJointe
from maillage.socle.horloge import aujourdhui, maintenant

ESSAIS_MAX = 5


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
) -> Attente:
    """Ouvre une attente, ou rend celle qui l’est déjà pour le même objet, le même code et le même destinataire."""
    attente, _ = Attente.objects.get_or_create(
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
            "url": url,
            "depuis": depuis or aujourdhui(),
            "echeance": echeance,
            "territoire_nom": territoire_nom,
        },
    )
    return attente


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
    jointes: Sequence[Jointe] = (),
) -> Courriel:
    """Prépare un courriel depuis `emails/<gabarit>.txt` (première ligne : le sujet) ; il part après la transaction.

    `motif` : la phrase « vous recevez ce message parce que… », ajoutée au pied.
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
    """Envoie un courriel en attente ; une panne est gardée et comptée, jamais perdue. Vrai s’il est parti."""
    courriel = Courriel.objects.get(pk=courriel_id)
    if courriel.envoye_at or courriel.essais >= ESSAIS_MAX:
        return bool(courriel.envoye_at)
    message = EmailMessage(
        courriel.sujet, courriel.corps, settings.DEFAULT_FROM_EMAIL, [courriel.destinataire]
    )
    try:
        for jointe in courriel.jointes.select_related("piece"):
            _attach(message, jointe)
        message.send()
    except OSError as panne:
        Courriel.objects.filter(pk=courriel.pk).update(essais=models.F("essais") + 1, erreur=str(panne)[:500])
        return False
    Courriel.objects.filter(pk=courriel.pk).update(
        envoye_at=maintenant(), essais=models.F("essais") + 1, erreur=""
    )
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
