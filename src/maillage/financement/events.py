"""Faits du journal : plans et lignes de financement. Les montants sont en centimes."""

from calcul.montants import format_montant

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
    montant = f" ({format_montant(e.apres['montant'])})" if e.apres.get("montant") is not None else ""
    return f"{e.apres['financeur']} : {e.avant['statut']} → {e.apres['statut']}{montant}"


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
