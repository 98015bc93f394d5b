"""La contre-épreuve : une programmation relue contrainte par contrainte, en Python simple, au centime.

Elle ne partage rien avec la recherche : ni tableaux, ni solveur, ni plafonds calculés d'avance. Elle relit les données,
refait chaque somme, et soumet le plan de chaque fiche bouclée aux règles elles-mêmes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from calcul.financement.modele import Categorie
from calcul.financement.regles import REGLES
from calcul.francais import typographie
from calcul.montants import format_montant
from calcul.programmation.modele import EURO, Dispositif, Fiche, Octroi, Probleme, build_plan_programme

REGLES_RELUES = ("R01", "R03", "R05", "R07")


@dataclass(frozen=True, kw_only=True, slots=True)
class Faute:
    """Une contrainte violée : son code, ce qu'elle touche, et la phrase."""

    code: str
    objet: str
    phrase: str


def check_programmation(
    probleme: Probleme, octrois: Mapping[str, tuple[Octroi, ...]], *, avec_regles: bool = True
) -> tuple[Faute, ...]:
    """Toutes les fautes d'une programmation ; aucune : elle tient. `octrois` : par fiche bouclée, ce qu'elle recevrait.

    `avec_regles` : soumettre aussi chaque plan à R01, R03, R05 et R07 (environ une demi-milliseconde par fiche)."""
    fiches = {f.identifiant: f for f in probleme.fiches}
    dispositifs = {d.identifiant: d for d in probleme.dispositifs}
    fautes: list[Faute] = []
    for identifiant, lot in octrois.items():
        if identifiant not in fiches:
            fautes.append(_faute("fiche_inconnue", identifiant, "Cette fiche n’est pas dans le problème."))
            continue
        fautes += _iter_fautes_de_fiche(fiches[identifiant], lot, dispositifs, probleme, avec_regles)
    fautes += _iter_fautes_d_enveloppe(probleme, fiches, octrois)
    fautes += _iter_fautes_de_choix(probleme, fiches, octrois)
    return tuple(fautes)


def _faute(code: str, objet: str, phrase: str) -> Faute:
    return Faute(code=code, objet=objet, phrase=typographie(phrase))


def _iter_fautes_de_fiche(
    fiche: Fiche,
    octrois: tuple[Octroi, ...],
    dispositifs: Mapping[str, Dispositif],
    probleme: Probleme,
    avec_regles: bool,
) -> Iterator[Faute]:
    nom = fiche.identifiant
    cites = [octroi.dispositif for octroi in octrois]
    if len(set(cites)) != len(cites):
        yield _faute("double", nom, "Un même dispositif sert deux fois cette fiche.")
        return
    if inconnus := sorted(set(cites) - set(dispositifs)):
        yield _faute("dispositif_inconnu", nom, f"Dispositif inconnu\u00a0: «\u00a0{inconnus[0]}\u00a0».")
        return
    for octroi in octrois:
        yield from _iter_fautes_d_octroi(fiche, octroi, dispositifs[octroi.dispositif], probleme)
    apporte = sum(octroi.montant for octroi in octrois) * EURO + fiche.appoint
    inscrit = sum(
        ligne.montant
        for ligne in fiche.plan.lignes
        if ligne.is_comptee and ligne.categorie is not Categorie.GARANTIE
    )
    total = inscrit + sum(fiche.accordees.values()) + apporte
    if total != fiche.plan.cout_total:
        yield _faute(
            "besoin",
            nom,
            f"Les ressources font {format_montant(total)} pour un coût de {format_montant(fiche.plan.cout_total)}.",
        )
    if fiche.plafond_aides_etat is not None:
        plan = build_plan_programme(fiche, octrois, dispositifs)
        aides = plan.total(Categorie.PUBLIC, Categorie.EUROPE)
        if octrois and aides > fiche.plafond_aides_etat:
            yield _faute(
                "aides_etat",
                nom,
                f"Les aides publiques font {format_montant(aides)} pour un plafond de {format_montant(fiche.plafond_aides_etat)}.",
            )
    if avec_regles and octrois:
        plan = build_plan_programme(fiche, octrois, dispositifs)
        for regle in REGLES:
            if regle.IDENTIFIANT in REGLES_RELUES and (verdict := regle.evaluer(plan)).respectee is False:
                yield _faute(regle.IDENTIFIANT, nom, verdict.phrase)


