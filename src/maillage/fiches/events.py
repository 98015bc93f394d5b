"""Faits du journal : fiches action et plans d’actions."""

FICHE_CREEE = "fiches.fiche_action.creee"
FICHE_MODIFIEE = "fiches.fiche_action.modifiee"
STATUT_MODIFIE = "fiches.fiche_action.statut_modifie"
ACCES_OUVERT = "fiches.fiche_action.acces_ouvert"
PLAN_FIGE = "fiches.plan_actions.fige"
PORTAGE_CONFIE = "fiches.portage.confie"
PORTAGE_FINI = "fiches.portage.fini"
FUSIONNEE = "fiches.fiche_action.fusionnee"
SCINDEE = "fiches.fiche_action.scindee"
LUE = "fiches.fiche_action.lue"
COMMENTAIRE_ECRIT = "fiches.commentaire.ecrit"
COMMENTAIRE_CLOS = "fiches.commentaire.clos"
PARTAGE_PROPOSE = "fiches.partage.propose"
PARTAGE_REPONDU = "fiches.partage.repondu"
PARTAGE_RETIRE = "fiches.partage.retire"
VALEUR_AJOUTEE = "fiches.indicateur.valeur_ajoutee"

PHRASES = {
    PORTAGE_CONFIE: lambda e: f"Action confiée à un binôme\u00a0: {e.cible_libelle}",
    PORTAGE_FINI: lambda e: f"Le binôme ne porte plus l’action\u00a0: {e.cible_libelle}",
    FICHE_CREEE: lambda e: f"Fiche «\u00a0{e.cible_libelle}\u00a0» créée",
    FICHE_MODIFIEE: lambda e: (
        f"Fiche «\u00a0{e.cible_libelle}\u00a0» modifiée\u00a0: {', '.join(e.apres.get('champs', []))}"
    ),
    STATUT_MODIFIE: lambda e: (
        f"Fiche «\u00a0{e.cible_libelle}\u00a0»\u00a0: {e.avant['statut']} → {e.apres['statut']}"
    ),
    ACCES_OUVERT: lambda e: f"Fiche «\u00a0{e.cible_libelle}\u00a0» ouverte à {e.apres['organisation']}",
    FUSIONNEE: lambda e: (
        f"Fiche «\u00a0{e.cible_libelle}\u00a0» fusionnée dans «\u00a0{e.apres['dans']}\u00a0»"
    ),
    SCINDEE: lambda e: f"Fiche «\u00a0{e.cible_libelle}\u00a0» scindée en {', '.join(e.apres['codes'])}",
    LUE: lambda e: f"Fiche «\u00a0{e.cible_libelle}\u00a0» lue par la Région, version {e.apres['version']}",
    COMMENTAIRE_ECRIT: lambda e: (
        f"Fiche «\u00a0{e.cible_libelle}\u00a0»\u00a0: "
        + ("correction demandée" if e.apres["correction"] else "commentaire")
        + (f" sur «\u00a0{e.apres['champ']}\u00a0»" if e.apres["champ"] else "")
    ),
    COMMENTAIRE_CLOS: lambda e: (
        f"Fiche «\u00a0{e.cible_libelle}\u00a0»\u00a0: remarque close"
        + (f" sur «\u00a0{e.apres['champ']}\u00a0»" if e.apres["champ"] else "")
    ),
    PARTAGE_PROPOSE: lambda e: f"Fiche «\u00a0{e.cible_libelle}\u00a0» proposée à {e.apres['territoire']}",
    PARTAGE_REPONDU: lambda e: (
        f"Fiche «\u00a0{e.cible_libelle}\u00a0»\u00a0: {e.apres['territoire']} "
        + ("accepte de la porter aussi" if e.apres["accepte"] else "ne la portera pas")
    ),
    PARTAGE_RETIRE: lambda e: (
        f"Fiche «\u00a0{e.cible_libelle}\u00a0»\u00a0: {e.apres['territoire']} ne la porte plus"
    ),
    VALEUR_AJOUTEE: lambda e: (
        f"Fiche «\u00a0{e.cible_libelle}\u00a0»\u00a0: {e.apres['indicateur']}, valeur {e.apres['nature']} {e.apres['valeur']}"
    ),
    PLAN_FIGE: lambda e: f"Plan d’actions arrêté\u00a0: {e.apres['nombre']} fiches",
}
