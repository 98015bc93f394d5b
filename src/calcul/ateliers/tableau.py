"""L’état d’un tableau est la suite de ses évènements, rejouée.

Un évènement porte sa version (1, 2, 3… sans trou dans un tableau), son auteur (identifiant de participant, ou None
pour l’animateur) et ce qu’il dit. Rejouer depuis n’importe quelle version connue, puis appliquer la suite, donne le
même tableau que tout rejouer : les téléphones et le serveur font la même chose (`static/js/atelier/tableau.js`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class TypeEvenement(StrEnum):
    POSEE = "posee"  # carte, colonne, texte, par (prénom, si l’auteur signe), tardive, de
    MODIFIEE = "modifiee"  # carte, texte
    DEPLACEE = "deplacee"  # carte, colonne, avant (carte ou vide : à la fin)
    RETIREE = "retiree"  # carte
    FUSIONNEE = "fusionnee"  # carte (celle qui reste), avec (celle qui la rejoint)
    SEPAREE = "separee"  # carte (celle qui repart)
    VOTEE = "votee"  # carte, points (total de ce votant sur cette carte)
    LIEE = "liee"  # carte, besoin (carte SWOT d’un autre tableau : « tableau:carte »), oui
    PUBLIEE = "publiee"  # carte, oui


@dataclass(frozen=True)
class Evenement:
    version: int
    type: TypeEvenement
    carte: str
    auteur: int | None
    donnees: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Carte:
    """Une carte. `par` : prénom de qui a voulu signer ; `fusionnee_dans` : la carte qui la contient ; `votes` : points par
    votant ; `de` : « tableau:carte » d’où le tableau de la salle l’a reprise."""

    id: str
    colonne: str
    texte: str
    auteur: int | None
    par: str = ""
    de: str = ""
    tardive: bool = False
    retiree: bool = False
    publiee: bool = False
    fusionnee_dans: str = ""
    votes: dict[int, int] = field(default_factory=dict)
    besoins: list[str] = field(default_factory=list)

    @property
    def points(self) -> int:
        return sum(self.votes.values())

    @property
    def is_visible(self) -> bool:
        return not self.retiree and not self.fusionnee_dans


@dataclass
class Tableau:
    """`ordre` : les cartes de chaque colonne, dans l’ordre affiché (y compris retirées et fusionnées)."""

    version: int = 0
    cartes: dict[str, Carte] = field(default_factory=dict)
    ordre: dict[str, list[str]] = field(default_factory=dict)

    def get_colonne(self, colonne: str) -> list[Carte]:
        """Cartes visibles d’une colonne, dans l’ordre."""
        return [self.cartes[c] for c in self.ordre.get(colonne, ()) if self.cartes[c].is_visible]

    def get_fusionnees(self, carte: str) -> list[Carte]:
        """Cartes réunies sous `carte`, dans l’ordre où elles l’ont rejointe."""
        return [c for c in self.cartes.values() if c.fusionnee_dans == carte and not c.retiree]

    def get_visibles(self) -> list[Carte]:
        return [carte for colonne in self.ordre for carte in self.get_colonne(colonne)]

    def count_contributions(self, carte: str) -> int:
        """La carte et celles qui l’ont rejointe : « 4 contributions »."""
        return 1 + len(self.get_fusionnees(carte))


class SuiteRompue(ValueError):
    """Un évènement manque entre l’état connu et celui qui arrive : redemander la suite."""


def rejouer(evenements: Iterable[Evenement], depuis: Tableau | None = None) -> Tableau:
    """Applique `evenements` dans l’ordre à `depuis` (modifié et rendu), ou à un tableau vide.

    Un évènement déjà appliqué est ignoré ; un trou lève SuiteRompue.
    """
    tableau = depuis or Tableau()
    for evenement in evenements:
        if evenement.version <= tableau.version:
            continue
        if evenement.version != tableau.version + 1:
            raise SuiteRompue(f"version {tableau.version + 1} attendue, {evenement.version} reçue")
        _appliquer(tableau, evenement)
        tableau.version = evenement.version
    return tableau


def _appliquer(tableau: Tableau, evenement: Evenement) -> None:
    donnees = evenement.donnees
    if evenement.type == TypeEvenement.POSEE:
        tableau.cartes[evenement.carte] = Carte(
            id=evenement.carte,
            colonne=donnees["colonne"],
            texte=donnees["texte"],
            auteur=evenement.auteur,
            par=donnees.get("par", ""),
            de=donnees.get("de", ""),
            tardive=bool(donnees.get("tardive")),
        )
        tableau.ordre.setdefault(donnees["colonne"], []).append(evenement.carte)
        return
    carte = tableau.cartes.get(evenement.carte)
    if carte is None:
        return
    match evenement.type:
        case TypeEvenement.MODIFIEE:
            carte.texte = donnees["texte"]
        case TypeEvenement.DEPLACEE:
            _ranger(tableau, carte, donnees["colonne"], donnees.get("avant", ""))
        case TypeEvenement.RETIREE:
            # Retirer la sienne ne retire pas celles des autres, réunies dessous.
            for reunie in tableau.get_fusionnees(carte.id):
                reunie.fusionnee_dans = ""
            carte.retiree = True
        case TypeEvenement.FUSIONNEE:
            autre = tableau.cartes.get(donnees["avec"])
            if autre is not None and autre is not carte and not carte.fusionnee_dans:
                for suivante in [*tableau.get_fusionnees(autre.id), autre]:
                    suivante.fusionnee_dans = carte.id
        case TypeEvenement.SEPAREE:
            carte.fusionnee_dans = ""
        case TypeEvenement.VOTEE:
            _voter(carte, evenement.auteur, int(donnees["points"]))
        case TypeEvenement.LIEE:
            _lier(carte, donnees["besoin"], bool(donnees["oui"]))
        case TypeEvenement.PUBLIEE:
            carte.publiee = bool(donnees["oui"])


def _ranger(tableau: Tableau, carte: Carte, colonne: str, avant: str) -> None:
    tableau.ordre[carte.colonne].remove(carte.id)
    rangee = tableau.ordre.setdefault(colonne, [])
    rangee.insert(rangee.index(avant) if avant in rangee else len(rangee), carte.id)
    carte.colonne = colonne


def _voter(carte: Carte, votant: int | None, points: int) -> None:
    if votant is None:
        return
    if points > 0:
        carte.votes[votant] = points
    else:
        carte.votes.pop(votant, None)


def _lier(carte: Carte, besoin: str, oui: bool) -> None:
    if oui and besoin not in carte.besoins:
        carte.besoins.append(besoin)
    if not oui and besoin in carte.besoins:
        carte.besoins.remove(besoin)
