"""Ce que l’état d’une campagne permet, et la politesse qu’on doit aux entreprises."""

from datetime import date, timedelta

from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.verification.enums import EtatCampagne
from maillage.verification.models import Campagne, Sollicitation

FICHES_MAX = 3  # par entreprise : deux minutes, pas davantage
RELANCES_MAX = 2
DELAI_RELANCE = timedelta(days=7)
DUREE_MAX = timedelta(days=120)
SEUIL = 3  # sous trois réponses, un total en dirait une


def check_fin(fin: date) -> None:
    """Une campagne finit demain au plus tôt, dans quatre mois au plus tard."""
    if not aujourdhui() < fin <= aujourdhui() + DUREE_MAX:
        raise ActionImpossible(
            "Choisissez un dernier jour entre demain et dans quatre mois\u00a0: au-delà, une entreprise oublie la question.",
            champ="fin",
        )


def check_can_change(campagne: Campagne) -> None:
    """Une campagne close ne change plus."""
    if campagne.etat == EtatCampagne.CLOSE:
        raise ActionImpossible("Cette vérification est close\u00a0: préparez-en une autre.")


def is_lien_ouvert(sollicitation: Sollicitation) -> bool:
    """Le lien d’une entreprise s’ouvre jusqu’à son dernier jour, s’il n’a pas été fermé."""
    return sollicitation.revoquee_at is None and aujourdhui() <= sollicitation.expire_le


def can_answer(sollicitation: Sollicitation) -> bool:
    """Répondre demande une campagne ouverte et pas encore finie."""
    campagne = sollicitation.campagne
    return (
        campagne.etat == EtatCampagne.OUVERTE
        and aujourdhui() <= campagne.fin
        and is_lien_ouvert(sollicitation)
    )
