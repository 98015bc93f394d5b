"""Faits du journal : ateliers. Ce qui se dit sur un tableau n’y est pas : l’évènement du tableau est son journal."""

ATELIER_CREE = "ateliers.atelier.cree"
ATELIER_MODIFIE = "ateliers.atelier.modifie"
PROGRAMME_MODIFIE = "ateliers.atelier.programme_modifie"
ATELIER_OUVERT = "ateliers.atelier.ouvert"
ATELIER_CLOS = "ateliers.atelier.clos"
GROUPES_COMPOSES = "ateliers.atelier.groupes_composes"
IDEE_RETENUE = "ateliers.atelier.idee_retenue"

PHRASES = {
    ATELIER_CREE: lambda e: f"Atelier « {e.cible_libelle} » créé",
    ATELIER_MODIFIE: lambda e: f"Atelier « {e.cible_libelle} » modifié",
    PROGRAMME_MODIFIE: lambda e: f"Atelier « {e.cible_libelle} » : programme modifié",
    ATELIER_OUVERT: lambda e: f"Atelier « {e.cible_libelle} » ouvert aux participants",
    ATELIER_CLOS: lambda e: f"Atelier « {e.cible_libelle} » clos",
    GROUPES_COMPOSES: lambda e: (
        f"Atelier « {e.cible_libelle} » : {e.apres['nombre']} groupes composés, tour {e.apres['tour']}"
    ),
    IDEE_RETENUE: lambda e: (
        f"Atelier « {e.cible_libelle} » : une idée devient la fiche « {e.apres['fiche']} »"
    ),
}
