"""Faits du journal : les fichiers d’aides reçus."""

FICHIER_IMPORTE = "aides.fichier.importe"

PHRASES = {
    FICHIER_IMPORTE: lambda e: (
        f"{e.cible_libelle}\u00a0: {e.apres['lignes']} lignes lues, {e.apres['crees']} nouvelles, "
        f"{e.apres['corriges']} corrigées, {e.apres['rejets']} rejetées"
    ),
}
