"""La liste, la même partout : recherche, filtres qui disent ce qu’ils cachent, tri, pages, export de ce qu’on voit.

Une page déclare ses colonnes et ses filtres, puis rend `Liste` dans « composants/liste.html ». Tout se passe en base :
le nombre de requêtes ne dépend pas du nombre de lignes ; les exports sont envoyés au fil de l’eau.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.utils.functional import cached_property

from maillage.socle.tableur import Feuille
from maillage.www.exports import export_feuille

TAILLE_PAGE = 50


@dataclass(frozen=True)
class Colonne:
    """Une colonne. `valeur` : ce qu’on exporte (texte, nombre, date) ; `gabarit` : dessin de la cellule, sinon la valeur.

    `tri` : champs de base triés par cette colonne (vide : non triable). `nombre` : alignée à droite. `entete` : th de ligne.
    `montant` : la valeur est en centimes, None si elle n’est pas connue ; la même écriture partout, à l’écran et en export.
    """

    cle: str
    titre: str
    valeur: Callable[[Any], Any]
    tri: tuple[str, ...] = ()
    gabarit: str = ""
    nombre: bool = False
    montant: bool = False
    entete: bool = False
    lien: Callable[[Any], str] | None = None

    @property
    def is_a_droite(self) -> bool:
        return self.nombre or self.montant

    @property
    def titre_export(self) -> str:
        """Une cellule exportée n’a que le nombre : l’unité est dans le titre."""
        return f"{self.titre} (€)" if self.montant else self.titre


@dataclass(frozen=True)
class Filtre:
    """Un filtre à choix. `condition` rend le Q d’une valeur choisie."""

    cle: str
    titre: str
    choix: list[tuple[str, str]]
    condition: Callable[[str], Q]


@dataclass(frozen=True)
class FiltreActif:
    """Une étiquette à retirer : « Axe : Attirer »."""

    cle: str
    libelle: str


def list_pages(page: Page[Any]) -> list[Any]:
    """Les numéros à montrer sous une page : la première, la dernière, les voisines, « … » entre elles."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


class Liste:
    def __init__(
        self,
        request: HttpRequest,
        lignes: QuerySet[Any],
        *,
        colonnes: list[Colonne],
        nom: str,
        titre: str,
        tri_defaut: tuple[str, ...],
        filtres: list[Filtre] | None = None,
        recherche: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None,
        aide_recherche: str = "",
    ) -> None:
        self.request = request
        self.toutes = lignes
        self.colonnes = colonnes
        self.nom = nom
        self.titre = titre
        self.tri_defaut = tri_defaut
        self.filtres = filtres or []
        self.recherche = recherche
        self.aide_recherche = aide_recherche

    @property
    def has_recherche(self) -> bool:
        """Pour le gabarit, où une fonction à arguments se lit comme une absence."""
        return self.recherche is not None

    @property
    def texte(self) -> str:
        # PostgreSQL refuse le caractère nul dans un texte.
        return self.request.GET.get("q", "").replace("\x00", "").strip() if self.recherche else ""

    def get_valeur(self, filtre: Filtre) -> str:
        valeur = self.request.GET.get(filtre.cle, "")
        return valeur if valeur in {choix for choix, _ in filtre.choix} else ""

    @property
    def choix(self) -> list[tuple[Filtre, str]]:
        return [(filtre, self.get_valeur(filtre)) for filtre in self.filtres]

    @property
    def actifs(self) -> list[FiltreActif]:
        etiquettes = [FiltreActif("q", f"«\u00a0{self.texte}\u00a0»")] if self.texte else []
        for filtre, valeur in self.choix:
            if valeur:
                etiquettes.append(
                    FiltreActif(filtre.cle, f"{filtre.titre}\u00a0: {dict(filtre.choix)[valeur]}")
                )
        return etiquettes

    @property
    def tri(self) -> str:
        demande = self.request.GET.get("tri", "")
        return demande if demande.lstrip("-") in {c.cle for c in self.colonnes if c.tri} else ""

    @property
    def tris(self) -> list[tuple[str, str]]:
        """Les tris offerts là où les en-têtes ne se voient pas (téléphone) : chaque colonne triable, dans les deux sens."""
        return [
            (f"{signe}{colonne.cle}", f"{colonne.titre}, {sens}")
            for colonne in self.colonnes
            if colonne.tri
            for signe, sens in (("", "croissant"), ("-", "décroissant"))
        ]

    @property
    def filtres_actifs(self) -> int:
        """Combien de filtres à choix sont mis (sans la recherche, qui se voit)."""
        return sum(1 for _, valeur in self.choix if valeur)

    @property
    def gardes(self) -> list[tuple[str, str]]:
        """Paramètres étrangers à la liste (par exemple `au`) que le formulaire de filtres garde."""
        miens = {"q", "page", "export", "tri"} | {filtre.cle for filtre in self.filtres}
        return [(cle, valeur) for cle, valeur in self.request.GET.items() if cle not in miens]

    @cached_property
    def lignes(self) -> QuerySet[Any]:
        """Les lignes filtrées et triées, non coupées."""
        lignes = self.toutes
        if self.texte and self.recherche:
            lignes = self.recherche(lignes, self.texte)
        for filtre, valeur in self.choix:
            if valeur:
                lignes = lignes.filter(filtre.condition(valeur))
        champs = self.tri_defaut
        if self.tri:
            colonne = next(c for c in self.colonnes if c.cle == self.tri.lstrip("-"))
            champs = tuple(_inverse(champ) if self.tri.startswith("-") else champ for champ in colonne.tri)
        return lignes.order_by(*champs, "pk")

    @cached_property
    def page(self) -> Page[Any]:
        return Paginator(self.lignes, TAILLE_PAGE).get_page(self.request.GET.get("page"))

    @cached_property
    def total(self) -> int:
        return self.toutes.count() if self.actifs else self.page.paginator.count

    @property
    def masques(self) -> int:
        return self.total - self.page.paginator.count

    @property
    def pages(self) -> list[Any]:
        return list_pages(self.page)

    @property
    def entetes(self) -> list[dict[str, Any]]:
        resultat = []
        for colonne in self.colonnes:
            sens = ""
            if self.tri.lstrip("-") == colonne.cle:
                sens = "desc" if self.tri.startswith("-") else "asc"
            suivant = f"-{colonne.cle}" if sens == "asc" else colonne.cle
            resultat.append({"colonne": colonne, "sens": sens, "suivant": suivant})
        return resultat

    @property
    def cellules(self) -> list[tuple[Any, list[tuple[Colonne, Any, str]]]]:
        return [
            (ligne, [(c, c.valeur(ligne), c.lien(ligne) if c.lien else "") for c in self.colonnes])
            for ligne in self.page
        ]

    def export(self) -> FileResponse | StreamingHttpResponse | None:
        """Le fichier demandé par `?export=csv` ou `xlsx` : exactement les lignes filtrées, toutes les pages."""
        return export_feuille(
            self.request,
            self.nom,
            Feuille(
                self.titre,
                [c.titre_export for c in self.colonnes],
                ([c.valeur(ligne) for c in self.colonnes] for ligne in self.lignes.iterator(chunk_size=1000)),
                frozenset(rang for rang, c in enumerate(self.colonnes) if c.montant),
            ),
        )


def _inverse(champ: str) -> str:
    return champ[1:] if champ.startswith("-") else f"-{champ}"
