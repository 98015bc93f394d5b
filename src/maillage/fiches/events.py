"""Faits du journal : fiches action et plans d’actions."""

FICHE_CREEE = "fiches.fiche_action.creee"
FICHE_MODIFIEE = "fiches.fiche_action.modifiee"
STATUT_MODIFIE = "fiches.fiche_action.statut_modifie"
ACCES_OUVERT = "fiches.fiche_action.acces_ouvert"
PLAN_FIGE = "fiches.plan_actions.fige"
PORTAGE_CONFIE = "fiches.portage.confie"
PORTAGE_FINI = "fiches.portage.fini"
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
    VALEUR_AJOUTEE: lambda e: (
        f"Fiche «\u00a0{e.cible_libelle}\u00a0»\u00a0: {e.apres['indicateur']}, valeur {e.apres['nature']} {e.apres['valeur']}"
    ),
    PLAN_FIGE: lambda e: f"Plan d’actions arrêté\u00a0: {e.apres['nombre']} fiches",
}
