"""Faits du journal : comités, membres, séances, décisions, relevés."""

COMITE_CREE = "gouvernance.comite.cree"
COMITE_RENOMME = "gouvernance.comite.renomme"
COMITE_DISSOUS = "gouvernance.comite.dissous"
REGLE_DONNEE = "gouvernance.comite.regle_donnee"
COLLEGE_AJOUTE = "gouvernance.comite.college_ajoute"
COLLEGE_RETIRE = "gouvernance.comite.college_retire"
MEMBRE_AJOUTE = "gouvernance.membre.ajoute"
MEMBRE_PARTI = "gouvernance.membre.parti"
SEANCE_CREEE = "gouvernance.seance.creee"
SEANCE_MODIFIEE = "gouvernance.seance.modifiee"
SEANCE_CONVOQUEE = "gouvernance.seance.convoquee"
SEANCE_OUVERTE = "gouvernance.seance.ouverte"
SEANCE_CLOSE = "gouvernance.seance.close"
SEANCE_ANNULEE = "gouvernance.seance.annulee"
POINT_AJOUTE = "gouvernance.point.ajoute"
POINT_RETIRE = "gouvernance.point.retire"
DECISION_PRISE = "gouvernance.decision.prise"
RELEVE_ARRETE = "gouvernance.releve.arrete"
RELEVE_ENVOYE = "gouvernance.releve.envoye"
RELEVE_SIGNE = "gouvernance.releve.signe"

PHRASES = {
    COMITE_CREE: lambda e: f"Comité créé : {e.cible_libelle}",
    COMITE_RENOMME: lambda e: f"« {e.avant['nom']} » devient « {e.apres['nom']} »",
    COMITE_DISSOUS: lambda e: f"Comité dissous : {e.cible_libelle}",
    REGLE_DONNEE: lambda e: f"{e.cible_libelle} se donne une règle : {e.apres['regle']}",
    COLLEGE_AJOUTE: lambda e: f"{e.cible_libelle} : collège « {e.apres['college']} » ajouté",
    COLLEGE_RETIRE: lambda e: f"{e.cible_libelle} : collège « {e.avant['college']} » retiré",
    MEMBRE_AJOUTE: lambda e: f"{e.cible_libelle} entre au {e.apres['comite']} ({e.apres['qualite']})",
    MEMBRE_PARTI: lambda e: f"{e.cible_libelle} quitte le {e.apres['comite']} le {e.apres['fin']}",
    SEANCE_CREEE: lambda e: f"Séance préparée : {e.cible_libelle}",
    SEANCE_MODIFIEE: lambda e: f"Séance modifiée : {e.cible_libelle} ({', '.join(e.apres['champs'])})",
    SEANCE_CONVOQUEE: lambda e: f"Séance convoquée : {e.cible_libelle}, {e.apres['nombre']} invitations",
    SEANCE_OUVERTE: lambda e: f"Séance ouverte : {e.cible_libelle}",
    SEANCE_CLOSE: lambda e: f"Séance close : {e.cible_libelle}, {e.apres['quorum']}",
    SEANCE_ANNULEE: lambda e: f"Séance annulée : {e.cible_libelle}",
    POINT_AJOUTE: lambda e: f"Ordre du jour de « {e.apres['seance']} » : point « {e.cible_libelle} » ajouté",
    POINT_RETIRE: lambda e: f"Ordre du jour de « {e.apres['seance']} » : point « {e.cible_libelle} » retiré",
    DECISION_PRISE: lambda e: f"{e.apres['portee']} : {e.cible_libelle} ({e.apres['sens'].lower()})",
    RELEVE_ARRETE: lambda e: (
        f"Relevé de décisions arrêté : {e.apres['seance']}, empreinte {e.apres['sha256'][:12]}…"
    ),
    RELEVE_ENVOYE: lambda e: (
        f"Relevé de décisions envoyé : {e.apres['seance']}, {e.apres['nombre']} destinataires"
    ),
    RELEVE_SIGNE: lambda e: (
        f"{e.apres['signataire']} a signé le relevé de décisions de « {e.apres['seance']} »"
    ),
}
