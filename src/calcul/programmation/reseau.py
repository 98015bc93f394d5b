"""Le problème mis à plat : les couples éligibles en tableaux d'entiers (euros), rangés par fiche.

Rien n'est décidé ici : on écarte seulement ce qui ne peut servir dans aucun plan, et on garde pourquoi.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from calcul.programmation.modele import EURO, Dispositif, Enveloppe, Fiche, Probleme
from calcul.programmation.plafonds import (
    GROUPES,
    HORS_GROUPE,
    SANS_PLAFOND,
    Plafonds,
    compute_plafonds,
    get_rang,
    is_budget_general,
)
from calcul.programmation.supports import Besoin, Offre, has_support

Entiers = npt.NDArray[np.int64]
Reels = npt.NDArray[np.float64]
Booleens = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Etat:
    """Une programmation : un octroi par couple (euros), une fiche bouclée ou non."""

    octrois: Entiers
    bouclees: Booleens


class Cause(StrEnum):
    """Pourquoi une fiche ne peut être bouclée dans aucune programmation, ou n'a rien à demander."""

    AUCUNE = ""
    DEJA_BOUCLEE = "deja_bouclee"
    SUR_FINANCEE = "sur_financee"
    NON_CHIFFREE = "non_chiffree"
    SANS_DISPOSITIF = "sans_dispositif"
    BESOIN_HORS_D_ATTEINTE = "besoin_hors_d_atteinte"
    REGLE = "regle"
    PLANCHERS = "planchers"
    ENVELOPPES = "enveloppes"


@dataclass(frozen=True, slots=True)
class Reseau:
    """Tableaux de longueur J (couples) : `fiche`, `dispositif`, `bas`, `haut`, `rang`, `etat` ; de longueur F :
    `debut` (F + 1), `besoin`, `poids`, `cause`, `plafonds` (F × 3), `plafond_etat` ; enveloppes : `disponible`, et
    pour chaque couple celles où il puise (`puise_debut`, `puise`). `ouverte` : la fiche peut encore être bouclée."""

    probleme: Probleme
    fiche: Entiers
    dispositif: Entiers
    bas: Entiers
    haut: Entiers
    rang: Entiers
    etat: Booleens
    debut: Entiers
    besoin: Entiers
    poids: Entiers
    plafonds: Entiers
    plafond_etat: Entiers
    ouverte: Booleens
    imposee: Booleens
    cause: tuple[Cause, ...]
    disponible: Entiers
    puise_debut: Entiers
    puise: Entiers
    groupes: tuple[Entiers, ...]
    minima: Entiers

    @property
    def fiches_count(self) -> int:
        return len(self.besoin)

    @property
    def couples_count(self) -> int:
        return len(self.fiche)

    def couples_of(self, fiches: Entiers) -> Entiers:
        """Les couples de ces fiches, dans l'ordre."""
        if not len(fiches):
            return np.zeros(0, np.int64)
        tailles = self.debut[fiches + 1] - self.debut[fiches]
        depart = np.repeat(self.debut[fiches] - np.concatenate([[0], np.cumsum(tailles)[:-1]]), tailles)
        return depart + np.arange(int(tailles.sum()))

    def compute_consomme(self, octrois: Entiers) -> Entiers:
        """Euros puisés dans chaque enveloppe par ces octrois (un montant par couple)."""
        repete = np.repeat(octrois, np.diff(self.puise_debut))
        return np.bincount(self.puise, weights=repete, minlength=len(self.disponible)).astype(np.int64)


