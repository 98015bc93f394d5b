"""Faits du journal : rendez-vous, invitations, réponses, présences."""

RENDEZ_VOUS_PRIS = "agenda.rendez_vous.pris"
RENDEZ_VOUS_MODIFIE = "agenda.rendez_vous.modifie"
RENDEZ_VOUS_ANNULE = "agenda.rendez_vous.annule"
INVITATIONS_ENVOYEES = "agenda.rendez_vous.invitations_envoyees"
INVITATION_RETIREE = "agenda.invitation.retiree"
REPONSE_DONNEE = "agenda.invitation.reponse_donnee"
PRESENCE_RELEVEE = "agenda.invitation.presence_relevee"

PHRASES = {
    RENDEZ_VOUS_PRIS: lambda e: f"Rendez-vous pris\u00a0: {e.cible_libelle} ({e.apres['quand']})",
    RENDEZ_VOUS_MODIFIE: lambda e: (
        f"Rendez-vous modifié\u00a0: {e.cible_libelle} ({', '.join(e.apres['champs'])})"
    ),
    RENDEZ_VOUS_ANNULE: lambda e: f"Rendez-vous annulé\u00a0: {e.cible_libelle}",
    INVITATIONS_ENVOYEES: lambda e: (
        f"Invitations envoyées pour «\u00a0{e.cible_libelle}\u00a0»\u00a0: {e.apres['nombre']} courriels"
    ),
    INVITATION_RETIREE: lambda e: f"Invitation retirée\u00a0: {e.cible_libelle}",
    REPONSE_DONNEE: lambda e: (
        f"{e.cible_libelle} répond «\u00a0{e.apres['valeur']}\u00a0» ({e.apres['moyen']})"
    ),
    PRESENCE_RELEVEE: lambda e: f"Présence de {e.cible_libelle}\u00a0: {e.apres['presence']}",
}
