"""Faits du journal : territoires, étapes, mandats."""

TERRITOIRE_CREE = "territoires.territoire.cree"
ETAPE_CONSTATEE = "territoires.etape.constatee"
ETAPE_CORRIGEE = "territoires.etape.corrigee"
MANDAT_DONNE = "territoires.mandat.donne"
MANDAT_FINI = "territoires.mandat.fini"
EVENEMENT_RACONTE = "territoires.evenement.raconte"
NOM_LOCAL_MODIFIE = "territoires.territoire.nom_local_modifie"
LISTE_IMPORTEE = "territoires.liste.importee"

PHRASES = {
    TERRITOIRE_CREE: lambda e: f"Territoire « {e.cible_libelle} » créé",
    ETAPE_CONSTATEE: lambda e: (
        f"Étape constatée : {e.apres['fait']} ({e.apres['date']}), d’après {e.apres['source']}"
    ),
    ETAPE_CORRIGEE: lambda e: (
        f"Étape corrigée : {e.apres['fait']}, {e.avant['date']} devient {e.apres['date']}"
    ),
    MANDAT_DONNE: lambda e: f"{e.apres['personne']} devient {e.apres['role']}",
    MANDAT_FINI: lambda e: f"Fin de mandat le {e.apres['fin']} : {e.apres['nom']}",
    EVENEMENT_RACONTE: lambda e: f"Évènement ajouté : {e.cible_libelle}",
    NOM_LOCAL_MODIFIE: lambda e: (
        f"Marque locale : « {e.avant['nom_local']} » devient « {e.apres['nom_local']} »"
    ),
    LISTE_IMPORTEE: lambda e: (
        f"Liste des territoires importée ({e.apres['fichier']}) : {e.apres['crees']} créés, {e.apres['modifies']} modifiés"
    ),
}
