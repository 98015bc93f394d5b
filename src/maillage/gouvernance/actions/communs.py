"""Ce que les actes d’une séance partagent : la verrouiller, savoir si son relevé est arrêté."""

from maillage.gouvernance.models import (
    ReleveDecisions,
    Seance,
)

ATTENTE_RELEVE, ATTENTE_SIGNER = "gouvernance.releve", "gouvernance.signer_releve"


def lock_seance(seance: Seance) -> Seance:
    return (
        Seance.objects.select_for_update(of=("self",))
        .select_related("comite__territoire__vague", "comite__region", "rendez_vous__organisateur")
        .get(pk=seance.pk)
    )


def has_releve(seance: Seance) -> bool:
    return ReleveDecisions.objects.filter(seance=seance).exists()
