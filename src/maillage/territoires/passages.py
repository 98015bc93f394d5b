"""D’une phase à l’autre : quels territoires partagent des communes, et pour quelle part de leur population.

La liste est calculée depuis les communes des deux phases (donnees/territoires-industrie/passage_v1_v2.csv). Elle dit
un voisinage de communes, jamais une décision : aucun texte ne dit qu’un territoire « succède » à un autre.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from calcul.montants import format_taux
from maillage.referentiels.lecture import Enregistrement, lire_csv
from maillage.territoires.models import Territoire

COLONNES = (
    "id_ti_v1",
    "lib_ti_v1",
    "id_ti_v2",
    "lib_ti_v2",
    "nb_communes_communes",
    "population_commune",
    "part_population_v1",
    "part_population_v2",
)


@dataclass(frozen=True)
class Passage:
    """Communes qu’un territoire de la phase 1 et un de la phase 2 ont en commun. Parts de population : entre 0 et 1."""

    id_v1: str
    nom_v1: str
    id_v2: str
    nom_v2: str
    communes: int
    population: int
    part_v1: Fraction
    part_v2: Fraction


def format_part(part: Fraction) -> str:
    """Une part entre 0 et 1, en pour cent entiers ; « moins de 1 % » et « plus de 99 % » plutôt que 0 et 100 arrondis."""
    if 0 < part < Fraction(1, 100):
        return "moins de 1\u00a0%"
    if Fraction(99, 100) < part < 1:
        return "plus de 99\u00a0%"
    return format_taux(part, decimales=0)


@dataclass(frozen=True)
class Lien:
    """Un passage vu d’un des deux territoires : `vague`, `id_ti` et `nom` sont ceux de l’autre.

    `part_ici` : part de la population du territoire regardé ; `part_autre` : part de celle de l’autre.
    """

    vague: str
    id_ti: str
    nom: str
    communes: int
    population: int
    part_ici: Fraction
    part_autre: Fraction

    @classmethod
    def from_v1(cls, p: "Passage") -> "Lien":
        """Le passage vu du territoire de la phase 1."""
        return cls("v2", p.id_v2, p.nom_v2, p.communes, p.population, p.part_v1, p.part_v2)

    @classmethod
    def from_v2(cls, p: "Passage") -> "Lien":
        """Le passage vu du territoire de la phase 2."""
        return cls("v1", p.id_v1, p.nom_v1, p.communes, p.population, p.part_v2, p.part_v1)

    @property
    def pour_cent_ici(self) -> str:
        return format_part(self.part_ici)

    @property
    def pour_cent_autre(self) -> str:
        return format_part(self.part_autre)

    def get_absolute_url(self) -> str:
        return reverse("territoire-detail", args=[self.vague, self.id_ti])


@cache
def load_passages(chemin: Path | None = None) -> tuple[Passage, ...]:
    """Tous les passages, dans l’ordre du fichier, lu une fois. Erreur : DonneesIllisibles (fichier absent, colonne, ligne)."""
    chemin = chemin or settings.DOSSIER_DONNEES / "territoires-industrie" / "passage_v1_v2.csv"
    return tuple(
        Passage(
            id_v1=lu.texte("id_ti_v1"),
            nom_v1=lu.texte("lib_ti_v1"),
            id_v2=lu.texte("id_ti_v2"),
            nom_v2=lu.texte("lib_ti_v2"),
            communes=lu.entier("nb_communes_communes"),
            population=lu.entier("population_commune"),
            part_v1=_read_part(lu, "part_population_v1"),
            part_v2=_read_part(lu, "part_population_v2"),
        )
        for lu in lire_csv(chemin, COLONNES)
    )


def _read_part(lu: Enregistrement, cle: str) -> Fraction:
    try:
        part = Fraction(lu.texte(cle))
    except (ValueError, ZeroDivisionError):
        part = Fraction(-1)
    if not 0 <= part <= 1:
        lu.refuse(
            f"«\u00a0{cle}\u00a0» devrait être une part entre 0 et 1, et vaut «\u00a0{lu.texte(cle)}\u00a0»"
        )
    return part


def passages_of(territoire: Territoire) -> list[Lien]:
    """Territoires de l’autre phase qui partagent des communes avec celui-ci, la plus grande part d’abord.

    Demande la vague (select_related). Vide pour une phase que la liste ne connaît pas et pour un espace fictif.
    """
    if territoire.is_fictif:
        return []
    liens = []
    for p in load_passages():
        if territoire.vague.numero == 1 and p.id_v1 == territoire.id_ti:
            liens.append(Lien.from_v1(p))
        elif territoire.vague.numero == 2 and p.id_v2 == territoire.id_ti:
            liens.append(Lien.from_v2(p))
    return sorted(liens, key=lambda lien: (-lien.part_ici, lien.nom))


@dataclass(frozen=True)
class BilanPassage:
    """Ce que la liste dit en gros : territoires qui continuent, se partagent, se rejoignent, cessent ou naissent."""

    repris: int
    partages: int
    reunis: int
    cessent: list[Territoire]
    naissent: list[Territoire]
    communes: int
    population: int


def compute_bilan() -> BilanPassage:
    """Le passage en nombres. « Repris » : une commune au moins se retrouve en phase 2 ; « cesse » et « naît » : aucune. Deux requêtes."""
    passages = load_passages()
    vers: dict[str, int] = {}
    depuis: dict[str, int] = {}
    for p in passages:
        vers[p.id_v1] = vers.get(p.id_v1, 0) + 1
        depuis[p.id_v2] = depuis.get(p.id_v2, 0) + 1
    publics = Territoire.objects.publics().select_related("vague", "region")
    premiers = publics.filter(
        vague__numero=1, perimetres__fin__isnull=True, perimetres__isnull=False
    ).distinct()
    seconds = publics.filter(vague__numero=2)
    return BilanPassage(
        repris=len(vers),
        partages=sum(n > 1 for n in vers.values()),
        reunis=sum(n > 1 for n in depuis.values()),
        cessent=[t for t in premiers.order_by("nom_recherche") if t.id_ti not in vers],
        naissent=[t for t in seconds.order_by("nom_recherche") if t.id_ti not in depuis],
        communes=sum(p.communes for p in passages),
        population=sum(p.population for p in passages),
    )
