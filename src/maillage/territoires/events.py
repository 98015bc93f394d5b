"""Faits du journal : territoires, étapes, mandats."""

TERRITOIRE_CREE = "territoires.territoire.cree"
ETAPE_CONSTATEE = "territoires.etape.constatee"
ETAPE_CORRIGEE = "territoires.etape.corrigee"
MANDAT_DONNE = "territoires.mandat.donne"
EVENEMENT_RACONTE = "territoires.evenement.raconte"
NOM_LOCAL_MODIFIE = "territoires.territoire.nom_local_modifie"
LISTE_IMPORTEE = "territoires.liste.importee"
PREFECTURE_CHOISIE = "territoires.territoire.prefecture_choisie"
LISTE_RECUE = "territoires.liste.recue"
STATUT_CONSTATE = "territoires.statut.constate"
STATUT_CORRIGE = "territoires.statut.corrige"
PERIMETRE_CHANGE = "territoires.perimetre.change"
PERIMETRE_CORRIGE = "territoires.perimetre.corrige"
PERIMETRE_ANNULE = "territoires.perimetre.annule"
DEMANDE_DEPOSEE = "territoires.demande.deposee"
DEMANDE_RETIREE = "territoires.demande.retiree"
DEMANDE_DECIDEE = "territoires.demande.decidee"
DEMANDE_ENREGISTREE = "territoires.demande.enregistree"
AVIS_RENDU = "territoires.avis.rendu"

PHRASES = {
    TERRITOIRE_CREE: lambda e: f"Territoire « {e.cible_libelle} » créé",
    ETAPE_CONSTATEE: lambda e: (
        f"Étape constatée : {e.apres['fait']} ({e.apres['date']}), d’après {e.apres['source']}"
    ),
    ETAPE_CORRIGEE: lambda e: (
        f"Étape corrigée : {e.apres['fait']}, {e.avant['date']} devient {e.apres['date']}"
    ),
    MANDAT_DONNE: lambda e: f"{e.apres['personne']} devient {e.apres['role']}",
    EVENEMENT_RACONTE: lambda e: f"Évènement ajouté : {e.cible_libelle}",
    NOM_LOCAL_MODIFIE: lambda e: (
        f"Marque locale : « {e.avant['nom_local']} » devient « {e.apres['nom_local']} »"
    ),
    PREFECTURE_CHOISIE: lambda e: f"Préfecture chef de file : {e.apres['departement']}",
    LISTE_RECUE: lambda e: f"Liste reçue et comparée : {e.cible_libelle}",
    STATUT_CONSTATE: lambda e: (
        f"{e.apres['statut']}, depuis le {e.apres['debut']}, d’après {e.apres['source']}"
    ),
    STATUT_CORRIGE: lambda e: (
        f"{e.apres['statut']} : « {e.avant['periode']} » devient « {e.apres['periode']} »"
    ),
    PERIMETRE_CHANGE: lambda e: (
        f"{e.apres['mutation']} ({e.apres['date']}) : {e.apres['resume']}, d’après {e.apres['source']}"
    ),
    PERIMETRE_CORRIGE: lambda e: (
        f"Évènement de périmètre corrigé : « {e.avant['resume']} » devient « {e.apres['resume']} » ({e.apres['date']})"
    ),
    PERIMETRE_ANNULE: lambda e: f"Évènement de périmètre annulé : {e.avant['resume']}",
    DEMANDE_DEPOSEE: lambda e: f"Changement de périmètre demandé : {e.apres['resume']}",
    DEMANDE_RETIREE: lambda e: f"Demande retirée : {e.cible_libelle}",
    DEMANDE_DECIDEE: lambda e: (
        f"{e.apres['instance']} : demande « {e.cible_libelle} » {e.apres['decision'].lower()}"
    ),
    DEMANDE_ENREGISTREE: lambda e: f"Demande enregistrée par la délégation nationale : {e.cible_libelle}",
    AVIS_RENDU: lambda e: f"{e.apres['de']} : avis {e.apres['avis'].lower()} sur « {e.cible_libelle} »",
    LISTE_IMPORTEE: lambda e: (
        f"Liste des territoires importée ({e.apres['fichier']}) : {e.apres['crees']} créés, {e.apres['modifies']} modifiés"
    ),
}
