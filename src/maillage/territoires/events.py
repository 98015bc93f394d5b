"""Faits du journal : territoires, étapes, mandats."""

TERRITOIRE_CREE = "territoires.territoire.cree"
ETAPE_CONSTATEE = "territoires.etape.constatee"
ETAPE_CORRIGEE = "territoires.etape.corrigee"
MANDAT_DONNE = "territoires.mandat.donne"
MANDAT_FINI = "territoires.mandat.fini"
EVENEMENT_RACONTE = "territoires.evenement.raconte"
NOM_LOCAL_MODIFIE = "territoires.territoire.nom_local_modifie"
MANDAT_CORRIGE = "territoires.mandat.corrige"
MANDAT_FINI = "territoires.mandat.fini"
MANDAT_RETIRE = "territoires.mandat.retire"
BINOME_CREE = "territoires.binome.cree"
BINOME_FINI = "territoires.binome.fini"
PLACE_DITE = "territoires.place.dite"
ANIMATION_NOMMEE = "territoires.animation.nommee"
ANIMATION_FINIE = "territoires.animation.finie"
COFINANCEMENT_ECRIT = "territoires.cofinancement.ecrit"
COFINANCEMENT_FINI = "territoires.cofinancement.fini"
REFERENT_NOMME = "territoires.referent.nomme"
REFERENT_FINI = "territoires.referent.fini"
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
    TERRITOIRE_CREE: lambda e: f"Territoire «\u00a0{e.cible_libelle}\u00a0» créé",
    ETAPE_CONSTATEE: lambda e: (
        f"Étape constatée\u00a0: {e.apres['fait']} ({e.apres['date']}), d’après {e.apres['source']}"
    ),
    ETAPE_CORRIGEE: lambda e: (
        f"Étape corrigée\u00a0: {e.apres['fait']}, {e.avant['date']} devient {e.apres['date']}"
    ),
    MANDAT_DONNE: lambda e: f"{e.apres['personne']} devient {e.apres['role']}",
    MANDAT_CORRIGE: lambda e: (
        f"Mandat corrigé\u00a0: {e.apres['nom']} (début\u00a0: {e.apres['debut']}, fin\u00a0: {e.apres['fin']})"
    ),
    MANDAT_FINI: lambda e: f"Fin de mandat le {e.apres['fin']}\u00a0: {e.apres['nom']}",
    MANDAT_RETIRE: lambda e: f"Mandat écrit par erreur, retiré\u00a0: {e.apres['nom']}",
    BINOME_CREE: lambda e: f"{e.apres['nom']} ajouté",
    BINOME_FINI: lambda e: f"{e.apres['nom']}\u00a0: fin le {e.apres['fin']}",
    PLACE_DITE: lambda e: f"Place\u00a0: {e.apres['nom']}",
    ANIMATION_NOMMEE: lambda e: f"Structure animatrice\u00a0: {e.apres['nom']}",
    ANIMATION_FINIE: lambda e: f"{e.apres['nom']} n’anime plus le territoire depuis le {e.apres['fin']}",
    COFINANCEMENT_ECRIT: lambda e: f"Poste de chef·fe de projet\u00a0: {e.apres['nom']}",
    COFINANCEMENT_FINI: lambda e: (
        f"Poste de chef·fe de projet\u00a0: {e.apres['nom']}, jusqu’au {e.apres['fin']}"
    ),
    REFERENT_NOMME: lambda e: (
        f"Référent {e.apres['rang']} de {e.apres['organisation']}\u00a0: {e.apres['nom']}"
    ),
    REFERENT_FINI: lambda e: f"N’est plus référent depuis le {e.apres['fin']}\u00a0: {e.apres['nom']}",
    EVENEMENT_RACONTE: lambda e: f"Évènement ajouté\u00a0: {e.cible_libelle}",
    NOM_LOCAL_MODIFIE: lambda e: (
        f"Marque locale\u00a0: «\u00a0{e.avant['nom_local']}\u00a0» devient «\u00a0{e.apres['nom_local']}\u00a0»"
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
        f"Liste des territoires importée ({e.apres['fichier']})\u00a0: {e.apres['crees']} créés, {e.apres['modifies']} modifiés"
    ),
}
