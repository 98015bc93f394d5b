"""Composer des groupes, puis les recomposer pour que peu de personnes se retrouvent.

Le problème est celui du « social golfer » (problème 10 de CSPLib) : placer n personnes en g groupes, tour après
tour, en répétant le moins de paires possible. Il est résolu ici par recherche locale à échanges, dans l’esprit de
I. Dotú et P. Van Hentenryck, « Scheduling Social Golfers Locally » (CPAIOR 2005) : on part d’une donne équilibrée,
puis on échange deux personnes de groupes différents, en acceptant parfois un échange défavorable (recuit simulé,
S. Kirkpatrick, C. Gelatt et M. Vecchi, Science 220, 1983). Même graine, même composition.

Les règles passent avant les paires : d’abord séparer les personnes d’une même organisation et les concurrents
marqués par l’animateur, puis mêler les collèges, enfin éviter de se revoir. Les tailles sont égales à un près.
"""

import itertools
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Groupes = tuple[tuple[int, ...], ...]  # des identifiants de personnes

# Un manquement d’un rang supérieur coûte plus que tous ceux des rangs inférieurs qu’un échange peut éviter.
_POIDS_SEPARATION = 10_000
_POIDS_COLLEGE = 100
_POIDS_PAIRE = 1

_ECHANGES_PAR_PERSONNE = 400
_ECHANGES_MAXIMUM = 60_000


class CompositionImpossible(ValueError):
    """Le nombre de groupes demandé ne convient pas aux présents ; la phrase dit pourquoi et que faire."""


@dataclass(frozen=True)
class Present:
    """Une personne à placer. `concurrence` : marque de l’animateur ; même marque non vide = à séparer."""

    id: int
    college: str
    organisation: str = ""
    concurrence: str = ""


@dataclass(frozen=True)
class Manquement:
    """Une règle que la composition ne tient pas, dite en une phrase. `groupe` : numéro à partir de 1."""

    groupe: int
    phrase: str


@dataclass(frozen=True)
class Composition:
    """`paires_revues` : paires réunies qui l’ont déjà été ; `borne` : aucune composition n’en a moins."""

    groupes: Groupes
    paires_revues: int
    borne: int
    manquements: tuple[Manquement, ...]


def composer(
    presents: Sequence[Present], nombre: int, *, passees: Iterable[Groupes] = (), graine: int = 0
) -> Composition:
    """Place `presents` en `nombre` groupes de tailles égales à un près, en évitant les paires de `passees`.

    `passees` : compositions des tours précédents ; qui n’est plus là est ignoré, qui arrive n’a rencontré personne.
    Lève CompositionImpossible pour moins d’un groupe ou plus de groupes que de présents.
    """
    if nombre < 1:
        raise CompositionImpossible("Demandez au moins un groupe.")
    if nombre > len(presents):
        raise CompositionImpossible(
            f"{len(presents)} personnes présentes ne remplissent pas {nombre} groupes : demandez-en moins."
        )
    anciennes = tuple(passees)
    recherche = _Recherche(presents, nombre, anciennes, random.Random(graine))  # noqa: S311 (un tirage reproductible, pas un secret)
    recherche.ameliorer()
    groupes = recherche.lire()
    return Composition(
        groupes,
        compter_paires_revues(groupes, anciennes),
        borner_paires_revues(groupes, anciennes),
        tuple(lister_manquements(groupes, presents)),
    )


def lister_manquements(groupes: Groupes, presents: Iterable[Present]) -> list[Manquement]:
    """Les règles que `groupes` ne tient pas : tailles, organisations, concurrents, collèges."""
    par_id = {p.id: p for p in presents}
    trouves: list[Manquement] = []
    total = sum(len(g) for g in groupes)
    plancher, reste = divmod(total, len(groupes)) if groupes else (0, 0)
    plafond = plancher + (1 if reste else 0)
    effectifs = Counter(par_id[i].college for g in groupes for i in g)
    for numero, groupe in enumerate(groupes, start=1):
        membres = [par_id[i] for i in groupe]
        if not plancher <= len(membres) <= plafond:
            attendu = str(plancher) if plancher == plafond else f"{plancher} ou {plafond}"
            trouves.append(
                Manquement(numero, f"{len(membres)} personne{'s' * (len(membres) > 1)} au lieu de {attendu}.")
            )
        for nom, n in Counter(m.organisation for m in membres if m.organisation).items():
            if n > 1:
                trouves.append(Manquement(numero, f"{n} personnes de « {nom} » ensemble."))
        for nom, n in Counter(m.concurrence for m in membres if m.concurrence).items():
            if n > 1:
                trouves.append(Manquement(numero, f"{n} concurrents marqués « {nom} » ensemble."))
        presences = Counter(m.college for m in membres)
        for college, effectif in sorted(effectifs.items()):
            bas, haut = effectif // len(groupes), math.ceil(effectif / len(groupes))
            if not bas <= presences[college] <= haut:
                trouves.append(
                    Manquement(
                        numero,
                        f"{presences[college]} du collège « {college} », {bas} ou {haut} attendus."
                        if bas != haut
                        else f"{presences[college]} du collège « {college} », {bas} attendus.",
                    )
                )
    return trouves


