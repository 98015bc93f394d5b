"""L’optimum par énumération complète, sans rien partager avec la recherche : seulement de petits problèmes.

Chaque fiche : tous ses plans en euros entiers, jugés par la contre-épreuve. Puis programmation dynamique sur ce qui
reste dans chaque enveloppe.
"""

from dataclasses import replace
from itertools import product

from calcul.programmation.modele import EURO, Octroi
from calcul.programmation.verification import check_programmation


def compute_optimum(probleme):
    """Le plus grand poids des fiches bouclées."""
    etats = {tuple(e.montant // EURO for e in probleme.enveloppes): 0}
    for fiche in probleme.fiches:
        seule = replace(
            probleme, fiches=(fiche,), planchers=(), doivent_passer=frozenset(), attendent=frozenset()
        )
        usages = set(iter_usages(seule)) if fiche.identifiant not in probleme.attendent else set()
        suivants = dict(etats)
        for reste, valeur in etats.items():
            for usage in usages:
                nouveau = tuple(r - u for r, u in zip(reste, usage, strict=True))
                if min(nouveau, default=0) >= 0:
                    suivants[nouveau] = max(suivants.get(nouveau, -1), valeur + fiche.poids)
        etats = suivants
    return max(etats.values())


def iter_usages(seule):
    """Ce que chaque plan tenable de la fiche prend dans chaque enveloppe."""
    fiche = seule.fiches[0]
    if fiche.besoin <= 0:
        return
    choix = [range(fiche.besoin + 1) for _ in seule.dispositifs]
    for montants in product(*choix):
        if sum(montants) != fiche.besoin:
            continue
        octrois = tuple(
            Octroi(dispositif=d.identifiant, montant=m)
            for d, m in zip(seule.dispositifs, montants, strict=True)
            if m
        )
        if check_programmation(seule, {fiche.identifiant: octrois}):
            continue
        par_nom = {o.dispositif: o.montant for o in octrois}
        yield tuple(par_nom.get(e.dispositif, 0) if e.concerne(fiche) else 0 for e in seule.enveloppes)
