"""Faits du journal : campagnes auprès des entreprises. Aucun ne nomme une entreprise ni ne dit ce qu’elle a répondu."""

CAMPAGNE_CREEE = "verification.campagne.creee"
CAMPAGNE_OUVERTE = "verification.campagne.ouverte"
CAMPAGNE_CLOSE = "verification.campagne.close"
ENTREPRISE_AJOUTEE = "verification.entreprise.ajoutee"
LIEN_REVOQUE = "verification.lien.revoque"
REPONSE_RECUE = "verification.reponse.recue"
BESOIN_REPRIS = "verification.besoin.repris"

PHRASES = {
    CAMPAGNE_CREEE: lambda e: f"Vérification préparée\u00a0: {e.cible_libelle} ({e.apres['fiches']} fiches)",
    CAMPAGNE_OUVERTE: lambda e: (
        f"Vérification ouverte\u00a0: {e.cible_libelle}, {e.apres['entreprises']} entreprises"
    ),
    CAMPAGNE_CLOSE: lambda e: f"Vérification close\u00a0: {e.cible_libelle}",
    ENTREPRISE_AJOUTEE: lambda e: f"Une entreprise est ajoutée à «\u00a0{e.cible_libelle}\u00a0»",
    LIEN_REVOQUE: lambda e: f"Un lien d’entreprise est fermé dans «\u00a0{e.cible_libelle}\u00a0»",
    REPONSE_RECUE: lambda e: f"Une entreprise a répondu à «\u00a0{e.cible_libelle}\u00a0»",
    BESOIN_REPRIS: lambda e: f"Besoin d’entreprise repris en fiche\u00a0: {e.apres['fiche']}",
}
