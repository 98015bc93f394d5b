"""Échéancier d'un plan : ce qui se dépense et ce qui arrive, année par année.

Règle : une année dont les ressources, cumulées depuis le début, ne couvrent pas les dépenses cumulées demande une avance de
trésorerie ; le plan peut pourtant être équilibré. Ce qui n'a pas d'année est compté à part, jamais réparti d'office.

Source : choix de la plateforme ; aucun texte n'impose cet équilibre. Unités : centimes entiers.
"""

from dataclasses import dataclass

from calcul.financement.modele import SANS_ARGENT, Plan


@dataclass(frozen=True, kw_only=True)
class Annee:
    """Les centimes d'une année : dépensés, reçus, et l'écart cumulé depuis la première (négatif : à avancer)."""

    annee: int
    depenses: int
    ressources: int
    cumul: int


@dataclass(frozen=True, kw_only=True)
class Echeancier:
    """Les années dans l'ordre, sans trou ; `depenses_sans_annee` et `ressources_sans_annee` en centimes."""

    annees: tuple[Annee, ...]
    depenses_sans_annee: int
    ressources_sans_annee: int

    @property
    def avance(self) -> int:
        """La plus grande somme à avancer, en centimes, si tout ce qui est daté arrive à son année."""
        return max((-annee.cumul for annee in self.annees if annee.cumul < 0), default=0)


def compute_echeancier(plan: Plan) -> Echeancier:
    """Les dépenses et les ressources encore au plan, par année ; ni garantie ni service n'apporte d'argent."""
    depenses: dict[int, int] = {}
    ressources: dict[int, int] = {}
    sans_annee = 0
    for depense in plan.depenses:
        if depense.annee is None:
            sans_annee += depense.montant
        else:
            depenses[depense.annee] = depenses.get(depense.annee, 0) + depense.montant
    lignes = [li for li in plan.lignes_comptees if li.categorie not in SANS_ARGENT]
    for ligne in lignes:
        for annee, centimes in ligne.echeancier:
            ressources[annee] = ressources.get(annee, 0) + centimes
    connues = sorted({*depenses, *ressources})
    annees, cumul = [], 0
    for annee in range(connues[0], connues[-1] + 1) if connues else ():
        paye, recu = depenses.get(annee, 0), ressources.get(annee, 0)
        cumul += recu - paye
        annees.append(Annee(annee=annee, depenses=paye, ressources=recu, cumul=cumul))
    return Echeancier(
        annees=tuple(annees),
        depenses_sans_annee=sans_annee,
        ressources_sans_annee=sum(li.montant for li in lignes if not li.echeancier),
    )
