"""Faits du journal : plans et lignes de financement. Les montants sont en centimes."""

from calcul.francais import with_article
from calcul.montants import format_montant
from maillage.financement.enums import NatureEchange, StatutLigne

PLAN_OUVERT = "financement.plan.ouvert"
PLAN_MODIFIE = "financement.plan.modifie"
DEPENSE_AJOUTEE = "financement.depense.ajoutee"
DEPENSE_MODIFIEE = "financement.depense.modifiee"
DEPENSE_RETIREE = "financement.depense.retiree"
SANS_BESOIN_DECLARE = "financement.plan.sans_besoin_declare"
SANS_BESOIN_LEVE = "financement.plan.sans_besoin_leve"
LIGNE_AJOUTEE = "financement.ligne.ajoutee"
LIGNE_REVUE = "financement.ligne.montant_revu"
REMEDE_APPLIQUE = "financement.plan.remede_applique"
LIGNE_AVANCEE = "financement.ligne.statut_modifie"
PLAN_PRECISE = "financement.plan.precise"
LIGNE_PRECISEE = "financement.ligne.precisee"
AIDE_RECUE_AJOUTEE = "financement.aide_recue.ajoutee"
AIDE_RECUE_RETIREE = "financement.aide_recue.retiree"
ENVELOPPE_OUVERTE = "financement.enveloppe.ouverte"
ENVELOPPE_DATEE = "financement.enveloppe.datee"
ENVELOPPE_DEPASSEE = "financement.enveloppe.depassee"
ECHANGE = "financement.ligne.echange"
VERSEMENT_RECU = "financement.ligne.versement_recu"
ANNEES_REPARTIES = "financement.ligne.annees_reparties"
PLAN_PUBLIE = "financement.plan.publie"
BOUCLAGE_CHANGE = "financement.plan.bouclage_change"


def _avancee(e):  # type: ignore[no-untyped-def]
    financeur, statut, montant = e.apres["financeur"], e.apres["statut"], e.apres.get("montant")
    somme = format_montant(montant) if montant is not None else ""
    if statut != e.avant["statut"]:
        return f"{financeur}\u00a0: {e.avant['statut']} → {statut}" + (f" ({somme})" if somme else "")
    if statut == StatutLigne.VERSE_PARTIEL.label:
        return f"{financeur}\u00a0: nouveau versement ({somme})"
    return f"{financeur}\u00a0: montant {statut.lower()} corrigé ({somme})"


def _fiche(e):  # type: ignore[no-untyped-def]
    """La fiche dont il s’agit : le journal d’un territoire se lit sans ouvrir chaque ligne."""
    nom = e.apres.get("fiche") or e.cible_libelle.removeprefix("Plan de financement de ")
    return f" — fiche {nom}"


def _precisions(e):  # type: ignore[no-untyped-def]
    return "\u00a0; ".join(f"{nom}\u00a0: {valeur}" for nom, valeur in e.apres["precisions"].items())


def _echange(e):  # type: ignore[no-untyped-def]
    if e.apres["nature"] == NatureEchange.REPONSE.label:
        return f"Réponse à la question posée par {with_article(e.apres['financeur'])}"
    sens = f" {e.apres['sens'].lower()}" if e.apres["sens"] else ""
    return f"{e.apres['financeur']}\u00a0: {e.apres['nature'].lower()}{sens}"


def _annees(e):  # type: ignore[no-untyped-def]
    annees = [f"{annee}, {format_montant(montant)}" for annee, montant in e.apres["annees"].items()]
    return "\u00a0; ".join(annees) or "plus de répartition"


PHRASES = {
    PLAN_OUVERT: lambda e: f"Plan de financement ouvert{_fiche(e)}",
    PLAN_MODIFIE: lambda e: f"Cadre du plan de financement modifié{_fiche(e)}",
    DEPENSE_AJOUTEE: lambda e: (
        f"Dépense ajoutée\u00a0: {e.apres['libelle']}, {format_montant(e.apres['montant'])}{_fiche(e)}"
    ),
    DEPENSE_MODIFIEE: lambda e: (
        f"Dépense modifiée\u00a0: {e.apres['libelle']}, {format_montant(e.avant['montant'])} → "
        f"{format_montant(e.apres['montant'])}{_fiche(e)}"
    ),
    DEPENSE_RETIREE: lambda e: (
        f"Dépense retirée\u00a0: {e.avant['libelle']}, {format_montant(e.avant['montant'])}{_fiche(e)}"
    ),
    SANS_BESOIN_DECLARE: lambda e: f"Déclarée sans besoin financier{_fiche(e)}",
    SANS_BESOIN_LEVE: lambda e: f"N’est plus déclarée sans besoin financier{_fiche(e)}",
    LIGNE_AJOUTEE: lambda e: (
        f"Service pressenti\u00a0: {e.apres['financeur']}, {e.apres['service'].lower()}{_fiche(e)}"
        if e.apres.get("service")
        else f"Financement pressenti\u00a0: {e.apres['financeur']}, {format_montant(e.apres['montant'])}{_fiche(e)}"
    ),
    LIGNE_AVANCEE: lambda e: f"{_avancee(e)}{_fiche(e)}",
    LIGNE_REVUE: lambda e: (
        f"{e.apres['financeur']}\u00a0: montant {e.apres['quoi']} revu, {format_montant(e.avant['montant'])} → "
        f"{format_montant(e.apres['montant'])}{_fiche(e)}"
    ),
    REMEDE_APPLIQUE: lambda e: f"Remède de {e.apres['regle']} appliqué\u00a0: {e.apres['remede']}{_fiche(e)}",
    PLAN_PRECISE: lambda e: f"Précisions pour les règles\u00a0: {_precisions(e)}{_fiche(e)}",
    LIGNE_PRECISEE: lambda e: f"{e.apres['financeur']}, précisions\u00a0: {_precisions(e)}{_fiche(e)}",
    AIDE_RECUE_AJOUTEE: lambda e: (
        f"Aide de minimis déclarée\u00a0: {e.apres['financeur']}, {format_montant(e.apres['montant'])}{_fiche(e)}"
    ),
    AIDE_RECUE_RETIREE: lambda e: (
        f"Aide de minimis retirée de la déclaration\u00a0: {e.avant['financeur']}, "
        f"{format_montant(e.avant['montant'])}{_fiche(e)}"
    ),
    ENVELOPPE_OUVERTE: lambda e: f"Enveloppe ouverte\u00a0: {e.apres['nom']}",
    ENVELOPPE_DATEE: lambda e: (
        f"Enveloppe {e.apres['nom']}\u00a0: {e.apres['nature'].lower()}, {format_montant(e.apres['montant'])}"
    ),
    ENVELOPPE_DEPASSEE: lambda e: (
        f"Enveloppe {e.apres['nom']} dépassée de {format_montant(e.apres['depassement'])}{_fiche(e)}"
    ),
    ECHANGE: lambda e: f"{_echange(e)}{_fiche(e)}",
    VERSEMENT_RECU: lambda e: (
        f"Reçu de {e.apres['financeur']}, dit le porteur\u00a0: {format_montant(e.apres['montant'])}{_fiche(e)}"
    ),
    ANNEES_REPARTIES: lambda e: f"{e.apres['financeur']}, par année\u00a0: {_annees(e)}{_fiche(e)}",
    PLAN_PUBLIE: lambda e: f"Plan de financement publié{_fiche(e)}",
    BOUCLAGE_CHANGE: lambda e: (
        f"Bouclage\u00a0: {e.avant['libelle'] or 'plan ouvert'} → {e.apres['libelle']}{_fiche(e)}"
    ),
}
