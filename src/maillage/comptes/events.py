"""Faits du journal : organisations, personnes, connexions."""

ORGANISATION_CREEE = "comptes.organisation.creee"
ORGANISATION_MODIFIEE = "comptes.organisation.modifiee"
PERSONNE_CREEE = "comptes.personne.creee"
FONCTION_DONNEE = "comptes.fonction.donnee"
FONCTION_FINIE = "comptes.fonction.finie"
FONCTION_VACANTE = "comptes.fonction.vacante"
FONCTION_POURVUE = "comptes.fonction.pourvue"
CONTACT_AJOUTE = "comptes.contact.ajoute"
CONTACT_FERME = "comptes.contact.ferme"
LIEN_CREE = "comptes.lien_personnel.cree"


LIBELLES = {
    "nom": "nom",
    "sigle": "sigle",
    "type": "type",
    "categorie": "catégorie",
    "siren": "SIREN",
    "region": "région",
    "departement": "département",
    "parent": "dépend de",
}


def _modifiee(e):  # type: ignore[no-untyped-def]
    faits = []
    if "courriel" in e.apres:
        avant, apres = e.avant["courriel"] or "aucune", e.apres["courriel"] or "aucune"
        faits.append(f"adresse de contact : {avant} → {apres}")
    if "is_financeur" in e.apres:
        faits.append("peut financer" if e.apres["is_financeur"] else "ne peut plus financer")
    faits += [
        f"{LIBELLES[champ]} : {e.avant[champ] or 'aucun'} → {e.apres[champ] or 'aucun'}"
        for champ in LIBELLES
        if champ in e.apres
    ]
    return f"Organisation « {e.cible_libelle} » : {', '.join(faits)}"


PHRASES = {
    ORGANISATION_CREEE: lambda e: f"Organisation « {e.cible_libelle} » créée",
    ORGANISATION_MODIFIEE: _modifiee,
    PERSONNE_CREEE: lambda e: f"Personne « {e.cible_libelle} » ajoutée",
    FONCTION_DONNEE: lambda e: (
        f"Fonction « {e.apres['role']} » donnée à {e.apres['personne']} chez {e.apres['organisation']}"
    ),
    FONCTION_FINIE: lambda e: (
        f"Fin de fonction le {e.apres['fin']} : {e.apres['personne']} chez {e.apres['organisation']}"
    ),
    FONCTION_VACANTE: lambda e: f"Fonction vacante chez {e.apres['organisation']} : {e.cible_libelle}",
    FONCTION_POURVUE: lambda e: f"Fonction pourvue chez {e.apres['organisation']} : {e.cible_libelle}",
    CONTACT_AJOUTE: lambda e: f"Contact ajouté chez {e.apres['organisation']} : {e.cible_libelle}",
    CONTACT_FERME: lambda e: f"Contact fermé chez {e.apres['organisation']} : {e.cible_libelle}",
    LIEN_CREE: lambda e: f"Lien personnel envoyé à {e.cible_libelle} : {e.apres['but']}",
}
