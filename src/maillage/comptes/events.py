"""Faits du journal : organisations, personnes, connexions."""

ORGANISATION_CREEE = "comptes.organisation.creee"
ORGANISATION_MODIFIEE = "comptes.organisation.modifiee"
PERSONNE_CREEE = "comptes.personne.creee"
FONCTION_DONNEE = "comptes.fonction.donnee"
FONCTION_FINIE = "comptes.fonction.finie"
FONCTION_CORRIGEE = "comptes.fonction.corrigee"
FONCTION_VACANTE = "comptes.fonction.vacante"
FONCTION_POURVUE = "comptes.fonction.pourvue"
CONTACT_AJOUTE = "comptes.contact.ajoute"
CONTACT_FERME = "comptes.contact.ferme"
LIEN_CREE = "comptes.lien_personnel.cree"
FONCTION_FINIE = "comptes.fonction.finie"
PERSONNE_RENOMMEE = "comptes.personne.renommee"
ADRESSE_CHANGEE = "comptes.personne.adresse_changee"
PERSONNE_EFFACEE = "comptes.personne.effacee"
COMPTE_FERME = "comptes.compte.ferme"
COMPTE_ROUVERT = "comptes.compte.rouvert"
SESSIONS_FERMEES = "comptes.sessions.fermees"
FACTEUR_INSCRIT = "comptes.second_facteur.inscrit"
FACTEUR_RETIRE = "comptes.second_facteur.retire"
CODE_SECOURS_UTILISE = "comptes.code_secours.utilise"
CODES_SECOURS_RENOUVELES = "comptes.code_secours.renouveles"
IDENTITE_RELIEE = "comptes.identite.reliee"
ASSISTANCE_OUVERTE = "comptes.assistance.ouverte"
ASSISTANCE_FINIE = "comptes.assistance.finie"


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
        faits.append(f"adresse de contact\u00a0: {avant} → {apres}")
    if "is_financeur" in e.apres:
        faits.append("peut financer" if e.apres["is_financeur"] else "ne peut plus financer")
    faits += [
        f"{LIBELLES[champ]}\u00a0: {e.avant[champ] or 'aucun'} → {e.apres[champ] or 'aucun'}"
        for champ in LIBELLES
        if champ in e.apres
    ]
    return f"Organisation «\u00a0{e.cible_libelle}\u00a0»\u00a0: {', '.join(faits)}"


PHRASES = {
    ORGANISATION_CREEE: lambda e: f"Organisation «\u00a0{e.cible_libelle}\u00a0» créée",
    ORGANISATION_MODIFIEE: _modifiee,
    PERSONNE_CREEE: lambda e: f"Personne «\u00a0{e.cible_libelle}\u00a0» ajoutée",
    FONCTION_DONNEE: lambda e: (
        f"Fonction «\u00a0{e.apres['role']}\u00a0» donnée à {e.apres['personne']} chez {e.apres['organisation']}"
    ),
    FONCTION_FINIE: lambda e: (
        f"Fonction «\u00a0{e.apres['role']}\u00a0» de {e.apres['personne']} chez {e.apres['organisation']}\u00a0: "
        f"fin le {e.apres['fin']}"
    ),
    FONCTION_CORRIGEE: lambda e: (
        f"Fonction «\u00a0{e.apres['role']}\u00a0» de {e.apres['personne']} chez {e.apres['organisation']}\u00a0: "
        f"fin corrigée, {e.apres['fin']}"
    ),
    FONCTION_VACANTE: lambda e: f"Fonction vacante chez {e.apres['organisation']}\u00a0: {e.cible_libelle}",
    FONCTION_POURVUE: lambda e: f"Fonction pourvue chez {e.apres['organisation']}\u00a0: {e.cible_libelle}",
    CONTACT_AJOUTE: lambda e: f"Contact ajouté chez {e.apres['organisation']}\u00a0: {e.cible_libelle}",
    CONTACT_FERME: lambda e: f"Contact fermé chez {e.apres['organisation']}\u00a0: {e.cible_libelle}",
    PERSONNE_RENOMMEE: lambda e: f"Nom corrigé\u00a0: {e.avant['nom']} → {e.apres['nom']}",
    ADRESSE_CHANGEE: lambda e: f"Adresse du compte de {e.cible_libelle} changée",
    PERSONNE_EFFACEE: lambda e: f"Données personnelles effacées\u00a0: {e.cible_libelle}",
    COMPTE_FERME: lambda e: f"Compte de {e.cible_libelle} fermé",
    COMPTE_ROUVERT: lambda e: f"Compte de {e.cible_libelle} rouvert",
    SESSIONS_FERMEES: lambda e: (
        f"Sessions de {e.cible_libelle} fermées\u00a0: {e.apres['nombre']}"
        if e.apres["nombre"] > 1
        else f"Session de {e.cible_libelle} fermée"
    ),
    FACTEUR_INSCRIT: lambda e: f"Second facteur de {e.cible_libelle} en service",
    FACTEUR_RETIRE: lambda e: f"Second facteur de {e.cible_libelle} retiré",
    CODE_SECOURS_UTILISE: lambda e: (
        f"Code de secours de {e.cible_libelle} employé\u00a0; il en reste {e.apres['reste']}"
    ),
    CODES_SECOURS_RENOUVELES: lambda e: f"Codes de secours de {e.cible_libelle} renouvelés",
    IDENTITE_RELIEE: lambda e: f"Compte de {e.cible_libelle} relié à {e.apres['emetteur']}",
    ASSISTANCE_OUVERTE: lambda e: f"{e.apres['assistant']} (support) agit au nom de {e.apres['personne']}",
    ASSISTANCE_FINIE: lambda e: (
        f"{e.apres['assistant']} (support) n’agit plus au nom de {e.apres['personne']}"
    ),
    LIEN_CREE: lambda e: f"Lien personnel envoyé à {e.cible_libelle}\u00a0: {e.apres['but']}",
}
