"""Faits du journal : territoires, étapes, mandats."""

TERRITOIRE_CREE = "territoires.territoire.cree"
ETAPE_CONSTATEE = "territoires.etape.constatee"
ETAPE_CORRIGEE = "territoires.etape.corrigee"
MANDAT_DONNE = "territoires.mandat.donne"
EVENEMENT_RACONTE = "territoires.evenement.raconte"
NOM_LOCAL_MODIFIE = "territoires.territoire.nom_local_modifie"
LISTE_IMPORTEE = "territoires.liste.importee"

PHRASES = {
    TERRITOIRE_CREE: lambda e: f"Territoire «\u00a0{e.cible_libelle}\u00a0» créé",
    ETAPE_CONSTATEE: lambda e: (
        f"Étape constatée\u00a0: {e.apres['fait']} ({e.apres['date']}), d’après {e.apres['source']}"
    ),
    ETAPE_CORRIGEE: lambda e: (
        f"Étape corrigée\u00a0: {e.apres['fait']}, {e.avant['date']} devient {e.apres['date']}"
    ),
    MANDAT_DONNE: lambda e: f"{e.apres['personne']} devient {e.apres['role']}",
    EVENEMENT_RACONTE: lambda e: f"Évènement ajouté\u00a0: {e.cible_libelle}",
    NOM_LOCAL_MODIFIE: lambda e: (
        f"Marque locale\u00a0: «\u00a0{e.avant['nom_local']}\u00a0» devient «\u00a0{e.apres['nom_local']}\u00a0»"
    ),
    LISTE_IMPORTEE: lambda e: (
        f"Liste des territoires importée ({e.apres['fichier']})\u00a0: {e.apres['crees']} créés, {e.apres['modifies']} modifiés"
    ),
}
