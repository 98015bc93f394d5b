"""Cas écrits en tableau : les mêmes servent aux tests et à la documentation des règles.

Une ligne par cas, des colonnes séparées par « | », un titre de colonnes, un filet « ---+--- ». Les montants sont en
euros, comme à l'écran. Une colonne d'argent (`region`, `propre`…) décrit une ligne du plan ; une lettre y dit où en est
la réponse : P pressenti, D demandé (par défaut), N annoncé, T attesté par pièce, A accordé, X refusé ou retiré.
"""

from collections.abc import Mapping
from datetime import date

from calcul.financement.modele import CertitudeLigne, Ligne, NatureLigne, OrigineFinanceur, Plan, TypePorteur
from calcul.montants import parse_montant

JOUR = date(2025, 6, 1)

COLONNES_LIGNES: Mapping[str, tuple[NatureLigne, OrigineFinanceur, str]] = {
    "fnadt": (NatureLigne.SUBVENTION, OrigineFinanceur.ETAT_BUDGET_GENERAL, "État – FNADT"),
    "dsil": (NatureLigne.SUBVENTION, OrigineFinanceur.ETAT_DOTATION, "État – DSIL"),
    "region": (NatureLigne.SUBVENTION, OrigineFinanceur.REGION, "Région Grand Est"),
    "feder": (NatureLigne.SUBVENTION, OrigineFinanceur.EUROPE, "FEDER"),
    "mecenat": (NatureLigne.SUBVENTION, OrigineFinanceur.PRIVE, "Fondation d’entreprise"),
    "avance": (NatureLigne.AVANCE_REMBOURSABLE, OrigineFinanceur.REGION, "Région Grand Est"),
    "garantie": (NatureLigne.GARANTIE, OrigineFinanceur.OPERATEUR, "Bpifrance"),
    "capital": (NatureLigne.PRISE_PARTICIPATION, OrigineFinanceur.OPERATEUR, "Banque des Territoires"),
    "pret": (NatureLigne.PRET, OrigineFinanceur.OPERATEUR, "Banque des Territoires"),
    "propre": (NatureLigne.AUTOFINANCEMENT, OrigineFinanceur.PORTEUR, "Communauté de communes"),
    "emprunt": (NatureLigne.EMPRUNT, OrigineFinanceur.PORTEUR, "Communauté de communes"),
    "prive": (NatureLigne.PRIVE, OrigineFinanceur.PRIVE, "Entreprise partenaire"),
    "nature": (NatureLigne.NATURE, OrigineFinanceur.PORTEUR, "Communauté de communes"),
}
_ETATS = {
    "P": CertitudeLigne.PRESSENTI,
    "D": CertitudeLigne.DEMANDE,
    "N": CertitudeLigne.ANNONCE,
    "T": CertitudeLigne.ATTESTE,
    "A": CertitudeLigne.ACCORDE,
    "X": CertitudeLigne.EXCLU,
}


def read_table(texte: str) -> tuple[dict[str, str], ...]:
    """Les cas d'un tableau : une correspondance colonne -> texte par ligne. Erreur : ValueError, qui cite la ligne."""
    lignes = [li for li in texte.splitlines() if li.strip() and not li.startswith("#")]
    colonnes = [cellule.strip() for cellule in lignes[0].split("|")]
    cas = []
    for ligne in lignes[2:]:
        cellules = [cellule.strip() for cellule in ligne.split("|")]
        if len(cellules) != len(colonnes):
            raise ValueError(f"{len(cellules)} cellules pour {len(colonnes)} colonnes\u00a0: {ligne.strip()}")
        cas.append(dict(zip(colonnes, cellules, strict=True)))
    return tuple(cas)


def build_plan(cas: Mapping[str, str]) -> Plan:
    """Le plan d'un cas. Sans indication : une collectivité, en métropole, qui investit, le 01/06/2025."""
    return Plan(
        cout_total=parse_montant(cas["cout"]),
        depense_eligible=parse_montant(cas["eligible"]) if cas.get("eligible") else None,
        lignes=tuple(_build_ligne(colonne, cas[colonne]) for colonne in COLONNES_LIGNES if cas.get(colonne)),
        porteur=TypePorteur(cas.get("porteur") or TypePorteur.COLLECTIVITE),
        est_investissement=cas.get("budget") != "fonctionnement",
        outre_mer=cas.get("lieu") == "outre-mer",
        exception_participation=cas.get("exception", ""),
        jour=date.fromisoformat(cas["jour"]) if cas.get("jour") else JOUR,
    )


def _build_ligne(colonne: str, cellule: str) -> Ligne:
    nature, origine, financeur = COLONNES_LIGNES[colonne]
    lettre = cellule[-1] if cellule[-1] in _ETATS else ""
    return Ligne(
        identifiant=colonne,
        financeur=financeur,
        nature=nature,
        origine=origine,
        montant=parse_montant(cellule.removesuffix(lettre)),
        etat=_ETATS[lettre or "D"],
    )
