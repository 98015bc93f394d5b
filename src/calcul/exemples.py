"""Cas écrits en tableau : les mêmes servent aux tests et à la documentation des règles.

Une ligne par cas, des colonnes séparées par « | », un titre de colonnes, un filet « ---+--- ». Les montants sont en
euros, comme à l'écran. Une colonne d'argent (`region`, `propre`…) décrit une ligne du plan ; une lettre y dit où en est
la réponse : P pressenti, D demandé (par défaut), N annoncé, T attesté par pièce, A accordé, X refusé ou retiré.

Une colonne « ligne.fait » dit un fait de cette ligne (`dsil.base`, `region.regime`…), une autre un fait du plan. Les jours
s'écrivent AAAA-MM-JJ, les taux en pour cent, les réponses « oui » ou « non » ; une cellule vide n'est pas encore dite.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from calcul.financement.aide_etat import Entreprise, RegimeAide, TailleEntreprise, TypeZoneAfr, ZoneAfr
from calcul.financement.de_minimis import AideDeMinimis
from calcul.financement.modele import (
    CertitudeLigne,
    ChefDeFile,
    Ligne,
    NatureLigne,
    OrigineFinanceur,
    Plan,
    Programme,
    TypePorteur,
)
from calcul.montants import parse_montant

JOUR = date(2025, 6, 1)

N, O, P = NatureLigne, OrigineFinanceur, Programme  # noqa: E741
COLONNES_LIGNES: Mapping[str, tuple[NatureLigne, OrigineFinanceur, str, Programme]] = {
    "fnadt": (N.SUBVENTION, O.ETAT_BUDGET_GENERAL, "État", P.FNADT),
    "fonds_vert_ti": (N.SUBVENTION, O.ETAT_BUDGET_GENERAL, "État", P.FONDS_VERT_TI),
    "fonds_vert": (N.SUBVENTION, O.ETAT_BUDGET_GENERAL, "État", P.FONDS_VERT),
    "dsil": (N.SUBVENTION, O.ETAT_DOTATION, "État", P.DSIL),
    "detr": (N.SUBVENTION, O.ETAT_DOTATION, "État", P.DETR),
    "region": (N.SUBVENTION, O.REGION, "Région Grand Est", P.AUTRE),
    "departement": (N.SUBVENTION, O.DEPARTEMENT, "Département des Vosges", P.AUTRE),
    "epci": (N.SUBVENTION, O.EPCI, "Communauté d’agglomération", P.AUTRE),
    "ademe": (N.SUBVENTION, O.OPERATEUR, "ADEME", P.AUTRE),
    "feder": (N.SUBVENTION, O.EUROPE, "FEDER", P.AUTRE),
    "mecenat": (N.SUBVENTION, O.PRIVE, "Fondation d’entreprise", P.AUTRE),
    "avance": (N.AVANCE_REMBOURSABLE, O.REGION, "Région Grand Est", P.AUTRE),
    "garantie": (N.GARANTIE, O.OPERATEUR, "Bpifrance", P.AUTRE),
    "capital": (N.PRISE_PARTICIPATION, O.OPERATEUR, "Banque des Territoires", P.AUTRE),
    "pret": (N.PRET, O.OPERATEUR, "Banque des Territoires", P.AUTRE),
    "propre": (N.AUTOFINANCEMENT, O.PORTEUR, "Communauté de communes", P.AUTRE),
    "emprunt": (N.EMPRUNT, O.PORTEUR, "Communauté de communes", P.AUTRE),
    "prive": (N.PRIVE, O.PRIVE, "Entreprise partenaire", P.AUTRE),
    "nature": (N.NATURE, O.PORTEUR, "Communauté de communes", P.AUTRE),
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
    """Le plan d'un cas. Sans indication : une collectivité, en métropole, qui investit, le 01/06/2025.

    Erreur : KeyError pour un fait de ligne inconnu, ValueError pour une cellule illisible.
    """
    plan = Plan(
        cout_total=parse_montant(cas["cout"]),
        depense_eligible=parse_montant(cas["eligible"]) if cas.get("eligible") else None,
        lignes=tuple(
            _build_ligne(colonne, cas[colonne], cas) for colonne in COLONNES_LIGNES if cas.get(colonne)
        ),
        porteur=TypePorteur(cas.get("porteur") or TypePorteur.COLLECTIVITE),
        est_investissement=cas.get("budget") != "fonctionnement",
        outre_mer=cas.get("lieu") == "outre-mer",
        exception_participation=cas.get("exception", ""),
        jour=date.fromisoformat(cas["jour"]) if cas.get("jour") else JOUR,
        entreprise=_build_entreprise(cas),
    )
    faits = {champ: lire(cas[colonne]) for colonne, (champ, lire) in _FAITS_PLAN.items() if cas.get(colonne)}
    return replace(plan, **faits)


def _build_ligne(colonne: str, cellule: str, cas: Mapping[str, str]) -> Ligne:
    nature, origine, financeur, programme = COLONNES_LIGNES[colonne]
    lettre = cellule[-1] if cellule[-1] in _ETATS else ""
    ligne = Ligne(
        identifiant=colonne,
        financeur=financeur,
        nature=nature,
        origine=origine,
        montant=parse_montant(cellule.removesuffix(lettre)),
        etat=_ETATS[lettre or "D"],
        programme=programme,
    )
    for cle, valeur in cas.items():
        if valeur and cle.startswith(f"{colonne}."):
            ligne = _FAITS_LIGNE[cle.removeprefix(f"{colonne}.")](ligne, valeur)
    return ligne


def _build_entreprise(cas: Mapping[str, str]) -> Entreprise:
    recues = cas.get("recues")
    return Entreprise(
        taille=TailleEntreprise(cas["taille"]) if cas.get("taille") else None,
        en_difficulte=_read_reponse(cas["difficulte"]) if cas.get("difficulte") else None,
        zone=_read_zone(cas["zone"]) if cas.get("zone") else None,
        aides_de_minimis=_read_recues(recues) if recues else None,
    )


def _read_reponse(texte: str) -> bool:
    return {"oui": True, "non": False}[texte]


def _read_jour(texte: str) -> date | Literal[False]:
    return False if texte == "non" else date.fromisoformat(texte)


def _read_taux(texte: str) -> Fraction:
    return Fraction(texte.removesuffix("%").strip().replace(",", ".")) / 100


def _read_zone(texte: str) -> ZoneAfr:
    """« hors », « c 15 », « a 70 »."""
    type_zone, _, taux = texte.partition(" ")
    if type_zone == "hors":
        return ZoneAfr(type=TypeZoneAfr.HORS_ZONE)
    return ZoneAfr(type=TypeZoneAfr(type_zone), taux=_read_taux(taux))


def _read_recues(texte: str) -> tuple[AideDeMinimis, ...]:
    """« 2023-03-15 180 000, 2025-01-10 100 000 » ; « aucune »."""
    if texte == "aucune":
        return ()
    return tuple(
        AideDeMinimis(siren="", jour=date.fromisoformat(jour), montant=parse_montant(montant))
        for jour, _, montant in (recue.strip().partition(" ") for recue in texte.split(", "))
    )


def _date(champ: str) -> Callable[[Ligne, str], Ligne]:
    def read(ligne: Ligne, texte: str) -> Ligne:
        jours: dict[str, Any] = {champ: date.fromisoformat(texte)}
        return replace(ligne, dates=replace(ligne.dates, **jours))

    return read


def _aide(champ: str, lire: Callable[[str], Any]) -> Callable[[Ligne, str], Ligne]:
    return lambda li, texte: replace(li, aide=replace(li.aide, **{champ: lire(texte)}))


def _fait(champ: str, lire: Callable[[str], Any]) -> Callable[[Ligne, str], Ligne]:
    return lambda li, texte: replace(li, **{champ: lire(texte)})


def _read_regime(ligne: Ligne, texte: str) -> Ligne:
    """« de_minimis », « exempte 17 »."""
    regime, _, article = texte.partition(" ")
    return replace(ligne, aide=replace(ligne.aide, regime=RegimeAide(regime), article=article))


def _read_versements(ligne: Ligne, texte: str) -> Ligne:
    """« avance 30 000, cumul 80 000, garantie, solde »."""
    faits: dict[str, Any] = {}
    for fait in texte.split(", "):
        nom, _, montant = fait.strip().partition(" ")
        if nom in ("avance", "cumul"):
            faits[nom] = parse_montant(montant)
        else:
            faits[{"garantie": "garantie_bancaire", "solde": "is_solde"}[nom]] = True
    return replace(ligne, paiements=replace(ligne.paiements, **faits))


def _read_prorogations(ligne: Ligne, texte: str) -> Ligne:
    """« début », « achèvement », ou les deux."""
    return replace(
        ligne,
        dates=replace(ligne.dates, debut_proroge="début" in texte, achevement_proroge="achèvement" in texte),
    )


_FAITS_LIGNE: Mapping[str, Callable[[Ligne, str], Ligne]] = {
    "base": _fait("base", parse_montant),
    "taux": _fait("taux", _read_taux),
    "dossier": _fait("numero_dossier", str),
    "annexe_vii": _fait("annexe_vii", _read_reponse),
    "convention": _fait("convention_region", _read_reponse),
    "regime": _read_regime,
    "couts": _aide("assiette", str),
    "equivalent": _aide("equivalent", parse_montant),
    "intensite": _aide("intensite", _read_taux),
    "majorations": _aide("majorations", lambda texte: tuple(texte.split(" "))),
    "declaration": _aide("declaration", _read_jour),
    "registre": _aide("registre", _read_jour),
    "transparence": _aide("transparence", _read_jour),
    **{
        champ: _date(champ)
        for champ in ("demande", "reception", "decision", "notification", "debut", "achevement")
    },
    "proroge": _read_prorogations,
    "verse": _read_versements,
}
_FAITS_PLAN: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "chef_de_file": ("chef_de_file", ChefDeFile),
    "cper": ("inscrite_cper", _read_reponse),
    "ctec": ("ctec", _read_reponse),
    "justification": ("justification", str),
    "derogation": ("derogation_detr", _read_reponse),
    "immobilier": ("objet_immobilier", _read_reponse),
    "perimetre": ("perimetre_ti", _read_reponse),
    "accord": ("accord_gouvernance", _read_reponse),
    "travaux": ("debut_travaux", date.fromisoformat),
    "duree": ("duree_mois", int),
    "publication": ("publication", _read_jour),
    "equipement": ("seulement_equipement", _read_reponse),
}
