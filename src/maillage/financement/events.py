"""Faits du journal : plans et lignes de financement. Les montants sont en centimes."""

from calcul.montants import format_montant
from maillage.financement.enums import StatutLigne

PLAN_OUVERT = "financement.plan.ouvert"
PLAN_MODIFIE = "financement.plan.modifie"
DEPENSE_AJOUTEE = "financement.depense.ajoutee"
DEPENSE_MODIFIEE = "financement.depense.modifiee"
DEPENSE_RETIREE = "financement.depense.retiree"
SANS_BESOIN_DECLARE = "financement.plan.sans_besoin_declare"
SANS_BESOIN_LEVE = "financement.plan.sans_besoin_leve"
LIGNE_AJOUTEE = "financement.ligne.ajoutee"
LIGNE_AVANCEE = "financement.ligne.statut_modifie"
BOUCLAGE_CHANGE = "financement.plan.bouclage_change"


def _avancee(e):  # type: ignore[no-untyped-def]
    financeur, statut, montant = e.apres["financeur"], e.apres["statut"], e.apres.get("montant")
    somme = format_montant(montant) if montant is not None else ""
    if statut != e.avant["statut"]:
        return f"{financeur} : {e.avant['statut']} → {statut}" + (f" ({somme})" if somme else "")
    if statut == StatutLigne.VERSE_PARTIEL.label:
        return f"{financeur} : nouveau versement ({somme})"
    return f"{financeur} : montant {statut.lower()} corrigé ({somme})"


PHRASES = {
    PLAN_OUVERT: lambda e: "Plan de financement ouvert",
    PLAN_MODIFIE: lambda e: "Cadre du plan de financement modifié",
    DEPENSE_AJOUTEE: lambda e: (
        f"Dépense ajoutée : {e.apres['libelle']}, {format_montant(e.apres['montant'])}"
    ),
    DEPENSE_MODIFIEE: lambda e: (
        f"Dépense modifiée : {e.apres['libelle']}, {format_montant(e.avant['montant'])} → {format_montant(e.apres['montant'])}"
    ),
    DEPENSE_RETIREE: lambda e: (
        f"Dépense retirée : {e.avant['libelle']}, {format_montant(e.avant['montant'])}"
    ),
    SANS_BESOIN_DECLARE: lambda e: "Déclarée sans besoin financier",
    SANS_BESOIN_LEVE: lambda e: "N’est plus déclarée sans besoin financier",
    LIGNE_AJOUTEE: lambda e: (
        f"Financement pressenti : {e.apres['financeur']}, {format_montant(e.apres['montant'])}"
    ),
    LIGNE_AVANCEE: _avancee,
    BOUCLAGE_CHANGE: lambda e: f"Bouclage : {e.avant['libelle'] or 'plan ouvert'} → {e.apres['libelle']}",
}
