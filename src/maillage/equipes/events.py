"""Faits du journal : invitations, rattachements."""

INVITATION_ENVOYEE = "equipes.invitation.envoyee"
INVITATION_RENVOYEE = "equipes.invitation.renvoyee"
INVITATION_ANNULEE = "equipes.invitation.annulee"
INVITATION_ACCEPTEE = "equipes.invitation.acceptee"
RATTACHEMENT_DEMANDE = "equipes.rattachement.demande"
RATTACHEMENT_ACCEPTE = "equipes.rattachement.accepte"
RATTACHEMENT_REFUSE = "equipes.rattachement.refuse"

PHRASES = {
    INVITATION_ENVOYEE: lambda e: f"Invitation envoyée\u00a0: {e.apres['titre']}",
    INVITATION_RENVOYEE: lambda e: f"Invitation renvoyée\u00a0: {e.apres['titre']}",
    INVITATION_ANNULEE: lambda e: f"Invitation annulée\u00a0: {e.apres['titre']}",
    INVITATION_ACCEPTEE: lambda e: f"Invitation acceptée par {e.apres['personne']}\u00a0: {e.apres['titre']}",
    RATTACHEMENT_DEMANDE: lambda e: f"{e.cible_libelle} demande à rejoindre {e.apres['organisation']}",
    RATTACHEMENT_ACCEPTE: lambda e: (
        f"{e.cible_libelle} rejoint {e.apres['organisation']}\u00a0: {e.apres['role']}"
    ),
    RATTACHEMENT_REFUSE: lambda e: f"Demande de {e.cible_libelle} pour {e.apres['organisation']} refusée",
}
