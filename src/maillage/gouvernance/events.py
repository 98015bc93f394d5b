"""Faits du journal : comités, membres, séances, décisions, relevés."""

COMITE_CREE = "gouvernance.comite.cree"
COMITE_RENOMME = "gouvernance.comite.renomme"
COMITE_DISSOUS = "gouvernance.comite.dissous"
REGLE_DONNEE = "gouvernance.comite.regle_donnee"
COLLEGE_AJOUTE = "gouvernance.comite.college_ajoute"
COLLEGE_RETIRE = "gouvernance.comite.college_retire"
MEMBRE_AJOUTE = "gouvernance.membre.ajoute"
MEMBRE_MODIFIE = "gouvernance.membre.modifie"
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
    COMITE_CREE: lambda e: f"Comité créé\u00a0: {e.cible_libelle}",
    COMITE_RENOMME: lambda e: f"«\u00a0{e.avant['nom']}\u00a0» devient «\u00a0{e.apres['nom']}\u00a0»",
    COMITE_DISSOUS: lambda e: f"Comité dissous\u00a0: {e.cible_libelle}",
    REGLE_DONNEE: lambda e: f"{e.cible_libelle} se donne une règle\u00a0: {e.apres['regle']}",
    COLLEGE_AJOUTE: lambda e: f"{e.cible_libelle}\u00a0: collège «\u00a0{e.apres['college']}\u00a0» ajouté",
    COLLEGE_RETIRE: lambda e: f"{e.cible_libelle}\u00a0: collège «\u00a0{e.avant['college']}\u00a0» retiré",
    MEMBRE_AJOUTE: lambda e: f"{e.cible_libelle} entre au {e.apres['comite']} ({e.apres['qualite']})",
    MEMBRE_MODIFIE: lambda e: (
        f"{e.cible_libelle}, {e.apres['comite']}\u00a0: modifié ({', '.join(e.apres['champs'])})"
    ),
    MEMBRE_PARTI: lambda e: f"{e.cible_libelle} quitte le {e.apres['comite']} le {e.apres['fin']}",
    SEANCE_CREEE: lambda e: f"Séance préparée\u00a0: {e.cible_libelle}",
    SEANCE_MODIFIEE: lambda e: f"Séance modifiée\u00a0: {e.cible_libelle} ({', '.join(e.apres['champs'])})",
    SEANCE_CONVOQUEE: lambda e: f"Séance convoquée\u00a0: {e.cible_libelle}, {e.apres['nombre']} invitations",
    SEANCE_OUVERTE: lambda e: f"Séance ouverte\u00a0: {e.cible_libelle}",
    SEANCE_CLOSE: lambda e: f"Séance close\u00a0: {e.cible_libelle}, {e.apres['quorum']}",
    SEANCE_ANNULEE: lambda e: f"Séance annulée\u00a0: {e.cible_libelle}",
    POINT_AJOUTE: lambda e: (
        f"Ordre du jour de «\u00a0{e.apres['seance']}\u00a0»\u00a0: point «\u00a0{e.cible_libelle}\u00a0» ajouté"
    ),
    POINT_RETIRE: lambda e: (
        f"Ordre du jour de «\u00a0{e.apres['seance']}\u00a0»\u00a0: point «\u00a0{e.cible_libelle}\u00a0» retiré"
    ),
    DECISION_PRISE: lambda e: f"{e.apres['portee']}\u00a0: {e.cible_libelle} ({e.apres['sens'].lower()})",
    RELEVE_ARRETE: lambda e: (
        f"Relevé de décisions arrêté\u00a0: {e.apres['seance']}, empreinte {e.apres['sha256'][:12]}…"
    ),
    RELEVE_ENVOYE: lambda e: (
        f"Relevé de décisions envoyé\u00a0: {e.apres['seance']}, {e.apres['nombre']} destinataires"
    ),
    RELEVE_SIGNE: lambda e: (
        f"{e.apres['signataire']} a signé le relevé de décisions de «\u00a0{e.apres['seance']}\u00a0»"
    ),
}
