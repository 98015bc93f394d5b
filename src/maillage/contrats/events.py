"""Faits du journal : actes, signataires, signatures."""

ACTE_OUVERT = "contrats.acte.ouvert"
ACTE_MODIFIE = "contrats.acte.modifie"
ACTE_ARRETE = "contrats.acte.arrete"
ACTE_REPRIS = "contrats.acte.repris"
ACTE_SOURCE_AJOUTEE = "contrats.acte.source_ajoutee"
ACTE_CONSTATE = "contrats.acte.constate"
ACTE_SIGNE = "contrats.acte.signe"
SIGNATAIRE_AJOUTE = "contrats.signataire.ajoute"
SIGNATAIRE_MODIFIE = "contrats.signataire.modifie"
SIGNATAIRE_RETIRE = "contrats.signataire.retire"
SIGNATURE_DONNEE = "contrats.signature.donnee"
SIGNATURE_REFUSEE = "contrats.signature.refusee"
SIGNATAIRE_REMPLACE = "contrats.signataire.remplace"
SIGNATAIRE_VACANT = "contrats.signataire.vacant"
DELIBERATION_RECUE = "contrats.signataire.deliberation"
ACTE_RETIRE = "contrats.acte.retire"
AVENANT_OUVERT = "contrats.acte.avenant_ouvert"
ACTE_SCELLE = "contrats.acte.scelle"
COPIE_DEPOSEE = "contrats.copie.deposee"
CEREMONIE_PREPAREE = "contrats.ceremonie.preparee"
CEREMONIE_OUVERTE = "contrats.ceremonie.ouverte"
CEREMONIE_CLOSE = "contrats.ceremonie.close"
CEREMONIE_ACTE_AJOUTE = "contrats.ceremonie.acte_ajoute"
CEREMONIE_ACTE_RETIRE = "contrats.ceremonie.acte_retire"

PHRASES = {
    ACTE_OUVERT: lambda e: f"Acte ouvert\u00a0: {e.cible_libelle}",
    ACTE_MODIFIE: lambda e: f"Acte modifié\u00a0: {e.cible_libelle} ({', '.join(e.apres['champs'])})",
    ACTE_ARRETE: lambda e: f"Acte arrêté\u00a0: {e.cible_libelle}, empreinte {e.apres['sha256'][:12]}…",
    ACTE_REPRIS: lambda e: (
        f"Acte repris en projet\u00a0: {e.cible_libelle} (arrêté au {e.avant['arrete_le']}, empreinte {e.avant['sha256'][:12]}…)"
    ),
    ACTE_SOURCE_AJOUTEE: lambda e: (
        f"Source ajoutée à l’acte constaté\u00a0: {e.cible_libelle}, {e.apres['nature'].lower()} ({', '.join(e.apres['sources'])})"
    ),
    ACTE_CONSTATE: lambda e: f"Acte constaté d’après une source\u00a0: {e.cible_libelle} ({e.apres['date']})",
    ACTE_SIGNE: lambda e: f"Acte signé par tous\u00a0: {e.cible_libelle}",
    SIGNATAIRE_AJOUTE: lambda e: f"Signataire ajouté\u00a0: {e.apres['signataire']}",
    SIGNATAIRE_MODIFIE: lambda e: (
        f"Signataire modifié\u00a0: {e.apres['signataire']} ({', '.join(e.apres['champs'])})"
    ),
    SIGNATAIRE_RETIRE: lambda e: f"Signataire retiré\u00a0: {e.avant['signataire']}",
    SIGNATURE_DONNEE: lambda e: (
        f"{e.apres['signataire']} a signé «\u00a0{e.apres['acte']}\u00a0» le {e.apres['signe_le']}"
    ),
    SIGNATURE_REFUSEE: lambda e: f"{e.apres['signataire']} refuse de signer «\u00a0{e.cible_libelle}\u00a0»",
    SIGNATAIRE_REMPLACE: lambda e: (
        f"Signataire remplacé\u00a0: {e.avant['signataire']} → {e.apres['signataire']}"
    ),
    SIGNATAIRE_VACANT: lambda e: f"Fonction vacante, personne ne peut signer\u00a0: {e.avant['signataire']}",
    DELIBERATION_RECUE: lambda e: (
        f"Délibération enregistrée pour {e.apres['signataire']}\u00a0: n°\u00a0{e.apres['numero']}"
    ),
    AVENANT_OUVERT: lambda e: f"Avenant ouvert\u00a0: {e.cible_libelle}",
    ACTE_RETIRE: lambda e: f"Acte retiré avant la dernière signature\u00a0: {e.cible_libelle}",
    CEREMONIE_PREPAREE: lambda e: f"Cérémonie de signature préparée\u00a0: {e.cible_libelle}",
    CEREMONIE_OUVERTE: lambda e: f"Cérémonie de signature ouverte\u00a0: {e.cible_libelle}",
    CEREMONIE_CLOSE: lambda e: (
        f"Cérémonie de signature close\u00a0: {e.cible_libelle}, {e.apres['signes']} actes signés"
    ),
    CEREMONIE_ACTE_AJOUTE: lambda e: f"Acte inscrit à la cérémonie\u00a0: {e.apres['acte']}",
    CEREMONIE_ACTE_RETIRE: lambda e: f"Acte retiré de la cérémonie\u00a0: {e.avant['acte']}",
    COPIE_DEPOSEE: lambda e: (
        f"Copie numérisée déposée\u00a0: {e.cible_libelle}, {e.apres['lues']} pages sur {e.apres['attendues']}"
    ),
    ACTE_SCELLE: lambda e: f"Acte scellé par le cachet de la plateforme\u00a0: {e.cible_libelle}",
}