def compter_paires_revues(groupes: Groupes, passees: Iterable[Groupes]) -> int:
    """Nombre de paires réunies dans `groupes` qui l’ont déjà été à un tour de `passees`."""
    vues = {paire for composition in passees for groupe in composition for paire in _paires(groupe)}
    return sum(paire in vues for groupe in groupes for paire in _paires(groupe))


def borner_paires_revues(groupes: Groupes, passees: Iterable[Groupes]) -> int:
    """Borne inférieure du nombre de paires revues par toute composition des mêmes personnes aux mêmes tailles.

    Deux arguments, on garde le plus fort. Tiroirs : un groupe de s personnes prises dans les groupes d’un tour passé
    en réunit au moins deux du même dès que s dépasse leur nombre ; le minimum est atteint en les répartissant au
    plus juste (les personnes absentes à ce tour n’y ont vu personne). Comptage : les groupes réunissent Σ s(s−1)/2
    paires, et il n’en reste pas plus de neuves que de paires jamais réunies.
    """
    anciennes = tuple(passees)
    presents = {i for groupe in groupes for i in groupe}
    tiroirs = 0
    vues: set[tuple[int, int]] = set()
    for composition in anciennes:
        restants = [len(presents.intersection(ancien)) for ancien in composition]
        nouveaux = len(presents) - sum(restants)
        tiroirs = max(
            tiroirs, sum(_paires_au_plus_juste(len(g), [*restants, *([1] * nouveaux)]) for g in groupes)
        )
        for ancien in composition:
            vues.update(_paires(sorted(presents.intersection(ancien))))
    reunies = sum(math.comb(len(g), 2) for g in groupes)
    neuves = math.comb(len(presents), 2) - len(vues)
    return max(tiroirs, reunies - neuves, 0)


def _paires_au_plus_juste(taille: int, capacites: Sequence[int]) -> int:
    """Paires prises dans un même tiroir quand on prend `taille` personnes, une par tiroir à chaque passage."""
    pris = rang = 0
    paires = 0
    while pris < taille:
        ouverts = sum(c > rang for c in capacites)
        if not ouverts:
            break
        ajout = min(ouverts, taille - pris)
        paires += ajout * rang
        pris += ajout
        rang += 1
    return paires


def _paires(groupe: Iterable[int]) -> Iterable[tuple[int, int]]:
    return itertools.combinations(sorted(groupe), 2)