def _iter_fautes_d_octroi(
    fiche: Fiche, octroi: Octroi, dispositif: Dispositif, probleme: Probleme
) -> Iterator[Faute]:
    nom = f"{fiche.identifiant} ← {dispositif.identifiant}"
    centimes = octroi.montant * EURO
    if octroi.montant <= 0 or centimes < dispositif.plancher:
        yield _faute("plancher", nom, f"{format_montant(centimes)} est sous le plancher de l’aide.")
    if centimes > dispositif.plafond:
        yield _faute("plafond", nom, f"{format_montant(centimes)} dépasse le plafond de l’aide.")
    if centimes > dispositif.taux * fiche.assiette:
        yield _faute("taux", nom, f"{format_montant(centimes)} dépasse le taux de l’aide.")
    if dispositif.regions and fiche.region not in dispositif.regions:
        yield _faute("region", nom, "L’aide ne sert pas cette région.")
    if dispositif.porteurs and fiche.plan.porteur not in dispositif.porteurs:
        yield _faute("porteur", nom, "L’aide ne sert pas ce type de porteur.")
    if dispositif.criteres and not dispositif.criteres & fiche.criteres:
        yield _faute("criteres", nom, "La fiche ne répond à aucun critère de l’aide.")
    if dispositif.identifiant in fiche.accordees:
        yield _faute("accordee", nom, "Ce dispositif a déjà accordé son aide\u00a0: elle est figée.")
    if not any(e.dispositif == dispositif.identifiant and e.concerne(fiche) for e in probleme.enveloppes):
        yield _faute("sans_enveloppe", nom, "Aucune enveloppe de ce dispositif ne couvre cette fiche.")


def _iter_fautes_d_enveloppe(
    probleme: Probleme, fiches: Mapping[str, Fiche], octrois: Mapping[str, tuple[Octroi, ...]]
) -> Iterator[Faute]:
    versements: dict[str, list[tuple[Fiche, int]]] = {}
    for fiche in probleme.fiches:
        for dispositif, montant in fiche.accordees.items():
            versements.setdefault(dispositif, []).append((fiche, montant))
    for identifiant, lot in octrois.items():
        for octroi in lot:
            if identifiant in fiches:
                versements.setdefault(octroi.dispositif, []).append(
                    (fiches[identifiant], octroi.montant * EURO)
                )
    for enveloppe in probleme.enveloppes:
        engage = sum(
            montant
            for fiche, montant in versements.get(enveloppe.dispositif, ())
            if enveloppe.concerne(fiche)
        )
        if engage > enveloppe.montant:
            yield _faute(
                "enveloppe",
                enveloppe.identifiant,
                f"{format_montant(engage)} engagés pour une enveloppe de {format_montant(enveloppe.montant)}.",
            )


def _iter_fautes_de_choix(
    probleme: Probleme, fiches: Mapping[str, Fiche], octrois: Mapping[str, tuple[Octroi, ...]]
) -> Iterator[Faute]:
    bouclees = set(octrois) | {i for i, fiche in fiches.items() if fiche.plan.cout_total and not fiche.manque}
    for identifiant in sorted(probleme.attendent & set(octrois)):
        yield _faute("attend", identifiant, "Cette fiche devait attendre.")
    for identifiant in sorted(probleme.doivent_passer - bouclees):
        yield _faute("doit_passer", identifiant, "Cette fiche devait passer.")
    for plancher in probleme.planchers:
        atteint = len(plancher.fiches & bouclees)
        if atteint < plancher.minimum:
            yield _faute(
                "plancher_equite",
                plancher.nom,
                f"{atteint} fiches bouclées pour un minimum de {plancher.minimum}.",
            )
