"""Faits du journal : organisations, personnes, connexions."""

ORGANISATION_CREEE = "comptes.organisation.creee"
PERSONNE_CREEE = "comptes.personne.creee"
FONCTION_DONNEE = "comptes.fonction.donnee"
LIEN_CREE = "comptes.lien_personnel.cree"

PHRASES = {
    ORGANISATION_CREEE: lambda e: f"Organisation « {e.cible_libelle} » créée",
    PERSONNE_CREEE: lambda e: f"Personne « {e.cible_libelle} » ajoutée",
    FONCTION_DONNEE: lambda e: (
        f"Fonction « {e.apres['role']} » donnée à {e.apres['personne']} chez {e.apres['organisation']}"
    ),
    LIEN_CREE: lambda e: f"Lien personnel envoyé à {e.cible_libelle} : {e.apres['but']}",
}
