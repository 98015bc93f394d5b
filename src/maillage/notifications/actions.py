"""Ouvrir et clore ce qui attend quelqu’un ; préparer et envoyer les courriels."""

from datetime import date
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.template.loader import render_to_string

from maillage.comptes.models import Organisation, Personne
from maillage.notifications.models import Attente, Courriel
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
    role: str = "",
    depuis: date | None = None,
    echeance: date | None = None,
    territoire_nom: str = "",
    motif: str = "",
) -> Attente:
    """Ouvre une attente, ou rend celle qui l’est déjà pour le même objet, le même code et le même destinataire.

    `motif` : pourquoi on l’attend, dans les mots de qui l’a demandé.
    """
    attente, _ = Attente.objects.get_or_create(
        code=code,
        objet_type=objet._meta.label_lower,
        objet_id=str(objet.pk),
        organisation=organisation,
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
    return attente


def close_attente(*, code: str, objet: models.Model) -> int:
    """Clôt les attentes ouvertes de ce code sur cet objet ; rend leur nombre."""
    return (
        Attente.objects.ouvertes()
        .filter(code=code, objet_type=objet._meta.label_lower, objet_id=str(objet.pk))
        .update(fait_at=maintenant())
    )


def send_courriel(
    *,
    destinataire: str,
    gabarit: str,
    contexte: dict[str, object],
    motif: str,
    personne: Personne | None = None,
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
        message.send()
    except OSError as panne:
        Courriel.objects.filter(pk=courriel.pk).update(essais=models.F("essais") + 1, erreur=str(panne)[:500])
        return False
    Courriel.objects.filter(pk=courriel.pk).update(
        envoye_at=maintenant(), essais=models.F("essais") + 1, erreur=""
    )
    return True
