"""Faits du journal : ateliers. Ce qui se dit sur un tableau n’y est pas : l’évènement du tableau est son journal."""

ATELIER_CREE = "ateliers.atelier.cree"
ATELIER_MODIFIE = "ateliers.atelier.modifie"
PROGRAMME_MODIFIE = "ateliers.atelier.programme_modifie"
ATELIER_OUVERT = "ateliers.atelier.ouvert"
ATELIER_CLOS = "ateliers.atelier.clos"
GROUPES_COMPOSES = "ateliers.atelier.groupes_composes"
IDEE_RETENUE = "ateliers.atelier.idee_retenue"
ANNONCE_PUBLIEE = "ateliers.atelier.annonce_publiee"
ANNONCE_RETIREE = "ateliers.atelier.annonce_retiree"
INSCRIPTION_RECUE = "ateliers.atelier.inscription_recue"
SYNTHESE_PUBLIEE = "ateliers.atelier.synthese_publiee"
SYNTHESE_RETIREE = "ateliers.atelier.synthese_retiree"

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
    ANNONCE_PUBLIEE: lambda e: f"Atelier «\u00a0{e.cible_libelle}\u00a0» annoncé au public",
    ANNONCE_RETIREE: lambda e: f"Atelier «\u00a0{e.cible_libelle}\u00a0»\u00a0: annonce retirée",
    INSCRIPTION_RECUE: lambda e: f"Atelier «\u00a0{e.cible_libelle}\u00a0»\u00a0: une inscription reçue",
    SYNTHESE_PUBLIEE: lambda e: (
        f"Atelier «\u00a0{e.cible_libelle}\u00a0»\u00a0: synthèse publiée, {e.apres['cartes']} {'cartes' if e.apres['cartes'] > 1 else 'carte'}"
    ),
    SYNTHESE_RETIREE: lambda e: f"Atelier «\u00a0{e.cible_libelle}\u00a0»\u00a0: synthèse retirée du public",
}
