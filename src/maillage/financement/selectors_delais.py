"""Combien de temps chaque financeur met, à une date : demande, première réponse, dossier complet, décision, versement.

Chaque délai se compte en jours entre deux premières fois d’une ligne, datées par ses propres étapes. La part du porteur
n’y est pas : il ne se demande rien à lui-même. Rien n’est estimé : une ligne qui attend encore est comptée à part.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from maillage.financement.models import LigneFinancement
from maillage.financement.policies import PARTS_PROPRES


@dataclass(frozen=True)
class Etape:
    """Un délai suivi : son nom, le champ d’où il part, celui où il finit."""

    cle: str
    libelle: str
    debut: str
    fin: str


ETAPES = (
    Etape("reponse", "Première réponse", "sollicite_le", "repondu_le"),
    Etape("complet", "Dossier complet", "sollicite_le", "complet_le"),
    Etape("decision", "Décision", "sollicite_le", "decide_le"),
    Etape("instruction", "Instruction, dossier complet", "complet_le", "decide_le"),
    Etape("versement", "Versement, après la décision", "decide_le", "verse_le"),
)
PAR_CLE: Mapping[str, Etape] = {etape.cle: etape for etape in ETAPES}


@dataclass(frozen=True)
class Delai:
    """Les délais d’une étape, en jours, sur `nombre` lignes ; `attendent` : celles où la fin n’est pas venue.

    Quantiles par rang (jamais une moyenne entre deux lignes) ; None sans aucune ligne finie.
    """

    etape: Etape
    nombre: int
    attendent: int
    quart: int | None
    mediane: int | None
    neuf_dixiemes: int | None
    plus_long: int | None


def get_quantile(comptes: Counter[int], numerateur: int, denominateur: int) -> int | None:
    """Le plus petit nombre de jours que `numerateur/denominateur` des lignes ne dépassent pas."""
    total = comptes.total()
    if not total:
        return None
    rang = -(-total * numerateur // denominateur)
    vus = 0
    for jours in sorted(comptes):
        vus += comptes[jours]
        if vus >= rang:
            return jours
    raise AssertionError("le rang ne dépasse jamais le nombre de lignes")


def lignes_suivies(lignes: QuerySet[LigneFinancement], *, au: date) -> QuerySet[LigneFinancement]:
    """Les lignes demandées au jour `au`, hors part du porteur."""
    return lignes.filter(sollicite_le__lte=au).exclude(nature__in=PARTS_PROPRES)


def q_etape(etape: Etape, *, au: date, finie: bool) -> Q:
    """Les lignes dont l’étape est finie au jour `au`, ou commencée et pas finie.

    Une ligne retirée, refusée ou caduque n’attend plus rien.
    """
    debut = Q(**{f"{etape.debut}__lte": au})
    if finie:
        return debut & Q(**{f"{etape.fin}__lte": au})
    pas_finie = Q(**{f"{etape.fin}__isnull": True}) | Q(**{f"{etape.fin}__gt": au})
    close = Q(statut__in=["retire", "caduc", "refuse", "solde"], statut_depuis__lte=au)
    sans_versement = Q(nature="service") if etape.cle == "versement" else Q(pk__in=[])
    return debut & pas_finie & ~close & ~sans_versement


def compute_delais(lignes: QuerySet[LigneFinancement], *, au: date) -> list[Delai]:
    """Les délais de ces lignes, étape par étape ; deux requêtes par étape, quel que soit leur nombre."""
    return [_build(etape, *_count(lignes, etape, au=au)[None]) for etape in ETAPES]


def compute_delais_par(
    lignes: QuerySet[LigneFinancement], champ: str, *, au: date
) -> dict[Any, dict[str, Delai]]:
    """Les délais par valeur de `champ` (« financeur »…) : valeur → clé d’étape → délai."""
    resultat: dict[Any, dict[str, Delai]] = {}
    for etape in ETAPES:
        for valeur, (comptes, attendent) in _count(lignes, etape, au=au, champ=champ).items():
            resultat.setdefault(valeur, {})[etape.cle] = _build(etape, comptes, attendent)
    return resultat


def _count(
    lignes: QuerySet[LigneFinancement], etape: Etape, *, au: date, champ: str = ""
) -> dict[Any, tuple[Counter[int], int]]:
    suivies = lignes_suivies(lignes, au=au).order_by()
    cles = [champ] if champ else []
    comptes: dict[Any, Counter[int]] = {} if champ else {None: Counter()}
    finies = suivies.filter(q_etape(etape, au=au, finie=True))
    groupes: Iterable[Any] = finies.values_list(*cles, etape.debut, etape.fin).annotate(n=Count("pk"))
    for *valeur, debut, fin, nombre in groupes:
        comptes.setdefault(valeur[0] if champ else None, Counter())[(fin - debut).days] += nombre
    attente = suivies.filter(q_etape(etape, au=au, finie=False))
    if not champ:
        return {None: (comptes[None], attente.count())}
    attendent = dict(attente.values_list(champ).annotate(n=Count("pk")))
    return {
        valeur: (comptes.get(valeur, Counter()), attendent.get(valeur, 0))
        for valeur in comptes.keys() | attendent.keys()
    }


def _build(etape: Etape, comptes: Counter[int], attendent: int) -> Delai:
    return Delai(
        etape,
        comptes.total(),
        attendent,
        get_quantile(comptes, 1, 4),
        get_quantile(comptes, 1, 2),
        get_quantile(comptes, 9, 10),
        max(comptes) if comptes else None,
    )
