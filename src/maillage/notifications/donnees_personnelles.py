"""Ce que les courriels gardent d’une personne."""

from datetime import datetime, timedelta
from typing import Any

from maillage.notifications.models import Courriel, PreferenceCourriel, Recapitulatif
from maillage.socle.donnees_personnelles import Lignes, Traitement

UN_AN = timedelta(days=365)


def _export_courriels(personne: Any) -> Lignes:
    courriels = Courriel.objects.filter(destinataire__iexact=personne.email or "").order_by("id")
    return [
        {
            "ecrit_le": c.cree_at.isoformat(),
            "sujet": c.sujet_lisible,
            "texte": "" if c.is_secret else c.corps,
            "etat": c.etat.label,
        }
        for c in courriels
    ]


def _export_preferences(personne: Any) -> Lignes:
    preference = PreferenceCourriel.objects.filter(personne=personne).first()
    return [
        {"semaine": r.semaine, "choses_en_attente": r.nombre}
        for r in Recapitulatif.objects.filter(personne=personne).order_by("semaine")
    ] + ([{"hebdomadaire": preference.hebdomadaire, "immediat": preference.immediat}] if preference else [])


def _purge_courriels(instant: datetime) -> int:
    return Courriel.objects.filter(cree_at__lt=instant - UN_AN).delete()[0]


def _purge_recapitulatifs(instant: datetime) -> int:
    return Recapitulatif.objects.filter(cree_at__lt=instant - UN_AN).delete()[0]


TRAITEMENTS = [
    Traitement(
        "courriels",
        "Courriels envoyés\u00a0: destinataire, objet, texte",
        "Vérifier qu’un message est bien parti, le renvoyer s’il s’est perdu",
        "Un an\u00a0; le texte d’un code, jusqu’à son départ",
        _export_courriels,
        _purge_courriels,
    ),
    Traitement(
        "preferences",
        "Préférences de courriel, courriels de la semaine déjà envoyés",
        "N’envoyer que ce que vous voulez, une fois",
        "Un an\u00a0; la préférence, tant que le compte sert",
        _export_preferences,
        _purge_recapitulatifs,
    ),
]
