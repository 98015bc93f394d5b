"""Faits du journal : le catalogue des dispositifs."""

DISPOSITIF_CREE = "dispositifs.dispositif.cree"
VERSION_ENREGISTREE = "dispositifs.dispositif.version_enregistree"
CONVENTION_ENREGISTREE = "dispositifs.convention.enregistree"

PHRASES = {
    DISPOSITIF_CREE: lambda e: f"Dispositif inscrit au catalogue\u00a0: {e.cible_libelle}",
    VERSION_ENREGISTREE: lambda e: (
        f"{e.cible_libelle}\u00a0: version {e.apres['numero']}, en vigueur depuis le {e.apres['depuis']} "
        f"({', '.join(e.apres['champs'])})"
    ),
    CONVENTION_ENREGISTREE: lambda e: (
        f"Convention enregistrée\u00a0: {e.cible_libelle}, {e.apres['operateur']}"
    ),
}
