"""Faits du journal : fichiers reçus et importés."""

IMPORT_RECU = "echanges.import.recu"
IMPORT_FINI = "echanges.import.fini"
IMPORT_ABANDONNE = "echanges.import.abandonne"

PHRASES = {
    IMPORT_RECU: lambda e: f"Classeur reçu\u00a0: {e.cible_libelle} ({e.apres['fiches']} actions lues)",
    IMPORT_FINI: lambda e: (
        f"Classeur importé\u00a0: {e.cible_libelle}, {e.apres['creees']} fiches créées, {e.apres['mises_a_jour']} mises à jour"
    ),
    IMPORT_ABANDONNE: lambda e: f"Import abandonné\u00a0: {e.cible_libelle}",
}
