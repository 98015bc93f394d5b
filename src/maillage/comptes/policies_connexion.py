"""Combien d’essais, pendant combien de temps : la table des limites de connexion. Les mêmes pour toute adresse,
connue ou non : une limite atteinte n’apprend rien sur l’existence d’un compte."""

from dataclasses import dataclass
from datetime import timedelta

from maillage.comptes.enums import NatureTentative as N

HEURE = timedelta(hours=1)
PATIENCE = "Trop d’essais depuis une heure. Par prudence, attendez une heure avant de recommencer."


@dataclass(frozen=True)
class Limite:
    """Au plus `par_adresse` essais par adresse et `par_machine` par machine pendant `fenetre`.

    `par_machine` est large : une administration entière sort souvent par une seule adresse réseau.
    """

    par_adresse: int
    par_machine: int
    phrase: str
    fenetre: timedelta = HEURE


LIMITES: dict[N, Limite] = {
    N.DEMANDE_CODE: Limite(
        6,
        100,
        "Trop de codes ont été demandés pour cette adresse depuis une heure. "
        "Utilisez le dernier reçu ou réessayez plus tard.",
    ),
    N.CODE_FAUX: Limite(15, 100, PATIENCE),
    N.FACTEUR_FAUX: Limite(10, 60, PATIENCE),
    N.INVITATION: Limite(
        60, 60, "Vous avez envoyé soixante invitations en une heure. Attendez un peu avant les suivantes."
    ),
    N.DEMANDE_RATTACHEMENT: Limite(
        5,
        30,
        "Trop de demandes depuis une heure pour cette adresse. Attendez la réponse aux premières, ou réessayez plus tard.",
    ),
    N.INSCRIPTION: Limite(
        5,
        60,
        "Trop d’inscriptions depuis une heure avec cette adresse. Lisez le courriel déjà reçu, ou réessayez plus tard.",
    ),
}
