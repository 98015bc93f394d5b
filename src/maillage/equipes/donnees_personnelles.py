"""Ce que les invitations et les demandes gardent d’une personne."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from maillage.equipes.models import DemandeRattachement, Invitation
from maillage.socle.donnees_personnelles import Lignes, Traitement

UN_MOIS = timedelta(days=31)
UN_AN = timedelta(days=365)


def _export(personne: Any) -> Lignes:
    email = personne.email or ""
    invitations = Invitation.objects.filter(email__iexact=email).select_related("organisation", "territoire")
    demandes = DemandeRattachement.objects.filter(email__iexact=email).select_related("organisation")
    return [
        {"invitation": i.titre, "envoyee_le": i.cree_at.isoformat(), "etat": i.etat.label}
        for i in invitations.order_by("id")
    ] + [
        {
            "demande": d.organisation.nom,
            "message": d.message,
            "faite_le": d.cree_at.isoformat(),
            "etat": d.etat.label,
        }
        for d in demandes.order_by("id")
    ]


def _purge(instant: datetime) -> int:
    perimees = Invitation.objects.filter(expire_at__lt=instant - UN_AN).delete()[0]
    demandes = DemandeRattachement.objects.filter(
        Q(decidee_at__lt=instant - UN_AN) | Q(confirmee_at__isnull=True, cree_at__lt=instant - UN_MOIS)
    )
    return perimees + demandes.delete()[0]


TRAITEMENTS = [
    Traitement(
        "invitations",
        "Invitations et demandes à rejoindre\u00a0: adresse, nom, message",
        "Faire entrer les bonnes personnes, et savoir par qui",
        "Un an après l’expiration ou la réponse\u00a0; un mois sans confirmation de l’adresse",
        _export,
        _purge,
    )
]