def build_reseau(probleme: Probleme) -> Reseau:
    """Met le problème à plat. Erreur : ParametreSansValeur si une règle n'a pas de valeur au jour d'un plan."""
    dispositifs = {d.identifiant: d for d in probleme.dispositifs}
    rang_de = {d.identifiant: n for n, d in enumerate(probleme.dispositifs)}
    par_dispositif: dict[str, list[tuple[int, Enveloppe]]] = {}
    for n, enveloppe in enumerate(probleme.enveloppes):
        par_dispositif.setdefault(enveloppe.dispositif, []).append((n, enveloppe))
    disponible = [enveloppe.montant // EURO for enveloppe in probleme.enveloppes]
    catalogue: dict[Any, tuple[tuple[Dispositif, int, tuple[int, ...], int], ...]] = {}
    colonnes: list[tuple[int, int, int, int, int, bool]] = []
    puise: list[tuple[int, ...]] = []
    debut, causes = [0], []
    plafonds = np.full((len(probleme.fiches), GROUPES), SANS_PLAFOND, np.int64)
    plafond_etat = np.full(len(probleme.fiches), SANS_PLAFOND, np.int64)
    for fiche in probleme.fiches:
        for identifiant, montant in fiche.accordees.items():
            for e in get_enveloppes(fiche, identifiant, par_dispositif):
                disponible[e] -= -(-montant // EURO)
    # Une enveloppe engagée au-delà de son montant ne sert plus rien ; la contre-épreuve la nomme.
    disponible = [max(reste, 0) for reste in disponible]
    for n, fiche in enumerate(probleme.fiches):
        profil = (fiche.region, fiche.annee, fiche.plan.porteur, fiche.criteres, fiche.plan.jour)
        if profil not in catalogue:
            catalogue[profil] = _build_catalogue(fiche, probleme.dispositifs, par_dispositif, rang_de)
        cause = _get_cause_immediate(fiche)
        if cause is Cause.AUCUNE:
            limites = compute_plafonds(fiche, dispositifs)
            plafonds[n] = limites.groupes
            plafond_etat[n] = limites.avec_budget_general
            besoin, assiette = fiche.besoin, fiche.assiette
            possibles: list[tuple[int, int, int, int, int, bool]] = []
            ou: list[tuple[int, ...]] = []
            for dispositif, d, enveloppes, rang in catalogue[profil]:
                if dispositif.identifiant in fiche.accordees:
                    continue
                haut = compute_haut(dispositif, assiette=assiette, besoin=besoin)
                bas = max(-(-dispositif.plancher // EURO), 1)
                etat = is_budget_general(dispositif)
                permis = min((int(plafonds[n][r]) for r in range(rang, GROUPES)), default=SANS_PLAFOND)
                if etat:
                    permis = min(permis, limites.avec_budget_general)
                haut = min(haut, permis)
                if haut >= bas:
                    possibles.append((n, d, bas, haut, rang, etat))
                    ou.append(enveloppes)
            cause = _get_cause(fiche, possibles, limites, catalogue[profil])
            if cause is Cause.AUCUNE:
                restes = [min(disponible[e] for e in enveloppes) for enveloppes in ou]
                if any(reste < colonne[3] for colonne, reste in zip(possibles, restes, strict=True)):
                    gardes = [k for k, colonne in enumerate(possibles) if restes[k] >= colonne[2]]
                    ou = [ou[k] for k in gardes]
                    possibles = [
                        (*possibles[k][:3], min(possibles[k][3], restes[k]), *possibles[k][4:])
                        for k in gardes
                    ]
                    if not _has_support(fiche, possibles, limites):
                        cause = Cause.ENVELOPPES
            if cause is Cause.AUCUNE:
                colonnes += possibles
                puise += ou
        debut.append(len(colonnes))
        causes.append(cause)
    return _assemble(probleme, colonnes, puise, debut, causes, plafonds, plafond_etat, disponible)


def compute_haut(dispositif: Dispositif, *, assiette: int, besoin: int) -> int:
    """u = min(⌊taux × assiette⌋, plafond, besoin), en euros ; `assiette` en centimes."""
    taux = dispositif.taux
    return min(assiette * taux.numerator // (taux.denominator * EURO), dispositif.plafond // EURO, besoin)


def is_eligible(fiche: Fiche, dispositif: Dispositif) -> bool:
    """Région, porteur et critères du dispositif conviennent à la fiche."""
    return (
        (not dispositif.regions or fiche.region in dispositif.regions)
        and (not dispositif.porteurs or fiche.plan.porteur in dispositif.porteurs)
        and (not dispositif.criteres or not dispositif.criteres.isdisjoint(fiche.criteres))
    )


def get_enveloppes(
    fiche: Fiche, dispositif: str, par_dispositif: dict[str, list[tuple[int, Enveloppe]]]
) -> tuple[int, ...]:
    """Rangs des enveloppes où puise un octroi de ce dispositif à cette fiche."""
    return tuple(n for n, enveloppe in par_dispositif.get(dispositif, ()) if enveloppe.concerne(fiche))


def _build_catalogue(
    fiche: Fiche,
    dispositifs: tuple[Dispositif, ...],
    par_dispositif: dict[str, list[tuple[int, Enveloppe]]],
    rang_de: dict[str, int],
) -> tuple[tuple[Dispositif, int, tuple[int, ...], int], ...]:
    return tuple(
        (d, rang_de[d.identifiant], enveloppes, get_rang(d, fiche.plan.jour))
        for d in dispositifs
        if is_eligible(fiche, d) and (enveloppes := get_enveloppes(fiche, d.identifiant, par_dispositif))
    )


def _get_cause_immediate(fiche: Fiche) -> Cause:
    if not fiche.plan.cout_total:
        return Cause.NON_CHIFFREE
    if fiche.manque < 0:
        return Cause.SUR_FINANCEE
    return Cause.AUCUNE if fiche.besoin else Cause.DEJA_BOUCLEE


def _get_cause(
    fiche: Fiche,
    colonnes: list[tuple[int, int, int, int, int, bool]],
    limites: Plafonds,
    catalogue: tuple[Any, ...],
) -> Cause:
    """Ce qui empêche tout plan de cette fiche, même si toutes les enveloppes étaient pleines."""
    groupes = limites.groupes
    if min(groupes) < 0:
        return Cause.REGLE
    if not catalogue:
        return Cause.SANS_DISPOSITIF
    besoin = fiche.besoin
    if sum(colonne[3] for colonne in colonnes) < besoin:
        possible = sum(
            compute_haut(dispositif, assiette=fiche.assiette, besoin=besoin)
            for dispositif, _, _, _ in catalogue
            if dispositif.identifiant not in fiche.accordees
        )
        if possible < besoin:
            return Cause.BESOIN_HORS_D_ATTEINTE
        return Cause.REGLE if any(g < besoin for g in groupes) else Cause.PLANCHERS
    cumul = 0
    for rang in range(GROUPES):
        cumul = min(cumul + sum(c[3] for c in colonnes if c[4] == rang), groupes[rang])
    if cumul + sum(c[3] for c in colonnes if c[4] == HORS_GROUPE) < besoin:
        return Cause.REGLE
    return Cause.AUCUNE if _has_support(fiche, colonnes, limites) else Cause.PLANCHERS


def _has_support(
    fiche: Fiche, colonnes: list[tuple[int, int, int, int, int, bool]], limites: Plafonds
) -> bool:
    besoin = Besoin(montant=fiche.besoin, groupes=limites.groupes, avec_etat=limites.avec_budget_general)
    return has_support(besoin, [Offre(bas=c[2], haut=c[3], rang=c[4], etat=c[5]) for c in colonnes])


def _assemble(
    probleme: Probleme,
    colonnes: list[tuple[int, int, int, int, int, bool]],
    puise: list[tuple[int, ...]],
    debut: list[int],
    causes: list[Cause],
    plafonds: Entiers,
    plafond_etat: Entiers,
    disponible: list[int],
) -> Reseau:
    tableau = np.array(colonnes, dtype=np.int64).reshape(-1, 6)
    rang_fiche = {f.identifiant: n for n, f in enumerate(probleme.fiches)}
    ouverte = np.array([c is Cause.AUCUNE for c in causes], bool)
    for identifiant in probleme.attendent:
        ouverte[rang_fiche[identifiant]] = False
    imposee = np.zeros(len(causes), bool)
    for identifiant in probleme.doivent_passer:
        imposee[rang_fiche[identifiant]] = True
    besoin = np.array([f.besoin for f in probleme.fiches], np.int64)
    deja = np.array([c is Cause.DEJA_BOUCLEE for c in causes], bool)
    groupes, minima = [], []
    for plancher in probleme.planchers:
        membres = np.array(sorted(rang_fiche[i] for i in plancher.fiches), np.int64)
        groupes.append(membres[~deja[membres]])
        minima.append(max(plancher.minimum - int(deja[membres].sum()), 0))
    return Reseau(
        probleme=probleme,
        fiche=tableau[:, 0].copy(),
        dispositif=tableau[:, 1].copy(),
        bas=tableau[:, 2].copy(),
        haut=tableau[:, 3].copy(),
        rang=tableau[:, 4].copy(),
        etat=tableau[:, 5].astype(bool),
        debut=np.array(debut, np.int64),
        besoin=besoin,
        poids=np.array([f.poids for f in probleme.fiches], np.int64),
        plafonds=plafonds,
        plafond_etat=plafond_etat,
        ouverte=ouverte,
        imposee=imposee,
        cause=tuple(causes),
        disponible=np.array(disponible, np.int64),
        puise_debut=np.concatenate([[0], np.cumsum([len(p) for p in puise], dtype=np.int64)]).astype(
            np.int64
        ),
        puise=np.array([e for p in puise for e in p], np.int64),
        groupes=tuple(groupes),
        minima=np.array(minima, np.int64),
    )
