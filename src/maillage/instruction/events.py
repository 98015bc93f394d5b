"""Faits du journal : transmission d’un plan, réception, compléments, avis, conclusion."""

PLAN_TRANSMIS = "instruction.dossier.transmis"
DOSSIER_RECU = "instruction.dossier.recu"
DOSSIER_COMPLET = "instruction.dossier.complet"
COMPLEMENTS_DEMANDES = "instruction.dossier.complements_demandes"
DOSSIER_RETIRE = "instruction.dossier.retire"
DOSSIER_DECIDE = "instruction.dossier.decide"
AVIS_DEMANDE = "instruction.avis.demande"
AVIS_RENDU = "instruction.avis.rendu"
AVIS_RELANCE = "instruction.avis.relance"

PHRASES = {
    PLAN_TRANSMIS: lambda e: (
        f"Plan d’actions transmis à la Région\u00a0: {e.apres['fiches']} fiches, tour {e.apres['tour']}"
    ),
    DOSSIER_RECU: lambda e: f"Plan d’actions reçu par la Région\u00a0: {e.cible_libelle}",
    DOSSIER_COMPLET: lambda e: f"Plan d’actions déclaré complet\u00a0: {e.cible_libelle}",
    COMPLEMENTS_DEMANDES: lambda e: (
        f"Compléments demandés sur le plan d’actions ({e.apres['fiches']} fiches à reprendre)"
    ),
    DOSSIER_RETIRE: lambda e: f"Plan d’actions retiré de l’instruction\u00a0: {e.cible_libelle}",
    DOSSIER_DECIDE: lambda e: f"Instruction conclue\u00a0: {e.apres['statut']} ({e.cible_libelle})",
    AVIS_DEMANDE: lambda e: f"Avis demandé à {e.apres['de']} sur le plan d’actions",
    AVIS_RENDU: lambda e: f"Avis de {e.apres['de']} sur le plan d’actions\u00a0: {e.apres['sens'].lower()}",
    AVIS_RELANCE: lambda e: f"Avis relancé auprès de {e.apres['de']}",
}