class _Recherche:
    """Recherche locale : places, coût de chaque paire, effectifs des collèges par groupe."""

    def __init__(
        self, presents: Sequence[Present], nombre: int, passees: Sequence[Groupes], hasard: random.Random
    ) -> None:
        self.presents = list(presents)
        self.nombre = nombre
        self.hasard = hasard
        rang_de = {p.id: rang for rang, p in enumerate(self.presents)}
        n = len(self.presents)
        self.cout_paire = [[0] * n for _ in range(n)]
        for a, b in itertools.combinations(range(n), 2):
            p, q = self.presents[a], self.presents[b]
            if (p.organisation and p.organisation == q.organisation) or (
                p.concurrence and p.concurrence == q.concurrence
            ):
                self._ajouter(a, b, _POIDS_SEPARATION)
        dernier = [-1] * n
        for composition in passees:
            for numero, groupe in enumerate(composition):
                rangs = [rang_de[i] for i in groupe if i in rang_de]
                for rang in rangs:
                    dernier[rang] = numero
                for a, b in itertools.combinations(rangs, 2):
                    self._ajouter(a, b, _POIDS_PAIRE)
        colleges = sorted({p.college for p in self.presents})
        self.college_de = [colleges.index(p.college) for p in self.presents]
        effectifs = Counter(self.college_de)
        self.bas = [effectifs[c] // nombre for c in range(len(colleges))]
        self.haut = [math.ceil(effectifs[c] / nombre) for c in range(len(colleges))]

        # La donne : les collèges l’un après l’autre, les anciens voisins côte à côte, une personne par groupe.
        hasard_de = [hasard.random() for _ in range(n)]
        ordre = sorted(
            range(n),
            key=lambda r: (
                self.college_de[r],
                dernier[r],
                self.presents[r].organisation,
                self.presents[r].concurrence,
                hasard_de[r],
            ),
        )
        self.groupe_de = [0] * n
        self.membres: list[list[int]] = [[] for _ in range(nombre)]
        self.presences = [[0] * len(colleges) for _ in range(nombre)]
        for position, rang in enumerate(ordre):
            place = position % nombre
            self.groupe_de[rang] = place
            self.membres[place].append(rang)
            self.presences[place][self.college_de[rang]] += 1

    def _ajouter(self, a: int, b: int, poids: int) -> None:
        self.cout_paire[a][b] += poids
        self.cout_paire[b][a] += poids

    def _ecart(self, college: int, n: int) -> int:
        return _POIDS_COLLEGE * (max(self.bas[college] - n, 0) + max(n - self.haut[college], 0))

    def _gain(self, a: int, b: int) -> int:
        """Variation du coût si `a` et `b`, de groupes différents, échangent leurs places."""
        ga, gb = self.groupe_de[a], self.groupe_de[b]
        de_a, de_b = self.cout_paire[a], self.cout_paire[b]
        delta = 0
        for m in self.membres[ga]:
            delta += de_b[m] - de_a[m]
        for m in self.membres[gb]:
            delta += de_a[m] - de_b[m]
        delta -= 2 * de_a[b]  # la paire (a, b) n’est réunie ni avant ni après
        ca, cb = self.college_de[a], self.college_de[b]
        if ca != cb:
            pa, pb = self.presences[ga], self.presences[gb]
            delta += self._ecart(ca, pa[ca] - 1) - self._ecart(ca, pa[ca])
            delta += self._ecart(cb, pa[cb] + 1) - self._ecart(cb, pa[cb])
            delta += self._ecart(ca, pb[ca] + 1) - self._ecart(ca, pb[ca])
            delta += self._ecart(cb, pb[cb] - 1) - self._ecart(cb, pb[cb])
        return delta

    def _echanger(self, a: int, b: int) -> None:
        ga, gb = self.groupe_de[a], self.groupe_de[b]
        self.membres[ga][self.membres[ga].index(a)] = b
        self.membres[gb][self.membres[gb].index(b)] = a
        self.groupe_de[a], self.groupe_de[b] = gb, ga
        for rang, de, vers in ((a, ga, gb), (b, gb, ga)):
            self.presences[de][self.college_de[rang]] -= 1
            self.presences[vers][self.college_de[rang]] += 1

    def ameliorer(self) -> None:
        """Recuit, puis descente jusqu’à ce qu’aucun échange n’améliore ; garde la meilleure composition vue."""
        n = len(self.presents)
        if self.nombre < 2 or n < 2:
            return
        essais = min(_ECHANGES_PAR_PERSONNE * n, _ECHANGES_MAXIMUM)
        cout = meilleur = 0
        places = list(self.groupe_de)
        for essai in range(essais):
            a, b = self.hasard.randrange(n), self.hasard.randrange(n)
            if self.groupe_de[a] == self.groupe_de[b]:
                continue
            delta = self._gain(a, b)
            temperature = 3.0 * (1 - essai / essais) ** 2 + 1e-9
            if delta <= 0 or self.hasard.random() < math.exp(-delta / temperature):
                self._echanger(a, b)
                cout += delta
                if cout < meilleur:
                    meilleur, places = cout, list(self.groupe_de)
        self._replacer(places)
        self._descendre()

    def _descendre(self) -> None:
        ameliore = True
        while ameliore:
            ameliore = False
            for a, b in itertools.combinations(range(len(self.presents)), 2):
                if self.groupe_de[a] != self.groupe_de[b] and self._gain(a, b) < 0:
                    self._echanger(a, b)
                    ameliore = True

    def _replacer(self, places: list[int]) -> None:
        self.membres = [[] for _ in range(self.nombre)]
        self.presences = [[0] * len(self.bas) for _ in range(self.nombre)]
        self.groupe_de = list(places)
        for rang, place in enumerate(places):
            self.membres[place].append(rang)
            self.presences[place][self.college_de[rang]] += 1

    def lire(self) -> Groupes:
        return tuple(tuple(sorted(self.presents[r].id for r in groupe)) for groupe in self.membres)
