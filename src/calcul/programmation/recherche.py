"""La recherche : une première réponse en quelques secondes, puis de meilleures, chacune avec son écart prouvé.

1. Relaxation linéaire, avec un soupçon de frugalité (ε par octroi) : elle concentre chaque fiche sur peu de financeurs.
2. Plongée (`plongee`) : des supports tenables, des montants à l'euro. Les très grands problèmes passent par lots de
   territoires ; ce qu'un lot n'a pas pris va au suivant.
3. Échanges : aux prix des enveloppes, la valeur manquée vient de l'argent qui reste et des fiches de la frontière
   (profit presque nul). Un sac à dos exact sur une partie de cette frontière dit quelles fiches échanger pour employer
   le reste ; le programme linéaire, repris depuis sa base, fait circuler l'argent ; on ne garde que mieux.

Chaque réponse est relue en nombres entiers avant d'être gardée. Tout est déterministe : une graine, des itérations
comptées. `suivi` est appelé à chaque progrès et peut arrêter.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from calcul.programmation.assemblage import build_pose, choose_sous_public
from calcul.programmation.borne import (
    FINESSE,
    Evaluateur,
    Evaluation,
    compute_borne_exacte,
    improve_prix,
    quantify_prix,
)
from calcul.programmation.glouton import fill_glouton
from calcul.programmation.lineaire import INFINI, Programme
from calcul.programmation.modele import Octroi, Probleme, ProblemeImpossible
from calcul.programmation.phrases import describe_cause
from calcul.programmation.plafonds import SANS_PLAFOND
from calcul.programmation.plongee import Plongee, complete
from calcul.programmation.reseau import Booleens, Cause, Entiers, Etat, Reels, Reseau, build_reseau

_ECHELLE = 10.0  # le plus grand poids dans les programmes posés
_FRUGALITE = 0.01  # poids d'un octroi servi à plein, dans la relaxation
_PENALITE = 1_000.0  # poids d'une fiche manquante à un plancher d'équité, ou imposée et non bouclée


@dataclass(frozen=True, kw_only=True, slots=True)
class Reglages:
    """Ce que la recherche s'autorise ; que des nombres d'itérations, jamais de durée.

    `echanges` : essais d'échange (0 : première réponse seulement) ; `frontiere` : fiches de la frontière rendues libres
    à chaque essai ; `patience` : essais sans progrès avant de s'arrêter ; `exact` : nombre de couples
    jusqu'où tout le problème est aussi résolu exactement, en `noeuds` au plus ; `lot` : fiches par relaxation ; `coupes` : pas d'amélioration de la borne.
    """

    graine: int = 0
    echanges: int = 60
    frontiere: int = 40
    patience: int = 20
    exact: int = 700
    noeuds: int = 400
    lot: int = 6_000
    coupes: int = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Progres:
    """Où en est la recherche : la meilleure valeur trouvée, la borne, l'écart, le nombre de fiches bouclées."""

    etape: str
    iteration: int
    iterations: int
    valeur: int
    borne: int
    bouclees: int

    @property
    def ecart(self) -> Fraction:
        return compute_ecart(self.valeur, self.borne)


