"""Recevoir une seule fois un formulaire de création : bouton de retour, double clic, page rechargée.

Seul écrivain de `EnvoiFormulaire`. Le jeton est réservé dans la transaction de la création : si elle échoue, il ressert.
"""

import re
from datetime import timedelta
from uuid import uuid4

from django.db import IntegrityError, transaction

from maillage.socle.horloge import maintenant
from maillage.socle.models import EnvoiFormulaire

CHAMP_JETON = "jeton_envoi"
# Une page restée ouverte plus longtemps que cela a perdu sa session.
DUREE = timedelta(days=30)
_FORME = re.compile(r"[a-z-]{1,23}\.[0-9a-f]{32}")


def create_jeton(formulaire: str) -> str:
    """Un jeton neuf pour un formulaire de ce nom (lettres minuscules et tirets, 23 au plus)."""
    return f"{formulaire}.{uuid4().hex}"


def is_jeton(texte: str, *, formulaire: str = "") -> bool:
    """Vrai si le texte a la forme d’un jeton, et s’il est de ce formulaire quand il est donné."""
    return bool(_FORME.fullmatch(texte)) and texte.startswith(f"{formulaire}." if formulaire else "")


def reserve_envoi(*, jeton: str, empreinte: str) -> EnvoiFormulaire | None:
    """Réserve le jeton, dans la transaction de l’appelant ; rend l’envoi antérieur s’il a déjà servi, None sinon.

    Deux envois simultanés : le second attend la fin du premier, puis le trouve.
    """
    EnvoiFormulaire.objects.filter(recu_at__lt=maintenant() - DUREE).delete()
    try:
        with transaction.atomic():
            EnvoiFormulaire.objects.create(jeton=jeton, empreinte=empreinte, recu_at=maintenant())
    except IntegrityError:
        return EnvoiFormulaire.objects.get(jeton=jeton)
    return None


def complete_envoi(*, jeton: str, adresse: str) -> None:
    """Garde où mène ce que l’envoi a créé."""
    EnvoiFormulaire.objects.filter(jeton=jeton).update(adresse=adresse[:500])