Suivi = Callable[[Progres, "Callable[[], Programmation]"], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Programmation:
    """Une réponse. `octrois` : par fiche bouclée, ce que chaque dispositif lui verserait. `valeur` et `borne` en poids ;
    `prix` : par enveloppe, poids × 10⁻¹² par euro, qui prouvent la borne avec `prix_planchers`. `manques` : fiches qui
    manquent à chaque plancher d'équité ; `imposees_manquantes` : fiches qui devaient passer et ne passent pas."""

    octrois: dict[str, tuple[Octroi, ...]]
    valeur: int
    borne: int
    prix: dict[str, int]
    prix_planchers: tuple[int, ...]
    causes: dict[str, Cause]
    manques: tuple[int, ...]
    imposees_manquantes: tuple[str, ...]
    is_arretee: bool
    iterations: int

    @property
    def ecart(self) -> Fraction:
        """Écart prouvé : la meilleure programmation possible vaut au plus cette part de plus (de la borne)."""
        return compute_ecart(self.valeur, self.borne)

    @property
    def is_tenue(self) -> bool:
        """Tous les planchers d'équité et tous les verrous sont respectés."""
        return not any(self.manques) and not self.imposees_manquantes


def compute_ecart(valeur: int, borne: int) -> Fraction:
    """(borne − valeur) ÷ borne."""
    return Fraction(max(borne - valeur, 0), borne) if borne > 0 else Fraction(0)


def programme(
    probleme: Probleme, reglages: Reglages | None = None, suivi: Suivi | None = None
) -> Programmation:
    """La meilleure programmation trouvée, avec sa borne. `suivi(progres, lire)` : rendre False arrête ; `lire()` donne la
    meilleure réponse du moment. Erreur : ProblemeImpossible si une fiche qui doit passer ne le peut dans aucun plan."""
    reseau = build_reseau(probleme)
    check_verrous(reseau)
    return _Recherche(reseau, reglages or Reglages(), suivi).run()


def check_verrous(reseau: Reseau) -> None:
    """Erreur : ProblemeImpossible quand une fiche imposée ne peut être bouclée par aucun plan, enveloppes pleines."""
    for i in np.flatnonzero(reseau.imposee):
        cause = reseau.cause[i]
        if cause not in (Cause.AUCUNE, Cause.DEJA_BOUCLEE):
            fiche = reseau.probleme.fiches[int(i)]
            raise ProblemeImpossible(
                f"«\u00a0{fiche.identifiant}\u00a0» doit passer et ne le peut pas\u00a0: {describe_cause(fiche, cause, reseau.probleme)}"
            )


class _Recherche:
    def __init__(self, reseau: Reseau, reglages: Reglages, suivi: Suivi | None) -> None:
        r = reseau
        self.r, self.reglages, self._suivi = r, reglages, suivi
        self._hasard = random.Random(reglages.graine)  # noqa: S311 (une exploration, pas un secret)
        self._unite = 10.0 ** max(0, len(str(int(r.besoin.max(initial=1)))) - 4)
        self._facteur = (float(r.poids.max(initial=1)) or 1.0) / _ECHELLE
        self._valeurs = r.poids / self._facteur + np.where(r.imposee, _PENALITE, 0.0)
        self._sous_public, self._gardes = choose_sous_public(r)
        self._meilleur = Etat(np.zeros(r.couples_count, np.int64), np.zeros(r.fiches_count, bool))
        self._rang = self._get_rang(self._meilleur)
        self._borne = int(r.poids[r.ouverte].sum())
        self._prix: tuple[int, ...] = tuple([0] * (len(r.disponible) + len(r.minima)))
        self._evaluation: Evaluation | None = None
        self._arretee = False
        self._iterations = 0

    def run(self) -> Programmation:
        fiches = np.flatnonzero(self.r.ouverte & (np.diff(self.r.debut) > 0))
        if len(fiches):
            self._start(fiches)
        return self.read()

    def _start(self, fiches: Entiers) -> None:
        if len(fiches) <= self.reglages.lot:
            self._keep(fill_glouton(self.r, self._meilleur))
        lots = self._split(fiches)
        prix = np.zeros(len(self.r.disponible))
        minima = self.r.minima.copy()
        derniere: Plongee | None = None
        cumul = Etat(np.zeros(self.r.couples_count, np.int64), np.zeros(self.r.fiches_count, bool))
        for n, lot in enumerate(lots):
            derniere = self._build_plongee(
                lot, self._share(cumul, lots, n), self._share_minima(minima, lots, n)
            )
            prix += derniere.relaxe() * len(lot) / len(fiches)
            derniere.plonge()
            lu = derniere.read(self.r.disponible - self.r.compute_consomme(cumul.octrois))
            cumul = Etat(cumul.octrois + lu.octrois, cumul.bouclees | lu.bouclees)
            self._keep(cumul)
            minima = np.maximum(self.r.minima - self._count_groupes(cumul), 0)
            if not self._tell("premiere_reponse", n + 1, len(lots)):
                return
        self._keep(fill_glouton(self.r, self._meilleur))
        self._bound(prix * self._facteur / self._unite)
        if not self._tell("borne", 1, 1):
            return
        if self.r.couples_count <= self.reglages.exact:
            self._solve_exactly(fiches)
            if not self._tell("resolution_exacte", 1, 1):
                return
        if len(lots) > 1:
            derniere = None
        vains = 0
        for n in range(self.reglages.echanges):
            if self._borne <= self._rang[2] or vains >= self.reglages.patience:
                break
            avant = self._rang
            if not self._exchange(derniere):
                break
            vains = 0 if self._rang > avant else vains + 1
            self._iterations = n + 1
            if not self._tell("echanges", n + 1, self.reglages.echanges):
                return

    # --- première réponse

    def _split(self, fiches: Entiers) -> list[Entiers]:
        """Des lots de territoires entiers, de tailles voisines ; les régions y sont mêlées par tirage."""
        nombre = -(-len(fiches) // self.reglages.lot)
        if nombre <= 1:
            return [fiches]
        territoires: dict[str, list[int]] = {}
        for i in fiches.tolist():
            territoires.setdefault(self.r.probleme.fiches[i].territoire, []).append(i)
        par_region: dict[str, list[list[int]]] = {}
        for membres in territoires.values():
            par_region.setdefault(self.r.probleme.fiches[membres[0]].region, []).append(membres)
        lots: list[list[int]] = [[] for _ in range(nombre)]
        tour = 0
        for region in sorted(par_region):
            groupe = par_region[region]
            self._hasard.shuffle(groupe)
            for membres in groupe:
                lots[tour % nombre].extend(membres)
                tour += 1
        return [np.array(sorted(lot), np.int64) for lot in lots if lot]

    def _share(self, cumul: Etat, lots: list[Entiers], n: int) -> Entiers:
        """Ce que les enveloppes laissent au lot `n` : le reste, au prorata de ce que lui et les suivants peuvent demander."""
        r = self.r
        reste = r.disponible - r.compute_consomme(cumul.octrois)
        if n == len(lots) - 1:
            return reste
        demandes = []
        for lot in lots[n:]:
            couples = np.zeros(r.couples_count, np.int64)
            dedans = r.couples_of(lot)
            couples[dedans] = r.haut[dedans]
            demandes.append(r.compute_consomme(couples))
        total = np.maximum(sum(demandes), 1)
        return np.floor(reste * (demandes[0] / total)).astype(np.int64)

    def _share_minima(self, minima: Entiers, lots: list[Entiers], n: int) -> Entiers:
        """Les planchers d'équité du lot, au prorata de ses membres parmi ceux qui restent à placer."""
        parts = []
        for groupe, minimum in zip(self.r.groupes, minima.tolist(), strict=True):
            suivants = sum(int(np.isin(groupe, lot).sum()) for lot in lots[n:])
            ici = int(np.isin(groupe, lots[n]).sum())
            parts.append(min(-(-minimum * ici // suivants), ici) if suivants else 0)
        return np.array(parts, np.int64)

    def _build_plongee(self, fiches: Entiers, disponible: Entiers, minima: Entiers) -> Plongee:
        return Plongee(
            self.r,
            fiches,
            disponible,
            valeurs=self._valeurs,
            frugalite=_FRUGALITE,
            unite=self._unite,
            minima=minima,
            penalite=_PENALITE,
            sous_public=self._sous_public,
            gardes=self._gardes,
        )

    def _bound(self, prix: Reels) -> None:
        evaluateur = Evaluateur(self.r)
        depart = np.concatenate([prix, np.zeros(len(self.r.minima))])
        meilleurs, self._evaluation = improve_prix(evaluateur, depart, iterations=self.reglages.coupes)
        entiers = quantify_prix(meilleurs)
        borne = compute_borne_exacte(self.r, entiers) // FINESSE
        if borne < self._borne:
            self._borne, self._prix = borne, entiers

    # --- petits problèmes

    def _solve_exactly(self, fiches: Entiers) -> None:
        """Tout le problème en une fois, par séparation et évaluation ; la borne de l'arbre vaut preuve."""
        r = self.r
        couples = r.couples_of(fiches)
        # Toute la frugalité réunie pèse moins que le plus petit poids ; sous un poids d’écart, rien de mieux n’existe.
        frugalite = 0.2 / (self._facteur * max(len(couples), 1))
        pose = build_pose(
            r,
            fiches,
            couples,
            r.disponible,
            valeurs=self._valeurs,
            frugalite=frugalite,
            unite=self._unite,
            exact=True,
            minima=r.minima,
            penalite=_PENALITE,
        )
        pose.programme.pose(
            ecart=0.7 / self._facteur, noeuds=self.reglages.noeuds, graine=self.reglages.graine
        )
        reponse = pose.programme.resout()
        if not reponse.is_realisable:
            return
        octrois = np.zeros(r.couples_count, np.int64)
        octrois[couples] = np.floor(reponse.valeurs[pose.g] * self._unite + 1e-3).astype(np.int64)
        bouclees = np.zeros(r.fiches_count, bool)
        bouclees[fiches[reponse.valeurs[pose.y] > 0.5]] = True
        octrois[~bouclees[r.fiche]] = 0
        libre = np.full(r.fiches_count, SANS_PLAFOND, np.int64)
        self._keep(complete(r, Etat(octrois, bouclees), r.disponible, libre))
        if self.read().is_tenue:
            # Sous tous les verrous et planchers, l'objectif est le poids, plus une prime par fiche imposée.
            primes = _PENALITE * int(r.imposee[fiches].sum())
            sommet = (reponse.borne - primes + frugalite * len(couples)) * self._facteur
            borne = int(sommet + max(1e-4, 1e-7 * abs(sommet)))  # la marge couvre les flottants du solveur
            self._borne = max(min(self._borne, borne), self._rang[2])

    # --- échanges

    def _exchange(self, plongee: Plongee | None) -> bool:
        """Un essai : échanger des fiches de la frontière pour employer l'argent qui reste. Faux : plus rien à essayer."""
        if plongee is None or self._evaluation is None:
            return False
        r, evaluation = self.r, self._evaluation
        bouclees = self._meilleur.bouclees
        profits = evaluation.profits
        candidates = plongee.fiches[np.isfinite(profits[plongee.fiches])]
        candidates = candidates[~r.imposee[candidates] & ~self._get_protegees()[candidates]]
        if not len(candidates):
            return False
        ampleur = np.abs(profits[candidates]) * np.array([self._hasard.uniform(0.2, 1.0) for _ in candidates])
        # Les fiches du mauvais côté de leur prix d'abord : c'est là qu'est la valeur manquée.
        ampleur[bouclees[candidates] != (profits[candidates] > 0)] = 0.0
        libres = candidates[np.argsort(ampleur, kind="stable")[: self.reglages.frontiere]]
        lambdas = np.array(self._prix[: len(r.disponible)], float) / FINESSE
        reste = r.disponible - r.compute_consomme(self._meilleur.octrois)
        capacite = float(lambdas @ reste) + float(evaluation.couts[libres[bouclees[libres]]].sum())
        choisies = _solve_sac(evaluation.couts[libres], r.poids[libres].astype(float), capacite)
        ouvertes = bouclees.copy()
        ouvertes[libres] = choisies
        plongee.relache(np.union1d(libres[choisies & ~bouclees[libres]], plongee.get_partielles()))
        plongee.reprend(plongee.fiches, ouvertes[plongee.fiches])
        plongee.plonge()
        lu = plongee.read(r.disponible)
        self._keep(lu)
        self._keep(fill_glouton(r, lu))
        return True

    def _get_protegees(self) -> Booleens:
        """Les fiches d'un groupe d'équité tout juste servi : les rouvrir le priverait."""
        protegees = np.zeros(self.r.fiches_count, bool)
        atteints = self._count_groupes(self._meilleur)
        for groupe, minimum, atteint in zip(self.r.groupes, self.r.minima, atteints, strict=True):
            if atteint <= minimum:
                protegees[groupe] = True
        return protegees

    # --- la meilleure réponse

    def _count_groupes(self, etat: Etat) -> Entiers:
        return np.array([int(etat.bouclees[groupe].sum()) for groupe in self.r.groupes], np.int64)

    def _get_rang(self, etat: Etat) -> tuple[int, int, int, int]:
        """Ce qui classe deux réponses : verrous tenus, planchers tenus, valeur, frugalité."""
        manques = np.maximum(self.r.minima - self._count_groupes(etat), 0)
        return (
            int((etat.bouclees & self.r.imposee).sum()),
            -int(manques.sum()),
            int(self.r.poids[etat.bouclees].sum()),
            -int((etat.octrois > 0).sum()),
        )

    def _keep(self, etat: Etat) -> bool:
        rang = self._get_rang(etat)
        if rang <= self._rang or not is_coherent(self.r, etat):
            return False
        self._meilleur, self._rang = etat, rang
        return True

    def _tell(self, etape: str, iteration: int, iterations: int) -> bool:
        if self._suivi is None:
            return True
        progres = Progres(
            etape=etape,
            iteration=iteration,
            iterations=iterations,
            valeur=self._rang[2],
            borne=self._borne,
            bouclees=int(self._meilleur.bouclees.sum()),
        )
        self._arretee = not self._suivi(progres, self.read)
        return not self._arretee

    def read(self) -> Programmation:
        r, etat = self.r, self._meilleur
        octrois: dict[str, tuple[Octroi, ...]] = {}
        for i in np.flatnonzero(etat.bouclees).tolist():
            octrois[r.probleme.fiches[i].identifiant] = tuple(
                Octroi(
                    dispositif=r.probleme.dispositifs[int(r.dispositif[j])].identifiant,
                    montant=int(etat.octrois[j]),
                )
                for j in range(int(r.debut[i]), int(r.debut[i + 1]))
                if etat.octrois[j]
            )
        enveloppes = [e.identifiant for e in r.probleme.enveloppes]
        return Programmation(
            octrois=octrois,
            valeur=self._rang[2],
            borne=self._borne,
            prix=dict(zip(enveloppes, self._prix[: len(enveloppes)], strict=True)),
            prix_planchers=self._prix[len(enveloppes) :],
            causes={
                f.identifiant: cause
                for f, cause in zip(r.probleme.fiches, r.cause, strict=True)
                if cause is not Cause.AUCUNE
            },
            manques=tuple(int(m) for m in np.maximum(r.minima - self._count_groupes(etat), 0)),
            imposees_manquantes=tuple(
                r.probleme.fiches[int(i)].identifiant
                for i in np.flatnonzero(r.imposee & ~etat.bouclees)
                if r.cause[int(i)] is not Cause.DEJA_BOUCLEE
            ),
            is_arretee=self._arretee,
            iterations=self._iterations,
        )


def is_coherent(reseau: Reseau, etat: Etat) -> bool:
    """Relecture en nombres entiers, sur les tableaux : besoins, planchers et plafonds, enveloppes, groupes, R07."""
    r, octrois = reseau, etat.octrois
    servi = octrois > 0
    sommes = _somme(r, octrois, np.ones(r.couples_count, bool))
    if (sommes != np.where(etat.bouclees, r.besoin, 0)).any() or (etat.bouclees & ~r.ouverte).any():
        return False
    if (servi & ((octrois < r.bas) | (octrois > r.haut))).any() or (octrois < 0).any():
        return False
    if (r.compute_consomme(octrois) > r.disponible).any():
        return False
    publics = _somme(r, octrois, r.rang <= 1)
    avec_etat = np.zeros(r.fiches_count, bool)
    avec_etat[r.fiche[servi & r.etat]] = True
    if (avec_etat & (publics > r.plafond_etat)).any():
        return False
    return all(
        not (etat.bouclees & (_somme(r, octrois, r.rang <= groupe) > r.plafonds[:, groupe])).any()
        for groupe in range(r.plafonds.shape[1])
    )


def _somme(r: Reseau, octrois: Entiers, dans: Booleens) -> Entiers:
    return np.bincount(r.fiche[dans], weights=octrois[dans], minlength=r.fiches_count).astype(np.int64)


def _solve_sac(couts: Reels, poids: Reels, capacite: float) -> Booleens:
    """Le sac à dos de la frontière, exact : quelles fiches boucler pour cette somme (coûts et capacité en poids)."""
    programme = Programme()
    n = len(couts)
    echelle = float(couts.max(initial=0.0)) or 1.0
    y = programme.add_colonnes(
        poids / (poids.max(initial=0.0) or 1.0), np.zeros(n), np.ones(n), entieres=True
    )
    ligne = programme.add_lignes(np.array([-INFINI]), np.array([max(capacite, 0.0) / echelle]))
    programme.add_termes(np.repeat(ligne, n), y, couts / echelle)
    programme.pose(ecart=1e-6, noeuds=2_000)
    reponse = programme.resout()
    return reponse.valeurs[y] > 0.5 if reponse.is_realisable else np.zeros(n, bool)
